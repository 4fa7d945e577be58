"""Who is shut out: barred clients, revoked tokens, and what may be used only once. Never says who may come in."""

from collections.abc import Collection
from datetime import datetime
from typing import Protocol

import attrs


@attrs.frozen(kw_only=True)
class Barred:
    """A client that is shut out: since when, by whom, and why (a stable code, never free text about a person)."""

    client: str
    at: datetime
    who: str
    why: str


@attrs.frozen
class Standing:
    """Everything that shuts somebody out at one moment: identifiers of clients, and the `jti` of tokens."""

    barred: frozenset[str] = frozenset()
    revoked: frozenset[str] = frozenset()


class Access(Protocol):
    """What every process asks before it lets anybody in.

    Laws: what a call has answered is durable, and seen by every later call of any process; barring, admitting and
    revoking twice is the same as once; of all calls of `first_use` for one kind and nonce, however many come at once
    and from wherever, exactly one is answered True until it is forgotten; `forget` takes away only what has ended
    before the instant it is given, and never a barred client.
    Raises `Unavailable` (party US) when the store fails; nobody may be let in on the strength of that.
    """

    async def standing(self) -> Standing:
        """Everybody who is barred and every token that is revoked and not forgotten, in one look."""

    async def barred(self) -> Collection[Barred]:
        """The barred clients with their reasons, in the order of their identifiers."""

    async def bar(self, client: str, *, who: str, why: str, at: datetime) -> bool:
        """Shut a client out; False when it already was, and then the first reason stays."""

    async def admit(self, client: str) -> bool:
        """Let a client in again; False when it was not barred."""

    async def revoke(self, token: str, until: datetime) -> bool:
        """A token is worth nothing any more; `until` is when it would have ended by itself. False when it was so."""

    async def first_use(self, kind: str, nonce: str, until: datetime) -> bool:
        """Whether this is the first time; `until` is when nobody could use it again anyway."""

    async def forget(self, before: datetime) -> int:
        """Forget revoked tokens and used nonces whose `until` lies before `before`; how many."""
