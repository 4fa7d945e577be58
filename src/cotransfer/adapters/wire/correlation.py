"""The one identifier that follows a request through every party and every log line, as HTTP carries it.

Never personal, never trusted: one that does not fit the grammar is replaced, not repaired; theirs is dropped.
"""

import secrets
from collections.abc import Mapping

from cotransfer.adapters.wire import verdicts
from cotransfer.domain.correlation import plain_id
from cotransfer.ports import correlation as ids

HEADER = "X-Correlation-Id"


def begin(asked: str | None = None) -> str:
    """Take over the caller's identifier, or draw one; it holds for this task and the tasks it starts."""
    theirs = plain_id(asked)
    ours = theirs or secrets.token_hex(12)
    ids.begin(ours, theirs)
    return ours


def current() -> str:
    """The identifier of the work at hand; a fresh one when nobody began any."""
    return ids.begun() or secrets.token_hex(12)


def theirs(headers: Mapping[str, str], ours: str, sent: bytes, problem: bytes = b"") -> str | None:
    """What the counterparty calls the exchange: by its header, or else in its problem; None when that is no id.

    What we `sent` in a body and get back is ours, and may be personal: that is no id of theirs.
    """
    told = headers.get(HEADER) or verdicts.problem_member(headers, problem, "correlation_id")
    if told == ours:
        return ours  # Ours, taken over as the contract asks.
    found = plain_id(told)
    return None if found is None or found.encode() in sent else found
