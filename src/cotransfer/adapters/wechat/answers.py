"""Reading what WeChat answers: an error code, and what comes with success; and the failures both calls share.

Never shows what was answered: WeChat's texts may name people. Of those only the request id is taken, which WeChat's
support asks for.
"""

import re
from collections.abc import Mapping
from datetime import datetime, timedelta

import attrs

from cotransfer.adapters.wechat.codes import VERDICTS, Later, Misconfigured, NextDay, Renew, Verdict
from cotransfer.adapters.wechat.templates import CHINA
from cotransfer.domain.parties import Party
from cotransfer.ports import correlation as ids
from cotransfer.ports.errors import QuotaSpent, Unavailable, Unintelligible

ALERT_PAUSE_S = 3600.0
"""How long nothing is tried when only the operator can help."""

_REQUEST_ID = re.compile(r"\brid: ([0-9a-f]{8}-[0-9a-f]{8}-[0-9a-f]{8})\b")
"""As it stands at the end of the text of an error."""


@attrs.frozen
class Said:
    """An answer that is one: its code (0: done) and its members."""

    code: int
    members: Mapping[str, object] = attrs.field(repr=False)

    @property
    def verdict(self) -> Verdict:
        """What the code asks of us; raises `Unintelligible` for one that the table does not have."""
        try:
            return VERDICTS[self.code]
        except KeyError:
            raise Unintelligible(Party.NOTIFIER, f"WeChat answered with the unknown code {self.code}.") from None


def read(answer: Mapping[str, object]) -> Said:
    """Success may come without a code; one that is not a whole number is no answer. Its request id is noted."""
    if found := _REQUEST_ID.search(str(answer.get("errmsg", ""))):
        ids.answered(found[1])
    code = answer.get("errcode", 0)
    if type(code) is not int:
        raise Unintelligible(Party.NOTIFIER, "WeChat answered without a readable error code.")
    return Said(code, answer)


def failure(verdict: Later | NextDay | Renew | Misconfigured, code: int, now: datetime) -> Unavailable:
    """Turned away: the message surely was not sent."""
    match verdict:
        case Later(why, pause_s):
            return _turned_away(f"WeChat {why} ({code}).", pause_s)
        case NextDay(why):
            return QuotaSpent(Party.NOTIFIER, f"WeChat {why} ({code}).", retry_after_s=_until_next_day(now))
        case Renew():
            return alert(f"WeChat does not take its own access tokens ({code}); is another program renewing them?")
        case Misconfigured(remedy):
            return alert(f"WeChat refuses our official account ({code}): {remedy}.")


def alert(what: str) -> Unavailable:
    """Somebody must be told: the text begins with the word that monitoring looks for."""
    return _turned_away(f"ALERT: {what}", ALERT_PAUSE_S)


def _turned_away(what: str, pause_s: float) -> Unavailable:
    return Unavailable(Party.NOTIFIER, what, retry_after_s=pause_s, certain=True)


def _until_next_day(now: datetime) -> float:
    here = now.astimezone(CHINA)
    midnight = (here + timedelta(days=1)).replace(hour=0, minute=0, second=0, microsecond=0)
    return (midnight - here).total_seconds() + 60.0  # Their clock need not be ours.
