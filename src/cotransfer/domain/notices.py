"""Notices to the citizen: which there are, what one says, and what can become of it.

Never says how it is delivered: channels and templates are the notifier's.
"""

import enum

import attrs

from cotransfer.domain.reports import Grounds
from cotransfer.domain.values import CertificateNumber, Location, MobileNumber, OpenId, Service, TransferId


class NoticeKind(enum.Enum):
    """The scheme's two notices, come and sign (step 7) and how it ended (step 9); and that signing still waits.

    How a reversal stands is told as a result: of a transfer that had ended, something became.
    """

    INVITATION = "invitation"
    REMINDER = "reminder"
    RESULT = "result"


class Phrase(enum.Enum):
    """The state in the few characters that a notice has room for."""

    TO_SIGN = ("to_sign", "待签章")
    COMPLETED = ("completed", "已办结")
    FAILED = ("failed", "已退回")
    LAPSED = ("lapsed", "已取消")
    WITHDRAWN = ("withdrawn", "已撤回")
    QUESTIONED = ("questioned", "更正审查中")
    REVERSAL_UPHELD = ("reversal_upheld", "更正办理中")
    REVERSAL_REJECTED = ("reversal_rejected", "不予更正")
    REVERSAL_WITHDRAWN = ("reversal_withdrawn", "更正已撤回")
    REVERSED = ("reversed", "已更正")
    NOT_REVERSED = ("not_reversed", "未能更正")

    def __init__(self, code: str, zh: str) -> None:
        self.code = code
        self.zh = zh


@attrs.frozen(kw_only=True)
class Notice:
    """One message to one person. `key` is the same however often the notice is tried."""

    key: str
    kind: NoticeKind
    phrase: Phrase
    transfer: TransferId
    service: Service
    certificate_number: CertificateNumber
    location: Location
    mobile_number: MobileNumber
    openid: OpenId | None = None
    grounds: Grounds | None = None


@attrs.frozen
class Delivered:
    """The channel took the notice under this reference."""

    reference: str


@attrs.frozen
class Undeliverable:
    """The channel refused it for good; `why` is a stable code such as `not_following`.

    `OUTCOME_UNKNOWN` is ours: it may have arrived, and is not sent again, for that might show it twice.
    """

    why: str


OUTCOME_UNKNOWN = "outcome_unknown"


Fate = Delivered | Undeliverable
