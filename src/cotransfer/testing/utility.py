"""The laws of `ports.utility`, as tests: subclass `UtilityLaws` and hand it a utility and its inside."""

import asyncio
from datetime import UTC, datetime
from typing import Protocol

import attrs
import pytest

from cotransfer.domain.case import Case
from cotransfer.domain.parties import Step
from cotransfer.domain.reports import (
    Cancelled,
    Cleared,
    ClearedForSms,
    Failed,
    Handled,
    NotTaken,
    Signed,
    Taken,
    TooLate,
)
from cotransfer.domain.statements import Stage, Stated, stage_of
from cotransfer.domain.values import Account, AccountNumber, TransferId
from cotransfer.ports.utility import Capability, Utility

EARLIER = datetime(2000, 1, 1, tzinfo=UTC)
LATER = datetime(2100, 1, 1, tzinfo=UTC)
UNKNOWN_ACCOUNT = AccountNumber("99999999")


class UtilityWorld(Protocol):
    """A utility, an account that it knows, an application for it, and what can be seen and done inside."""

    @property
    def utility(self) -> Utility:
        """The implementation under test."""

    @property
    def account(self) -> Account:
        """An account exactly as the utility knows it, not in arrears."""

    @property
    def case(self) -> Case:
        """An application for that account, never submitted yet."""

    async def set_arrears(self, in_arrears: bool) -> None:
        """The account falls behind, or is paid."""

    async def refuse(self) -> None:
        """From now on applications for the account are not taken."""

    async def advance(self, key: TransferId) -> None:
        """The next good step: pre-review passed, then signed, then handled; returns when it has happened."""

    async def fail(self, key: TransferId) -> None:
        """Pre-review not passed."""

    async def taken(self) -> int:
        """How many applications have taken effect."""


class UtilityLaws:
    """Override `world`; every test gets a fresh one. What a utility declares that it cannot do is not asked of it."""

    @pytest.fixture
    def world(self) -> UtilityWorld:
        """The implementation under test, and its inside."""
        raise NotImplementedError("Say which utility is meant: override the fixture `world`.")

    async def test_an_account_is_found_by_its_number(self, world: UtilityWorld) -> None:
        """Step 4: the account of that very number, as the utility has it."""
        assert await world.utility.find_account(world.account.number) == world.account

    async def test_an_unknown_number_finds_nothing(self, world: UtilityWorld) -> None:
        """Step 3: no such account is an answer, not an error."""
        assert await world.utility.find_account(UNKNOWN_ACCOUNT) is None

    async def test_an_account_is_found_afresh(self, world: UtilityWorld) -> None:
        """Step 4: arrears show at the next question, in either direction."""
        for in_arrears in (True, False):
            await world.set_arrears(in_arrears)
            found = await world.utility.find_account(world.account.number)
            assert found == attrs.evolve(world.account, in_arrears=in_arrears)

    async def test_submitting_again_changes_nothing(self, world: UtilityWorld) -> None:
        """Step 5: one effect per key and the same receipt every time, one after the other or all at once."""
        key = world.case.transfer
        first = await world.utility.submit(world.case, key=key)
        others = await asyncio.gather(*(world.utility.submit(world.case, key=key) for _ in range(4)))
        assert isinstance(first, Taken)
        assert set(others) == {first}
        assert await world.taken() == 1

    async def test_a_refused_application_stays_refused(self, world: UtilityWorld) -> None:
        """Step 5: not taken has grounds, no effect, and is as final as a receipt."""
        await world.refuse()
        first = await world.utility.submit(world.case, key=world.case.transfer)
        assert isinstance(first, NotTaken)
        assert await world.utility.submit(world.case, key=world.case.transfer) == first
        assert await world.taken() == 0

    async def test_a_key_never_submitted_is_unknown(self, world: UtilityWorld) -> None:
        """So that a lost request can be told from a lost answer."""
        assert await world.utility.progress(world.case.transfer) is None

    async def test_a_submitted_key_is_known_at_once(self, world: UtilityWorld) -> None:
        """Step 5: progress begins with the very receipt that the submission gave."""
        receipt = await world.utility.submit(world.case, key=world.case.transfer)
        reports = await world.utility.progress(world.case.transfer)
        assert reports is not None
        assert reports[0] == receipt

    async def test_progress_tells_reports_in_the_order_of_the_steps(self, world: UtilityWorld) -> None:
        """Steps 5 to 8: each step adds one report at the end and takes none back."""
        key = world.case.transfer
        await world.utility.submit(world.case, key=key)
        before = await world.utility.progress(key)
        for expected in (Cleared | ClearedForSms, Signed, Handled):
            await world.advance(key)
            after = await world.utility.progress(key)
            assert before is not None
            assert after is not None
            assert after[:-1] == before
            assert isinstance(after[-1], expected)
            before = after
        assert before is not None
        assert [report.step for report in before] == [Step.SUBMIT, Step.PRE_REVIEW, Step.SIGN, Step.HANDLE]

    async def test_a_failed_pre_review_tells_its_grounds(self, world: UtilityWorld) -> None:
        """Step 6: not passed is the end, and says why."""
        key = world.case.transfer
        await world.utility.submit(world.case, key=key)
        await world.fail(key)
        reports = await world.utility.progress(key)
        assert reports is not None
        assert isinstance(reports[-1], Failed)
        assert reports[-1].grounds.text

    @pytest.mark.parametrize("steps", [0, 1])
    async def test_until_it_is_signed_it_is_taken_back(self, world: UtilityWorld, steps: int) -> None:
        """Steps 5 and 6: withdrawn once, the same answer every time, and progress ends with it."""
        _needs(world, Capability.CANCELS)
        key = world.case.transfer
        await world.utility.submit(world.case, key=key)
        for _ in range(steps):
            await world.advance(key)
        answers = [await world.utility.cancel(key) for _ in range(3)]
        assert answers == [Cancelled()] * 3
        reports = await world.utility.progress(key)
        assert reports is not None
        assert reports[-1] == Cancelled()

    @pytest.mark.parametrize("steps", [2, 3])
    async def test_from_the_signature_on_it_is_too_late(self, world: UtilityWorld, steps: int) -> None:
        """Steps 7 and 8: too late every time, and nothing is taken back."""
        _needs(world, Capability.CANCELS)
        key = world.case.transfer
        await world.utility.submit(world.case, key=key)
        for _ in range(steps):
            await world.advance(key)
        before = await world.utility.progress(key)
        assert [await world.utility.cancel(key) for _ in range(2)] == [TooLate()] * 2
        assert await world.utility.progress(key) == before

    async def test_what_failed_is_not_taken_back(self, world: UtilityWorld) -> None:
        """Step 6: not passed is an end of its own."""
        _needs(world, Capability.CANCELS)
        key = world.case.transfer
        await world.utility.submit(world.case, key=key)
        await world.fail(key)
        assert await world.utility.cancel(key) == TooLate()

    async def test_taken_back_before_it_came(self, world: UtilityWorld) -> None:
        """Step 5: a key never submitted is withdrawn as well, and what comes under it later is not taken."""
        _needs(world, Capability.CANCELS)
        key = world.case.transfer
        assert await world.utility.cancel(key) == Cancelled()
        assert isinstance(await world.utility.submit(world.case, key=key), NotTaken)
        assert await world.taken() == 0

    async def test_an_address_is_renewed(self, world: UtilityWorld) -> None:
        """Step 7: while the contract waits there is an address that leads to it, and progress tells that one."""
        _needs(world, Capability.RENEWS_SIGNING_ADDRESS)
        key = world.case.transfer
        await world.utility.submit(world.case, key=key)
        await world.advance(key)
        renewed = await world.utility.renew_signing_address(key)
        assert renewed is not None
        reports = await world.utility.progress(key)
        assert reports is not None
        assert reports[-1] == Cleared(renewed)

    @pytest.mark.parametrize("steps", [0, 2])
    async def test_no_contract_no_address(self, world: UtilityWorld, steps: int) -> None:
        """Step 7: before the pre-review and after the signature there is none, nor for a key never submitted."""
        _needs(world, Capability.RENEWS_SIGNING_ADDRESS)
        key = world.case.transfer
        assert await world.utility.renew_signing_address(key) is None
        await world.utility.submit(world.case, key=key)
        for _ in range(steps):
            await world.advance(key)
        assert await world.utility.renew_signing_address(key) is None

    async def test_a_statement_tells_the_stages_that_progress_tells(self, world: UtilityWorld) -> None:
        """Steps 5 to 8: each application that was taken, once, where it stands; asking changes nothing."""
        _needs(world, Capability.LISTS)
        key = world.case.transfer
        assert await stated(world.utility) == {}
        await world.utility.submit(world.case, key=key)
        for expected in (Stage.IN_PRE_REVIEW, Stage.AWAITING_SIGNING, Stage.IN_HANDLING, Stage.COMPLETED):
            reports = await world.utility.progress(key)
            assert reports is not None
            assert await stated(world.utility) == await stated(world.utility) == {key: stage_of(reports)}
            assert stage_of(reports) is expected
            if expected is not Stage.COMPLETED:
                await world.advance(key)

    async def test_a_statement_tells_how_it_ended(self, world: UtilityWorld) -> None:
        """Step 6: not passed is an end; one that lies before what is asked for is left out, what is under way never."""
        _needs(world, Capability.LISTS)
        key = world.case.transfer
        await world.utility.submit(world.case, key=key)
        assert await stated(world.utility, LATER) == {key: Stage.IN_PRE_REVIEW}
        await world.fail(key)
        assert await stated(world.utility) == {key: Stage.PRE_REVIEW_FAILED}
        assert await stated(world.utility, LATER) == {}

    async def test_a_statement_leaves_out_what_was_not_taken(self, world: UtilityWorld) -> None:
        """Step 5: it has no effect, and so no stage."""
        _needs(world, Capability.LISTS)
        await world.refuse()
        await world.utility.submit(world.case, key=world.case.transfer)
        assert await stated(world.utility) == {}


async def stated(utility: Utility, changed_since: datetime = EARLIER) -> dict[TransferId, Stage]:
    """The whole statement; every page of it as the laws want it."""
    told: list[Stated] = []
    page = await utility.statement(changed_since)
    told += page.stated
    while page.next is not None:
        assert page.stated
        page = await utility.statement(changed_since, page.next)
        told += page.stated
    keys = [one.transfer.text for one in told]
    assert keys == sorted(set(keys))
    return {one.transfer: one.stage for one in told}


def _needs(world: UtilityWorld, capability: Capability) -> None:
    """Excused aloud: what the utility says that it cannot do."""
    if capability not in world.utility.can:
        pytest.skip(f"The utility does not declare {capability.value}.")
