"""The section on looking accounts up: how much may be asked, and how much is shown. Never counts anything itself."""

from datetime import timedelta

from attrs import field, frozen

from cotransfer.app.enquiring import LookupTerms
from cotransfer.domain.lookups import USUAL_LOOKUP_LIMITS as USUAL
from cotransfer.domain.lookups import LookupLimits
from cotransfer.domain.masking import Shown

from .checks import between, doc

_A_DAY = timedelta(days=1)


@frozen(kw_only=True)
class Lookups:
    """Account numbers are easy to guess: what may be asked is rationed, and what is not the citizen's is not shown."""

    shown: Shown = field(
        default=Shown.MASKED,
        metadata=doc(
            "How an account is shown: holder and location masked, only compared, or in full. What the grant for this "
            "look-up does not give is left out of each.",
            "户号信息的展示方式：脱敏、仅比对不展示，或完整展示；授权未包含的字段一律不出现。",
        ),
    )
    strangers_shown: bool = field(
        default=False,
        metadata=doc(
            "Whether an account that clearly is another home's is shown with the reasons; otherwise it is answered as "
            "one that does not exist.",
            "明显属于其他房屋的户号是否仍展示比对理由；否则与不存在的户号同样答复。",
        ),
    )
    per_citizen_a_day: int = field(
        default=USUAL.per_citizen_a_day,
        metadata=doc(
            "Different accounts a citizen may ask for in a day.", "每人每天可查询的不同户号数。", between(1, 1000)
        ),
    )
    misses_a_day: int = field(
        default=USUAL.misses_a_day,
        metadata=doc(
            "Accounts that led nowhere after which a citizen is answered nothing new for the rest of the day.",
            "每人每天查询未果的次数上限，达到后当天不再答复新的户号。",
            between(1, 1000),
        ),
    )
    per_certificate: int = field(
        default=USUAL.per_certificate,
        metadata=doc(
            "Different accounts that may be asked for under one certificate in `certificate_days`.",
            "每本不动产权证在 `certificate_days` 天内可查询的不同户号数。",
            between(1, 10_000),
        ),
    )
    certificate_days: int = field(
        default=USUAL.certificate_period // _A_DAY,
        metadata=doc("How many days that is counted over.", "上项统计的天数。", between(1, 366)),
    )
    per_client_a_day: int = field(
        default=USUAL.per_client_a_day,
        metadata=doc("Look-ups of one client in a day.", "每个调用方每天的查询上限。", between(1, 10**8)),
    )
    per_client_a_minute: int = field(
        default=USUAL.per_client_a_minute,
        metadata=doc(
            "Look-ups of one client in a minute, in the long run.",
            "每个调用方每分钟的平均查询上限。",
            between(1, 10**6),
        ),
    )
    client_burst: int = field(
        default=USUAL.client_burst,
        metadata=doc("Look-ups that may come at once.", "允许瞬时到达的查询数。", between(1, 10**6)),
    )
    run: int = field(
        default=USUAL.run,
        metadata=doc(
            "Neighbouring account numbers asked for through one client within an hour that raise an alarm.",
            "同一调用方一小时内查询多少个相邻户号即告警。",
            between(2, 1000),
        ),
    )
    step_ms: int = field(
        default=round(LookupTerms().step_s * 1000),
        metadata=doc(
            "An account that is unknown, or not the citizen's, is answered after a multiple of so many milliseconds; "
            "take more than a utility usually needs. 0 answers at once.",
            "不存在或非本人的户号在该毫秒数的整数倍时刻答复，应大于公用企业通常的应答时间；0 表示立即答复。",
            between(0, 10_000),
        ),
    )

    def terms(self) -> LookupTerms:
        """As the core wants them."""
        limits = LookupLimits(
            per_citizen_a_day=self.per_citizen_a_day,
            misses_a_day=self.misses_a_day,
            per_certificate=self.per_certificate,
            certificate_period=timedelta(days=self.certificate_days),
            per_client_a_day=self.per_client_a_day,
            per_client_a_minute=self.per_client_a_minute,
            client_burst=self.client_burst,
            run=self.run,
        )
        return LookupTerms(limits=limits, strangers_shown=self.strangers_shown, step_s=self.step_ms / 1000)
