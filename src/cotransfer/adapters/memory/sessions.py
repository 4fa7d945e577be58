"""Sessions in a dictionary, by the hash of their key. Never durable, and never keeps a key."""

import hashlib
import secrets
from datetime import datetime

from cotransfer.ports.sessions import Session


class MemorySessions:
    """Every law of the port at its shortest."""

    def __init__(self) -> None:
        self._open: dict[bytes, tuple[Session, datetime]] = {}

    async def open(self, session: Session) -> str:
        """Under a fresh key."""
        shown = secrets.token_urlsafe(32)
        self._open[_hash(shown)] = (session, min(session.until, session.signed_in_at + session.idle))
        return shown

    async def find(self, shown: str, at: datetime) -> Session | None:
        """Each look counts its idle time anew."""
        session, ends = self._open.get(_hash(shown), (None, at))
        if session is None or ends <= at:
            return None
        self._open[_hash(shown)] = (session, min(session.until, at + session.idle))
        return session

    async def close(self, shown: str) -> bool:
        """Gone."""
        return self._open.pop(_hash(shown), None) is not None

    async def close_all(self, subject: str) -> int:
        """All of one person's."""
        return self._drop([key for key, (session, _) in self._open.items() if session.who.subject == subject])

    async def forget(self, before: datetime) -> int:
        """Those that have ended."""
        return self._drop([key for key, (_, ends) in self._open.items() if ends < before])

    def _drop(self, keys: list[bytes]) -> int:
        for key in keys:
            del self._open[key]
        return len(keys)


def _hash(shown: str) -> bytes:
    return hashlib.sha256(shown.encode(errors="surrogatepass")).digest()
