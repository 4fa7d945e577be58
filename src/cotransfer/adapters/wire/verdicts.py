"""What an answer, or the lack of one, means: the one table from HTTP to the words of `ports.errors`.

Never shows what was sent or received: a text here names the counterparty, the status, and at most a problem's code.
"""

import math
import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

import httpx

from cotransfer.adapters.wire.strict_json import NotStrict, loads
from cotransfer.domain.parties import Party
from cotransfer.ports.errors import NotAdmitted, Unavailable, Unintelligible

RETRY_AFTER_LIMIT_S = 6 * 3600.0
JSON = "application/json"
PROBLEM = "application/problem+json"
_CODE = re.compile(r"[a-z][a-z0-9_]{0,59}")
Now = Callable[[], datetime]

UNSENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout)
"""Failures before a byte is sent: nothing can have happened at the other end."""

UNCONNECTED = (httpx.ConnectError, httpx.ConnectTimeout)
"""Those of them that are the line's: that all our own connections are taken is none."""


def of_failure(error: Exception, name: str) -> Unavailable:
    """No answer at all: certain only when nothing can have been sent."""
    if isinstance(error, UNSENT):
        return Unavailable(Party.NETWORK, f"No connection to {name}.", certain=True)
    if isinstance(error, httpx.TimeoutException | TimeoutError):
        return Unavailable(Party.NETWORK, f"{name} did not answer in time.")
    return Unavailable(Party.NETWORK, f"The connection to {name} broke off.")


def of_status(
    status: int, headers: Mapping[str, str], code: str | None, *, name: str, party: Party, now: Now
) -> Unavailable | Unintelligible:
    """An answer that is neither a success nor one the caller asked for; `code` is its problem's."""
    what = f"{name} answered {status} ({code})." if code else f"{name} answered {status}."
    wait_s = retry_after_s(headers.get("retry-after"), now)
    if status == 429:
        return Unavailable(party, what, retry_after_s=wait_s, certain=True)
    # A 409 with Retry-After says "the same key is still at work" (draft-07 of the Idempotency-Key header).
    if status >= 500 or status == 408 or (status == 409 and wait_s is not None):
        return Unavailable(party, what, retry_after_s=wait_s)
    # Whoever can ask for another token has done so by now.
    return NotAdmitted(party, what) if status == 401 else Unintelligible(party, what)


def retry_after_s(text: str | None, now: Now) -> float | None:
    """RFC 9110 §10.2.3: seconds, or a date; capped, never negative, None when there is none or it is neither."""
    if text is None:
        return None
    if re.fullmatch(r"[0-9]{1,18}", text, re.ASCII):
        return min(float(text), RETRY_AFTER_LIMIT_S)
    try:
        date = parsedate_to_datetime(text)
    except (ValueError, OverflowError):
        return None
    wait_s = (date.replace(tzinfo=date.tzinfo or UTC) - now()).total_seconds()
    return min(max(math.ceil(wait_s), 0.0), RETRY_AFTER_LIMIT_S)


def media_type(headers: Mapping[str, str]) -> str:
    """The bare media type of an answer, in lower case."""
    return headers.get("content-type", "").partition(";")[0].strip().lower()


def problem_code(headers: Mapping[str, str], body: bytes) -> str | None:
    """The code of a problem (RFC 9457), when the answer is one and has a code that is a code indeed."""
    code = problem_member(headers, body, "code")
    return code if isinstance(code, str) and _CODE.fullmatch(code) else None


def problem_member(headers: Mapping[str, str], body: bytes, name: str) -> object:
    """A member of an answer that is a problem, as it came; None when it is none, or has none."""
    if media_type(headers) not in {JSON, PROBLEM}:
        return None
    try:
        problem = loads(body)
    except NotStrict:
        return None
    return problem.get(name) if isinstance(problem, dict) else None
