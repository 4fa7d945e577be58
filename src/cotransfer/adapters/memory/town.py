"""A town in memory: one adapter for every port, put together, for examples, tests and simulation.

    town = Town(homes=[home(...)], accounts=[account(...)])
    office = open_office(town.world)

Never more than one utility, and nothing in it moves by itself: whoever holds the town plays its people.
"""

from collections.abc import Iterable

from cotransfer.adapters.memory.notifier import MemoryNotifier
from cotransfer.adapters.memory.registry import MemoryRegistry, home
from cotransfer.adapters.memory.store import MemoryStore
from cotransfer.adapters.memory.time import CountedIdentifiers, ManualClock
from cotransfer.adapters.memory.utility import MemoryUtility, account
from cotransfer.app.directory import Directory, Listing
from cotransfer.app.office import World
from cotransfer.domain.values import Account, Home, Service, UtilityId

__all__ = ["Town", "account", "home"]


class Town:
    """Who lives and works there: `registry`, `utility`, `notifier`; what runs it: `store`, `clock`, `identifiers`."""

    def __init__(
        self,
        *,
        homes: Iterable[Home] = (),
        accounts: Iterable[Account] = (),
        utility: str = "kunming-water",
        service: Service = Service.WATER,
    ) -> None:
        self.registry = MemoryRegistry(homes)
        self.utility = MemoryUtility(UtilityId(utility), accounts)
        self.notifier = MemoryNotifier()
        self.store = MemoryStore()
        self.clock = ManualClock()
        self.identifiers = CountedIdentifiers()
        self._directory = Directory(Listing(id=self.utility.id, service=service, utility=self.utility))

    @property
    def world(self) -> World:
        """The town as `open_office` wants it; every office opened on it shares the town's one store."""
        return World(
            transfers=self.store,
            agenda=self.store,
            registry=self.registry,
            directory=self._directory,
            notifier=self.notifier,
            clock=self.clock,
            identifiers=self.identifiers,
            reversals=self.store,
        )
