"""One client has so much room and no more: it is turned away with a time to come back, and fills nobody else's."""

import asyncio

import httpx
import pytest
from tests.gateway.stage import IDENTITY, Stage, city, staged

from cotransfer.adapters.gateway.crowding import PER_CLIENT, Crowd
from cotransfer.adapters.gateway.problems import Wrong
from cotransfer.adapters.memory.registry import MemoryRegistry
from cotransfer.domain.values import Home, IdentityNumber
from cotransfer.settings import Gateway

SEARCH = "/v1/properties/search"
NOWHERE = "/v1/transfers/019aaf3e-6b00-7c21-9d5e-0123456789ab"


class Slow(MemoryRegistry):
    """Answers nobody before it is told to."""

    def __init__(self, quick: MemoryRegistry) -> None:
        self.__dict__.update(quick.__dict__)
        self.may_answer = asyncio.Event()
        self.arrived = asyncio.Semaphore(0)
        self.asked = 0

    async def properties_of(self, identity: IdentityNumber) -> tuple[Home, ...]:
        """As the quick one, when it may."""
        self.asked += 1
        self.arrived.release()
        await self.may_answer.wait()
        return await super().properties_of(identity)


async def begun(stage: Stage, registry: Slow, number: int) -> list["asyncio.Task[httpx.Response]"]:
    """So many searches of the platform, all of them waiting for the registry."""
    under_way = [asyncio.create_task(stage.post(SEARCH, IDENTITY)) for _ in range(number)]
    async with asyncio.timeout(5):
        for _ in range(number):
            await registry.arrived.acquire()
    return under_way


async def test_one_too_many_at_once():
    """The next one is told to come back (429, `Retry-After`), another client is not, and afterwards there is room."""
    registry = Slow(city())
    async with staged(registry=registry, per_client=5) as stage:
        under_way = await begun(stage, registry, 5)
        refused = await asyncio.gather(*(stage.post(SEARCH, IDENTITY, key="again") for _ in range(20)))
        assert {(one.status_code, one.json()["code"], one.headers["retry-after"]) for one in refused} == {
            (429, "too_many_requests", "1")
        }
        assert {one.json()["next_action"]["code"] for one in refused} == {"try_later"}
        assert (await stage.get(NOWHERE)).json()["code"] == "too_many_requests"
        other = await stage.get(NOWHERE.replace("/v1/", "/v1/utility/") + "/identity", by="water")
        assert other.json()["code"] == "unknown_transfer"
        assert registry.asked == 5
        registry.may_answer.set()
        assert {one.status_code for one in await asyncio.gather(*under_way)} == {200}
        assert (await stage.post(SEARCH, IDENTITY, key="again")).status_code == 200


async def test_room_is_made_on_every_path():
    """After answers, refusals, faults of ours, and callers that have gone, all the room is there again."""
    registry = Slow(city())
    async with staged(registry=registry, per_client=2) as stage:
        for _ in range(3):
            gone = await begun(stage, registry, 2)
            for one in gone:
                one.cancel()
            ends = await asyncio.gather(*gone, return_exceptions=True)
            assert {type(end) for end in ends} == {asyncio.CancelledError}
        for _ in range(3):
            assert (await stage.get(NOWHERE)).status_code == 404
            assert (await stage.post(SEARCH, b"{")).status_code == 400
            assert (await stage.post(NOWHERE.replace("/v1/", "/v1/utility/") + "/handling", {})).status_code == 403
        registry.may_answer.set()
        del registry._homes  # Nobody foresaw that.
        assert {(await stage.post(SEARCH, IDENTITY)).status_code for _ in range(3)} == {500}


async def test_strangers_take_no_room():
    """Who has not proved who they are is turned away before anybody's room is counted."""
    registry = Slow(city())
    async with staged(registry=registry, per_client=1) as stage:
        (under_way,) = await begun(stage, registry, 1)
        assert (await stage.get(NOWHERE, by="nobody")).status_code == 401
        registry.may_answer.set()
        assert (await under_way).status_code == 200


def test_counts_by_client():
    """One's room is nobody else's, and a refused one has taken none."""
    crowd = Crowd(1)
    with crowd.room_for("one"):
        with crowd.room_for("other"), pytest.raises(Wrong, match="too_many_requests"), crowd.room_for("one"):
            raise AssertionError
        with crowd.room_for("other"):
            pass
    with crowd.room_for("one"):
        pass


def test_the_settings_say_the_same():
    """A gateway without settings gives as much room as one with the usual ones."""
    assert Gateway().per_client == PER_CLIENT
