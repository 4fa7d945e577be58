"""How many requests of one client are in progress at once in this process: so many, and the next is turned away.

Never lets one client take the room of the others, and never forgets to make room again: whatever ends a request, an
answer, an exception or a caller that has gone, ends its place too.
"""

import contextlib
from collections import Counter
from collections.abc import Iterator

from cotransfer.adapters.gateway.problems import Wrong

PER_CLIENT = 64
RETRY_S = 1
"""A request takes a fraction of a second, so room is made soon."""


class Crowd:
    """One for a process; only clients that have proved who they are count, so nobody fills another one's room."""

    def __init__(self, per_client: int = PER_CLIENT) -> None:
        self._per_client = per_client
        self._inside: Counter[str] = Counter()

    @contextlib.contextmanager
    def room_for(self, client: str) -> Iterator[None]:
        """Raises `Wrong` when this client's room is full."""
        if self._inside[client] >= self._per_client:
            raise Wrong("too_many_requests", headers={"Retry-After": str(RETRY_S)})
        self._inside[client] += 1
        try:
            yield
        finally:
            self._inside[client] -= 1
