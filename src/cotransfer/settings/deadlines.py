"""When a waiting step is asked after, and when its city works.

Values are checked when settings are loaded, not when these classes are built: who builds one in a program knows why.
"""

from collections.abc import Iterator
from datetime import date, time

from attrs import field, frozen

from cotransfer.domain.allowances import USUAL, Allowance, Allowances
from cotransfer.domain.calendars import Span

from .checks import between, doc
from .faults import Wrong


def hour(value: str) -> None:
    """A time of day, as it is written."""
    try:
        time_of(value)
    except ValueError as error:
        raise Wrong("It is no time of day.", 'Give hours and minutes, such as "09:00".') from error


def time_of(value: str) -> time:
    """It, once it is known to be one."""
    if len(value) != len("09:00"):
        raise ValueError("not HH:MM")
    return time.fromisoformat(value)


def _days(value: tuple[str, ...]) -> None:
    try:
        list(_dates(value))
    except ValueError as error:
        raise Wrong("One of them is no date.", 'Give dates such as "2027-02-11".') from error


def _dates(value: tuple[str, ...]) -> Iterator[date]:
    return (date.fromisoformat(one) for one in value)


@frozen(kw_only=True)
class WorkingTime:
    """When the city's offices are open: deadlines in working days are counted by it."""

    utc_offset_h: float = field(
        default=8.0,
        metadata=doc("What its clocks are ahead of UTC, in hours.", "当地时间与 UTC 相差的小时数。", between(-12, 14)),
    )
    opens: str = field(default="09:00", metadata=doc("When a working day begins.", "工作日开始时间。", hour))
    closes: str = field(default="17:00", metadata=doc("When it ends.", "工作日结束时间。", hour))
    national: bool = field(
        default=True,
        metadata=doc(
            "Whether the State Council's holidays and the weekends worked for them are observed, as far as they are "
            "published.",
            "是否采用国务院公布的节假日及调休安排。",
        ),
    )
    holidays: tuple[str, ...] = field(
        default=(), metadata=doc("The city's further days off.", "本市另行规定的放假日期。", _days)
    )
    worked: tuple[str, ...] = field(
        default=(),
        metadata=doc("Further days that are worked, whatever is said above.", "本市另行规定的上班日期。", _days),
    )

    @property
    def hours(self) -> tuple[time, time]:
        """From when to when."""
        return time_of(self.opens), time_of(self.closes)

    @property
    def own_days(self) -> tuple[frozenset[date], frozenset[date]]:
        """The city's own holidays, and the days that it works."""
        return frozenset(_dates(self.holidays)), frozenset(_dates(self.worked))


@frozen(kw_only=True)
class Deadlines:
    """How long each step may wait: until the utility is asked, and until the operator is told."""

    receipt: Span = field(
        default=USUAL.receipt.deadline,
        metadata=doc("Until the utility's receipt; then it is asked.", "等待受理回执的时限，到期即查询。"),
    )
    receipt_operator: Span = field(
        default=USUAL.receipt.operator,
        metadata=doc("Until the operator is told that there is none.", "仍无受理回执时告知工作人员的时限。"),
    )
    pre_review: Span = field(
        default=USUAL.pre_review.deadline,
        metadata=doc("Until the pre-review result: the scheme's half a day.", "等待预审结果的时限（方案：约半天）。"),
    )
    pre_review_operator: Span = field(
        default=USUAL.pre_review.operator,
        metadata=doc("Until the operator is told that there is none.", "仍无预审结果时告知工作人员的时限。"),
    )
    signing: Span = field(
        default=USUAL.signing.deadline,
        metadata=doc(
            "Until the contract is signed: what the signing addresses' provider grants.",
            "等待签章的时限，按签章服务方的规定。",
        ),
    )
    signing_operator: Span = field(
        default=USUAL.signing.operator,
        metadata=doc("Until the operator is told that it is not.", "仍未签章时告知工作人员的时限。"),
    )
    reminder: Span = field(
        default=USUAL.reminder,
        metadata=doc("Until a citizen who has not signed is reminded.", "提醒市民签章的时间。"),
    )
    handling: Span = field(
        default=USUAL.handling.deadline,
        metadata=doc("Until the handling result.", "等待办理结果的时限。"),
    )
    handling_operator: Span = field(
        default=USUAL.handling.operator,
        metadata=doc("Until the operator is told that there is none.", "仍无办理结果时告知工作人员的时限。"),
    )
    again: Span = field(
        default=USUAL.again,
        metadata=doc(
            "Between two questions, and between two words to the operator, once a deadline has passed.",
            "逾期后再次查询及再次告知工作人员的间隔。",
        ),
    )
    ask: Span | None = field(
        default=USUAL.ask,
        metadata=doc(
            "Between two questions before the deadline, for a utility that reports late or never; left out: it is "
            "waited for.",
            "到期前主动查询进度的间隔，用于很少或从不主动报告的单位；不设则等待其报告。",
        ),
    )

    reversal_window: Span = field(
        default=USUAL.reversal_window,
        metadata=doc(
            "How long after its completion a transfer can be questioned, by either side.",
            "过户办结后，任一方可申请更正的期限。",
        ),
    )
    reversal_hearing: Span = field(
        default=USUAL.reversal_hearing,
        metadata=doc(
            "How long the citizen may bring evidence before a decision on a reversal is entered for the utility.",
            "代公用企业录入更正决定之前，市民提交材料的期限。",
        ),
    )
    reversal_taking_up: Span = field(
        default=USUAL.reversal_taking_up,
        metadata=doc("Until the utility has taken a reversal up.", "公用企业受理更正的时限。"),
    )
    reversal_decision: Span = field(
        default=USUAL.reversal_decision,
        metadata=doc("Until it has decided it.", "公用企业作出更正决定的时限。"),
    )
    reversal_carrying_out: Span = field(
        default=USUAL.reversal_carrying_out,
        metadata=doc("Until one that it upheld is carried out.", "认定应予更正后，完成更正的时限。"),
    )

    def allowances(self) -> Allowances:
        """As the agenda wants them, but for the retention."""
        return Allowances(
            receipt=Allowance(self.receipt, self.receipt_operator),
            pre_review=Allowance(self.pre_review, self.pre_review_operator),
            signing=Allowance(self.signing, self.signing_operator),
            handling=Allowance(self.handling, self.handling_operator),
            reminder=self.reminder,
            again=self.again,
            ask=self.ask,
            reversal_window=self.reversal_window,
            reversal_hearing=self.reversal_hearing,
            reversal_taking_up=self.reversal_taking_up,
            reversal_decision=self.reversal_decision,
            reversal_carrying_out=self.reversal_carrying_out,
        )
