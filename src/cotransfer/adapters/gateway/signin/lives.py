"""How long sign-ins last, and the opening of one. Never carries an earlier session on: every sign-in has a new key."""

import secrets
from datetime import datetime, timedelta

import attrs

from cotransfer.ports.sessions import Citizen, Operator, Session


@attrs.frozen(kw_only=True)
class Life:
    """The longest a session lasts, and how long without being shown."""

    whole: timedelta
    idle: timedelta


@attrs.frozen(kw_only=True)
class Opening:
    """The lives of both kinds of session."""

    citizen: Life = Life(whole=timedelta(minutes=30), idle=timedelta(minutes=15))
    operator: Life = Life(whole=timedelta(hours=8), idle=timedelta(minutes=30))

    def session(self, who: Citizen | Operator, at: datetime, *, client: str | None = None) -> Session:
        """A new one, not yet kept."""
        life = self.citizen if isinstance(who, Citizen) else self.operator
        return Session(
            who=who,
            signed_in_at=at,
            until=at + life.whole,
            idle=life.idle,
            csrf=secrets.token_urlsafe(24),
            client=client,
        )
