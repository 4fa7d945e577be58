"""The laws of `Notifier`, for every notifier: subclass `NotifierLaws`, or `SmsLaws` for one that needs a telephone
number only, and give it a `post_office`.

Never looks into a notifier: what people were shown is asked of the post office.
"""

import asyncio
from typing import ClassVar, Protocol

import attrs
import pytest
from typing_extensions import override

from cotransfer.domain.notices import Delivered, Notice, NoticeKind, Phrase, Undeliverable
from cotransfer.domain.parties import Party
from cotransfer.domain.values import MobileNumber, OpenId
from cotransfer.ports.errors import Unavailable
from cotransfer.ports.notifier import Notifier
from cotransfer.testing.samples import CASE, GROUNDS, TRANSFER

FOLLOWER = OpenId("oInvented_0001")
OTHER_FOLLOWER = OpenId("oInvented_0002")

TELEPHONES = {FOLLOWER: CASE.application.mobile_number, OTHER_FOLLOWER: MobileNumber("13888000002")}
"""Where the same two people are reached by SMS."""


class PostOffice(Protocol):
    """A notifier with the world behind it; at the start both followers follow, and nobody has been shown anything."""

    @property
    def notifier(self) -> Notifier:
        """What is under test."""

    async def shown(self, openid: OpenId) -> int:
        """How many notices a person was shown."""

    async def unfollow(self, openid: OpenId) -> None:
        """The person wants no more notices."""

    async def go_away(self) -> None:
        """From now on the channel is not to be reached."""

    async def come_back(self) -> None:
        """The channel works again."""

    async def lose_an_answer(self) -> None:
        """The next notice is shown, and the answer to it is lost."""


def a_notice(key: str = f"{TRANSFER.text}.announce_result", openid: OpenId | None = FOLLOWER) -> Notice:
    """A result notice of the sample transfer, to somebody with an openid and a telephone."""
    return Notice(
        key=key,
        kind=NoticeKind.RESULT,
        phrase=Phrase.FAILED,
        transfer=TRANSFER,
        service=CASE.service,
        certificate_number=CASE.application.certificate_number,
        location=CASE.application.location,
        mobile_number=TELEPHONES[openid or FOLLOWER],
        openid=openid,
        grounds=GROUNDS,
    )


class NotifierLaws:
    """Each law of the port's docstring. `refusal` is the channel's word for who wants no more of it."""

    refusal: ClassVar[str] = "not_following"

    @pytest.fixture
    def post_office(self) -> PostOffice:
        """The implementation under test, fresh."""
        raise NotImplementedError("A suite of laws needs a post office to prove them on.")

    @pytest.mark.parametrize("kind", NoticeKind)
    async def test_a_notice_is_shown(self, post_office: PostOffice, kind: NoticeKind) -> None:
        """Steps 7 and 9: what is delivered was shown, under a reference."""
        fate = await post_office.notifier.send(attrs.evolve(a_notice(), kind=kind))
        assert isinstance(fate, Delivered)
        assert fate.reference
        assert await post_office.shown(FOLLOWER) == 1

    async def test_the_same_key_is_shown_once(self, post_office: PostOffice) -> None:
        """However often a notice is sent, the person sees it once, and it counts as delivered each time."""
        fates = [await post_office.notifier.send(a_notice()) for _ in range(3)]
        assert {type(fate) for fate in fates} == {Delivered}
        assert await post_office.shown(FOLLOWER) == 1

    async def test_at_once_too(self, post_office: PostOffice) -> None:
        """Two workers that send the same notice at the same moment show it once."""
        fates = await asyncio.gather(*(post_office.notifier.send(a_notice()) for _ in range(8)))
        assert {type(fate) for fate in fates} == {Delivered}
        assert await post_office.shown(FOLLOWER) == 1

    async def test_other_keys_are_other_notices(self, post_office: PostOffice) -> None:
        """Invitation and result of one transfer both arrive."""
        for key in ("one.invite_to_sign", "one.announce_result"):
            await post_office.notifier.send(a_notice(key))
        assert await post_office.shown(FOLLOWER) == 2

    async def test_a_key_is_one_persons(self, post_office: PostOffice) -> None:
        """The same key for another person is another message."""
        for openid in (FOLLOWER, OTHER_FOLLOWER):
            await post_office.notifier.send(a_notice(openid=openid))
        assert [await post_office.shown(openid) for openid in (FOLLOWER, OTHER_FOLLOWER)] == [1, 1]

    async def test_nobody_to_send_to_is_no_error(self, post_office: PostOffice) -> None:
        """Who gave no openid can never be reached here, and the reason is stable."""
        for _ in range(2):
            assert await post_office.notifier.send(a_notice(openid=None)) == Undeliverable("no_openid")

    async def test_who_does_not_want_it_is_not_reached(self, post_office: PostOffice) -> None:
        """It is refused for good with a stable reason, and nobody else is the worse for it."""
        await post_office.unfollow(FOLLOWER)
        for _ in range(2):
            assert await post_office.notifier.send(a_notice()) == Undeliverable(self.refusal)
        assert isinstance(await post_office.notifier.send(a_notice(openid=OTHER_FOLLOWER)), Delivered)
        assert [await post_office.shown(openid) for openid in (FOLLOWER, OTHER_FOLLOWER)] == [0, 1]

    async def test_away_is_not_refused(self, post_office: PostOffice) -> None:
        """While the channel is away it says so, naming the party; later the same notice arrives, once."""
        await post_office.go_away()
        with pytest.raises(Unavailable) as caught:
            await post_office.notifier.send(a_notice())
        assert caught.value.party in {Party.NOTIFIER, Party.NETWORK}
        await post_office.come_back()
        assert isinstance(await post_office.notifier.send(a_notice()), Delivered)
        assert await post_office.shown(FOLLOWER) == 1

    async def test_a_lost_answer_shows_nothing_twice(self, post_office: PostOffice) -> None:
        """A lost answer is not certain; sent again while the key is remembered, the notice was shown once."""
        await post_office.lose_an_answer()
        with pytest.raises(Unavailable) as caught:
            await post_office.notifier.send(a_notice())
        assert not caught.value.certain
        assert isinstance(await post_office.notifier.send(a_notice()), Delivered)
        assert await post_office.shown(FOLLOWER) == 1

    def test_it_says_how_long_it_remembers(self, post_office: PostOffice) -> None:
        """For ever, or some seconds: whoever holds a notice in doubt goes by it."""
        memory_s = post_office.notifier.remembers_s
        assert memory_s is None or memory_s >= 0

    async def test_failing_tells_nothing_personal(self, post_office: PostOffice) -> None:
        """Exception texts go to logs and operators: no openid, no location, no number stands in one."""
        notice = a_notice()
        await post_office.go_away()
        with pytest.raises(Unavailable) as caught:
            await post_office.notifier.send(notice)
        personal = (FOLLOWER.text, notice.location.text, notice.mobile_number.text, notice.certificate_number.text)
        assert not [text for text in personal if text in f"{caught.value!r} {caught.value.what}"]


class SmsLaws(NotifierLaws):
    """The same for a channel that reaches people by their telephone."""

    refusal: ClassVar[str] = "opted_out"

    @override
    async def test_nobody_to_send_to_is_no_error(self, post_office: PostOffice) -> None:
        """Who gave no openid has a telephone all the same: the application has its number (step 5)."""
        assert isinstance(await post_office.notifier.send(a_notice(openid=None)), Delivered)
        assert await post_office.shown(FOLLOWER) == 1
