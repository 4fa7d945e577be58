"""Tasks for the laws of `Agenda`: owed, claimed, and put back by an operator. Never looks behind the port."""

# ruff: noqa: S107 - the token of a lease is no secret

from datetime import datetime, timedelta

from cotransfer.domain.agenda import Duty
from cotransfer.domain.correlation import Correlation
from cotransfer.domain.ledger import Failure, Revived, Tried
from cotransfer.domain.parties import NextAction, Party, Step
from cotransfer.ports.agenda import Claimed
from cotransfer.ports.standing import Revival
from cotransfer.ports.transfers import Committed
from cotransfer.testing.histories import AT, History, history
from cotransfer.testing.transfers import Store

SEND, INVITE, CHASE = Duty.SEND_APPLICATION, Duty.INVITE_TO_SIGN, Duty.CHASE_RECEIPT
RESULT, ERASE = Duty.ANNOUNCE_RESULT, Duty.ERASE
LATER = AT + timedelta(hours=1)
LEASE_S = 60.0
MARK = Tried(
    3,
    AT,
    Failure(
        Party.UTILITY,
        'It is "away", says 昆明.',
        step=Step.SUBMIT,
        correlation=Correlation(ours="c-20261123-8f2a", theirs="kw_77812"),
        next_action=NextAction.TRY_LATER,
    ),
)
BARE = Tried(4, AT, Failure(Party.US, "KeyError"))
"""Of which nothing more is known."""

REVIVED = Revived(at=LATER, who="li-na", why="mended")


async def owe(store: Store, *duties: Duty, one: History | None = None) -> History:
    """A transfer that owes `duties` from `AT` on."""
    one = history() if one is None else one
    assert await store.commit([one.owes(*(one.due(duty) for duty in duties))]) == (Committed(),)
    return one


async def claim(store: Store, at_s: float = 0, *, token: str = "t", limit: int = 10) -> tuple[Claimed, ...]:
    """Tasks that are due `at_s` seconds after `AT`."""
    return await store.claim(at=AT + timedelta(seconds=at_s), limit=limit, lease_s=LEASE_S, token=token)


def revival(one: History, duty: Duty, at: datetime = LATER) -> Revival:
    """A buried task to be put back by the operator."""
    return Revival(transfer=one.transfer, duty=duty, at=at, who="li-na", why="mended")


async def revive(store: Store, one: History, duty: Duty) -> bool:
    """Put a task back at `LATER`; whether there was one to put back."""
    asked = revival(one, duty)
    done = await store.revive([asked])
    assert done in ((), (asked,))
    return bool(done)
