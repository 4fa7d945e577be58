"""The section about the audit trail: how often it is gathered, and when data stop leaving because it cannot be."""

from datetime import timedelta

from attrs import field, frozen

from cotransfer.app.sequencing import Pace

from .checks import between, doc

_USUAL = Pace()


@frozen(kw_only=True)
class AuditTrail:
    """How the audit trail is kept in order."""

    gather_s: float = field(
        default=_USUAL.gather_s,
        metadata=doc(
            "Seconds between two signed checkpoints while entries wait.",
            "有待汇总记录时，两次签名检查点之间的秒数。",
            between(1, 60),
        ),
    )
    stop_after_min: float = field(
        default=_USUAL.stop_after / timedelta(minutes=1),
        metadata=doc(
            "Minutes without a checkpoint after which no data leave any more.",
            "无法写入检查点超过该分钟数后，停止对外提供数据。",
            between(1, 60),
        ),
    )

    def pace(self) -> Pace:
        """As the sequencer wants it."""
        return Pace(gather_s=self.gather_s, stop_after=timedelta(minutes=self.stop_after_min))
