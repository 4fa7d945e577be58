"""What an operator of the city may do: read, act, administer, each including the one before.

Never knows who the operator is, nor how they signed in.
"""

import enum
from collections.abc import Iterable


class OperatorRole(enum.Enum):
    """One of three, in rising order. The values are the words of settings and claims."""

    READ = "read"  # sees transfers, exchanges, figures
    ACT = "act"  # revives what is buried, suspends a grant
    ADMINISTER = "administer"  # clients, grants, keys, erasure

    def includes(self, wanted: "OperatorRole") -> bool:
        """Whether who has this role may do what `wanted` asks for."""
        rising = list(OperatorRole)
        return rising.index(self) >= rising.index(wanted)


def may(roles: Iterable[OperatorRole], wanted: OperatorRole) -> bool:
    """Whether any of `roles` reaches as far as `wanted`; nobody without a role may do anything."""
    return any(role.includes(wanted) for role in roles)
