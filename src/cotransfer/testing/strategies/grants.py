"""Grants and what is done to them, drawn: few counterparties, places and instants, so that they meet one another."""

from datetime import UTC, datetime, timedelta

from hypothesis import strategies as st

from cotransfer.domain.datasets import FIELDS, Dataset, Operation
from cotransfer.domain.grants import (
    Active,
    Command,
    End,
    Ended,
    Grant,
    GrantId,
    Resume,
    Side,
    Standing,
    Suspend,
    Suspended,
    Suspension,
)
from cotransfer.domain.values import Service

START = datetime(2026, 1, 1, tzinfo=UTC)
YEAR = timedelta(days=365)
COUNTERPARTIES = ("platform", "kunming-water", "kunming-gas")
COUNTIES = ("530102", "530103", "530111")
ALL_FIELDS = tuple((dataset, field) for dataset, fields in FIELDS.items() for field in fields)
WHYS = ("breach", "maintenance", "agreement-over")


def instants() -> st.SearchStrategy[datetime]:
    """Within three years, to the day, so that limits of validity are met."""
    return st.integers(-30, 3 * 365).map(lambda days: START + timedelta(days=days))


def operations() -> st.SearchStrategy[Operation]:
    """Any exchange."""
    return st.sampled_from(Operation)


def counties() -> st.SearchStrategy[str | None]:
    """One of few, or none in particular."""
    return st.none() | st.sampled_from(COUNTIES)


def services() -> st.SearchStrategy[Service | None]:
    """One of two, or none in particular."""
    return st.none() | st.sampled_from((Service.WATER, Service.GAS))


def field_sets() -> st.SearchStrategy[dict[Dataset, frozenset[str]]]:
    """Some fields of some of the scheme's tables."""
    return st.frozensets(st.sampled_from(ALL_FIELDS), max_size=12).map(
        lambda some: {dataset: frozenset(field for table, field in some if table is dataset) for dataset, _ in some}
    )


def standings() -> st.SearchStrategy[Standing]:
    """Active, suspended by either side or both, ended."""
    suspensions = st.builds(Suspension, st.sampled_from(Side), instants(), st.sampled_from(WHYS))
    suspended = st.lists(suspensions, min_size=1, max_size=2, unique_by=lambda one: one.by)
    ended = st.builds(Ended, st.sampled_from(Side), instants(), st.sampled_from(WHYS))
    return st.just(Active()) | suspended.map(tuple).map(Suspended) | ended


@st.composite
def grants(draw: st.DrawFn, *, standing: st.SearchStrategy[Standing] | None = None) -> Grant:
    """Any grant of one of few counterparties."""
    valid_from = draw(instants())
    return Grant(
        id=GrantId(f"grant.n{draw(st.integers(0, 10_000))}"),
        counterparty=draw(st.sampled_from(COUNTERPARTIES)),
        purpose="water-account-transfer",
        operations=draw(st.frozensets(operations(), min_size=1, max_size=8)),
        fields=draw(field_sets()),
        service=draw(services()),
        counties=draw(st.none() | st.frozensets(st.sampled_from(COUNTIES), min_size=1)),
        valid_from=valid_from,
        valid_until=valid_from + timedelta(days=draw(st.integers(1, 900))),
        daily_quota=draw(st.integers(1, 1_000)),
        basis="数据共享协议 2026-01",
        standing=draw(standings() if standing is None else standing),
    )


def several_grants() -> st.SearchStrategy[list[Grant]]:
    """No two of one name."""
    return st.lists(grants(), max_size=5, unique_by=lambda grant: grant.id)


def commands(grant: GrantId) -> st.SearchStrategy[Command]:
    """Suspending, resuming and ending it, by either side."""
    sides, whys = st.sampled_from(Side), st.sampled_from(WHYS)
    return st.one_of(
        *(st.builds(kind, id=st.just(grant), by=sides, why=whys) for kind in (Suspend, Resume, Suspend, Resume, End))
    )


def lessenings(grant: GrantId) -> st.SearchStrategy[Command]:
    """Suspending and ending it, by either side."""
    return st.one_of(
        *(
            st.builds(kind, id=st.just(grant), by=st.sampled_from(Side), why=st.just("breach"))
            for kind in (Suspend, End)
        )
    )
