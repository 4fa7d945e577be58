"""Steps 7 and 9 in a whole office: WeChat, then SMS, then the page; each notice once, by one of them."""

import structlog
from tests.app.world import REQUEST, City

from cotransfer.adapters.memory.notifier import MemorySms
from cotransfer.domain import events as e
from cotransfer.domain.notices import QUOTA_SPENT, NoticeChannel, NoticeKind
from cotransfer.domain.progress import untold
from cotransfer.domain.values import TransferId
from cotransfer.testing.samples import ADDRESS, CASE, KUNMING_WATER

INVITATION, REMINDER, RESULT = NoticeKind
WECHAT, SMS = NoticeChannel


class Town(City):
    """A city with an SMS provider."""

    def __init__(self) -> None:
        self.sms = MemorySms()
        super().__init__(sms=self.sms)

    async def waiting(self) -> TransferId:
        """A transfer whose contract waits to be signed."""
        transfer = (await self.office.submission.submit(REQUEST)).decided.transfer
        await self.later(seconds=0)
        cleared = self.utility.clear(transfer, ADDRESS)
        await self.office.reports.hear(cleared, transfer=transfer, utility=KUNMING_WATER)
        return transfer

    async def end(self, transfer: TransferId) -> None:
        """Signed and handled."""
        for report in (self.utility.sign(transfer), self.utility.handle(transfer)):
            await self.office.reports.hear(report, transfer=transfer, utility=KUNMING_WATER)

    async def told(self, transfer: TransferId) -> list[tuple[type, NoticeKind, NoticeChannel]]:
        """What became of each notice, in order."""
        journal = (await self.office.viewing.of(transfer)).journal
        return [
            (type(one), one.kind, one.channel)
            for one in (entry.event for entry in journal)
            if isinstance(one, e.NoticeSent | e.NoticeUndeliverable)
        ]


def unfollowed(town: Town) -> None:
    """Nobody in this town follows the account."""
    assert CASE.openid is not None
    town.notifier.unfollow(CASE.openid)


async def test_not_following_is_invited_by_sms() -> None:
    """Step 7: invitation and reminder by SMS, and the result too; each once, and nothing is left to say."""
    town = Town()
    unfollowed(town)
    transfer = await town.waiting()
    await town.later(seconds=0)
    assert await town.told(transfer) == [(e.NoticeUndeliverable, INVITATION, WECHAT), (e.NoticeSent, INVITATION, SMS)]
    await town.later(days=2)
    await town.end(transfer)
    await town.later(seconds=0)
    assert [notice.kind for notice in town.sms.inbox] == [INVITATION, REMINDER, RESULT]
    assert town.notifier.inbox == []
    view = await town.office.viewing.of(transfer)
    assert untold((entry.event for entry in view.journal), view.record.state) is None


async def test_neither_reaches_anybody() -> None:
    """Step 9: the page has the last word, with the reason of the last channel."""
    town = Town()
    unfollowed(town)
    town.sms.refuse(CASE.application.mobile_number, "number_unknown")
    transfer = await town.waiting()
    await town.end(transfer)
    await town.later(seconds=0)
    view = await town.office.viewing.of(transfer)
    left = untold((entry.event for entry in view.journal), view.record.state)
    assert left is not None
    assert (left.kind, left.channel, left.why) == (RESULT, SMS, "number_unknown")


async def test_a_spent_quota() -> None:
    """Step 7 goes by SMS at once; step 9 waits for the next day, by WeChat; and the channel counts as well."""
    town = Town()
    town.notifier.quota_spent = True
    transfer = await town.waiting()
    await town.later(seconds=0)
    assert [notice.kind for notice in town.sms.inbox] == [INVITATION]
    reasons = [
        entry.event.why
        for entry in (await town.office.viewing.of(transfer)).journal
        if isinstance(entry.event, e.NoticeUndeliverable)
    ]
    assert reasons == [QUOTA_SPENT]
    await town.end(transfer)
    for _ in range(9):
        await town.later(minutes=1)
    assert town.office.circuits.shut() == frozenset()
    town.notifier.quota_spent = False
    await town.later(days=1)
    assert [notice.kind for notice in town.notifier.inbox] == [RESULT]
    assert [notice.kind for notice in town.sms.inbox] == [INVITATION]


async def test_a_lost_answer_never_falls() -> None:
    """Shown by WeChat, the answer lost, the account left meanwhile: no SMS says it a second time."""
    town = Town()
    town.notifier.lost_answers = 2  # The second attempt comes at once.
    transfer = await town.waiting()
    await town.later(seconds=0)
    unfollowed(town)
    await town.later(hours=1)
    assert len(town.notifier.inbox) == 1
    assert town.sms.inbox == []
    assert (await town.told(transfer))[0] == (e.NoticeUndeliverable, INVITATION, WECHAT)


async def test_signed_before_the_sms_could_go() -> None:
    """Step 7: an SMS that waits for its provider is taken off the agenda by the signature."""
    town = Town()
    unfollowed(town)
    town.sms.away = True
    transfer = await town.waiting()
    with structlog.testing.capture_logs():
        await town.later(seconds=0)
        await town.end(transfer)
        town.sms.away = False
        for _ in range(24):
            await town.later(hours=1)
    assert [notice.kind for notice in town.sms.inbox] == [RESULT]
    assert await town.store.buried() == ()
