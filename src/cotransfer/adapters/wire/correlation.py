"""The one identifier that follows a request through every party and every log line.

Never personal, never trusted: one that does not fit the grammar is replaced, not repaired.
"""

import contextvars
import re
import secrets

HEADER = "X-Correlation-Id"
_GRAMMAR = re.compile(r"[A-Za-z0-9_-]{1,64}")
_CURRENT: contextvars.ContextVar[str | None] = contextvars.ContextVar("correlation", default=None)


def begin(asked: str | None = None) -> str:
    """Take over the caller's identifier, or draw one; it holds for this task and the tasks it starts."""
    fits = asked is not None and _GRAMMAR.fullmatch(asked) is not None
    correlation = asked if asked and fits else secrets.token_hex(12)
    _CURRENT.set(correlation)
    return correlation


def current() -> str:
    """The identifier of the work at hand; a fresh one when nobody began any."""
    return _CURRENT.get() or secrets.token_hex(12)
