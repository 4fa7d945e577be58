"""What a utility states of an application: the stage that it stands at. Never what we know of it ourselves."""

import enum
from collections.abc import Iterable, Mapping
from datetime import datetime
from types import MappingProxyType

import attrs

from cotransfer.domain import reports as r
from cotransfer.domain.parties import Step
from cotransfer.domain.reports import Report
from cotransfer.domain.values import TransferId


class Stage(enum.Enum):
    """Where an application stands with its utility, in the words of a statement."""

    IN_PRE_REVIEW = "in_pre_review"
    AWAITING_SIGNING = "awaiting_signing"
    IN_HANDLING = "in_handling"
    COMPLETED = "completed"
    PRE_REVIEW_FAILED = "pre_review_failed"
    DECLINED = "declined"
    EXPIRED = "expired"
    WITHDRAWN = "withdrawn"
    HANDLING_FAILED = "handling_failed"

    @property
    def ends(self) -> bool:
        """Whether nothing follows it."""
        return self not in _WAITS

    @property
    def step(self) -> Step:
        """The step that it waits for, or ended at."""
        return _WAITS.get(self) or _ENDED[self]


_WAITS: Mapping[Stage, Step] = MappingProxyType(
    {
        Stage.IN_PRE_REVIEW: Step.PRE_REVIEW,
        Stage.AWAITING_SIGNING: Step.SIGN,
        Stage.IN_HANDLING: Step.HANDLE,
    }
)
_ENDED: Mapping[Stage, Step] = MappingProxyType(
    {
        Stage.PRE_REVIEW_FAILED: Step.PRE_REVIEW,
        Stage.DECLINED: Step.SIGN,
        Stage.EXPIRED: Step.SIGN,
        Stage.WITHDRAWN: Step.SIGN,
        Stage.HANDLING_FAILED: Step.HANDLE,
        Stage.COMPLETED: Step.HANDLE,
    }
)

_REPORTED: Mapping[type[Report], Stage] = MappingProxyType(
    {
        r.Taken: Stage.IN_PRE_REVIEW,
        r.NotTaken: Stage.PRE_REVIEW_FAILED,
        r.Cleared: Stage.AWAITING_SIGNING,
        r.ClearedForSms: Stage.AWAITING_SIGNING,
        r.Failed: Stage.PRE_REVIEW_FAILED,
        r.Signed: Stage.IN_HANDLING,
        r.Declined: Stage.DECLINED,
        r.Expired: Stage.EXPIRED,
        r.Cancelled: Stage.WITHDRAWN,
        r.Handled: Stage.COMPLETED,
        r.NotHandled: Stage.HANDLING_FAILED,
    }
)


def stage_of(reports: Iterable[Report]) -> Stage:
    """Where an application stands of which a utility tells these reports, in the order of the steps, one at least."""
    *_, last = reports
    return _REPORTED[type(last)]


@attrs.frozen(kw_only=True)
class Stated:
    """A line of a utility's statement; `since` is when it came to that stage, None where nobody says."""

    transfer: TransferId
    stage: Stage
    since: datetime | None = None
