"""What a counterparty may do now: the union of what its grants allow, and nothing besides (default deny).

Only takes away by leaving out: no grant can lessen what another gives. Never counts a quota: that is the store's.
"""

import enum
from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from types import MappingProxyType

import attrs

from cotransfer.domain.datasets import GIVES, Dataset, Operation
from cotransfer.domain.grants.grant import Grant, GrantId, Phase
from cotransfer.domain.refusals import Refused, Why
from cotransfer.domain.values import Service


class WhyNot(enum.Enum):
    """Why nothing is granted: its stable code, what the caller is told, whether it may pass without a new grant."""

    NO_GRANT = ("no_grant", Why.NOT_GRANTED, False)
    OPERATION_NOT_GRANTED = ("operation_not_granted", Why.NOT_GRANTED, False)
    ENDED = ("ended", Why.NOT_GRANTED, False)
    EXPIRED = ("expired", Why.NOT_GRANTED, False)
    NOT_YET_VALID = ("not_yet_valid", Why.NOT_GRANTED, True)
    SUSPENDED = ("suspended", Why.GRANT_SUSPENDED, True)
    OUT_OF_REGION = ("out_of_region", Why.NOT_GRANTED, False)
    OTHER_SERVICE = ("other_service", Why.NOT_GRANTED, False)
    QUOTA_SPENT = ("quota_spent", Why.GRANT_QUOTA_SPENT, True)

    def __init__(self, code: str, why: Why, may_pass: bool) -> None:
        self.code = code
        self.why = why
        self.may_pass = may_pass


class NotGranted(Refused):
    """Refused for want of a grant; `why_not` says which want, and `retry_after_s` when it ends, where that is known.

    What is owed meanwhile waits when `why_not.may_pass`, and is buried when not. `counterparty` is whose grant is
    wanting where that is not who asks: somebody whom we would have to tell something.
    """

    def __init__(self, why_not: WhyNot, *, retry_after_s: float | None = None, counterparty: str | None = None) -> None:
        super().__init__(why_not.why, retry_after_s=retry_after_s)
        self.why_not = why_not
        self.counterparty = counterparty


_NEAREST = (
    (Phase.SUSPENDED, WhyNot.SUSPENDED),
    (Phase.NOT_YET_VALID, WhyNot.NOT_YET_VALID),
    (Phase.EXPIRED, WhyNot.EXPIRED),
    (Phase.ENDED, WhyNot.ENDED),
)
"""Of several grants that do not allow it, the one that is nearest to it says why."""


@attrs.frozen(kw_only=True)
class Share:
    """What one grant contributes to a permit: the fields of what the operation gives, and where they may go."""

    grant: Grant
    fields: Mapping[Dataset, frozenset[str]] = attrs.field(hash=False)

    @property
    def id(self) -> GrantId:
        return self.grant.id


@attrs.frozen(kw_only=True)
class Permit:
    """An allowed operation of a counterparty; its shares stand in the order of their grants' names, never none."""

    counterparty: str
    operation: Operation
    shares: tuple[Share, ...]

    def towards(self, service: Service | None, county: str | None = None) -> "Permit":
        """The shares for that service and county. Raises `NotGranted` when there is none."""
        serving = tuple(share for share in self.shares if share.grant.serves(service))
        if not serving:
            raise NotGranted(WhyNot.OTHER_SERVICE)
        reaching = tuple(share for share in serving if share.grant.reaches(county))
        if not reaching:
            raise NotGranted(WhyNot.OUT_OF_REGION)
        return attrs.evolve(self, shares=reaching)

    def without(self, spent: Collection[GrantId]) -> "Permit":
        """The shares of all other grants. Raises `NotGranted` when there is none: their quotas are spent."""
        left = tuple(share for share in self.shares if share.id not in spent)
        if not left:
            raise NotGranted(WhyNot.QUOTA_SPENT)
        return attrs.evolve(self, shares=left)

    def fields(self, dataset: Dataset, service: Service | None = None, county: str | None = None) -> frozenset[str]:
        """Which fields of `dataset` may leave; none where no share covers the service and the county."""
        return frozenset().union(*(share.fields[dataset] for share in self._sharing(dataset, service, county)))

    def basis_for(
        self,
        dataset: Dataset,
        wanted: Collection[str],
        service: Service | None = None,
        county: str | None = None,
    ) -> tuple[Grant, ...]:
        """The grants on which those fields leave: in order, each that adds one to what the ones before it gave."""
        used, left = [], set(wanted)
        for share in self._sharing(dataset, service, county):
            if left & share.fields[dataset]:
                used.append(share.grant)
                left -= share.fields[dataset]
        return tuple(used)

    def _sharing(self, dataset: Dataset, service: Service | None, county: str | None) -> Iterable[Share]:
        return (share for share in self.shares if dataset in share.fields and share.grant.covers(service, county))


def permit(grants: Iterable[Grant], counterparty: str, operation: Operation, at: datetime) -> Permit:
    """What `counterparty` may do with `operation` at that instant. Raises `NotGranted`."""
    its = [grant for grant in grants if grant.counterparty == counterparty]
    allowing = sorted((grant for grant in its if grant.allows(operation, at)), key=lambda grant: grant.id)
    if not allowing:
        raise NotGranted(_why_not(its, operation, at))
    shares = tuple(Share(grant=grant, fields=_given(grant, operation)) for grant in allowing)
    return Permit(counterparty=counterparty, operation=operation, shares=shares)


def _given(grant: Grant, operation: Operation) -> Mapping[Dataset, frozenset[str]]:
    return MappingProxyType({dataset: grant.granted(dataset) for dataset in GIVES[operation] if grant.granted(dataset)})


def _why_not(its: Collection[Grant], operation: Operation, at: datetime) -> WhyNot:
    if not its:
        return WhyNot.NO_GRANT
    phases = {grant.standing_at(at) for grant in its if operation in grant.operations}
    return next((why for phase, why in _NEAREST if phase in phases), WhyNot.OPERATION_NOT_GRANTED)
