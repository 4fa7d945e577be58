"""Whose data an exchange is about, and where it belongs: what grants are judged by, what the trail files it under.

Carried along with the work at hand, so that a counterparty can be called without each caller saying it again.
Never decides anything.
"""

import contextlib
import contextvars
from collections.abc import Iterable, Iterator

import attrs

from cotransfer.domain.case import Case
from cotransfer.domain.notes import about_transfer
from cotransfer.domain.values import Home, IdentityNumber, Service, TransferId, UnitNumber

NOWHERE = "000000"
"""The county of a home that names none: no region has it."""


@attrs.frozen(kw_only=True)
class Matter:
    """`chain` is its file in the audit trail, "" as long as it has none; `transfer` is None while something is only
    being looked up, `service` and `counties` while nobody can know them yet.
    """

    chain: str = ""
    subject: IdentityNumber | None = None
    transfer: TransferId | None = None
    service: Service | None = None
    counties: frozenset[str] | None = None

    @classmethod
    def of(cls, case: Case) -> "Matter":
        """A transfer's."""
        return cls(
            chain=about_transfer(case.transfer),
            subject=case.application.identity_number,
            transfer=case.transfer,
            service=case.service,
            counties=_counties(case.application.unit_numbers),
        )

    def about_home(self, home: Home, service: Service | None = None) -> "Matter":
        """The same matter, now that the home is known."""
        return attrs.evolve(self, service=service or self.service, counties=_counties(home.unit_numbers))


_at_hand: contextvars.ContextVar[Matter | None] = contextvars.ContextVar("matter", default=None)


@contextlib.contextmanager
def about(matter: Matter) -> Iterator[Matter]:
    """While it lasts, `matter` is at hand."""
    token = _at_hand.set(matter)
    try:
        yield matter
    finally:
        _at_hand.reset(token)


def at_hand() -> Matter | None:
    """The matter that is being worked at, None outside of any."""
    return _at_hand.get()


@contextlib.contextmanager
def narrowed(home: Home, service: Service) -> Iterator[None]:
    """The matter at hand is about this home and service while it lasts; without one, it is a new one."""
    with about((at_hand() or Matter()).about_home(home, service)):
        yield


def _counties(units: Iterable[UnitNumber]) -> frozenset[str]:
    return frozenset(unit.county for unit in units) or frozenset({NOWHERE})
