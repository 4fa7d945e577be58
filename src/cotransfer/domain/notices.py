"""Notices to the citizen: which there are, what one says, which way it goes, and what can become of it.

Never says how a channel is spoken to: templates and addresses are the notifier's.
"""

import enum
from typing import Final

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


class NoticeChannel(enum.Enum):
    """The ways to the citizen, in the order in which they are tried: the scheme's own (§1.9), then the telephone.

    What neither delivers is told by the transfer's page alone.
    """

    WECHAT = "wechat"
    SMS = "sms"


URGENT: Final = frozenset({NoticeKind.INVITATION, NoticeKind.REMINDER})
"""What somebody has to act on, and so does not wait for a channel whose quota is spent while there is another one."""


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

    Ours are `OUTCOME_UNKNOWN` (it may have arrived, and is not sent again, by whichever channel, for that might show it
    twice), `QUOTA_SPENT` (what is urgent does not wait for tomorrow) and `NO_CHANNEL`.
    """

    why: str


OUTCOME_UNKNOWN: Final = "outcome_unknown"
QUOTA_SPENT: Final = "quota_spent"
NO_CHANNEL: Final = "no_channel"

Fate = Delivered | Undeliverable
