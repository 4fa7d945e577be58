"""The water company's own side: what it does after it has taken an application, and what it reports."""

from collections import Counter

import httpx
import pytest
from starlette.responses import JSONResponse, Response
from tests.sandbox.conftest import calling, submit, until
from tests.sandbox.receiver import TOKEN, Receiver

from cotransfer.domain.values import SigningAddress
from cotransfer.sandbox import City, Delivery, Pace, Plan, Signing, Water


async def play(city: City, water: Water, client: httpx.AsyncClient, plan: Plan, nth: int = 0) -> str:
    """Somebody's transfer from submission to its end under this plan."""
    someone = city.someone("plain", nth)
    assert someone.account is not None
    water.plan(someone.account.account_number, plan)
    transfer, _ = await submit(client, someone)
    await water.handling.finished()
    return transfer


class TestReports:
    async def test_success_by_sms_is_the_default(
        self, city: City, water: Water, client: httpx.AsyncClient, receiver: Receiver
    ) -> None:
        """Steps 6 to 8: three reports in order, each authorised, each under its own key."""
        transfer = await play(city, water, client, Plan())
        assert [arrival.body for arrival in receiver.arrivals] == [
            {"result": "passed", "signing_address": water.book.cases[transfer].wechat_link},
            {"outcome": "signed", "channel": "sms"},
            {"result": "done"},
        ]
        assert receiver.kinds == ["pre-review", "signing", "handling"]
        assert all(arrival.authorised for arrival in receiver.arrivals)
        assert len({arrival.key for arrival in receiver.arrivals}) == 3
        assert all(len(arrival.key) <= 64 for arrival in receiver.arrivals)

    async def test_the_account_is_the_new_holders_only_after_success(
        self, city: City, water: Water, client: httpx.AsyncClient
    ) -> None:
        """Step 8: handling done moves the account, handling not done leaves it."""
        accounts = []
        for nth, plan in enumerate((Plan(), Plan(handling_fails="水表编号不符"))):
            await play(city, water, client, plan, nth)
            account = city.someone("plain", nth).account
            assert account is not None
            accounts.append(water.book.account(account.account_number))
        assert accounts[0] is not None
        assert accounts[0].account_holder == city.someone("plain", 0).holder.name
        assert accounts[1] == city.someone("plain", 1).account

    async def test_arrears_that_come_with_the_signature(
        self, city: City, water: Water, client: httpx.AsyncClient
    ) -> None:
        """Between steps 7 and 8: there when the signature is told, and only where somebody signs."""
        for nth, plan in enumerate((Plan(falls_behind=True), Plan(falls_behind=True, signing=Signing.DECLINED))):
            await play(city, water, client, plan, nth)
            account = city.someone("plain", nth).account
            assert account is not None
            known = water.book.account(account.account_number)
            assert known is not None
            assert known.in_arrears is (nth == 0)

    @pytest.mark.parametrize(
        ("plan", "told"),
        [
            (Plan(pre_review_fails="资料不符"), [{"result": "not_passed", "reason": "资料不符"}]),
            (
                Plan(signing_address=False, handling_fails="户号已注销"),
                [
                    {"result": "passed"},
                    {"outcome": "signed", "channel": "sms"},
                    {"result": "not_done", "reason": "户号已注销"},
                ],
            ),
            (Plan(signing=Signing.DECLINED, signing_address=False), [{"result": "passed"}, {"outcome": "declined"}]),
            (Plan(signing=Signing.EXPIRED, signing_address=False), [{"result": "passed"}, {"outcome": "expired"}]),
            (
                Plan(signing=Signing.BY_WECHAT, signing_address=False),
                [{"result": "passed"}, {"outcome": "signed", "channel": "wechat"}, {"result": "done"}],
            ),
            (
                Plan(signing=Signing.BOTH, signing_address=False),
                [
                    {"result": "passed"},
                    {"outcome": "signed", "channel": "sms"},
                    {"outcome": "signed", "channel": "wechat"},
                    {"result": "done"},
                ],
            ),
        ],
    )
    async def test_each_plan_is_reported(
        self, city: City, water: Water, client: httpx.AsyncClient, receiver: Receiver, plan: Plan, told: list[object]
    ) -> None:
        """What the plan says is what the gateway is told, and nothing after an end."""
        transfer = await play(city, water, client, plan)
        assert [arrival.body for arrival in receiver.arrivals] == told
        assert not water.book.cases[transfer].open

    @pytest.mark.parametrize(
        ("delivery", "kinds", "keys"),
        [
            (Delivery.TWICE, ["pre-review"] * 2 + ["signing"] * 2 + ["handling"] * 2, 3),
            (Delivery.REPEATED, ["pre-review"] * 2 + ["signing"] * 2 + ["handling"] * 2, 6),
            (Delivery.LATE, ["signing", "handling", "pre-review"], 3),
            (Delivery.REVERSED, ["handling", "signing", "pre-review"], 3),
            (Delivery.JUMBLED, ["handling", "signing", "pre-review", "pre-review", "signing", "handling"], 6),
            (Delivery.SILENT, [], 0),
        ],
    )
    async def test_reports_come_in_the_order_that_was_asked_for(
        self,
        city: City,
        water: Water,
        client: httpx.AsyncClient,
        receiver: Receiver,
        delivery: Delivery,
        kinds: list[str],
        keys: int,
    ) -> None:
        """Late, twice, backwards: the effects are the same, only the line misbehaves."""
        await play(city, water, client, Plan(delivery=delivery))
        assert receiver.kinds == kinds
        assert len({arrival.key for arrival in receiver.arrivals}) == keys
        assert Counter(effect.what for effect in water.book.effects) == Counter(
            ["taken", "pre_reviewed", "signed", "transferred"]
        )


class TestRetries:
    async def test_a_report_is_repeated_under_its_key_until_it_has_arrived(
        self, city: City, water: Water, client: httpx.AsyncClient, receiver: Receiver
    ) -> None:
        """A gateway that is down for a moment loses no report and gets no second one."""
        still_running = JSONResponse({"code": "still_running"}, 409)
        receiver.answers = [Response(status_code=503), Response(status_code=429), still_running]
        await play(city, water, client, Plan(pre_review_fails="资料不符"))
        assert receiver.kinds == ["pre-review"] * 4
        assert len({arrival.key for arrival in receiver.arrivals}) == 1
        (report,) = (await client.get("/sandbox/ledger")).json()["reports"]
        assert (report["attempts"], report["status"], report["arrived"]) == (4, 200, True)

    @pytest.mark.parametrize(("status", "arrived"), [(409, True), (404, False), (422, False)])
    async def test_a_final_answer_ends_the_attempts(
        self, city: City, water: Water, client: httpx.AsyncClient, receiver: Receiver, status: int, arrived: bool
    ) -> None:
        """A contradiction has been read; a report that is wrong will not become right."""
        receiver.answers = [Response(status_code=status)]
        await play(city, water, client, Plan(pre_review_fails="资料不符"))
        assert [(sent.attempts, sent.arrived) for sent in water.gateway.sendings] == [(1, arrived)]

    async def test_attempts_are_bounded_and_pauses_grow(self, city: City) -> None:
        """Nobody is called for ever; the pauses double up to their limit."""
        pauses: list[float] = []

        async def no_sleep(seconds: float) -> None:
            pauses.append(seconds)

        water = Water(city.accounts, pace=Pace(sleep=no_sleep))
        async with calling(water) as client:
            await play(city, water, client, Plan(pre_review_fails="资料不符", checks_certificate=False))
        assert [(sent.attempts, sent.arrived, sent.status) for sent in water.gateway.sendings] == [(40, False, None)]
        assert pauses[1:8] == [0.1, 0.2, 0.4, 0.8, 1.6, 3.2, 5.0]
        assert len(pauses) == 41

    async def test_retry_after_is_honoured(self, city: City, receiver: Receiver) -> None:
        """A gateway that says when to come back is asked again then."""
        pauses: list[float] = []

        async def no_sleep(seconds: float) -> None:
            pauses.append(seconds)

        water = Water(city.accounts, pace=Pace(sleep=no_sleep))
        water.gateway.connect("http://gateway", TOKEN, transport=receiver.transport)
        receiver.answers = [Response(status_code=503, headers={"retry-after": "7"})]
        async with calling(water) as client:
            await play(city, water, client, Plan(pre_review_fails="资料不符", checks_certificate=False))
        assert pauses[1:] == [7.0]
        await water.close()


class TestQuestions:
    async def test_status_and_identity_are_asked_for_through_the_gateway(
        self, city: City, water: Water, client: httpx.AsyncClient, receiver: Receiver
    ) -> None:
        """Steps 6 to 8: status on demand at pre-review and handling, identity for the contract."""
        await play(city, water, client, Plan())
        assert receiver.questions == ["certificate", "identity", "certificate"]
        assert {question.status for question in water.gateway.questions} == {200}

    async def test_what_the_certificate_was_said_to_be_is_on_record(
        self, city: City, water: Water, client: httpx.AsyncClient, receiver: Receiver
    ) -> None:
        """The ledger shows which status the reviewers saw, and that an unreadable answer stops nobody."""
        await play(city, water, client, Plan())
        receiver.told = Response("<html>")
        transfer = await play(city, water, client, Plan(), nth=1)
        said = [question["registry_status"] for question in (await client.get("/sandbox/ledger")).json()["questions"]]
        assert said[::3] == ["current", None]
        assert water.book.cases[transfer].handling == {"result": "done"}

    async def test_nothing_is_asked_when_not_told_to(
        self, city: City, water: Water, client: httpx.AsyncClient, receiver: Receiver
    ) -> None:
        """Verification is optional in the scheme."""
        await play(city, water, client, Plan(checks_certificate=False, fetches_identity=False))
        assert receiver.questions == []


class TestSigningPage:
    @pytest.mark.parametrize(("link", "channel"), [("sms_link", "sms"), ("wechat_link", "wechat")])
    async def test_pressing_the_button_signs_by_the_links_channel(
        self, city: City, water: Water, client: httpx.AsyncClient, receiver: Receiver, link: str, channel: str
    ) -> None:
        """Step 7: either link leads to the same contract; once signed, handling goes on by itself."""
        someone = city.someone("plain")
        assert someone.account is not None
        water.plan(someone.account.account_number, Plan(signing=Signing.ON_THE_PAGE))
        transfer, _ = await submit(client, someone)
        case = water.book.cases[transfer]
        await until(lambda: receiver.kinds == ["pre-review"])
        address = getattr(case, link)
        shown = await client.get(address)
        signed = await client.post(address, data={"decision": "sign"})
        again = await client.post(case.sms_link, data={"decision": "sign"})
        declined = await client.post(case.wechat_link, data={"decision": "decline"})
        await water.handling.finished()
        assert '<form method="post">' in shown.text
        assert all("办理中" in page.text for page in (signed, again, declined))
        assert receiver.arrivals[1].body == {"outcome": "signed", "channel": channel}
        assert [effect.what for effect in water.book.effects].count("signed") == 1

    async def test_declining_ends_it(
        self, city: City, water: Water, client: httpx.AsyncClient, receiver: Receiver
    ) -> None:
        """The page also lets the customer say no."""
        someone = city.someone("plain")
        assert someone.account is not None
        water.plan(someone.account.account_number, Plan(signing=Signing.ON_THE_PAGE))
        transfer, _ = await submit(client, someone)
        await until(lambda: bool(water.handling.outbox))
        answer = await client.post(water.handling.outbox[0].signing_address, content="decision=decline")
        await water.handling.finished()
        assert "拒绝" in answer.text
        assert receiver.arrivals[-1].body == {"outcome": "declined"}
        assert not water.book.cases[transfer].open

    async def test_the_page_shows_nothing_personal_and_is_not_kept(
        self, city: City, water: Water, client: httpx.AsyncClient
    ) -> None:
        """Whoever gets hold of a link learns nothing about the person, and no cache keeps the page."""
        transfer = await play(city, water, client, Plan())
        someone, case = city.someone("plain"), water.book.cases[transfer]
        page = await client.get(case.sms_link)
        for personal in (someone.holder.name, someone.holder.identity_number, someone.mobile_number):
            assert personal not in page.text
        assert page.headers["cache-control"] == "no-store"
        assert page.headers["referrer-policy"] == "no-referrer"

    async def test_a_wrong_link_or_word_does_nothing(self, city: City, water: Water, client: httpx.AsyncClient) -> None:
        """Links cannot be guessed, and the form knows two words."""
        transfer = await play(city, water, client, Plan())
        assert (await client.get("/sign/guessed")).status_code == 404
        odd = await client.post(water.book.cases[transfer].sms_link, content="decision=maybe")
        assert odd.status_code == 400

    async def test_the_links_are_signing_addresses(self, city: City, water: Water, client: httpx.AsyncClient) -> None:
        """The gateway accepts the sandbox's links where its origin is allowed by name."""
        transfer = await play(city, water, client, Plan())
        hosts = frozenset({"http://127.0.0.1:8002"})
        link = water.book.cases[transfer].wechat_link
        assert SigningAddress.parse(link, hosts=hosts).text == link

    async def test_the_sms_goes_to_the_applicants_number(
        self, city: City, water: Water, client: httpx.AsyncClient
    ) -> None:
        """Step 7 (a): the utility's SMS carries the link, also where the gateway was given none."""
        transfer = await play(city, water, client, Plan(signing_address=False))
        (sms,) = (await client.get("/sandbox/sms")).json()["sms"]
        assert sms["mobile_number"] == city.someone("plain").mobile_number
        assert sms["signing_address"] == water.book.cases[transfer].sms_link
        assert sms["signing_address"] in sms["text"]


class TestByHand:
    async def test_each_step_waits_for_the_word(
        self, city: City, water: Water, client: httpx.AsyncClient, receiver: Receiver
    ) -> None:
        """A reviewer's desk: nothing happens by itself, and the plan may change at each step."""
        someone = city.someone("plain")
        assert someone.account is not None
        said = {"account_number": someone.account.account_number, "plan": {"by_hand": True}}
        await client.post("/sandbox/script", json={"plans": [said]})
        transfer, _ = await submit(client, someone)
        seen = []
        for change in ({}, {}, {"plan": {"handling_fails": "水表编号不符"}}):
            seen.append(list(receiver.kinds))
            await client.post(f"/sandbox/applications/{transfer}/go", json=change)
            await until(lambda: len(receiver.kinds) > len(seen[-1]))
        await water.handling.finished()
        assert seen == [[], ["pre-review"], ["pre-review", "signing"]]
        assert receiver.arrivals[-1].body == {"result": "not_done", "reason": "水表编号不符"}

    async def test_an_unknown_transfer_or_plan_is_refused(
        self, city: City, water: Water, client: httpx.AsyncClient
    ) -> None:
        """A mistyped command changes nothing and says so."""
        unknown = await client.post("/sandbox/applications/none/go", json={})
        transfer = await play(city, water, client, Plan())
        wrong = await client.post(f"/sandbox/applications/{transfer}/go", json={"plan": {"singing": "by_sms"}})
        assert (unknown.status_code, wrong.status_code) == (404, 422)


async def test_closing_leaves_no_task_behind(city: City, receiver: Receiver) -> None:
    """A sandbox that ends in the middle of a case ends cleanly."""
    water = Water(city.accounts, pace=Pace(scale=1000))
    async with calling(water) as client:
        transfer, _ = await submit(client, city.someone("plain"))
    await water.close()
    await water.handling.finished()
    assert water.book.cases[transfer].pre_review is None
    assert receiver.arrivals == []
