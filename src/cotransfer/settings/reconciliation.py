"""The section about reconciliation: when it is done at night, and what is compared. Never compares anything itself."""

from datetime import timedelta

from attrs import field, frozen

from cotransfer.app.reconciling import ReconcilingTerms
from cotransfer.domain.calendars import Calendar, Span
from cotransfer.domain.nights import Nights
from cotransfer.domain.reconciliation import Grace

from .checks import doc
from .deadlines import hour, time_of
from .faults import Wrong

_USUAL = ReconcilingTerms()


def _by_the_clock(value: Span) -> None:
    if not isinstance(value, timedelta):
        raise Wrong("The window is counted in days, worked or not.", 'Give a time by the clock, such as "7 days".')


@frozen(kw_only=True)
class Reconciliation:
    """Once a night all open and recently closed transfers are compared with each utility."""

    enabled: bool = field(default=_USUAL.enabled, metadata=doc("Whether it is done every night.", "是否每夜自动对账。"))
    at: str = field(
        default="02:30",
        metadata=doc(
            "When it begins, by the clocks of `working_time`; a gateway that starts within four hours of it makes up "
            "for it.",
            "每夜开始时间（`working_time` 所设时区）；此后四小时内启动的网关会补做。",
            hour,
        ),
    )
    window: Span = field(
        default=_USUAL.window,
        metadata=doc(
            "How long after its end a transfer is still compared.", "业务办结后仍参与对账的时长。", _by_the_clock
        ),
    )
    grace: Span = field(
        default=_USUAL.grace.span,
        metadata=doc(
            "How long one side may lag behind the other: until then a difference is expected late, and no more.",
            "允许一方滞后的时长；在此之内的差异归为“预计迟到”。",
        ),
    )

    def terms(self, calendar: Calendar) -> ReconcilingTerms:
        """As the core wants them; nights are those of the calendar's clocks, and so is working time."""
        assert isinstance(self.window, timedelta)  # noqa: S101 - checked when the settings were loaded
        return ReconcilingTerms(
            enabled=self.enabled,
            nights=Nights(begins=time_of(self.at), utc_offset=calendar.utc_offset),
            window=self.window,
            grace=Grace(span=self.grace, calendar=calendar),
        )
