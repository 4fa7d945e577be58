"""The notifier in memory keeps the laws of its port."""

import pytest
from typing_extensions import override

from cotransfer.adapters.memory.notifier import MemoryNotifier
from cotransfer.domain.values import OpenId
from cotransfer.testing.notifier import FOLLOWER, NotifierLaws, PostOffice, a_notice


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
