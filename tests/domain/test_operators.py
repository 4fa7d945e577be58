"""What an operator may do."""

import pytest

from cotransfer.domain.operators import OperatorRole, may

READ, ACT, ADMINISTER = OperatorRole


@pytest.mark.parametrize(
    ("roles", "wanted", "allowed"),
    [
        ((), READ, False),
        ((READ,), READ, True),
        ((READ,), ACT, False),
        ((READ,), ADMINISTER, False),
        ((ACT,), READ, True),
        ((ACT,), ACT, True),
        ((ACT,), ADMINISTER, False),
        ((ADMINISTER,), READ, True),
        ((ADMINISTER,), ACT, True),
        ((ADMINISTER,), ADMINISTER, True),
        ((READ, ACT), ACT, True),
        ((READ, ACT), ADMINISTER, False),
    ],
)
def test_roles_are_nested(roles, wanted, allowed):
    """To administer includes to act, to act includes to read; without a role nothing is allowed."""
    assert may(roles, wanted) is allowed


def test_the_roles_by_name():
    """The words of settings and claims are these three, in rising order."""
    assert [role.value for role in OperatorRole] == ["read", "act", "administer"]
