"""`Access` of one process; what it holds ends with it, so it never serves two."""

from datetime import datetime

from cotransfer.ports.access import Barred, Standing


class MemoryAccess:
    """Barred clients, revoked tokens and used nonces in dictionaries."""

    def __init__(self) -> None:
        self._barred: dict[str, Barred] = {}
        self._revoked: dict[str, datetime] = {}
        self._used: dict[tuple[str, str], datetime] = {}

    async def standing(self) -> Standing:
        return Standing(frozenset(self._barred), frozenset(self._revoked))

    async def barred(self) -> tuple[Barred, ...]:
        return tuple(self._barred[client] for client in sorted(self._barred))

    async def bar(self, client: str, *, who: str, why: str, at: datetime) -> bool:
        if client in self._barred:
            return False
        self._barred[client] = Barred(client=client, at=at, who=who, why=why)
        return True

    async def admit(self, client: str) -> bool:
        return self._barred.pop(client, None) is not None

    async def revoke(self, token: str, until: datetime) -> bool:
        if token in self._revoked:
            return False
        self._revoked[token] = until
        return True

    async def first_use(self, kind: str, nonce: str, until: datetime) -> bool:
        if (kind, nonce) in self._used:
            return False
        self._used[kind, nonce] = until
        return True

    async def forget(self, before: datetime) -> int:
        return _drop(self._revoked, before) + _drop(self._used, before)


def _drop(held: dict[str, datetime] | dict[tuple[str, str], datetime], before: datetime) -> int:
    over = [key for key, until in held.items() if until < before]
    for key in over:
        del held[key]  # type: ignore[arg-type]  # the key comes from this very dictionary
    return len(over)
