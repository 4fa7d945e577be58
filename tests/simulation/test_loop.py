"""The loop that everything rests on: its time jumps, its tasks have owners, and it says when it is stuck."""

import asyncio
import time

import pytest

from cotransfer.simulation.at_once import at_once
from cotransfer.simulation.dice import Dice
from cotransfer.simulation.loop import Deadlock, TooLong, VirtualLoop


class TestVirtualLoop:
    def test_days_go_by_at_once(self) -> None:
        """A sleep of a year takes no time, and the clock shows the year."""
        loop, began = VirtualLoop(most_steps=100), time.monotonic()
        loop.play(asyncio.sleep(365 * 86_400))
        assert loop.now_s == 365 * 86_400
        assert time.monotonic() - began < 60

    def test_sleepers_wake_in_the_order_of_their_times(self) -> None:
        """Whoever is due first is first, and who is due at the same time wakes in the order of going to sleep."""
        woken: list[str] = []

        async def sleep(name: str, seconds: float) -> None:
            await asyncio.sleep(seconds)
            woken.append(name)

        async def main() -> None:
            await asyncio.gather(sleep("c", 2), sleep("a", 1), sleep("b", 1))

        VirtualLoop(most_steps=100).play(main())
        assert woken == ["a", "b", "c"]

    def test_whom_a_task_begins_is_killed_with_it(self) -> None:
        """A task belongs to the owner of whoever began it, however deep; nobody else is touched."""
        ended: list[str] = []

        async def long(name: str) -> None:
            try:
                await asyncio.sleep(100)
            except asyncio.CancelledError:
                ended.append(name)
                raise

        async def owner() -> None:
            await asyncio.create_task(long("child"))

        async def main() -> None:
            other = loop.create_task(long("other"), name="other")
            loop.create_task(owner(), name="mine")
            await asyncio.sleep(1)
            assert loop.kill("mine") == 2
            await asyncio.sleep(1)
            assert ended == ["child"]
            assert not other.done()

        loop = VirtualLoop(most_steps=100)
        loop.play(main())
        assert ended == ["child", "other"]  # Whatever is left goes in the end.

    def test_everybody_waiting_for_nothing_is_told(self) -> None:
        """A deadlock is an error, not a test that hangs."""

        async def main() -> None:
            await asyncio.get_running_loop().create_future()

        with pytest.raises(Deadlock):
            VirtualLoop(most_steps=100).play(main())

    def test_a_circle_is_told(self) -> None:
        """So is a loop that never gets anywhere."""

        async def main() -> None:
            while True:  # noqa: ASYNC110 - it is the circle
                await asyncio.sleep(0)

        with pytest.raises(TooLong):
            VirtualLoop(most_steps=1_000).play(main())

    def test_an_alarm_strikes_before_its_step(self) -> None:
        """Between the step before and its own, and once."""
        seen: list[object] = []

        async def main() -> None:
            for nth in range(5):
                seen.append(nth)
                await asyncio.sleep(0)

        loop = VirtualLoop(most_steps=100)
        loop.at_step(3, lambda: seen.append("alarm"))
        loop.play(main())
        assert seen == [0, 1, "alarm", 2, 3, 4]


class TestDice:
    def test_a_draw_depends_on_its_name_alone(self) -> None:
        """The n-th draw of a name is the same, whatever else was drawn before: faults can be left out."""
        one, other = Dice(5), Dice(5)
        for nth in range(10):
            one.unit("something else", nth)
        assert [one.unit("x", nth) for nth in range(5)] == [other.unit("x", nth) for nth in range(5)]

    def test_draws_are_spread(self) -> None:
        """Half of the draws lie in the lower half, near enough; no two seeds or names are alike."""
        drawn = [Dice(seed).unit("x", nth) for seed in range(20) for nth in range(100)]
        assert all(0 <= one < 1 for one in drawn)
        assert 900 < sum(one < 0.5 for one in drawn) < 1_100
        assert len({Dice(seed).word(name) for seed in range(50) for name in ("x", "y")}) == 100


class TestAtOnce:
    def test_what_would_wait_may_not(self) -> None:
        """A counterparty answers within one step, or the simulation is wrong."""
        with pytest.raises(RuntimeError, match="waits"):
            at_once(asyncio.sleep(0))
