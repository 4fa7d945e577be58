"""The utility in a dictionary keeps every law, and makes only reports that can follow one another."""

import attrs
import pytest

from cotransfer.adapters.memory.utility import MemoryUtility, account
from cotransfer.domain.reports import Channel, Cleared, ClearedForSms, Declined, Expired, NotHandled, Signed
from cotransfer.domain.values import AccountNumber, TransferId
from cotransfer.ports.errors import Unavailable
from cotransfer.testing.samples import ACCOUNT, ADDRESS, BUYER, CASE, KUNMING_WATER, TRANSFER
from cotransfer.testing.utility import EARLIER, UtilityLaws, UtilityWorld, stated


class World:
    """The memory utility, and oneself as its reviewer."""

    def __init__(self) -> None:
        self.utility = MemoryUtility(KUNMING_WATER, [ACCOUNT])
        self.account = ACCOUNT
        self.case = CASE

    async def set_arrears(self, in_arrears: bool) -> None:
        """As somebody at the counter would."""
        self.utility.set_arrears(self.account.number, in_arrears)

    async def refuse(self) -> None:
        """The utility does not want any."""
        self.utility.refuse(self.account.number, "系统升级")

    async def advance(self, key: TransferId) -> None:
        """The next good step."""
        reports = await self.utility.progress(key)
        assert reports is not None
        steps = (
            lambda: self.utility.clear(key, ADDRESS),
            lambda: self.utility.sign(key),
            lambda: self.utility.handle(key),
        )
        steps[len(reports) - 1]()

    async def fail(self, key: TransferId) -> None:
        """Pre-review not passed."""
        self.utility.fail(key, "原户号与房屋坐落不一致")

    async def taken(self) -> int:
        """What took effect."""
        return sum([await self.utility.progress(case.transfer) is not None for case in self.utility.applications])


class TestLaws(UtilityLaws):
    @pytest.fixture
    def world(self) -> UtilityWorld:
        """A fresh one."""
        return World()


@pytest.fixture
async def utility() -> MemoryUtility:
    """With one application in it."""
    utility = MemoryUtility(KUNMING_WATER, [ACCOUNT])
    await utility.submit(CASE, key=TRANSFER)
    return utility


async def test_an_account_is_written_down_in_a_line() -> None:
    """The notation of tests and examples gives a checked value."""
    written = account("0871200345", holder="王秋实", location="五华区翠湖东路18号翠湖小区3栋2单元502")
    assert written == ACCOUNT


async def test_without_an_address_signing_is_by_sms(utility: MemoryUtility) -> None:
    """Step 6: a utility may have no address to give."""
    assert utility.clear(TRANSFER) == ClearedForSms()


async def test_the_first_signature_counts(utility: MemoryUtility) -> None:
    """Step 7: signing again by the other channel tells the first signature."""
    assert utility.clear(TRANSFER, ADDRESS) == Cleared(ADDRESS)
    first = utility.sign(TRANSFER, Channel.WECHAT)
    assert utility.sign(TRANSFER, Channel.SMS) == first == Signed(Channel.WECHAT)


async def test_signing_may_come_to_nothing(utility: MemoryUtility) -> None:
    """Step 7: declined is an end; nothing follows it."""
    utility.clear(TRANSFER, ADDRESS)
    assert utility.decline(TRANSFER) == Declined()
    with pytest.raises(ValueError, match="After Declined comes no Handled"):
        utility.handle(TRANSFER)


async def test_a_contract_may_lapse(utility: MemoryUtility) -> None:
    """Step 7: nobody signs in time."""
    utility.clear(TRANSFER)
    assert utility.expire(TRANSFER) == Expired()


async def test_no_step_is_skipped(utility: MemoryUtility) -> None:
    """Steps 6 to 8 follow one another inside the utility, whatever order its reports travel in."""
    with pytest.raises(ValueError, match="After Taken comes no Handled"):
        utility.handle(TRANSFER)


async def test_handling_moves_the_account(utility: MemoryUtility) -> None:
    """Step 8: afterwards the account bears the new right holder's name."""
    utility.clear(TRANSFER, ADDRESS)
    utility.sign(TRANSFER)
    utility.handle(TRANSFER)
    found = await utility.find_account(ACCOUNT.number)
    assert found is not None
    assert found.holder == BUYER.name


async def test_handling_may_fail(utility: MemoryUtility) -> None:
    """Step 8: not done says why, and the account stays as it was."""
    utility.clear(TRANSFER, ADDRESS)
    utility.sign(TRANSFER)
    assert isinstance(utility.not_handle(TRANSFER, "水表编号不符"), NotHandled)
    assert await utility.find_account(ACCOUNT.number) == ACCOUNT


async def test_a_lost_answer_has_its_effect() -> None:
    """Step 5: the outcome is unknown, and progress tells it."""
    utility = MemoryUtility(KUNMING_WATER, [ACCOUNT])
    utility.loses_answers = True
    with pytest.raises(Unavailable) as lost:
        await utility.submit(CASE, key=TRANSFER)
    assert not lost.value.certain
    assert await utility.progress(TRANSFER) is not None


async def test_away_is_certain() -> None:
    """A utility that cannot be reached has surely taken nothing."""
    utility = MemoryUtility(KUNMING_WATER, [ACCOUNT])
    utility.away = True
    with pytest.raises(Unavailable) as away:
        await utility.submit(CASE, key=TRANSFER)
    assert away.value.certain
    assert utility.applications == ()


async def test_a_statement_goes_on_where_its_page_ended() -> None:
    """Each application is on one page, however small pages are; the last page leads nowhere."""
    accounts = [attrs.evolve(ACCOUNT, number=AccountNumber(f"0871{nth:06d}")) for nth in range(5)]
    utility = MemoryUtility(KUNMING_WATER, accounts, page=2)
    keys = [TransferId(f"01997c5e-8000-7000-8000-{nth:012x}") for nth in range(5)]
    for key, one in zip(reversed(keys), accounts, strict=True):
        await utility.submit(attrs.evolve(CASE, transfer=key, account_number=one.number), key=key)
    assert list(await stated(utility)) == keys
    page = await utility.statement(EARLIER)
    assert [one.transfer for one in page.stated] == keys[:2]
