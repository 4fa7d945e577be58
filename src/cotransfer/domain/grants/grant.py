"""One grant: to whom, for what, which operations and fields, where, how long, how often, on what basis, how it stands.

It is checked as it is made, so that none can name a field outside the scheme's tables. Its terms never change: other
terms are another grant. Never holds a personal value.
"""

import enum
import re
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from types import MappingProxyType

import attrs

from cotransfer.domain.datasets import FIELDS, TAKES, Dataset, Operation
from cotransfer.domain.faults import Fault, Invalid
from cotransfer.domain.values import Service
from cotransfer.domain.values.ids import SLUG
from cotransfer.domain.values.text import clean_text

QUOTA_LIMIT = 1_000_000_000
BASIS_LIMIT = 200
ID_LIMIT = 80
ID_RIGHT = "A grant is named by small letters, digits, hyphens and dots, at most 80, such as kunming-water.transfer."
COUNTERPARTY_RIGHT = "A counterparty is named by 2 to 41 small letters, digits and hyphens, such as kunming-water."
CODE_RIGHT = "Send a short word of small letters, digits, hyphens and underscores, such as water-account-transfer."
ACTOR_RIGHT = "Give an operator's or a system's identifier: letters, digits, dots, hyphens, at most 80."
BASIS_RIGHT = f"Say in 1 to {BASIS_LIMIT} characters which agreement or law it rests on, such as 数据共享协议 2026-01."
COUNTY_RIGHT = "Give the six digits of GB/T 2260, such as 530102."
QUOTA_RIGHT = f"Give a whole number from 1 to {QUOTA_LIMIT}: disclosures a day."
ZONE_RIGHT = "Write an instant with its zone, such as 2026-03-02T00:00:00+08:00."
LATER_RIGHT = "Give a later instant than valid_from."

_ID = re.compile(r"[a-z][a-z0-9-]*(?:\.[a-z0-9][a-z0-9-]*)*")
_CODE = re.compile(r"[a-z][a-z0-9_-]{1,60}")
_ACTOR = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:-]{0,79}")
_COUNTY = re.compile(r"[1-9][0-9]{5}")


@attrs.frozen(order=True)
class GrantId:
    """One grant, for everybody who refers to it."""

    text: str

    @classmethod
    def parse(cls, text: object, *, field: str = "id") -> "GrantId":
        """A slug, of parts with dots between."""
        slug = clean_text(field, text, ID_RIGHT, form="NFKC")
        if len(slug) > ID_LIMIT or not _ID.fullmatch(slug):
            raise Invalid(Fault(field, "shape", "It is not a grant's name.", ID_RIGHT))
        return cls(slug)

    def __str__(self) -> str:
        return self.text


class Side(enum.Enum):
    """Who may suspend: the city, which gives the data, or the counterparty, which gets them."""

    CITY = "city"
    COUNTERPARTY = "counterparty"


@attrs.frozen
class Suspension:
    """One side's: the other can neither end it nor add to it."""

    by: Side
    at: datetime
    why: str


@attrs.frozen
class Active:
    """Neither side has suspended it."""


@attrs.frozen
class Suspended:
    """By one side or both, at most once each; in the order in which they did."""

    suspensions: tuple[Suspension, ...]

    def by(self, side: Side) -> bool:
        return any(one.by is side for one in self.suspensions)


@attrs.frozen
class Ended:
    """For good."""

    by: Side
    at: datetime
    why: str


Standing = Active | Suspended | Ended


class Phase(enum.Enum):
    """How a grant stands at an instant."""

    NOT_YET_VALID = "not_yet_valid"
    ACTIVE = "active"
    SUSPENDED = "suspended"
    EXPIRED = "expired"
    ENDED = "ended"


def _frozen(fields: Mapping[Dataset, frozenset[str]]) -> Mapping[Dataset, frozenset[str]]:
    """A copy that nobody can write to, in one order; a dataset without a field is none."""
    return MappingProxyType({dataset: frozenset(fields[dataset]) for dataset in Dataset if fields.get(dataset)})


@attrs.frozen(kw_only=True)
class Grant:
    """What one counterparty may do for one purpose.

    `service` None means every service, `counties` None every county; it holds from `valid_from` until just before
    `valid_until`. Raises `Invalid` with everything that is wrong.
    """

    id: GrantId
    counterparty: str
    purpose: str
    operations: frozenset[Operation]
    fields: Mapping[Dataset, frozenset[str]] = attrs.field(converter=_frozen, hash=False)
    service: Service | None = None
    counties: frozenset[str] | None = None
    valid_from: datetime
    valid_until: datetime
    daily_quota: int
    basis: str
    standing: Standing = attrs.field(factory=Active)

    def __attrs_post_init__(self) -> None:
        if faults := tuple(_faults(self)):
            raise Invalid(*faults)

    def standing_at(self, at: datetime) -> Phase:
        """An end comes before everything, the validity before a suspension."""
        if isinstance(self.standing, Ended):
            return Phase.ENDED
        if at < self.valid_from:
            return Phase.NOT_YET_VALID
        if at >= self.valid_until:
            return Phase.EXPIRED
        return Phase.SUSPENDED if isinstance(self.standing, Suspended) else Phase.ACTIVE

    def allows(self, operation: Operation, at: datetime) -> bool:
        """While it is suspended what only brings news in goes on, and nothing else does."""
        if operation not in self.operations:
            return False
        phase = self.standing_at(at)
        return phase is Phase.ACTIVE or (phase is Phase.SUSPENDED and operation in TAKES)

    def covers(self, service: Service | None, county: str | None) -> bool:
        """None where the exchange is about no one service, or no one county."""
        return self.serves(service) and self.reaches(county)

    def serves(self, service: Service | None) -> bool:
        return service is None or self.service is None or self.service is service

    def reaches(self, county: str | None) -> bool:
        return county is None or self.counties is None or county in self.counties

    def granted(self, dataset: Dataset) -> frozenset[str]:
        """The fields of `dataset` that may leave under it."""
        return self.fields.get(dataset, frozenset())


def checked_code(field: str, text: object) -> str:
    """A reason or a purpose: a short word, so that nothing personal can hide in it. Raises `Invalid`."""
    if not isinstance(text, str) or not _CODE.fullmatch(text):
        raise Invalid(Fault(field, "shape", "It is not a short word.", CODE_RIGHT))
    return text


def checked_actor(text: object, *, field: str = "who") -> str:
    """Who acts: an identifier, never a person's name or address. Raises `Invalid`."""
    if not isinstance(text, str) or not _ACTOR.fullmatch(text):
        raise Invalid(Fault(field, "shape", "It is not an identifier.", ACTOR_RIGHT))
    return text


def _faults(grant: Grant) -> Iterator[Fault]:
    yield from _parsed(GrantId.parse, grant.id.text)
    if not SLUG.fullmatch(grant.counterparty):
        yield Fault("counterparty", "shape", "It is not a counterparty's name.", COUNTERPARTY_RIGHT)
    yield from _parsed(lambda purpose: checked_code("purpose", purpose), grant.purpose)
    if not grant.operations:
        right = f"Give some of: {', '.join(operation.value for operation in Operation)}."
        yield Fault("operations", "missing", "It allows nothing.", right)
    for dataset, names in grant.fields.items():
        if not names <= set(FIELDS[dataset]):
            right = f"Give only fields of the scheme's table: {', '.join(FIELDS[dataset])}."
            yield Fault(f"fields.{dataset.value}", "unknown_field", "It names a field that the table has not.", right)
    if grant.counties is not None and not (grant.counties and all(map(_COUNTY.fullmatch, grant.counties))):
        yield Fault("counties", "shape", "It is not a list of county codes.", COUNTY_RIGHT)
    yield from _faulty_term(grant)
    if not 1 <= grant.daily_quota <= QUOTA_LIMIT:
        yield Fault("daily_quota", "shape", "It is no usable quota.", QUOTA_RIGHT)
    yield from _parsed(lambda basis: clean_text("basis", basis, BASIS_RIGHT), grant.basis)
    if len(grant.basis) > BASIS_LIMIT:
        yield Fault("basis", "too_long", f"It is longer than {BASIS_LIMIT} characters.", BASIS_RIGHT)


def _faulty_term(grant: Grant) -> Iterator[Fault]:
    instants = {"valid_from": grant.valid_from, "valid_until": grant.valid_until}
    naive = [name for name, at in instants.items() if at.utcoffset() is None]
    for name in naive:
        yield Fault(name, "shape", "It is an instant without a zone.", ZONE_RIGHT)
    if not naive and grant.valid_from >= grant.valid_until:
        yield Fault("valid_until", "shape", "It is not after valid_from.", LATER_RIGHT)


def _parsed(parse: Callable[[object], object], text: object) -> Iterator[Fault]:
    try:
        parse(text)
    except Invalid as invalid:
        yield from invalid.faults
