"""How a task's ledger is spelt in its row: JSON, a list for each mark. Never what one of the engines cannot keep."""

import orjson

from cotransfer.adapters.sql.moments import micros, moment
from cotransfer.domain.correlation import Correlation, plain_id
from cotransfer.domain.ledger import WHAT_LIMIT, Failure, Ledger, Revived, Tried
from cotransfer.domain.parties import NextAction, Party, Step

_TRIED, _REVIVED = "tried", "revived"


def spelt(ledger: Ledger) -> str:
    """The whole of it."""
    return orjson.dumps([_spelt(mark) for mark in ledger]).decode()


def read(text: str | None) -> Ledger:
    """The other way round. It only explains: a mark that this version does not know is left out, and harms nobody."""
    if text is None:
        return ()
    try:
        return tuple(mark for mark in map(_read, orjson.loads(text)) if mark is not None)
    except (ValueError, TypeError, KeyError, OverflowError):
        return ()


def storable(text: str, limit: int) -> str:
    """Within the limit, and without what one of the engines cannot keep."""
    return text[:limit].encode(errors="replace").decode().replace("\0", "�")


def _spelt(mark: Tried | Revived) -> list[object]:
    match mark:
        case Tried(number, at, failure):
            what = storable(failure.what, WHAT_LIMIT)
            return [_TRIED, number, micros(at), failure.party.value, what, *_circumstances(failure)]
        case Revived(at=at, who=who, why=why):
            return [_REVIVED, micros(at), who, why]


def _circumstances(failure: Failure) -> list[object]:
    step, action, ids = failure.step, failure.next_action, failure.correlation
    return [None if step is None else int(step), None if action is None else action.value, ids.ours, ids.theirs]


def _read(mark: list[object]) -> Tried | Revived | None:
    match mark:
        case ["tried", int(number), int(at), str(party), str(what)]:  # As it was written before more was kept.
            return Tried(number, moment(at), Failure(Party(party), what))
        case ["tried", int(number), int(at), str(party), str(what), int() | None as step, action, ours, theirs]:
            failure = Failure(
                Party(party),
                what,
                step=None if step is None else Step(step),
                next_action=None if action is None else NextAction(action),
                correlation=Correlation(ours=plain_id(ours), theirs=plain_id(theirs)),
            )
            return Tried(number, moment(at), failure)
        case ["revived", int(at), str(who), str(why)]:
            return Revived(at=moment(at), who=who, why=why)
        case _:
            return None
