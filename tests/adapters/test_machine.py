"""The machine's clock and randomness keep the laws of their ports; identifiers are UUIDs of version 7."""

import asyncio
import re
import time
import uuid
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from typing_extensions import override

from cotransfer.adapters.machine import RandomIdentifiers, SystemClock
from cotransfer.adapters.memory.time import CountedIdentifiers, ManualClock
from cotransfer.adapters.wire.uuid7 import uuid7
from cotransfer.domain.values import TransferId
from cotransfer.ports.clock import Clock
from cotransfer.ports.identifiers import Identifiers
from cotransfer.testing.clock import ClockLaws
from cotransfer.testing.identifiers import IdentifiersLaws

MILLISECONDS = st.integers(0, (1 << 48) - 1)
NOISE = st.integers(0, (1 << 80) - 1)


class TestUuid7:
    @given(milliseconds=MILLISECONDS, noise=NOISE)
    def test_it_is_one(self, milliseconds: int, noise: int) -> None:
        """RFC 9562 §5.7: version 7, the RFC's variant, and the milliseconds in the first 48 bits."""
        made = uuid.UUID(uuid7(milliseconds, noise))
        assert (made.version, made.variant) == (7, uuid.RFC_4122)
        assert made.int >> 80 == milliseconds
        assert TransferId.parse(str(made)).text == uuid7(milliseconds, noise)

    @given(first=MILLISECONDS, second=MILLISECONDS, noises=st.tuples(NOISE, NOISE))
    def test_later_ones_sort_later(self, first: int, second: int, noises: tuple[int, int]) -> None:
        """The order of the texts is the order of the milliseconds, whatever the noise."""
        if first < second:
            assert uuid7(first, noises[0]) < uuid7(second, noises[1])

    @given(milliseconds=MILLISECONDS, noises=st.tuples(NOISE, NOISE))
    def test_the_noise_tells_them_apart(self, milliseconds: int, noises: tuple[int, int]) -> None:
        """74 of the 80 bits of noise are kept; the other six are version and variant."""
        kept = ~(0xF << 76 | 0x3 << 62)
        alike = noises[0] & kept == noises[1] & kept
        assert (uuid7(milliseconds, noises[0]) == uuid7(milliseconds, noises[1])) == alike

    def test_what_is_too_large_is_cut(self) -> None:
        """A clock beyond the year 10889 does not spill into the version."""
        assert uuid.UUID(uuid7(1 << 48 | 5, 1 << 80)).version == 7
        assert uuid7(1 << 48 | 5, 1 << 80) == uuid7(5, 0)


class TestCountedIdentifiers(IdentifiersLaws):
    @override
    @pytest.fixture
    def identifiers(self) -> Identifiers:
        """The same in every run."""
        return CountedIdentifiers()

    def test_they_are_the_same_in_every_run(self) -> None:
        """A simulation that is run again draws the same."""
        first, second = CountedIdentifiers(), CountedIdentifiers()
        assert [first.transfer() for _ in range(9)] == [second.transfer() for _ in range(9)]


class TestRandomIdentifiers(IdentifiersLaws):
    @override
    @pytest.fixture
    def identifiers(self) -> Identifiers:
        """Drawn from the machine."""
        return RandomIdentifiers()

    def test_a_token_is_not_to_be_guessed(self) -> None:
        """96 bits, as hexadecimal digits."""
        assert re.fullmatch(r"[0-9a-f]{24}", RandomIdentifiers().token())

    def test_a_transfer_bears_the_present_time(self) -> None:
        """The first 48 bits are the milliseconds since 1970."""
        before = time.time_ns() // 1_000_000
        drawn = uuid.UUID(RandomIdentifiers().transfer().text).int >> 80
        assert before <= drawn <= time.time_ns() // 1_000_000

    def test_a_clock_that_is_set_back(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """When the machine's clock goes back, identifiers go on: later ones still sort later."""
        times = iter((5_000_000_000, 4_000_000_000, 5_000_000_000, 5_001_000_000))
        monkeypatch.setattr(time, "time_ns", lambda: next(times))
        identifiers = RandomIdentifiers()
        drawn = [identifiers.transfer().text for _ in range(4)]
        monkeypatch.undo()
        assert drawn == sorted(set(drawn))
        assert [uuid.UUID(one).int >> 80 for one in drawn] == [5000, 5000, 5000, 5001]

    def test_processes_do_not_meet(self) -> None:
        """Two processes in the same millisecond draw different identifiers."""
        first, second = RandomIdentifiers(), RandomIdentifiers()
        ours, theirs = ({one.transfer() for _ in range(1000)} for one in (first, second))
        assert not ours & theirs


class TestSystemClock(ClockLaws):
    @override
    @pytest.fixture
    def clock(self) -> Clock:
        """The machine's."""
        return SystemClock()

    def test_the_systems_clock_is_the_machines(self) -> None:
        """It shows the present."""
        assert abs(SystemClock().now() - datetime.now(UTC)) < timedelta(seconds=5)


class TestManualClock(ClockLaws):
    @override
    @pytest.fixture
    def clock(self) -> Clock:
        """Moved by hand."""
        return ManualClock()

    async def test_a_sleeper_takes_time_along(self) -> None:
        """A sleeper lets others run, and its time has gone by without anybody waiting for it."""
        clock, ran = ManualClock(), []

        async def other() -> None:
            ran.append(clock.now())

        task = asyncio.ensure_future(other())
        await clock.sleep(3600)
        await task
        assert ran == [clock.now()]
        clock.move(timedelta(hours=1))
        assert clock.now() - ran[0] == timedelta(hours=1)
