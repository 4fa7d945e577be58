"""The machine's clock and randomness keep the laws of their ports; identifiers are UUIDs of version 7."""

import asyncio
import time
import uuid
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cotransfer.adapters.machine import RandomIdentifiers, SystemClock
from cotransfer.adapters.memory.time import CountedIdentifiers, ManualClock
from cotransfer.adapters.wire.uuid7 import uuid7
from cotransfer.domain.values import TransferId
from cotransfer.ports.clock import Clock
from cotransfer.ports.identifiers import Identifiers

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


@pytest.fixture(params=[RandomIdentifiers, CountedIdentifiers])
def identifiers(request: pytest.FixtureRequest) -> Identifiers:
    """Each implementation of the port."""
    made: Identifiers = request.param()
    return made


class TestIdentifiers:
    def test_no_two_draws_are_equal(self, identifiers: Identifiers) -> None:
        """Neither transfers nor tokens are ever drawn twice."""
        assert len({identifiers.transfer() for _ in range(5000)}) == 5000
        assert len({identifiers.token() for _ in range(5000)}) == 5000

    def test_later_transfers_sort_later(self, identifiers: Identifiers) -> None:
        """Also within one millisecond: the store writes new rows at the end of its index."""
        drawn = [identifiers.transfer().text for _ in range(5000)]
        assert drawn == sorted(drawn)

    def test_transfers_are_uuids_of_version_7(self, identifiers: Identifiers) -> None:
        """What is drawn parses as what it is."""
        drawn = identifiers.transfer()
        assert TransferId.parse(drawn.text) == drawn

    def test_a_chance_is_below_one(self, identifiers: Identifiers) -> None:
        """Jitter reaches from none to nearly all of it."""
        assert all(0 <= identifiers.chance() < 1 for _ in range(1000))

    def test_a_token_fits_a_header(self, identifiers: Identifiers) -> None:
        """Tokens go where correlation identifiers go: at most 64 letters, digits, - and _."""
        token = identifiers.token()
        assert len(token) == 24
        assert set(token) <= set("0123456789abcdef")


class TestRandomIdentifiers:
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


class TestClocks:
    @pytest.mark.parametrize("clock", [SystemClock(), ManualClock()])
    async def test_time_goes_by_while_asleep(self, clock: Clock) -> None:
        """`sleep` lets at least that much time go by on the clock that `now` shows, in UTC."""
        before = clock.now()
        await clock.sleep(0.002)
        # The two clocks of the machine may differ by a tick.
        assert clock.now() - before >= timedelta(seconds=0.0015)
        assert before.utcoffset() == timedelta(0)

    def test_the_systems_clock_is_the_machines(self) -> None:
        """It shows the present."""
        assert abs(SystemClock().now() - datetime.now(UTC)) < timedelta(seconds=5)

    async def test_a_manual_clock_gives_way(self) -> None:
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
