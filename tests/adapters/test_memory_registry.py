"""The registry in a list keeps every law."""

from collections.abc import Sequence

import pytest

from cotransfer.adapters.memory.registry import MemoryRegistry, home
from cotransfer.domain.parties import Party
from cotransfer.domain.values import Home, RegistryState, RegistryStatus, Restriction
from cotransfer.ports.errors import Unavailable
from cotransfer.testing.registry import RegistryLaws

HOMES = (
    home(
        "云(2024)五华区不动产权第0012345号",
        unit="530102003004GB00012F00030502",
        location="昆明市五华区翠湖东路18号翠湖小区3幢2单元502室",
        right_holders={"530102199003071238": "李小满", "11010519491231002X": "赵立冬"},
        former=["王秋实"],
    ),
    home(
        "云(2021)五华区不动产权第0000007号",
        unit="530102003004GB00012F00030503",
        location="昆明市五华区翠湖东路18号翠湖小区3幢2单元503室",
        right_holders={"530102199003071238": "李小满"},
        restrictions=[Restriction.MORTGAGE],
    ),
)


class TestLaws(RegistryLaws):
    @pytest.fixture
    def homes(self) -> Sequence[Home]:
        """What is written down."""
        return HOMES

    @pytest.fixture
    def registry(self, homes: Sequence[Home]) -> MemoryRegistry:
        """The registry of them."""
        return MemoryRegistry(homes)


async def test_a_right_holder_of_two_homes_finds_both() -> None:
    """Step 1: the citizen picks one of all of theirs."""
    registry = MemoryRegistry(HOMES)
    assert await registry.properties_of(HOMES[1].right_holders[0].identity) == HOMES


async def test_a_restated_certificate_shows_at_once() -> None:
    """Steps 6 and 8: the status is asked afresh."""
    registry = MemoryRegistry(HOMES)
    sold = RegistryState(RegistryStatus.HISTORICAL)
    registry.restate(HOMES[0].certificate_number, sold)
    status = await registry.status_of(HOMES[0].certificate_number)
    assert status is not None
    assert status.registry_state == sold


async def test_away_is_certain() -> None:
    """A registry that cannot be reached has surely done nothing."""
    registry = MemoryRegistry(HOMES)
    registry.away = True
    with pytest.raises(Unavailable) as away:
        await registry.status_of(HOMES[0].certificate_number)
    assert (away.value.party, away.value.certain) == (Party.REGISTRY, True)
