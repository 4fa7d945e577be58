"""Steps 5 to 7 over the ports: withdrawn, too late, asked for again; renewed at the tap; tried again after an end."""

from datetime import timedelta

import attrs
import pytest
import structlog
from tests.app.test_use_cases import refusal, submitted
from tests.app.world import City, message

from cotransfer.app.again import Changes
from cotransfer.domain.agenda import Duty
from cotransfer.domain.events import OperatorTold, SigningAddressReplaced
from cotransfer.domain.notices import Notice, NoticeKind
from cotransfer.domain.parties import Step
from cotransfer.domain.refusals import Why
from cotransfer.domain.reports import Cleared, Handled
from cotransfer.domain.states import (
    AwaitingSigning,
    Completed,
    InHandling,
    InPreReview,
    NotSubmitted,
    State,
    Withdrawing,
    Withdrawn,
)
from cotransfer.domain.values import MobileNumber, TransferId
from cotransfer.testing.samples import ACCOUNT, ADDRESS, CASE, KUNMING_WATER, OTHER_TRANSFER

HALF_AN_HOUR = timedelta(minutes=30)


async def state(city: City, transfer: TransferId) -> State:
    """Where it stands."""
    record = (await city.store.load((transfer,))).record(transfer)
    return record.state if record else NotSubmitted()


def shown(city: City) -> tuple[Notice, ...]:
    """What the citizen has seen."""
    assert CASE.openid is not None
    return city.notifier.shown_to(CASE.openid)


async def cleared(city: City) -> TransferId:
    """A transfer whose contract waits to be signed, at the utility and here."""
    transfer = await submitted(city)
    await city.office.worker.drain()
    await city.office.reports.hear(city.utility.clear(transfer, ADDRESS), transfer=transfer, utility=KUNMING_WATER)
    await city.office.worker.drain()
    return transfer


class TestWithdrawal:
    async def test_in_time(self) -> None:
        """Until it is signed: asked for durably, answered by the utility, and the citizen is told how it ended."""
        city = City()
        transfer = await cleared(city)
        reply = await city.office.withdrawal.withdraw(
            transfer, message("w"), answer=lambda ruling: ruling.state.code.encode()
        )
        assert reply.answer == b"withdrawing"
        await city.office.worker.drain()
        assert isinstance(await state(city, transfer), Withdrawn)
        assert [notice.kind for notice in shown(city)] == [NoticeKind.INVITATION, NoticeKind.RESULT]
        assert shown(city)[-1].phrase.zh == "已撤回"

    async def test_before_it_was_sent(self) -> None:
        """What has not gone out yet does not go out any more, and should it arrive later it is not taken."""
        city = City()
        transfer = await submitted(city)
        await city.office.withdrawal.withdraw(transfer)
        await city.office.worker.drain()
        assert isinstance(await state(city, transfer), Withdrawn)
        assert city.utility.applications == ()

    async def test_signed_meanwhile(self) -> None:
        """The race with the signature has one outcome: signed at the utility first, the transfer goes on."""
        city = City()
        transfer = await cleared(city)
        signed = city.utility.sign(transfer)
        await city.office.withdrawal.withdraw(transfer)
        await city.office.worker.drain()
        assert isinstance(await state(city, transfer), AwaitingSigning)
        await city.office.reports.hear(signed, transfer=transfer, utility=KUNMING_WATER)
        assert isinstance(await state(city, transfer), InHandling)
        assert await refusal(city.office.withdrawal.withdraw(transfer)) is Why.SIGNED_ALREADY

    async def test_a_lost_answer_is_asked_for_again(self) -> None:
        """Outcome unknown: it stands where it stood, is asked again under the same key, and withdrawn once."""
        city = City()
        transfer = await cleared(city)
        city.utility.loses_answers = True
        await city.office.withdrawal.withdraw(transfer)
        await city.office.worker.drain()
        assert isinstance(await state(city, transfer), Withdrawing)
        city.utility.loses_answers = False
        await city.later(minutes=1)
        assert isinstance(await state(city, transfer), Withdrawn)

    async def test_only_at_the_counter(self) -> None:
        """A utility that takes nothing back online says so; a signed contract or an end is the better reason."""
        city = City(can=())
        transfer = await submitted(city)
        assert await refusal(city.office.withdrawal.withdraw(transfer)) is Why.WITHDRAW_AT_COUNTER
        await city.office.reports.hear(Handled(), transfer=transfer, utility=KUNMING_WATER)
        assert await refusal(city.office.withdrawal.withdraw(transfer)) is Why.ENDED_ALREADY

    async def test_what_there_is_not(self) -> None:
        """Nothing is withdrawn that was not submitted."""
        assert await refusal(City().office.withdrawal.withdraw(OTHER_TRANSFER)) is Why.UNKNOWN_TRANSFER


class TestRenewal:
    async def test_a_dead_address_is_renewed_at_the_tap(self) -> None:
        """Step 7: what has outlived what its provider grants is renewed, and the tap leads to the new one."""
        city = City(address_life=HALF_AN_HOUR)
        transfer = await cleared(city)
        city.clock.move(HALF_AN_HOUR)
        found = (await city.office.signing.open(transfer)).decided.state
        assert isinstance(found, AwaitingSigning)
        assert found.signing_address.text == f"{ADDRESS.text}-1"
        assert SigningAddressReplaced(found.signing_address) in [
            entry.event for entry in await city.store.journal(transfer)
        ]

    @pytest.mark.parametrize("age", [timedelta(0), HALF_AN_HOUR - timedelta(seconds=1)])
    async def test_a_living_one_is_left_alone(self, age: timedelta) -> None:
        """Within its life the address stays, tapped however often."""
        city = City(address_life=HALF_AN_HOUR)
        transfer = await cleared(city)
        city.clock.move(age)
        for _ in range(2):
            found = (await city.office.signing.open(transfer)).decided.state
            assert isinstance(found, AwaitingSigning)
            assert found.signing_address == ADDRESS

    async def test_a_renewed_one_lives_as_long(self) -> None:
        """The life counts from the address that was heard last."""
        city = City(address_life=HALF_AN_HOUR)
        transfer = await cleared(city)
        for nth in (1, 2):
            city.clock.move(HALF_AN_HOUR)
            found = (await city.office.signing.open(transfer)).decided.state
            assert isinstance(found, AwaitingSigning)
            assert found.signing_address.text.count("-") == nth

    async def test_signed_meanwhile(self) -> None:
        """There is none to renew because the SMS was faster: the tap says that it is in handling."""
        city = City(address_life=HALF_AN_HOUR)
        transfer = await cleared(city)
        city.utility.sign(transfer)
        city.clock.move(HALF_AN_HOUR)
        assert isinstance((await city.office.signing.open(transfer)).decided.state, InHandling)

    async def test_forgotten_meanwhile(self) -> None:
        """A utility that knows neither contract nor application leaves the address that there is."""
        city = City(address_life=HALF_AN_HOUR)
        transfer = await submitted(city)
        await city.office.reports.hear(Cleared(ADDRESS), transfer=transfer, utility=KUNMING_WATER)
        city.clock.move(HALF_AN_HOUR)
        found = (await city.office.signing.open(transfer)).decided.state
        assert isinstance(found, AwaitingSigning)
        assert found.signing_address == ADDRESS

    async def test_who_renews_nothing_is_not_asked(self) -> None:
        """A utility that cannot is left alone, whatever the settings say of its addresses."""
        city = City(address_life=HALF_AN_HOUR, can=())
        transfer = await cleared(city)
        city.clock.move(HALF_AN_HOUR)
        city.utility.away = True
        assert isinstance((await city.office.signing.open(transfer)).decided.state, AwaitingSigning)


class TestAgain:
    async def test_from_the_old_ones_data(self) -> None:
        """A new attempt after one that came to nothing has its data, and is linked to it."""
        city = City()
        former = await submitted(city)
        await city.office.worker.drain()
        await city.office.reports.hear(city.utility.fail(former, "资料不全"), transfer=former, utility=KUNMING_WATER)
        reply = await city.office.again.submit(former, Changes())
        made = reply.decided.state
        assert not isinstance(made, NotSubmitted)
        old = (await city.store.load((former,))).records[former].state
        assert not isinstance(old, NotSubmitted)
        assert made.case == attrs.evolve(old.case, transfer=made.case.transfer, follows=former)

    async def test_with_another_number(self) -> None:
        """What the citizen changes is changed: it is checked like any other entry."""
        city = City()
        former = await submitted(city)
        await city.office.withdrawal.withdraw(former)
        await city.office.worker.drain()
        phone = MobileNumber("13900000009")
        made = (await city.office.again.submit(former, Changes(mobile_number=phone))).decided.state
        assert not isinstance(made, NotSubmitted)
        assert made.case.application.mobile_number == phone
        again = await city.office.withdrawal.withdraw(made.case.transfer)
        await city.office.worker.drain()
        asked = city.office.again.submit(again.decided.transfer, Changes(account_number="0000000000"))
        assert await refusal(asked) is Why.ACCOUNT_UNKNOWN

    async def test_arrears_count_as_they_are_now(self) -> None:
        """Step 4: looked up afresh, like any submission."""
        city = City()
        former = await submitted(city)
        await city.office.withdrawal.withdraw(former)
        await city.office.worker.drain()
        city.utility.set_arrears(ACCOUNT.number, True)
        assert await refusal(city.office.again.submit(former, Changes())) is Why.IN_ARREARS

    async def test_only_after_an_attempt_that_came_to_nothing(self) -> None:
        """Under way is followed, completed is completed, unknown is unknown."""
        city = City()
        former = await submitted(city)
        assert await refusal(city.office.again.submit(former, Changes())) is Why.ALREADY_UNDER_WAY
        await city.office.reports.hear(Handled(), transfer=former, utility=KUNMING_WATER)
        assert isinstance(await state(city, former), Completed)
        assert await refusal(city.office.again.submit(former, Changes())) is Why.ENDED_ALREADY
        assert await refusal(city.office.again.submit(OTHER_TRANSFER, Changes())) is Why.UNKNOWN_TRANSFER


class TestNobodyWaitsUnseen:
    async def test_the_ladder(self) -> None:
        """Scheme §1.6: after half a working day the utility is asked, after one and a half the operator is told."""
        city = City()
        transfer = await submitted(city)
        await city.office.worker.drain()
        city.utility.away = True
        with structlog.testing.capture_logs() as logs:
            for _ in range(6):
                await city.later(hours=12)
        told = [one for one in logs if one["event"] == "overdue"]
        assert [(one["step"], one["waits_for"]) for one in told][:1] == [(6, "utility")]
        events = [entry.event for entry in await city.store.journal(transfer)]
        assert OperatorTold(Step.PRE_REVIEW) in events
        assert isinstance(await state(city, transfer), InPreReview)

    async def test_the_citizen_is_reminded_once(self) -> None:
        """Step 7: who has not signed is reminded before the deadline, and not again."""
        city = City()
        await cleared(city)
        for _ in range(4):
            await city.later(days=1)
        assert [notice.kind for notice in shown(city)] == [NoticeKind.INVITATION, NoticeKind.REMINDER]

    async def test_a_signed_contract_reminds_nobody(self) -> None:
        """What is done is not reminded of."""
        city = City()
        transfer = await cleared(city)
        await city.office.reports.hear(city.utility.sign(transfer), transfer=transfer, utility=KUNMING_WATER)
        await city.later(days=4)
        assert NoticeKind.REMINDER not in [notice.kind for notice in shown(city)]
        assert Duty.REMIND_TO_SIGN not in {one.due.duty for one in await city.store.buried()}
