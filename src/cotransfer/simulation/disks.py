"""What outlives every process: the database, in memory or in a SQLite file. Never forgets what it has committed."""

from collections.abc import Callable
from datetime import datetime
from typing import Protocol

import attrs

from cotransfer.adapters.memory.grants import MemoryGrants
from cotransfer.adapters.memory.reconciliations import MemoryReconciliations
from cotransfer.adapters.memory.store import MemoryStore
from cotransfer.domain.agenda import Duty
from cotransfer.domain.values import TransferId
from cotransfer.ports.agenda import Agenda, Lease
from cotransfer.ports.audit import Audit
from cotransfer.ports.consents import Consents
from cotransfer.ports.grants import Grants
from cotransfer.ports.reconciliations import Reconciliations
from cotransfer.ports.transfers import Transfers


class Store(Transfers, Agenda, Consents, Protocol):
    """All that one connection to the database is."""


@attrs.frozen
class Opened:
    """The database as a process has opened it."""

    store: Store
    grants: Grants
    audit: Audit
    reconciliations: Reconciliations


class Disk(Protocol):
    """A place for one database; `most_processes` is how many may have it open, None for any number."""

    most_processes: int | None

    def open(self) -> Opened:
        """For a process that starts, or for whoever looks at it afterwards."""

    def close(self, opened: Opened) -> None:
        """That process is no more."""

    def rotate(self) -> bool:
        """From now on another key wraps what is new; False where nothing is sealed."""

    def throw_away(self) -> None:
        """Nobody needs it any more."""


class MemoryDisk:
    """Dictionaries, shared by every process as one PostgreSQL would be."""

    most_processes: int | None = None

    def __init__(self) -> None:
        store = MemoryStore()
        self._opened = Opened(store, MemoryGrants(store.audit), store.audit, MemoryReconciliations(store))

    def open(self) -> Opened:
        return self._opened

    def close(self, opened: Opened) -> None:
        """There is nothing to close."""

    def rotate(self) -> bool:
        """Nothing is sealed."""
        return False

    def throw_away(self) -> None:
        """It goes with the run."""


MakeDisk = Callable[[], Disk]


class Dues:
    """When each task may be claimed, as all that was written says: so that a worker need not look each second."""

    def __init__(self) -> None:
        self._times: dict[tuple[TransferId, Duty], tuple[datetime, str]] = {}
        self._waking: dict[object, Callable[[], None]] = {}

    def set(self, transfer: TransferId, duty: Duty, at: datetime, token: str = "") -> None:
        """From then on it may be; until then it is held by `token`, if that names a lease."""
        self._times[transfer, duty] = (at, token)

    def holder(self, transfer: TransferId, duty: Duty, at: datetime) -> str:
        """The lease that a task is held by then; "" where nobody holds it."""
        until, token = self._times.get((transfer, duty), (at, ""))
        return token if at < until else ""

    def give_back(self, lease: Lease, at: datetime) -> None:
        """The holder wants it tried again then; who has lost the lease says so in vain."""
        if self._times.get((lease.transfer, lease.duty), (at, ""))[1] == lease.token:
            self._times[lease.transfer, lease.duty] = (at, "")

    def free(self, at: datetime) -> None:
        """Nobody holds anything any more."""
        for key, (until, token) in self._times.items():
            self._times[key] = (at if token else until, "")

    def drop(self, transfer: TransferId, duty: Duty) -> None:
        """There is nothing to claim any more."""
        self._times.pop((transfer, duty), None)

    def next(self) -> datetime | None:
        """The earliest, whether or not it has passed."""
        return min((at for at, _ in self._times.values()), default=None)

    def hint(self) -> None:
        """Something is due now: everybody who waits is told."""
        for wake in tuple(self._waking.values()):
            wake()

    def wake(self, whom: object, wake: Callable[[], None] | None) -> None:
        """From now on `whom` is told by `wake`; None: no longer."""
        if wake is None:
            self._waking.pop(whom, None)
        else:
            self._waking[whom] = wake
