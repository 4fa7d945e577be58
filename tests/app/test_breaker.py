"""When a counterparty is left alone, and how it is tried again: in pure steps, with time brought in."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cotransfer.app.breaker import (
    USUAL_RULES,
    Circuit,
    Open,
    Passing,
    Probing,
    Rules,
    admits,
    begun,
    failed,
    opened,
    released,
    succeeded,
)
from cotransfer.domain.ledger import Failure
from cotransfer.domain.parties import Party

AT = datetime(2026, 3, 2, 9, tzinfo=UTC)
AWAY = Failure(Party.UTILITY, "It is away.")


def the_opened(circuit: Circuit) -> Open:
    """What is known of a circuit that is not closed."""
    assert not isinstance(circuit, Passing)
    return opened(circuit)


def later(seconds: float) -> datetime:
    """So many seconds after the beginning."""
    return AT + timedelta(seconds=seconds)


def after(*calls: bool, rules: Rules = USUAL_RULES) -> Circuit:
    """A circuit after calls that went well (True) or failed, one a second, whatever it says."""
    circuit: Circuit = Passing(since=AT)
    for nth, well in enumerate(calls):
        circuit = succeeded(circuit, later(nth), rules) if well else failed(circuit, AWAY, later(nth), rules)
    return circuit


class TestOpening:
    def test_five_failures_in_a_row(self) -> None:
        """The fifth failure in a row opens it for half a minute, and four do not."""
        assert admits(after(*[False] * 4), AT)
        circuit = after(*[False] * 5)
        assert circuit == Open(since=later(4), failures=5, last=AWAY, pause_s=30, until=later(34))
        assert not admits(circuit, later(33.999))
        assert admits(circuit, later(34))

    def test_a_success_begins_the_row_anew(self) -> None:
        """Four failures, one success, four failures: closed."""
        assert isinstance(after(*[False] * 4, True, *[False] * 4), Passing)

    def test_half_of_the_last_twenty(self) -> None:
        """Ten of twenty, never five in a row, open it; nine do not, and nineteen calls are too few to say."""
        assert isinstance(after(*[True, False] * 9, True), Passing)
        assert isinstance(after(*[True, False] * 10), Open)
        assert isinstance(after(*[True, False] * 9, True, True), Passing)

    def test_only_the_last_twenty_count(self) -> None:
        """What was long ago is forgotten."""
        circuit = after(*[True, False] * 9, *[True] * 20, *[False, True] * 9)
        assert isinstance(circuit, Passing)
        assert len(circuit.recent) == USUAL_RULES.of_last

    def test_as_a_deployment_has_it(self) -> None:
        """Every number is the deployment's."""
        rules = Rules(in_a_row=2, first_pause_s=1)
        circuit = after(False, False, rules=rules)
        assert isinstance(circuit, Open)
        assert circuit.until == later(2)

    @given(st.lists(st.booleans(), max_size=60))
    def test_exactly_when_the_rule_says(self, calls: list[bool]) -> None:
        """For any calls: it is open exactly if at one of them five in a row or ten of twenty had failed."""
        often = [
            calls[max(0, n - 5) : n] == [False] * 5 or (n >= 20 and calls[n - 20 : n].count(False) >= 10)
            for n, well in enumerate(calls, 1)
        ]
        # Half of the last twenty is looked at when one fails.
        assert isinstance(after(*calls), Open) == any(bad and not well for bad, well in zip(often, calls, strict=True))


class TestClosing:
    @pytest.fixture
    def circuit(self) -> Circuit:
        """Open since second 4, until second 34."""
        return after(*[False] * 5)

    def test_one_probe_at_a_time(self, circuit: Circuit) -> None:
        """The first call after the pause is the probe; nobody else goes before it is back."""
        probing = begun(circuit, later(34))
        assert isinstance(probing, Probing)
        assert not admits(probing, later(35))
        assert opened(probing) == circuit

    def test_a_success_closes_it(self, circuit: Circuit) -> None:
        """The probe came to an answer: everybody may call, and nothing of before is held against it."""
        closed = succeeded(begun(circuit, later(34)), later(36), probe=True)
        assert closed == Passing(since=later(36))
        assert begun(closed, later(37)) == closed

    def test_a_failed_probe_doubles_the_pause(self, circuit: Circuit) -> None:
        """30 s, 1, 2, 4, 8 minutes, then ten, however long it lasts."""
        pauses = []
        for _ in range(7):
            at = the_opened(circuit).until
            circuit = failed(begun(circuit, at), AWAY, at, probe=True)
            assert isinstance(circuit, Open)
            pauses.append(circuit.pause_s)
            assert circuit.until - at == timedelta(seconds=circuit.pause_s)
        assert pauses == [60, 120, 240, 480, 600, 600, 600]
        assert (the_opened(circuit).since, the_opened(circuit).failures) == (later(4), 12)

    def test_the_next_time_it_begins_with_the_short_pause(self, circuit: Circuit) -> None:
        """Once it was closed, an earlier outage is over."""
        circuit = failed(begun(circuit, later(34)), AWAY, later(35), probe=True)
        circuit = succeeded(begun(circuit, later(95)), later(96), probe=True)
        for nth in range(5):
            circuit = failed(circuit, AWAY, later(100 + nth))
        assert isinstance(circuit, Open)
        assert (circuit.pause_s, circuit.failures) == (30, 5)

    def test_who_set_out_before_says_nothing(self, circuit: Circuit) -> None:
        """Calls that were under way when it opened neither close it nor lengthen the pause."""
        assert succeeded(circuit, later(5)) == circuit
        assert failed(circuit, AWAY, later(5)) == circuit
        probing = begun(circuit, later(34))
        assert failed(probing, AWAY, later(35)) == probing

    def test_a_probe_that_came_to_nothing(self, circuit: Circuit) -> None:
        """Cancelled, or refused by ourselves: it tells nothing, and the next call is the probe, at once."""
        free = released(begun(circuit, later(34)), later(35))
        assert admits(free, later(35))
        assert isinstance(free, Open)
        assert free.pause_s == 30
        assert released(free, later(36)) == free

    def test_a_probe_that_never_comes_back(self, circuit: Circuit) -> None:
        """After a minute another one goes."""
        probing = begun(circuit, later(34))
        assert not admits(probing, later(93.9))
        assert admits(probing, later(94))
        assert the_opened(begun(probing, later(94))) == circuit
