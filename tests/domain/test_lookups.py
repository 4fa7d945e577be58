"""The rules of look-ups that need no store: neighbours, days, and how long an answer lasts."""

from datetime import UTC, datetime, timedelta

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cotransfer.domain.lookups import NEAR, end_of_day, padding_s
from cotransfer.domain.values import AccountNumber
from cotransfer.testing.lookups import question


def stretches(number: str, run: int = 5) -> tuple[str, str]:
    """Of an account number."""
    return attrs.evolve(question(), account=AccountNumber(number)).stretches(run)


@given(
    st.integers(0, 10**10),
    st.integers(2, 12).flatmap(lambda run: st.lists(st.integers(1, NEAR), min_size=run - 1, max_size=run - 1)),
)
def test_neighbours_share_a_stretch(first: int, steps: list[int]):
    """However a run lies, and whatever its length: all of its numbers are in one of the two stretches."""
    run, numbers = len(steps) + 1, [first]
    for step in steps:
        numbers.append(numbers[-1] + step)
    found = [stretches(f"{number:014d}", run) for number in numbers]
    assert any(len({both[nth] for both in found}) == 1 for nth in (0, 1))


def test_other_prefixes_and_lengths_are_other_stretches():
    """A0012 and B0012 are no neighbours, nor are 0012 and 000012; a number without digits is its own."""
    assert len({stretches(number)[0] for number in ("A-0012", "B-0012", "0012", "000012", "0012-X")}) == 5
    assert stretches("ABCD") == ("ABCD", "ABCD")


@given(st.datetimes(min_value=datetime(2000, 1, 1), max_value=datetime(2100, 1, 1), timezones=st.just(UTC)))  # noqa: DTZ001
def test_a_day_ends_at_midnight_in_china(at: datetime):
    """Between now and tomorrow; at 16:00 in UTC, wherever the server stands."""
    end = end_of_day(at)
    assert timedelta(0) < end - at <= timedelta(days=1)
    assert (end.astimezone(UTC).hour, end.minute, end.second, end.microsecond) == (16, 0, 0, 0)


@given(st.floats(0, 100), st.floats(0.001, 1))
def test_padding_ends_on_a_step(elapsed: float, step: float):
    """The whole lasts a multiple of the step, at least one; waiting is never longer than a step."""
    wait = padding_s(elapsed, step)
    assert -1e-9 <= wait <= step + 1e-9
    whole = (elapsed + wait) / step
    assert whole == pytest.approx(round(whole), abs=1e-6)
    assert whole > 0.5


def test_without_a_step_nobody_waits():
    """A deployment may turn padding off."""
    assert padding_s(0.3, 0) == 0
