"""Steps 7 and 9: the citizen is told, once, by the first channel that can. Never says it twice, by one channel or by
two, and never where the state no longer calls for it.
"""

from datetime import datetime, timedelta

import attrs

from cotransfer.domain.agenda import Duty
from cotransfer.domain.commands import Command, RecordNotice
from cotransfer.domain.notices import (
    NO_CHANNEL,
    OUTCOME_UNKNOWN,
    QUOTA_SPENT,
    URGENT,
    Fate,
    Notice,
    NoticeChannel,
    NoticeKind,
    Undeliverable,
)
from cotransfer.domain.progress import CALLS_FOR, Told, phrase
from cotransfer.domain.reports import Grounds
from cotransfer.domain.states import HandlingFailed, PreReviewFailed, State
from cotransfer.ports.agenda import Claimed
from cotransfer.ports.clock import Clock
from cotransfer.ports.errors import QuotaSpent
from cotransfer.ports.notifier import Notifier

KINDS = {
    Duty.INVITE_TO_SIGN: (NoticeKind.INVITATION, NoticeChannel.WECHAT),
    Duty.REMIND_TO_SIGN: (NoticeKind.REMINDER, NoticeChannel.WECHAT),
    Duty.ANNOUNCE_RESULT: (NoticeKind.RESULT, NoticeChannel.WECHAT),
    Duty.INVITE_BY_SMS: (NoticeKind.INVITATION, NoticeChannel.SMS),
    Duty.REMIND_BY_SMS: (NoticeKind.REMINDER, NoticeChannel.SMS),
    Duty.ANNOUNCE_BY_SMS: (NoticeKind.RESULT, NoticeChannel.SMS),
}
"""Which notice a duty sends, and by which channel."""


@attrs.frozen(kw_only=True)
class Channels:
    """The ways to the citizen that a deployment has; without `sms` the page tells what WeChat could not deliver."""

    wechat: Notifier
    sms: Notifier | None = None

    def by(self, channel: NoticeChannel) -> Notifier | None:
        """That channel, None where the deployment has none."""
        return self.sms if channel is NoticeChannel.SMS else self.wechat

    def is_last(self, channel: NoticeChannel) -> bool:
        """Whether only the page comes after it."""
        return channel is NoticeChannel.SMS or self.sms is None


class Notifying:
    """Steps 7 and 9: the citizen is told, once."""

    def __init__(self, channels: Channels, clock: Clock) -> None:
        self._channels = channels
        self._clock = clock

    async def __call__(self, state: State, claimed: Claimed) -> tuple[Command, ...]:
        """Send the notice that the state calls for, if it still does, and if that cannot show it twice."""
        kind, channel = KINDS[claimed.due.duty]
        notice = _notice(state, kind, claimed.due.key)
        if notice is None:
            return ()
        notifier = self._channels.by(channel)
        if notifier is None:  # It was owed before the settings were changed.
            fate: Fate = Undeliverable(NO_CHANNEL)
        elif self._is_forgotten(notifier, claimed):
            fate = Undeliverable(OUTCOME_UNKNOWN)
        else:
            fate = await self._sent(notice, notifier, channel, claimed)
        return (RecordNotice(kind, fate, channel),)

    async def _sent(self, notice: Notice, notifier: Notifier, channel: NoticeChannel, claimed: Claimed) -> Fate:
        """What is in doubt never falls to the next channel: an earlier attempt may have shown it by this one."""
        has_next, in_doubt = not self._channels.is_last(channel), claimed.doubt is not None
        try:
            fate = await notifier.send(notice)
        except QuotaSpent:
            if has_next and not in_doubt and notice.kind in URGENT:
                return Undeliverable(QUOTA_SPENT)
            raise
        lost = has_next and in_doubt and isinstance(fate, Undeliverable)
        return Undeliverable(OUTCOME_UNKNOWN) if lost else fate

    def _is_forgotten(self, notifier: Notifier, claimed: Claimed) -> bool:
        return is_forgotten(notifier, claimed, self._clock.now())


def is_forgotten(notifier: Notifier, claimed: Claimed, at: datetime) -> bool:
    """Whether a notice may have been sent so long before `at` that the channel no longer knows its key."""
    memory_s = notifier.remembers_s
    if claimed.doubt is None or memory_s is None:
        return False
    return at - claimed.doubt > timedelta(seconds=memory_s)


def _notice(state: State, kind: NoticeKind, key: str) -> Notice | None:
    if not isinstance(state, Told) or not isinstance(state, CALLS_FOR[kind]):
        return None
    application = state.case.application
    return Notice(
        key=key,
        kind=kind,
        phrase=phrase(state),
        transfer=state.case.transfer,
        service=state.case.service,
        certificate_number=application.certificate_number,
        location=application.location,
        mobile_number=application.mobile_number,
        openid=state.case.openid,
        grounds=_grounds(state),
    )


def _grounds(state: Told) -> Grounds | None:
    return state.grounds if isinstance(state, PreReviewFailed | HandlingFailed) else None
