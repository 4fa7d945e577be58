"""What a counterparty may answer wrongly, over real connections: unknown or unintelligible, with the party named, never
an end; nothing is lost, and memory stays bounded.
"""

import contextlib
import json
import tracemalloc
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from datetime import UTC, datetime, timedelta

import attrs
import pytest
from tests.lines.counterfeit import KINDS, MIB, TEN_MB, Answer, Call, Counterfeit, Kind, counterfeiting
from tests.lines.stage import HASTY, SIGNING_HOST, Ports, Stage, staged

from cotransfer.app.office import Office
from cotransfer.domain.agenda import Duty
from cotransfer.domain.parties import Party
from cotransfer.domain.states import Completed, Submitted
from cotransfer.domain.values import TransferId
from cotransfer.ports.errors import Unavailable, Unintelligible
from cotransfer.ports.standing import Revival
from cotransfer.testing.notifier import a_notice
from cotransfer.testing.samples import ACCOUNT, BUYER, CASE, CERTIFICATE, TRANSFER

RECEIPT = Call(
    good={"outcome": "taken", "reference": "KMW-000001"},
    wrong_type={"outcome": True, "reference": 1},
    unknown={"outcome": "approved", "reference": "KMW-000001"},
)
STANDING = {
    "pre_review": {"result": "passed", "signing_address": f"https://{SIGNING_HOST}/c/7Qk2"},
    "signing": None,
    "handling": None,
}
PROGRESS = Call(
    good={"transfer": TRANSFER.text, "reference": "KMW-000001", **STANDING},
    wrong_type={"transfer": TRANSFER.text, "reference": "KMW-000001", **STANDING, "handling": "done"},
    unknown={"transfer": TRANSFER.text, "reference": "KMW-000001", **STANDING, "handling": {"result": "success"}},
)
THE_ACCOUNT = {
    "account_number": ACCOUNT.number.text,
    "account_holder": ACCOUNT.holder.text,
    "location": ACCOUNT.location.text,
    "in_arrears": False,
}
FOUND = Call(good=THE_ACCOUNT, wrong_type=THE_ACCOUNT | {"in_arrears": 0}, unknown=THE_ACCOUNT | {"status": "ok"})
HOME = {
    "certificate_number": CERTIFICATE.text,
    "unit_numbers": ["530102003004GB00012F00030502"],
    "location": "昆明市五华区翠湖东路18号",
    "registry_status": {"status": "current", "restrictions": []},
    "right_holders": [{"name": "李小满", "document_type": "identity_card", "identity_number": BUYER.identity.text}],
    "former_right_holders": [],
}
HOMES = Call(
    good={"properties": [HOME]},
    wrong_type={"properties": [HOME | {"unit_numbers": "530102003004GB00012F00030502"}]},
    unknown={"properties": [HOME | {"price": 1}]},
)
THE_STATUS = {name: HOME[name] for name in ("certificate_number", "location", "registry_status")}
STATUS = Call(
    good=THE_STATUS,
    wrong_type=THE_STATUS | {"registry_status": "current"},
    unknown=THE_STATUS | {"valid": True},
)
WITHDRAWAL = Call(good={"outcome": "withdrawn"}, wrong_type={"outcome": True}, unknown={"outcome": "being looked at"})
RENEWED = Call(
    good={"signing_address": f"https://{SIGNING_HOST}/c/8Rm3"},
    wrong_type={"signing_address": [f"https://{SIGNING_HOST}/c/8Rm3"]},
    unknown={"signing_address": "https://elsewhere.example/c/8Rm3"},
)
AT = datetime(2026, 11, 20, 18, 30, tzinfo=UTC)
LINE = {"transfer": TRANSFER.text, "stage": "in_handling", "since": "2026-11-23T10:15:00+08:00"}
STATEMENT = Call(
    good={"applications": [LINE], "next": None},
    wrong_type={"applications": [LINE | {"since": 1795400100}], "next": None},
    unknown={"applications": [LINE | {"stage": "lost"}], "next": None},
)
TOKEN = Call(
    good={"access_token": "a-token", "token_type": "Bearer", "expires_in": 300},
    wrong_type={"access_token": 1, "token_type": "Bearer", "expires_in": 300},
    unknown={"access_token": "a-token", "token_type": "mac", "expires_in": 300},
)
SENT = Call(
    good={"errcode": 0, "errmsg": "ok", "msgid": 3},
    wrong_type={"errcode": "0", "errmsg": "ok", "msgid": 3},
    unknown={"errcode": 99999, "errmsg": "ok", "msgid": 3},
)
STABLE_TOKEN = Call(
    good={"access_token": "a-token", "expires_in": 7200},
    wrong_type={"access_token": "a-token", "expires_in": "7200"},
    unknown={"errcode": 99999, "errmsg": "ok"},
)


@attrs.frozen(kw_only=True)
class Asking:
    """One question of the gateway's: which line it goes over, who is asked, and what a good answer is.

    `certain`: whatever goes wrong, what was really wanted, and comes `then`, was not begun.
    """

    line: str
    path: str
    party: Party
    call: Call
    ask: Callable[[Ports], Awaitable[object]]
    then: Call | None = None

    @property
    def certain(self) -> bool:
        """Of a question that only prepares another."""
        return self.then is not None


QUESTIONS = {
    "find_account": Asking(
        line="water",
        path="/v1/accounts/search",
        party=Party.UTILITY,
        call=FOUND,
        ask=lambda ports: ports.utility.find_account(ACCOUNT.number),
    ),
    "submit": Asking(
        line="water",
        path="/v1/applications",
        party=Party.UTILITY,
        call=RECEIPT,
        ask=lambda ports: ports.utility.submit(CASE, key=TRANSFER),
    ),
    "progress": Asking(
        line="water",
        path=f"/v1/applications/{TRANSFER.text}",
        party=Party.UTILITY,
        call=PROGRESS,
        ask=lambda ports: ports.utility.progress(TRANSFER),
    ),
    "cancel": Asking(
        line="water",
        path=f"/v1/applications/{TRANSFER.text}/withdrawal",
        party=Party.UTILITY,
        call=WITHDRAWAL,
        ask=lambda ports: ports.utility.cancel(TRANSFER),
    ),
    "renew": Asking(
        line="water",
        path=f"/v1/applications/{TRANSFER.text}/signing-address",
        party=Party.UTILITY,
        call=RENEWED,
        ask=lambda ports: ports.utility.renew_signing_address(TRANSFER),
    ),
    "statement": Asking(
        line="water",
        path="/v1/applications/search",
        party=Party.UTILITY,
        call=STATEMENT,
        ask=lambda ports: ports.utility.statement(AT),
    ),
    "token": Asking(
        line="tokens",
        path="/oauth/token",
        party=Party.UTILITY,
        call=TOKEN,
        ask=lambda ports: ports.utility.submit(CASE, key=TRANSFER),
        then=RECEIPT,
    ),
    "properties_of": Asking(
        line="registry",
        path="/v1/properties/search",
        party=Party.REGISTRY,
        call=HOMES,
        ask=lambda ports: ports.registry.properties_of(BUYER.identity),
    ),
    "status_of": Asking(
        line="registry",
        path="/v1/certificates/search",
        party=Party.REGISTRY,
        call=STATUS,
        ask=lambda ports: ports.registry.status_of(CERTIFICATE),
    ),
    "notice": Asking(
        line="wechat",
        path="/cgi-bin/message/template/send?access_token=a-token",
        party=Party.NOTIFIER,
        call=SENT,
        ask=lambda ports: ports.notifier.send(a_notice()),
    ),
    "wechat_token": Asking(
        line="wechat",
        path="/cgi-bin/stable_token",
        party=Party.NOTIFIER,
        call=STABLE_TOKEN,
        ask=lambda ports: ports.notifier.send(a_notice()),
        then=SENT,
    ),
}


@pytest.fixture
async def stage() -> AsyncIterator[Stage]:
    """A fresh one."""
    async with staged() as stage:
        yield stage


@contextlib.asynccontextmanager
async def counterfeited(stage: Stage, question: Asking, turn: Sequence[Kind]) -> AsyncIterator[Counterfeit]:
    """Whoever is asked answers as the last of `turn` says; but WeChat gives a good token for the message that is to be
    answered badly.
    """

    def choose(path: str, _: bytes) -> Answer:
        if path == "/cgi-bin/stable_token" and question.call is not STABLE_TOKEN:
            return STABLE_TOKEN.well
        return turn[-1].answer(question.call)

    async with counterfeiting(choose) as counterfeit:
        stage.addresses[question.line] = counterfeit.address
        yield counterfeit


async def hasty(stage: Stage, question: Asking) -> Ports:
    """Little patience with whom nothing reaches in time, but enough to fetch a token first."""
    ports = await stage.ports(hasty={question.line} if question.call is not SENT else ())
    if question.call is SENT:
        await ports.notifier._tokens.current()
        ports.lines["wechat"]._allowance = HASTY
    return ports


@pytest.mark.parametrize("question", QUESTIONS.values(), ids=QUESTIONS)
async def test_every_bad_answer_is_blamed_on_who_gave_it(stage: Stage, question: Asking) -> None:
    """Each kind in answer to each question: the right word, the right party, and how certain it is; never a result.

    A redirect is not followed, and nothing is asked twice in a row.
    """
    turn: list[Kind] = []
    async with counterfeited(stage, question, turn) as counterfeit:
        patient = await stage.ports()
        for name, kind in KINDS.items():
            turn.append(kind)
            stage.clock.move(timedelta(minutes=1))
            ports = await hasty(stage, question) if kind.network else patient
            counterfeit.paths.clear()
            with pytest.raises((Unavailable, Unintelligible)) as raised:
                await question.ask(ports)
            error = raised.value
            assert isinstance(error, Unavailable | Unintelligible)
            assert isinstance(error, kind.meaning), (name, error)
            assert (error.party, error.certain) == (kind.blames(question.party), question.certain), (name, error)
            assert [path for path in counterfeit.paths if path != "/cgi-bin/stable_token"] in ([question.path], []), (
                name
            )


@pytest.mark.parametrize("question", QUESTIONS.values(), ids=QUESTIONS)
async def test_what_is_good_is_taken(stage: Stage, question: Asking) -> None:
    """The bad answers of this page are bad for one reason each: without it they are taken."""

    def well(path: str, _: bytes) -> Answer:
        of_tokens = {"/cgi-bin/stable_token": STABLE_TOKEN, "/oauth/token": TOKEN}
        if path in of_tokens:
            return of_tokens[path].well
        return (question.then or question.call).well

    async with counterfeiting(well) as counterfeit:
        stage.addresses.update(dict.fromkeys(("registry", "water", "wechat", "tokens"), counterfeit.address))
        assert await question.ask(await stage.ports()) is not None


@pytest.mark.parametrize("question", QUESTIONS.values(), ids=QUESTIONS)
async def test_memory_stays_bounded(stage: Stage, question: Asking) -> None:
    """Of 10 MB only a small part is held at any time."""
    huge = KINDS["ten_mb"].answer(question.call)
    assert len(huge.body) > TEN_MB
    async with counterfeited(stage, question, [Kind(lambda call: huge)]):
        ports = await stage.ports()
        tracemalloc.start()
        try:
            with pytest.raises(Unintelligible, match="more than"):
                await question.ask(ports)
            _, peak = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()
    assert peak < 3 * MIB


class TestOnTheAgenda:
    """Through the worker: no bad answer moves a transfer, all are put off or buried with their reason, and whoever
    answers well again finds everything still there.
    """

    async def test_handing_in_and_asking(self, stage: Stage) -> None:
        """Step 5: each of many transfers is answered badly in its own way, first as it is handed in, then as it is
        asked about; none is taken for handed in, refused or done.
        """
        people = stage.sandbox.city.everyone("plain")
        real = await stage.office()
        kinds = {await stage.submit(real, who): kind for kind, who in zip(KINDS.values(), people, strict=False)}
        by_text = {transfer.text: kind for transfer, kind in kinds.items()}

        def choose(path: str, body: bytes) -> Answer:
            asks = path.startswith("/v1/applications/")
            transfer = path.rpartition("/")[2] if asks else json.loads(body)["transfer"]
            return by_text[transfer].answer(PROGRESS if asks else RECEIPT)

        async with counterfeiting(choose) as counterfeit:
            stage.addresses["water"] = counterfeit.address
            await _tried(stage, await stage.office(hasty={"water"}))
        assert len([path for path in counterfeit.paths if path != "/v1/applications"]) >= len(kinds)
        for transfer in kinds:
            assert isinstance(await stage.state(transfer), Submitted)
        await _mended(stage, "water", real, list(kinds), Duty.SEND_APPLICATION)

    async def test_tokens(self, stage: Stage) -> None:
        """Step 5, at the token endpoint: surely nothing was handed in, whatever it answered."""
        people, real = stage.sandbox.city.everyone("plain"), await stage.office()
        transfers = []
        for kind, who in zip(KINDS.values(), people, strict=False):
            transfers.append(await stage.submit(real, who))
            async with counterfeiting(lambda *_, kind=kind: kind.answer(TOKEN)) as counterfeit:
                stage.addresses["tokens"] = counterfeit.address
                await _tried(stage, await stage.office(hasty={"tokens"} if kind.network else ()), rounds=1)
            assert isinstance(await stage.state(transfers[-1]), Submitted)
        assert stage.sandbox.water.book.cases == {}
        assert all("the token endpoint of kunming-water" in why for why in stage.store.put_off)
        await _mended(stage, "tokens", real, transfers, Duty.SEND_APPLICATION)

    async def test_notices(self, stage: Stage) -> None:
        """Step 9: no bad answer is taken for a delivery; none is sent twice; the transfer stays as it ended."""
        people, real = stage.sandbox.city.everyone("plain"), await stage.office()
        kinds = {await stage.submit(real, who): kind for kind, who in zip(KINDS.values(), people, strict=False)}
        by_text = {transfer.text: kind for transfer, kind in kinds.items()}

        def choose(path: str, body: bytes) -> Answer:
            if path == "/cgi-bin/stable_token":
                return STABLE_TOKEN.well
            return by_text[json.loads(body)["url"].rpartition("/")[2]].answer(SENT)

        async with counterfeiting(choose) as counterfeit:
            stage.addresses["wechat"] = counterfeit.address
            office = await stage.office(hasty={"wechat"})
            for _ in range(100):
                stage.clock.move(timedelta(hours=6))
                await office.worker.drain()
                if all([isinstance(await stage.state(one), Completed) for one in kinds]):
                    break
            await _tried(stage, office)
        for transfer in kinds:
            assert isinstance(await stage.state(transfer), Completed)
            assert await stage.notices(transfer) == 0
        await _mended(stage, "wechat", real, list(kinds), Duty.ANNOUNCE_RESULT)
        for transfer in kinds:
            assert max(Counter(stage.told(transfer)).values(), default=0) <= 1


async def _tried(stage: Stage, office: Office, *, rounds: int = 4) -> None:
    """Tried as often as patience has it for answers that nobody understands; what was put off names the party."""
    for _ in range(rounds):
        await office.worker.drain()
        stage.clock.move(timedelta(minutes=16))
    parties = ("utility: ", "notifier: ", "network: ")
    assert stage.store.put_off
    assert all(why.startswith(parties) for why in stage.store.put_off), stage.store.put_off
    assert all(grave.why.startswith(parties) for grave in await stage.store.buried())


async def _mended(stage: Stage, line: str, real: Office, transfers: list[TransferId], duty: Duty) -> None:
    """Whoever was in the wrong answers well again: what was given up is revived, and everything reaches its end."""
    del stage.addresses[line]
    for grave in await stage.store.buried():
        assert grave.due.duty is duty
        again = Revival(transfer=grave.due.transfer, duty=duty, at=stage.clock.now(), who="tests", why="mended")
        assert await stage.store.revive([again])
    for transfer in transfers:
        assert isinstance(await stage.finish(real, transfer), Completed)
        assert stage.effects(transfer) == ["taken", "pre_reviewed", "signed", "transferred"]
    assert await stage.store.buried() == ()
