"""The laws of `ports.utility`, as tests: subclass `UtilityLaws` and hand it a utility and its inside."""

import asyncio
from typing import Protocol

import attrs
import pytest

from cotransfer.domain.case import Case
from cotransfer.domain.parties import Step
from cotransfer.domain.reports import Cleared, ClearedForSms, Failed, Handled, NotTaken, Signed, Taken
from cotransfer.domain.values import Account, AccountNumber, TransferId
from cotransfer.ports.utility import Utility

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
    """Override `world`; every test gets a fresh one."""

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
