"""Who is signed in: citizens and operators, from the moment their provider vouched for them until they go.

A session is known by a key of 256 random bits that only its holder keeps. Never a password, never a provider's token.
"""

from datetime import datetime, timedelta
from typing import Protocol

import attrs

from cotransfer.domain.operators import OperatorRole
from cotransfer.domain.values import IdentityNumber, Name


@attrs.frozen(kw_only=True)
class Citizen:
    """A person for whom the provider vouched. `subject` is theirs alone in this deployment: the issuer's name for
    them, with the issuer.
    """

    subject: str = attrs.field(repr=False)
    name: Name
    identity: IdentityNumber


@attrs.frozen(kw_only=True)
class Operator:
    """Somebody who works for the city, with what they may do."""

    subject: str = attrs.field(repr=False)
    name: Name
    roles: frozenset[OperatorRole]


@attrs.frozen(kw_only=True)
class Session:
    """One sign-in. It ends at `until`, whatever happens, and sooner when nobody has shown it for as long as `idle`.

    `csrf` is what a form of ours must bear. `client` is the client of the gateway that alone may show the session;
    None for a browser's.
    """

    who: Citizen | Operator
    signed_in_at: datetime
    until: datetime
    idle: timedelta
    csrf: str = attrs.field(repr=False)
    client: str | None = None


class Sessions(Protocol):
    """Where sessions are kept.

    Laws: every key is new and unguessable, and what is stored neither contains it nor opens without it; what was
    opened is found unchanged until it ends; from `until` on nobody finds it; who is found within `idle` stays for
    another `idle`, counted from then or from at most a quarter of it earlier, so that not every look has to be
    written; closed is closed at once, in every process; anything that is not the key of an open session is None.
    Raises `Unavailable` (party US) when the store fails.
    """

    async def open(self, session: Session) -> str:
        """Keep the session, and give the key that its holder has to show: 43 letters, digits, - and _."""

    async def find(self, shown: str, at: datetime) -> Session | None:
        """The open session of this key at that instant, or None."""

    async def close(self, shown: str) -> bool:
        """End the session of this key; whether there was one."""

    async def close_all(self, subject: str) -> int:
        """End every session of somebody; how many there were."""

    async def forget(self, before: datetime) -> int:
        """Drop what ended before `before`; how many sessions that were."""
