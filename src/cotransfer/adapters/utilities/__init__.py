"""The kinds of utilities that can be connected: one folder each, and a folder is all it takes.

A kind's package has a function `connect` of the shape below. Kinds never know one another.
"""

import datetime
import importlib
import pkgutil
from collections.abc import Callable, Collection
from typing import Protocol, cast

from cotransfer.adapters.wire.client import Line
from cotransfer.adapters.wire.today import today
from cotransfer.domain.values import UtilityId
from cotransfer.domain.values.account import ANY_ACCOUNT_NUMBER
from cotransfer.ports.utility import Capability, Utility


class Connect(Protocol):
    """Makes a utility of a line: which hosts it may send people to, and how its account numbers look."""

    def __call__(
        self,
        line: Line,
        utility: UtilityId,
        *,
        signing_hosts: frozenset[str],
        account_pattern: str = ANY_ACCOUNT_NUMBER,
        can: Collection[Capability] = (),
        today: Callable[[], datetime.date] = today,
    ) -> Utility:
        """The utility, ready to be asked."""


class UnknownKindError(LookupError):
    """No folder bears this name; the text lists those there are."""


def known_kinds() -> tuple[str, ...]:
    """The folders beside this file, in order."""
    return tuple(sorted(module.name for module in pkgutil.iter_modules(__path__) if module.ispkg))


def load_utility(kind: str) -> Connect:
    """How to connect a utility of this kind; raises `UnknownKindError`."""
    if kind not in known_kinds():
        raise UnknownKindError(
            f"There is no utility adapter of kind {kind!r}. Known kinds: {', '.join(known_kinds())}."
        )
    module = importlib.import_module(f"{__name__}.{kind}")
    return cast(Connect, module.connect)
