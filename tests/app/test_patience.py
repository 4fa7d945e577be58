"""How long a task rests after a failure, and when it is given up."""

from hypothesis import given
from hypothesis import strategies as st

from cotransfer.app.patience import JITTER_LIMIT_S, RETRY_AFTER_LIMIT_S, SCHEDULE_S, Patience

chances = st.floats(0, 1, exclude_max=True)


@given(attempt=st.integers(1, len(SCHEDULE_S)), chance=chances)
def test_a_pause_keeps_to_its_half(attempt: int, chance: float) -> None:
    """Jitter spreads the upper half of the pause, half an hour of it at most: a crowd does not come back as one."""
    pause_s = Patience().pause_s(attempt, chance=chance)
    assert pause_s is not None
    whole_s = SCHEDULE_S[attempt - 1]
    assert max(whole_s / 2, whole_s - JITTER_LIMIT_S) <= pause_s <= whole_s


@given(chances=st.tuples(*[chances] * len(SCHEDULE_S)))
def test_never_less_than_three_days(chances: tuple[float, ...]) -> None:
    """Whatever jitter draws, a counterparty may be away for 72 hours before anything is given up."""
    pauses = [Patience().pause_s(attempt, chance=chance) or 0.0 for attempt, chance in enumerate(chances, 1)]
    assert 72 * 3600 <= sum(pauses) <= 76 * 3600


def test_the_schedule_as_agreed() -> None:
    """At once, 5 s, 30 s, 5 min, 30 min, 2 h, 5 h, 10 h, 14 h, 20 h, 24 h: eleven pauses, twelve attempts."""
    assert list(SCHEDULE_S[:5]) == [0, 5, 30, 300, 1800]
    assert [pause_s / 3600 for pause_s in SCHEDULE_S[5:]] == [2, 5, 10, 14, 20, 24]


def test_the_first_failure_is_tried_again_at_once() -> None:
    """Most failures are a single lost packet."""
    assert Patience().pause_s(1, chance=0.5) == 0


@given(attempt=st.integers(len(SCHEDULE_S) + 1, 1000), chance=chances)
def test_patience_ends(attempt: int, chance: float) -> None:
    """After the schedule there is no further attempt, not even when the counterparty asks for one."""
    assert Patience().pause_s(attempt, chance=chance, retry_after_s=5) is None


def test_the_counterpartys_wish_counts() -> None:
    """Retry-After wins where it asks for more, up to a limit, and never shortens a pause."""
    patience = Patience((10, 10))
    assert patience.pause_s(1, chance=0, retry_after_s=60) == 60
    assert patience.pause_s(1, chance=0, retry_after_s=1) == 5
    assert patience.pause_s(1, chance=0, retry_after_s=10 * RETRY_AFTER_LIMIT_S) == RETRY_AFTER_LIMIT_S


def test_three_days_of_patience() -> None:
    """A counterparty may be away over a weekend: about 76 hours in all."""
    assert 75 <= sum(SCHEDULE_S) / 3600 <= 77
    assert list(SCHEDULE_S) == sorted(SCHEDULE_S)
