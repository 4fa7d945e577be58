"""The laws of `Clock`, for every clock: a subclass brings a fixture `clock`. Never waits for more than milliseconds."""

import asyncio
from datetime import timedelta

import pytest

from cotransfer.ports.clock import Clock

NAP_S = 0.005
TICK = timedelta(milliseconds=1)
"""The machine may sleep by another clock than the one it shows; the two differ by less than this."""


class ClockLaws:
    """Each law of the port's docstring."""

    @pytest.fixture
    def clock(self) -> Clock:
        """The implementation under test."""
        raise NotImplementedError("A suite of laws needs a clock to prove them on.")

    def test_it_shows_utc(self, clock: Clock) -> None:
        """What it shows is aware, and in UTC: nobody has to ask where the machine stands."""
        assert clock.now().tzinfo is not None
        assert clock.now().utcoffset() == timedelta(0)

    def test_it_never_goes_back(self, clock: Clock) -> None:
        """However often it is looked at, a later look shows nothing earlier."""
        shown = [clock.now() for _ in range(1000)]
        assert shown == sorted(shown)

    @pytest.mark.parametrize("seconds", [0, NAP_S])
    async def test_time_goes_by_while_asleep(self, clock: Clock, seconds: float) -> None:
        """`sleep` returns when at least that much time has gone by on the same clock."""
        before = clock.now()
        await clock.sleep(seconds)
        assert clock.now() - before >= timedelta(seconds=seconds) - TICK

    async def test_a_sleeper_gives_way(self, clock: Clock) -> None:
        """While one sleeps the others run."""
        ran = asyncio.Event()
        asyncio.get_running_loop().call_soon(ran.set)
        await clock.sleep(NAP_S)
        assert ran.is_set()

    async def test_sleepers_do_not_wait_for_one_another(self, clock: Clock) -> None:
        """Many who sleep at the same time all wake."""
        await asyncio.wait_for(asyncio.gather(*(clock.sleep(NAP_S) for _ in range(20))), 10)
