"""The notifier in memory keeps the laws of its port."""

import pytest
from typing_extensions import override

from cotransfer.adapters.memory.notifier import MemoryNotifier, MemorySms
from cotransfer.domain.values import OpenId
from cotransfer.ports.errors import QuotaSpent
from cotransfer.testing.notifier import FOLLOWER, TELEPHONES, NotifierLaws, PostOffice, SmsLaws, a_notice


class _Memory:
    def __init__(self) -> None:
        self.notifier = MemoryNotifier()

    async def shown(self, openid: OpenId) -> int:
        return len(self.notifier.shown_to(openid))

    async def unfollow(self, openid: OpenId) -> None:
        self.notifier.unfollow(openid)

    async def go_away(self) -> None:
        self.notifier.away = True

    async def come_back(self) -> None:
        self.notifier.away = False

    async def lose_an_answer(self) -> None:
        self.notifier.lost_answers = 1


class _MemoryBySms(_Memory):
    def __init__(self) -> None:
        self.notifier = self.sms = MemorySms()

    @override
    async def shown(self, openid: OpenId) -> int:
        return len(self.sms.shown_to(TELEPHONES[openid]))

    @override
    async def unfollow(self, openid: OpenId) -> None:
        self.sms.refuse(TELEPHONES[openid])


class TestMemorySms(SmsLaws):
    @override
    @pytest.fixture
    def post_office(self) -> PostOffice:
        """Nothing but memory, by telephone."""
        return _MemoryBySms()


class TestMemoryNotifier(NotifierLaws):
    @override
    @pytest.fixture
    def post_office(self) -> PostOffice:
        """Nothing but memory."""
        return _Memory()


async def test_the_inbox_holds_the_notices_themselves():
    """Tests and the demo read what people were shown."""
    notifier = MemoryNotifier()
    await notifier.send(a_notice())
    assert notifier.inbox == [a_notice()]
    assert notifier.shown_to(FOLLOWER) == (a_notice(),)


async def test_a_spent_quota_is_told_as_one():
    """Nothing is shown, surely, and not before tomorrow."""
    notifier = MemoryNotifier()
    notifier.quota_spent = True
    with pytest.raises(QuotaSpent) as caught:
        await notifier.send(a_notice())
    assert caught.value.certain
    assert notifier.inbox == []
