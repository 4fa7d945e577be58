"""WeChat's error codes, as a closed table: what each asks of us. Codes that are not in it are `Unintelligible`.

Meanings after WeChat's list of global return codes and its page on template messages. Never looks at `errmsg`: its
wording changes.
"""

from collections.abc import Mapping
from types import MappingProxyType

import attrs


@attrs.frozen
class Later:
    """WeChat is busy or we were too quick: the same message again after `pause_s`."""

    why: str
    pause_s: float


@attrs.frozen
class NextDay:
    """The day's quota is used up; it is filled again at midnight in China."""

    why: str


@attrs.frozen
class Renew:
    """The access token does not hold (any more)."""


@attrs.frozen
class Misconfigured:
    """Nothing gets through before the operator has mended our side."""

    remedy: str


@attrs.frozen
class Never:
    """This message never reaches this person. `fault` is what to mend when it is ours; `again` grants one more try."""

    why: str
    fault: str | None = None
    again: bool = False


Verdict = Later | NextDay | Renew | Misconfigured | Never

_SECRET = "correct [wechat] appid and secret"  # noqa: S105 - a remedy, not a secret
_RIGHTS = "have the official account's rights restored on mp.weixin.qq.com"

VERDICTS: Mapping[int, Verdict] = MappingProxyType(
    {
        -1: Later("is busy", 30.0),
        45011: Later("wants fewer calls a minute", 60.0),
        45009: NextDay("has no calls left for us today"),
        40001: Renew(),
        40014: Renew(),
        42001: Renew(),
        40013: Misconfigured(_SECRET),
        40125: Misconfigured(_SECRET),
        40243: Misconfigured("thaw the secret on mp.weixin.qq.com, or make a new one"),
        40164: Misconfigured("put this machine's address on the official account's IP list"),
        48001: Misconfigured(_RIGHTS),
        48004: Misconfigured(_RIGHTS),
        50002: Misconfigured(_RIGHTS),
        40003: Never("not_following"),
        43004: Never("not_following"),
        43101: Never("refused_by_citizen"),
        # Seen for good templates as well, now and then: once more before it is believed.
        40037: Never("template_invalid", fault="correct template_id in [wechat.templates]", again=True),
        47003: Never("field_refused", fault="hold the fields in [wechat.templates] against the template"),
        41030: Never("page_refused", fault="correct [gateway] page_url"),
    }
)
