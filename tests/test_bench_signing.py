"""The cost of a signature is measured by signing and checking, and stays far below what a report may cost."""

import pytest

from cotransfer.adapters.wire.signing import Scheme
from cotransfer.bench.signing import SCHEMES, Work, measure


@pytest.mark.parametrize("scheme", SCHEMES)
def test_what_is_measured_is_a_check_that_succeeds(scheme: Scheme) -> None:
    """A refusal would be cheaper, and prove nothing."""
    assert (Work(scheme).check().key_id or "").startswith(f"{scheme.value}:")


@pytest.mark.slow
def test_every_scheme_has_its_lines() -> None:
    """Two lines each, in microseconds; both together stay below the millisecond that all protection may cost."""
    lines = list(measure(1))
    assert [line["what"] for line in lines] == [f"{what}_{s.value}" for s in SCHEMES for what in ("sign", "check")]
    assert all(line["us"]["median"] < 1000 for line in lines)
