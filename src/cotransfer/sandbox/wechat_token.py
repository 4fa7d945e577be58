"""Tencent's stable access token: the same until shortly before its end, renewed on demand only rarely.

Never keeps more than two tokens valid: the present one and, for five minutes, the one before.
"""

from collections.abc import Callable

import attrs

LIFE_S = 7200.0
OVERLAP_S = 300.0
FORCE_APART_S = 30.0
FORCE_LIMIT = 20

TOO_OFTEN = 45011
EXPIRED = 42001
UNKNOWN = 40001


@attrs.frozen
class Token:
    text: str
    until: float


class Tokens:
    """`now` gives seconds that only grow; `draw` a new token's text."""

    def __init__(self, *, now: Callable[[], float], draw: Callable[[], str]) -> None:
        self._now = now
        self._draw = draw
        self._tokens: list[Token] = []
        self._issued: set[str] = set()
        self._forced_at: list[float] = []

    def stable(self) -> Token:
        """The present token; a new one during the last five minutes of its life."""
        now = self._now()
        if not self._tokens or self._tokens[-1].until - now <= OVERLAP_S:
            self._issue(now)
        return self._tokens[-1]

    def forced(self) -> Token | int:
        """A new token at once, ending the others; or the errcode when it is asked for too often."""
        now = self._now()
        self._forced_at = [at for at in self._forced_at if now - at < 86_400]
        if len(self._forced_at) >= FORCE_LIMIT or (self._forced_at and now - self._forced_at[-1] < FORCE_APART_S):
            return TOO_OFTEN
        self._forced_at.append(now)
        self.revoke()
        self._issue(now)
        return self._tokens[-1]

    def revoke(self) -> None:
        """No token is valid any more, as after somebody else has drawn one the old way."""
        self._tokens.clear()

    def fault(self, text: str) -> int | None:
        """None for a valid token, else the errcode."""
        if any(token.text == text and token.until > self._now() for token in self._tokens):
            return None
        return EXPIRED if text in self._issued else UNKNOWN

    def left_s(self, token: Token) -> int:
        return int(token.until - self._now())

    def _issue(self, now: float) -> None:
        token = Token(self._draw(), now + LIFE_S)
        self._tokens = [*self._tokens[-1:], token]
        self._issued.add(token.text)
