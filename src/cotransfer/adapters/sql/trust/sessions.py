"""Sessions in the store's database. A row is found by the SHA-256 of the key that its holder shows, and its body is
sealed under that very key: who has the whole database can neither show a session nor read who is signed in.

Never writes a key, a name or an identity number; a subject only as a keyed hash, for `close_all`.
"""

import hashlib
import hmac
import re
import secrets
from collections.abc import Callable
from datetime import datetime

from sqlalchemy import bindparam, delete, select, update

from cotransfer.adapters.crypto.boxes import BoxBroken, seal, unseal
from cotransfer.adapters.sql.moments import micros, moment
from cotransfer.adapters.sql.store import SqlStore
from cotransfer.adapters.sql.tasks import touched
from cotransfer.adapters.sql.tongue import Prepared, Talk
from cotransfer.adapters.sql.trust.session_bodies import packed, unpacked
from cotransfer.adapters.sql.trust.tables import sessions
from cotransfer.ports.keys import KeyProvider, KeyUse, current
from cotransfer.ports.sessions import Session

COLUMNS = ("id", "subject", "body", "until")
PURPOSE = b"session"
_SHOWN = re.compile(r"[A-Za-z0-9_-]{43}", re.ASCII)


class SqlSessions:
    """Over an open store. Subjects are hashed under the current index key of `keys`, and found under each there is;
    sessions from before a key that is no longer there end by themselves within hours.
    """

    def __init__(
        self, store: SqlStore, keys: KeyProvider, *, draw: Callable[[], str] = lambda: secrets.token_urlsafe(32)
    ) -> None:
        self._store = store
        self._keys = keys
        self._draw = draw
        dialect, tongue = store.tongue.dialect, store.tongue
        one = sessions.c.id == bindparam("wanted")
        self._insert = Prepared(tongue.insert(sessions, *COLUMNS), dialect, COLUMNS)
        self._select = Prepared(select(sessions.c.body, sessions.c.until).where(one), dialect)
        self._renew = Prepared(update(sessions).values(until=bindparam("renewed")).where(one), dialect)
        self._close = Prepared(delete(sessions).where(one), dialect)
        self._close_all = Prepared(
            delete(sessions).where(sessions.c.subject == tongue.given(sessions, "subject")["subject"]),
            dialect,
            ("subject",),
        )
        self._forget = Prepared(delete(sessions).where(sessions.c.until < bindparam("before")), dialect)

    async def open(self, session: Session) -> str:
        """A row of its own under a fresh key."""
        shown = self._draw()
        whose = self._whose(session.who.subject, current(self._keys, KeyUse.INDEX))
        row = (_id(shown), whose, _sealed(shown, session), micros(_first_end(session)))
        await self._store.write(lambda talk: self._store.tongue.write(talk, self._insert, [row]))
        return shown

    async def find(self, shown: str, at: datetime) -> Session | None:
        """Looks on the reading thread; writes only when more than a quarter of the idle time is gone."""
        if not _SHOWN.fullmatch(shown):
            return None
        row = await self._store.look(lambda talk: self._row(talk, shown))
        session = None if row is None or moment(row[1]) <= at else _opened(shown, row[0])
        if row is None or session is None or session.until <= at:
            return None
        renewed = min(session.until, at + session.idle)
        if renewed - moment(row[1]) > session.idle / 4 or renewed == session.until > moment(row[1]):
            await self._store.write(lambda talk: self._renew.run(talk, wanted=_id(shown), renewed=micros(renewed)))
        return session

    async def close(self, shown: str) -> bool:
        """The row is gone."""
        return await self._store.write(lambda talk: touched(talk, self._close.run(talk, wanted=_id(shown)))) > 0

    async def close_all(self, subject: str) -> int:
        """All rows of one person."""
        whose = [(self._whose(subject, name),) for name in self._keys.names(KeyUse.INDEX)]
        return await self._store.write(
            lambda talk: touched(talk, self._store.tongue.write(talk, self._close_all, whose))
        )

    async def forget(self, before: datetime) -> int:
        """Rows that nobody can find any more."""
        return await self._store.write(lambda talk: touched(talk, self._forget.run(talk, before=micros(before))))

    def _row(self, talk: Talk, shown: str) -> tuple[bytes, int] | None:
        found = self._select.run(talk, wanted=_id(shown)).fetchall()
        return (bytes(found[0][0]), found[0][1]) if found else None

    def _whose(self, subject: str, name: str) -> str:
        return hmac.new(self._keys.key(KeyUse.INDEX, name), b"subject\0" + subject.encode(), hashlib.sha256).hexdigest()


def _id(shown: str) -> str:
    return hashlib.sha256(shown.encode(errors="surrogatepass")).hexdigest()


def _first_end(session: Session) -> datetime:
    return min(session.until, session.signed_in_at + session.idle)


def _sealed(shown: str, session: Session) -> bytes:
    return seal(packed(session), secret=shown.encode(), purpose=PURPOSE, bound_to=_id(shown).encode())


def _opened(shown: str, body: bytes) -> Session | None:
    """None for a row that somebody moved or changed: it vouches for nobody."""
    try:
        return unpacked(unseal(body, secret=shown.encode(), purpose=PURPOSE, bound_to=_id(shown).encode()))
    except BoxBroken:
        return None
