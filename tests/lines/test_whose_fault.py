"""Whose fault: every fault that a counterparty or the line to it can produce, in each place where it is seen.

The party, the step, what helps, and both correlation ids: in the API's problems, the journal, the operator's list.
"""

import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

import httpx
import pytest
from tests.lines.counterfeit import KINDS, Answer, Counterfeit, Kind, counterfeiting
from tests.lines.stage import Stage, request, staged
from tests.lines.test_bad_answers import FOUND, HOMES, PROGRESS, RECEIPT, SENT, STABLE_TOKEN
from tests.lines.test_bad_lines import WAYS, Suffering

from cotransfer.adapters.gateway import Client, Clients, gateway
from cotransfer.adapters.keys.held import HeldKeys
from cotransfer.adapters.wire.spelling import CERTIFICATE_QUERY, IDENTITY
from cotransfer.app.office import Office
from cotransfer.app.viewing import Viewing
from cotransfer.cli.agenda_words import described
from cotransfer.cli.transfers import described as shown
from cotransfer.domain.agenda import Duty
from cotransfer.domain.parties import NextAction, Party
from cotransfer.domain.states import Completed
from cotransfer.domain.values import TransferId
from cotransfer.ports.errors import Unavailable
from cotransfer.ports.keys import KeyUse
from cotransfer.ports.standing import Phase, Wanted
from cotransfer.sandbox import Someone

NEVER_CAME = "byte_after_byte"
"""The one bad answer whose head has not come when time is up: nobody knows what it would have been called."""

HELPS = {503: "try_later", 502: "call_operator"}
OURS = "c-20261123-8f2a"


@pytest.fixture
async def stage() -> AsyncIterator[Stage]:
    """A fresh one."""
    async with staged() as stage:
        yield stage


def expected(kind: str, party: Party, counterfeit: Counterfeit, ours: str) -> tuple[str, str | None]:
    """Whom to blame, and under which id of theirs."""
    return KINDS[kind].blames(party).value, None if kind == NEVER_CAME else counterfeit.asked[ours]


# ------------------------------------------------------------------------------------------------------------- the API


@asynccontextmanager
async def in_front(office: Office, stage: Stage) -> AsyncIterator[httpx.AsyncClient]:
    """The gateway, as the platform reaches it."""
    app = gateway(
        office,
        clients=Clients([Client(id="city-platform", token="platform-token-0001")]),
        signing_hosts={},
        clock=stage.clock,
        keys=HeldKeys({KeyUse.INDEX: {"1": bytes(32)}}),
    )
    headers = {"authorization": "Bearer platform-token-0001", "x-correlation-id": OURS}
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://gateway.example", headers=headers) as http:
        yield http


def question(who: Someone, path: str) -> Mapping[str, Any]:
    """What the platform asks for somebody of the city."""
    enquiry = request(who).enquiry
    identity = dict(IDENTITY.write(enquiry.identity))
    if path == "/v1/properties/search":
        return identity
    return {
        **identity,
        "service": "water",
        **CERTIFICATE_QUERY.write(enquiry.certificate_number),
        "account_number": enquiry.account_number,
    }


SEARCHES = {
    "registry": ("/v1/properties/search", Party.REGISTRY, HOMES, 1),
    "water": ("/v1/accounts/search", Party.UTILITY, FOUND, 3),
}


class TestInTheApi:
    @pytest.mark.parametrize("line", SEARCHES)
    async def test_every_bad_answer(self, stage: Stage, line: str) -> None:
        """Steps 1 and 3: the problem names the party, the step, both ids, and what helps."""
        path, party, call, step = SEARCHES[line]
        who, kinds = stage.sandbox.city.someone("plain"), list[str]()

        async with counterfeiting(lambda *_: KINDS[kinds[-1]].answer(call)) as counterfeit:
            stage.addresses[line] = counterfeit.address
            patient, hasty = await stage.office(), await stage.office(hasty={line})
            for name, kind in KINDS.items():
                kinds.append(name)
                async with in_front(hasty if kind.network else patient, stage) as http:
                    told = await ask(http, path, question(who, path), key=name)
                assert told["status"] == (503 if kind.meaning is Unavailable else 502), name
                blamed, theirs = expected(name, party, counterfeit, OURS)
                assert told["correlation_id"] == OURS
                assert (told["party"], told.get("counterparty_correlation_id")) == (blamed, theirs), name
                assert (told["step"], told["next_action"]["code"]) == (step, HELPS[told["status"]]), name

    @pytest.mark.parametrize("line", SEARCHES)
    @pytest.mark.parametrize("suffering", WAYS.values(), ids=WAYS)
    async def test_every_bad_line(self, stage: Stage, line: str, suffering: Suffering) -> None:
        """Nobody answered: the network, under our id alone."""
        path, _, _, step = SEARCHES[line]
        who, office = stage.sandbox.city.someone("plain"), await stage.office(hasty=suffering.hasty(line))
        await stage.lines[line].suffer(suffering.fault)
        async with in_front(office, stage) as http:
            told = await ask(http, path, question(who, path), key="k")
        assert (told["status"], told["party"], told["step"]) == (503, "network", step)
        assert (told["correlation_id"], told["next_action"]["code"]) == (OURS, "try_later")
        assert "counterparty_correlation_id" not in told

    async def test_what_is_refused_after_an_answer(self, stage: Stage) -> None:
        """Step 3: that there is no such account the utility says; it is asked for under its own id."""
        who = stage.sandbox.city.someone("plain")
        absent = b'{"type":"about:blank","title":"No","status":404,"code":"account_unknown"}'
        unknown = Answer(body=absent, status=404, content_type="application/problem+json")
        async with counterfeiting(lambda *_: unknown) as counterfeit:
            stage.addresses["water"] = counterfeit.address
            async with in_front(await stage.office(), stage) as http:
                told = await ask(http, "/v1/accounts/search", question(who, "/v1/accounts/search"), key="k")
        assert (told["code"], told["counterparty_correlation_id"]) == ("account_unknown", counterfeit.asked[OURS])

    async def test_what_nobody_else_had_a_part_in(self, stage: Stage) -> None:
        """A wrong message is the caller's: there is no id of anybody else."""
        async with in_front(await stage.office(), stage) as http:
            told = await ask(http, "/v1/properties/search", {}, key="k")
        assert (told["code"], told["correlation_id"]) == ("invalid_fields", OURS)
        assert "counterparty_correlation_id" not in told


async def ask(http: httpx.AsyncClient, path: str, body: Mapping[str, Any], *, key: str) -> dict[str, Any]:
    """The problem that it is answered with."""
    answer = await http.post(path, json=body, headers={"idempotency-key": key})
    told: dict[str, Any] = answer.json()
    assert answer.headers["content-type"] == "application/problem+json"
    return told


# ------------------------------------------------------------------------------------------------- the operator's list


async def fault_of(stage: Stage, transfer: TransferId, duty: Duty) -> dict[str, Any]:
    """What the operator's list has of the task's latest failure."""
    (item,) = await stage.store.items(Wanted(transfer=transfer, duty=duty), at=stage.clock.now())
    fault: dict[str, Any] = described(item)["fault"]
    buried = item.standing.phase is Phase.BURIED
    assert fault["next_action"] == (NextAction.CALL_OPERATOR if buried else NextAction.TRY_LATER).value
    return fault


class TestOnTheOperatorsList:
    async def test_every_bad_answer_of_a_utility(self, stage: Stage) -> None:
        """Step 5: the first try and the last, which buries it, each under the ids of its own call."""
        people, real = stage.sandbox.city.everyone("plain"), await stage.office()
        kinds = {await stage.submit(real, who): name for name, who in zip(KINDS, people, strict=False)}
        async with counterfeiting(answering(kinds)) as counterfeit:
            stage.addresses["water"] = counterfeit.address
            office = await stage.office(hasty={"water"})
            for _ in range(4):
                await office.worker.drain()
                for transfer, name in kinds.items():
                    fault = await fault_of(stage, transfer, Duty.SEND_APPLICATION)
                    told = fault["party"], fault["counterparty_correlation_id"]
                    assert told == expected(name, Party.UTILITY, counterfeit, fault["correlation_id"]), name
                    assert fault["step"] == 5
                stage.clock.move(timedelta(minutes=16))
        graves = await stage.store.buried()
        assert len(graves) >= sum(kind.meaning is not Unavailable for kind in KINDS.values())

    async def test_every_bad_answer_of_the_notifier(self, stage: Stage) -> None:
        """Step 7: an invitation that is not taken, whichever way that is said."""
        people, real = stage.sandbox.city.everyone("plain"), await stage.office()
        kinds = {await stage.submit(real, who): name for name, who in zip(KINDS, people, strict=False)}

        def choose(path: str, body: bytes) -> Answer:
            if path == "/cgi-bin/stable_token":
                return STABLE_TOKEN.well
            return KINDS[kinds[TransferId(json.loads(body)["url"].rpartition("/")[2])]].answer(SENT)

        async with counterfeiting(choose) as counterfeit:
            stage.addresses["wechat"] = counterfeit.address
            office = await stage.office(hasty={"wechat"})
            for _ in range(100):
                stage.clock.move(timedelta(hours=6))
                await office.worker.drain()
                if all([isinstance(await stage.state(one), Completed) for one in kinds]):
                    break
            for transfer, name in kinds.items():
                fault = await fault_of(stage, transfer, Duty.ANNOUNCE_RESULT)
                told = fault["party"], fault["counterparty_correlation_id"]
                assert told == expected(name, Party.NOTIFIER, counterfeit, fault["correlation_id"]), name
                assert fault["step"] == 9

    @pytest.mark.parametrize("suffering", WAYS.values(), ids=WAYS)
    async def test_every_bad_line(self, stage: Stage, suffering: Suffering) -> None:
        """Step 5: the network, at our step, under our id alone."""
        transfer = await stage.submit(await stage.office(), stage.sandbox.city.someone("plain"))
        office = await stage.office(hasty=suffering.hasty("water"))
        await stage.lines["water"].suffer(suffering.fault)
        await office.worker.drain()
        fault = await fault_of(stage, transfer, Duty.SEND_APPLICATION)
        assert (fault["party"], fault["step"], fault["counterparty_correlation_id"]) == ("network", 5, None)
        assert fault["correlation_id"]


# --------------------------------------------------------------------------------------------------------- the journal


class TestInTheJournal:
    async def test_a_deadline_under_every_bad_answer(self, stage: Stage) -> None:
        """Step 5 is late, and asked why the utility answers badly: ours to hand in, under the ids of that call."""
        people, real = stage.sandbox.city.everyone("plain"), await stage.office()
        kinds = {await stage.submit(real, who): name for name, who in zip(KINDS, people, strict=False)}
        async with counterfeiting(answering(kinds)) as counterfeit:
            stage.addresses["water"] = counterfeit.address
            office = await stage.office(hasty={"water"})
            stage.clock.move(timedelta(days=5))
            await office.worker.drain()
        assert len(kinds) == len(KINDS)
        for transfer, name in kinds.items():
            journal = shown(await Viewing(stage.store).of(transfer))["journal"]
            (late,) = [entry for entry in journal if entry["code"] == "deadline_passed"]
            assert (late["step"], late["fault"]) == (5, {"party": "us", "next_action": "wait"})
            _, theirs = expected(name, Party.UTILITY, counterfeit, late["correlation_id"])
            assert late["counterparty_correlation_id"] == theirs, name

    async def test_a_deadline_over_every_bad_line(self, stage: Stage) -> None:
        """The same where nobody answers: it is noted all the same, under our id alone."""
        office = await stage.office()
        for suffering, who in zip(WAYS.values(), stage.sandbox.city.everyone("plain"), strict=False):
            await stage.lines["water"].heal()
            transfer = await stage.submit(office, who)
            await stage.lines["water"].suffer(suffering.fault)
            stage.clock.move(timedelta(days=5))
            await (await stage.office(hasty=suffering.hasty("water"))).worker.drain()
            journal = shown(await Viewing(stage.store).of(transfer))["journal"]
            late = [entry for entry in journal if entry["code"] == "deadline_passed"]
            assert {(one["step"], one["fault"]["party"]) for one in late} == {(5, "us")}
            assert all(one["correlation_id"] and one["counterparty_correlation_id"] is None for one in late)


def answering(kinds: Mapping[TransferId, str]) -> Any:
    """Each transfer is answered badly in its own way, as it is handed in and as it is asked about."""

    def choose(path: str, body: bytes) -> Answer:
        asks = path.startswith("/v1/applications/")
        kind: Kind = KINDS[kinds[TransferId(path.rpartition("/")[2] if asks else json.loads(body)["transfer"])]]
        return kind.answer(PROGRESS if asks else RECEIPT)

    return choose
