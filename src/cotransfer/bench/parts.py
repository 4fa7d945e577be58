"""Two parts that every transfer pays for beside the core: matching an account, and spelling a state for the store."""

from collections.abc import Iterator
from typing import Any

from cotransfer.adapters.sql.codec import (
    Spelt,
    read_event,
    read_facts,
    read_state,
    write_details,
    write_event,
    write_facts,
)
from cotransfer.bench.core import micros
from cotransfer.domain.events import PreReviewPassed
from cotransfer.domain.matching import match
from cotransfer.domain.states import AwaitingSigning
from cotransfer.testing.samples import ACCOUNT, ADDRESS, BUYER, CASE, HOME

_STATE = AwaitingSigning(CASE, ADDRESS)
_EVENT = PreReviewPassed(ADDRESS)
_FACTS = write_facts(CASE)
_STORED_STATE: Spelt = write_details(_STATE)
_STORED_EVENT: Spelt = write_event(_EVENT)


def measure(repeat: int) -> Iterator[dict[str, Any]]:
    """The lines of this part."""
    yield {"measure": "matching", "us": micros(lambda: match(ACCOUNT, HOME, BUYER), repeat).line()}
    works = {
        "write_state": lambda: write_details(_STATE),
        "write_facts": lambda: write_facts(CASE),
        "read_state": lambda: read_state("of the benchmark", _STORED_STATE, read_facts("of the benchmark", _FACTS)),
        "write_event": lambda: write_event(_EVENT),
        "read_event": lambda: read_event("of the benchmark", _STORED_EVENT),
    }
    for what, work in works.items():
        yield {"measure": "codec", "what": what, "us": micros(work, repeat).line()}
