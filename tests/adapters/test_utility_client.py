"""The standard utility client keeps every law against the simulated water company, in process and over loopback."""

import asyncio
import datetime
from collections.abc import AsyncIterator
from itertools import count
from typing import Any

import attrs
import httpx
import pytest
from tests.adapters.watched import Watched

from cotransfer.adapters.utilities import UnknownKindError, known_kinds, load_utility
from cotransfer.adapters.utilities.standard import StandardUtility
from cotransfer.adapters.wire.client import Allowance, Line
from cotransfer.adapters.wire.contracts import contract
from cotransfer.adapters.wire.transport import SwiftTransport
from cotransfer.domain.parties import Party
from cotransfer.domain.reports import Cleared, NotTaken, Taken
from cotransfer.domain.statements import Stage, Stated
from cotransfer.domain.values import Account, AccountNumber, Location, Name, SigningAddress, TransferId
from cotransfer.ports.errors import Unavailable, Unintelligible
from cotransfer.ports.utility import Capability, Page, Utility
from cotransfer.sandbox import AnswerLost, City, Order, Pace, Plan, Signing, Water
from cotransfer.sandbox.serving import Served
from cotransfer.testing.samples import ACCOUNT, ADDRESS, CASE, KUNMING_WATER, SIGNING_HOSTS, TRANSFER
from cotransfer.testing.utility import EARLIER, UtilityLaws, UtilityWorld

CITY = City.from_seed(7)
TOKEN = "agreed"
DAY = datetime.date(2026, 11, 23)
BY_HAND = Plan(by_hand=True, signing=Signing.BY_WECHAT, checks_certificate=False, fetches_identity=False)
SIGNING_SITE = "http://127.0.0.1:8002"
SERIALS = count(1)


class World:
    """The simulated water company, reached over HTTP, and its desk, moved by hand."""

    def __init__(self, water: Water, utility: Utility) -> None:
        self._water = water
        record = CITY.someone("plain").account
        assert record is not None
        self.utility = utility
        self.account = Account(
            number=AccountNumber.parse(record.account_number),
            holder=Name.parse(record.account_holder),
            location=Location.parse(record.location),
            in_arrears=record.in_arrears,
        )
        key = TransferId.parse(f"019a9d2e-7c11-7a44-8b0e-{next(SERIALS):012x}")
        self.case = attrs.evolve(CASE, transfer=key, account_number=self.account.number)
        water.plan(self.account.number.text, BY_HAND)

    async def set_arrears(self, in_arrears: bool) -> None:
        """As somebody at the counter would."""
        deed = self._water.book.fall_behind if in_arrears else self._water.book.pay
        deed(self.account.number.text)

    async def refuse(self) -> None:
        """The utility does not want any."""
        self._water.plan(self.account.number.text, Plan(not_taken="系统升级"))

    async def advance(self, key: TransferId) -> None:
        """The next good step."""
        case = self._water.book.cases[key.text]
        before = case.progress
        case.go.release()
        async with asyncio.timeout(5):
            while case.progress == before:  # noqa: ASYNC110 - the company has no event to wait for
                await asyncio.sleep(0)

    async def fail(self, key: TransferId) -> None:
        """Pre-review not passed."""
        self._water.plan(key.text, attrs.evolve(BY_HAND, pre_review_fails="原户号与房屋坐落不一致"))
        await self.advance(key)

    async def taken(self) -> int:
        """What took effect."""
        return sum(effect.what == "taken" for effect in self._water.book.effects)


def utility_over(address: str, transport: httpx.AsyncBaseTransport) -> tuple[Line, Utility]:
    """The utility at `address`, every word of it held against the contract."""
    watched = Watched(transport, contract("utility"))
    line = Line(address, name="kunming-water", party=Party.UTILITY, token=TOKEN, transport=watched)
    connect = load_utility("standard")
    hosts = frozenset({SIGNING_SITE})
    return line, connect(line, KUNMING_WATER, signing_hosts=hosts, can=tuple(Capability), today=lambda: DAY)


@pytest.fixture
async def water() -> AsyncIterator[Water]:
    """The company, with a token agreed."""
    company = Water(CITY.accounts, token=TOKEN, pace=Pace(scale=0), address=SIGNING_SITE)
    yield company
    await company.close()


class TestOverAsgi(UtilityLaws):
    @pytest.fixture
    async def world(self, water: Water) -> AsyncIterator[UtilityWorld]:
        """In this process."""
        line, utility = utility_over("http://127.0.0.1", httpx.ASGITransport(water))
        async with line:
            yield World(water, utility)


class TestOverConnections(UtilityLaws):
    @pytest.fixture
    async def world(self, water: Water) -> AsyncIterator[UtilityWorld]:
        """Over loopback, with the transport of production."""
        served = Served("water", water)
        await served.start()
        transport = SwiftTransport(connections=8, idle_s=Allowance().idle_s)
        line, utility = utility_over(served.address, transport)
        async with line:
            yield World(water, utility)
        await served.stop()

    async def test_a_lost_answer_is_an_unknown_outcome(self, world: UtilityWorld, water: Water) -> None:
        """Step 5: the line broke after the application was taken; nothing is certain, and progress tells."""
        water.script.add(Order(endpoint="POST /v1/applications", behaviour=AnswerLost()))
        with pytest.raises(Unavailable) as lost:
            await world.utility.submit(world.case, key=world.case.transfer)
        assert (lost.value.party, lost.value.certain) == (Party.NETWORK, False)
        assert await world.utility.progress(world.case.transfer) is not None
        assert isinstance(await world.utility.submit(world.case, key=world.case.transfer), Taken)
        assert await world.taken() == 1


def answering(answer: Any, status: int = 200) -> StandardUtility:
    """A utility that always says the same."""
    transport = httpx.MockTransport(lambda _: httpx.Response(status, json=answer))
    line = Line("https://water.example", name="kunming-water", party=Party.UTILITY, transport=transport)
    return StandardUtility(line, KUNMING_WATER, signing_hosts=SIGNING_HOSTS, today=lambda: DAY)


PROGRESS: dict[str, Any] = {
    "transfer": TRANSFER.text,
    "reference": "W20261123-0001",
    "pre_review": {"result": "passed", "signing_address": ADDRESS.text},
    "signing": None,
    "handling": None,
}


async def test_progress_is_read() -> None:
    """Steps 5 and 6: the receipt, and the pre-review with its address."""
    reports = await answering(PROGRESS).progress(TRANSFER)
    assert reports == (Taken("W20261123-0001"), Cleared(SigningAddress(ADDRESS.text)))


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ({"pre_review": {"result": "approved"}}, "pre_review.result (unknown_word)"),
        ({"pre_review": {"result": "not_passed"}}, "pre_review.reason (missing)"),
        ({"pre_review": {"result": "passed", "reason": "好"}}, "pre_review.reason (unknown_field)"),
        (
            {"pre_review": {"result": "passed", "signing_address": "https://elsewhere.example/c"}},
            "pre_review.signing_address (unknown_host)",
        ),
        ({"signing": {"outcome": "signed", "channel": "fax"}}, "signing.channel (unknown_word)"),
        ({"signing": {"outcome": "success"}}, "signing.outcome (unknown_word)"),
        ({"handling": {"result": True}}, "handling.result (unknown_word)"),
        ({"handling": {}}, "handling.result (missing)"),
        ({"reference": ""}, "reference (shape)"),
        ({"transfer": "1"}, "transfer (not_a_uuid7)"),
    ],
)
async def test_an_unknown_word_is_neither_success_nor_failure(change: dict[str, Any], fault: str) -> None:
    """A status that the contract does not have moves no transfer; the operator is told which field it was."""
    with pytest.raises(Unintelligible) as raised:
        await answering(PROGRESS | change).progress(TRANSFER)
    assert fault in raised.value.what


async def test_all_faults_of_an_answer_are_told_at_once() -> None:
    """A counterparty mends its message in one go."""
    with pytest.raises(Unintelligible) as raised:
        await answering({"transfer": 1, "state": "ok", "pre_review": None, "signing": None}).progress(TRANSFER)
    for fault in ("state (unknown_field)", "transfer (not_text)", "reference (missing)", "handling (missing)"):
        assert fault in raised.value.what


async def test_progress_of_another_transfer_is_not_passed_on() -> None:
    """A mixed-up answer must not move this transfer."""
    other = PROGRESS | {"transfer": "01997c5e-8000-7000-8000-000000000009"}
    with pytest.raises(Unintelligible, match="another transfer"):
        await answering(other).progress(TRANSFER)


async def test_another_account_is_not_passed_on() -> None:
    """Step 4: the citizen confirms the account they asked for, and no other."""
    other = {
        "account_number": "0871999999",
        "account_holder": "王秋实",
        "location": "五华区某路1号",
        "in_arrears": False,
    }
    with pytest.raises(Unintelligible, match="another account"):
        await answering(other).find_account(ACCOUNT.number)


async def test_a_yes_in_words_is_no_arrears_answer() -> None:
    """Step 4: whether something is owed is true or false, and nothing that looks like it."""
    record = {"account_number": ACCOUNT.number.text, "account_holder": "王秋实", "location": "五华区某路1号"}
    with pytest.raises(Unintelligible, match=r"in_arrears \(not_a_boolean\)"):
        await answering(record | {"in_arrears": "false"}).find_account(ACCOUNT.number)


async def test_not_taken_is_told_with_its_grounds() -> None:
    """Step 5: the utility's own words come through."""
    receipt = await answering({"outcome": "not_taken", "reason": "该户号已销户。"}).submit(CASE, key=TRANSFER)
    assert isinstance(receipt, NotTaken)
    assert receipt.grounds.text == "该户号已销户。"


@pytest.mark.parametrize("code", ["not_found", "account_unknown"])
async def test_a_404_about_something_else_is_no_answer(code: str) -> None:
    """A wrong address must not read as "never submitted": the application would be sent again for ever."""
    with pytest.raises(Unintelligible, match="404"):
        await answering({"code": code}, 404).progress(TRANSFER)


def test_a_folder_is_all_it_takes() -> None:
    """A new kind of utility is connected without touching any list."""
    assert "standard" in known_kinds()
    assert load_utility("standard") is StandardUtility


@pytest.mark.parametrize("kind", ["nonsense", "", "standard.client", "..wire"])
def test_an_unknown_kind_is_told_the_known_ones(kind: str) -> None:
    """A wrong word in the settings is answered with the right ones."""
    with pytest.raises(UnknownKindError, match=r"Known kinds: .*standard"):
        load_utility(kind)


LINE: dict[str, Any] = {"transfer": TRANSFER.text, "stage": "declined", "since": "2026-11-23T10:15:00.1234567+08:00"}


async def test_a_statement_is_read_whole() -> None:
    """At night: the stage, since when to the microsecond, and where it goes on."""
    page = await answering({"applications": [LINE], "next": "p2"}).statement(EARLIER)
    since = datetime.datetime(2026, 11, 23, 2, 15, 0, 123456, tzinfo=datetime.UTC)
    assert page == Page((Stated(transfer=TRANSFER, stage=Stage.DECLINED, since=since),), "p2")


@pytest.mark.parametrize(
    ("answer", "wrong"),
    [
        ({"applications": [LINE | {"stage": "signed"}], "next": None}, r"applications.0.stage \(unknown_word\)"),
        ({"applications": [LINE | {"since": "2026-11-23"}], "next": None}, r"applications.0.since \(not_a_time\)"),
        ({"applications": [LINE | {"since": "2026-11-31T10:15:00Z"}], "next": None}, r"since \(not_a_time\)"),
        ({"applications": [LINE | {"holder": "李小满"}], "next": None}, r"applications.0.holder \(unknown_field\)"),
        ({"applications": [LINE] * 501, "next": None}, r"applications \(too_many\)"),
        ({"applications": [], "next": "p 2"}, r"next \(shape\)"),
        ({"applications": [], "next": "p2"}, "an empty page that goes on"),
        ({"applications": []}, r"next \(missing\)"),
    ],
)
async def test_a_garbled_statement_is_unintelligible(answer: Any, wrong: str) -> None:
    """No line of it is guessed at, and the utility is named."""
    with pytest.raises(Unintelligible, match=wrong) as raised:
        await answering(answer).statement(EARLIER)
    assert raised.value.party is Party.UTILITY
