"""The platform's side: what each operation answers, and how it refuses."""

import json
import logging

import httpx
import pytest
import structlog
from tests.gateway.stage import (
    ADDRESS,
    CERTIFICATE,
    DEBTOR,
    ELSEWHERE,
    ENQUIRY,
    FIELD,
    IDENTITY,
    NEARBY,
    OLD_CERTIFICATE,
    SECRETS,
    STRANGER,
    SUBMISSION,
    Stage,
    staged,
)

from cotransfer.domain.case import Policy
from cotransfer.domain.masking import masked_name
from cotransfer.domain.parties import Party
from cotransfer.domain.values import CertificateNumber, Name, RegistryState, RegistryStatus
from cotransfer.ports.errors import Unavailable


class TestProperties:
    async def test_each_home_says_whether_it_can_be_transferred(self, stage: Stage):
        """Step 1: a mortgage hinders nothing; a certificate of the past and a field are told with their reason."""
        listed = (await stage.post("/v1/properties/search", IDENTITY)).json()
        assert [one["why_not"] for one in listed["properties"]] == [None, "certificate_not_current", "not_a_home"]
        assert [one["transferable"] for one in listed["properties"]] == [True, False, False]
        assert listed["properties"][0]["registry_status"] == {"status": "current", "restrictions": ["mortgage"]}
        assert listed["advice"] is None

    async def test_nothing_linked_comes_with_advice(self, stage: Stage):
        """Step 1: who has no linked property is advised to apply at the counter."""
        listed = (await stage.post("/v1/properties/search", IDENTITY | {"identity_number": STRANGER})).json()
        assert listed["properties"] == []
        assert listed["advice"]["code"] == "apply_at_counter"

    async def test_nobody_is_born_tomorrow(self, stage: Stage):
        """The gateway's own clock is the day that birth dates are held against."""
        born_later = IDENTITY | {"identity_number": "530102203003071231"}
        problem = (await stage.post("/v1/properties/search", born_later)).json()
        assert [error["code"] for error in problem["errors"]] == ["birth_out_of_range"]


class TestAccount:
    async def test_a_matching_account_may_be_submitted(self, stage: Stage):
        """Steps 3 and 4: the holder is masked, the reasons are told, and the next action is to submit."""
        shown = (await stage.post("/v1/accounts/search", ENQUIRY)).json()
        assert shown["account"]["account_holder"] == "王*"
        assert shown["matching"]["outcome"] == "match"
        assert shown["matching"]["reasons"]
        assert shown["may_submit"] is True
        assert shown["next_action"]["code"] == "submit"

    @pytest.mark.parametrize(
        ("number", "may_submit", "next_action"),
        [
            (DEBTOR, False, "pay_arrears"),
            (ELSEWHERE, False, "check_account_number"),
            (NEARBY, True, "confirm_match"),
        ],
    )
    async def test_what_hinders_is_told_beforehand(self, stage: Stage, number: str, may_submit: bool, next_action: str):
        """Step 4: arrears and a mismatch rule submission out; a possible match needs the citizen's word."""
        shown = (await stage.post("/v1/accounts/search", ENQUIRY | {"account_number": number})).json()
        assert (shown["may_submit"], shown["next_action"]["code"]) == (may_submit, next_action)

    async def test_a_policy_may_leave_a_mismatch_to_the_utility(self):
        """Step 4: then it may be submitted, once the citizen confirms it."""
        async with staged(Policy(mismatch_to_utility=True)) as stage:
            shown = (await stage.post("/v1/accounts/search", ENQUIRY | {"account_number": ELSEWHERE})).json()
            assert (shown["may_submit"], shown["next_action"]["code"]) == (True, "confirm_match")

    @pytest.mark.parametrize(
        ("changes", "status", "code"),
        [
            ({"account_number": "0871209999"}, 404, "account_unknown"),
            ({"identity_number": STRANGER}, 409, "not_right_holder"),
            ({"certificate_number": "云(2024)五华区不动产权第9912345号"}, 409, "not_right_holder"),
            ({"certificate_number": OLD_CERTIFICATE}, 409, "certificate_not_current"),
            ({"certificate_number": FIELD}, 409, "not_a_home"),
            ({"service": "gas"}, 409, "service_not_offered"),
            ({"service": "electricity", "account_number": "AB-1234"}, 422, "invalid_fields"),
        ],
    )
    async def test_refusals_have_their_status_and_code(self, stage: Stage, changes: dict, status: int, code: str):
        """Each reason to refuse is a problem of its own; each utility has its own form of account numbers."""
        response = await stage.post("/v1/accounts/search", ENQUIRY | changes)
        assert (response.status_code, response.json()["code"]) == (status, code)
        assert stage.stored == (0, 0)

    @pytest.mark.parametrize(
        ("name", "shown"),
        [("张三", "张*"), ("欧阳春晓", "欧*"), ("甲", "*"), ("王*", "王*"), ("*三", "*"), ("云南某某有限公司", "云*")],
    )
    def test_a_masked_name_shows_its_beginning_only(self, name: str, shown: str):
        """§8: holder names are shown masked, and tell nothing of their length."""
        assert masked_name(Name(name)) == shown


class TestSubmission:
    async def test_a_submission_is_stored_and_found(self, stage: Stage):
        """Step 5: the answer is the transfer, its address is in Location, and asking there tells the same."""
        response = await stage.post("/v1/transfers", SUBMISSION)
        assert response.status_code == 201
        told = response.json()
        assert response.headers["location"] == f"/v1/transfers/{told['transfer']}"
        assert (told["state"], told["closed"], told["submitted_at"]) == ("submitted", False, told["updated_at"])
        assert [line["code"] for line in told["timeline"]] == ["submitted"]
        assert (await stage.get(response.headers["location"])).json() == told
        assert told["submitted_at"] == "2026-03-02T17:00:00.000+08:00"

    @pytest.mark.parametrize(
        ("changes", "status", "code"),
        [
            ({"account_number": DEBTOR}, 409, "in_arrears"),
            ({"account_number": ELSEWHERE}, 409, "wrong_account"),
            ({"account_number": NEARBY}, 409, "match_unconfirmed"),
            ({"account_number": "0871209999"}, 404, "account_unknown"),
            ({"right_holder_name": "李大满"}, 409, "not_right_holder"),
            ({"certificate_number": OLD_CERTIFICATE}, 409, "certificate_not_current"),
        ],
    )
    async def test_a_refusal_stores_nothing(self, stage: Stage, changes: dict, status: int, code: str):
        """Law 3 and step 4: nothing that is refused leaves a trace, so that the same key may be tried again."""
        response = await stage.post("/v1/transfers", SUBMISSION | changes)
        assert (response.status_code, response.json()["code"]) == (status, code)
        assert response.json()["next_action"]["text"]
        assert stage.stored == (0, 0)

    async def test_a_possible_match_is_taken_once_confirmed(self, stage: Stage):
        """Step 4: the citizen's explicit word carries a possible match."""
        assert await stage.submit(account_number=NEARBY, confirmed_match=True)

    async def test_the_one_in_the_way_is_named(self, stage: Stage):
        """One open transfer per home and service: the refusal names it."""
        first = await stage.submit()
        second = await stage.post("/v1/transfers", SUBMISSION)
        assert second.status_code == 409
        assert (second.json()["code"], second.json()["blocking_transfer"]) == ("already_under_way", first)

    async def test_every_fault_is_told_at_once(self, stage: Stage):
        """A malformed message reports all its faults at once, and none of them repeats a value."""
        response = await stage.post(
            "/v1/transfers",
            SUBMISSION
            | {
                "service": "steam",
                "account_number": "",
                "certificate_number": "nonsense",
                "identity_number": "530102199003071239",
                "right_holder_name": 7,
                "mobile_number": "0871-1234567",
                "confirmed_match": "yes",
                "wechat_openid": None,
                "colour": "blue",
            },
        )
        assert response.status_code == 422
        assert {(error["field"], error["code"]) for error in response.json()["errors"]} == {
            ("service", "unknown_word"),
            ("account_number", "missing"),
            ("certificate_number", "shape"),
            ("identity_number", "check_digit"),
            ("right_holder_name", "not_text"),
            ("mobile_number", "fixed_line"),
            ("confirmed_match", "not_a_boolean"),
            ("wechat_openid", "not_text"),
            ("colour", "unknown_field"),
        }
        assert response.json()["party"] == "citizen"

    async def test_a_flood_of_faults_is_bounded(self, stage: Stage):
        """Everything has a limit: a message of a thousand unknown fields is told of a hundred."""
        response = await stage.post("/v1/transfers", {f"field_{n}": n for n in range(1000)})
        assert len(response.json()["errors"]) == 100


class TestWhoseFault:
    async def test_the_timeline_says_it_of_each_failure(self, stage: Stage):
        """Steps 5 to 9: party, step, what helps, and the ids under which it came; of what went well nothing."""
        transfer = await stage.submit()
        body = {"result": "not_passed", "reason": "户号与房屋不符。"}
        path = f"/v1/utility/transfers/{transfer}/pre-review"
        assert (await stage.post(path, body, by="water", x_correlation_id="kw-77812")).status_code == 200
        told = (await stage.get(f"/v1/transfers/{transfer}")).json()["timeline"]
        assert [one["code"] for one in told] == ["submitted", "pre_review_not_passed"]
        assert "party" not in told[0]
        failed = told[1]
        assert (failed["step"], failed["party"], failed["next_action"]["code"]) == (6, "utility", "apply_again")
        # The utility named the exchange, and we took its name over.
        assert (failed["correlation_id"], failed["counterparty_correlation_id"]) == ("kw-77812", "kw-77812")

    async def test_what_nobody_named_has_our_id_alone(self, stage: Stage):
        """Ours is the one that the answer bore."""
        transfer = await stage.submit()
        answer = await stage.report(transfer, "pre-review", {"result": "not_passed", "reason": "户号与房屋不符。"})
        failed = (await stage.get(f"/v1/transfers/{transfer}")).json()["timeline"][-1]
        assert failed["correlation_id"] == answer.headers["x-correlation-id"]
        assert "counterparty_correlation_id" not in failed


class TestCounterpartiesAway:
    async def test_a_registry_that_is_away_is_503_with_a_time(self, stage: Stage):
        """Errors by blame: the line is `unavailable`, names the party, and says when to come again."""
        stage.registry.away = True
        response = await stage.post("/v1/properties/search", IDENTITY)
        assert response.status_code == 503
        assert (response.json()["party"], response.json()["code"]) == ("registry", "unavailable")
        assert 1 <= int(response.headers["retry-after"]) <= 6 * 3600
        assert stage.stored == (0, 0)

    async def test_the_same_key_works_once_the_utility_is_back(self, stage: Stage):
        """Nothing happened, so nothing was stored: the same key may be tried again."""
        stage.water.away = True
        assert (await stage.post("/v1/transfers", SUBMISSION, key="again")).status_code == 503
        stage.water.away = False
        assert (await stage.post("/v1/transfers", SUBMISSION, key="again")).status_code == 201

    async def test_a_registry_that_stays_away_is_answered_for_at_once(self, stage: Stage):
        """Step 1: after five failures nobody asks it any more; 503 at once, whose fault, and when to come back."""
        stage.registry.away = True
        asked = [await stage.post("/v1/properties/search", IDENTITY) for _ in range(5)]
        stage.registry.away = False  # Nobody looks whether it is back.
        asked.append(await stage.post("/v1/properties/search", IDENTITY))
        assert {one.status_code for one in asked} == {503}
        assert {one.json()["party"] for one in asked} == {"registry"}
        assert 1 <= int(asked[-1].headers["retry-after"]) <= 30


class TestTransfer:
    async def test_what_cannot_be_a_transfer_is_unknown(self, stage: Stage):
        """One transfer has one address: another spelling, or no identifier at all, is 404."""
        transfer = await stage.submit()
        other = "019a9d2e-7c11-7a44-8b0e-5d1f2a3b4c5d"
        for name in (transfer.replace("7", "７"), "nonsense", "%00", f"{transfer}0", other.upper(), other):
            response = await stage.get(f"/v1/transfers/{name}")
            assert response.status_code == 404, name
            assert response.json()["code"] == "unknown_transfer"

    async def test_the_reason_of_a_failure_is_shown(self, stage: Stage):
        """Step 9: the utility's own words on why not are part of the transfer."""
        transfer = await stage.submit()
        await stage.report(transfer, "pre-review", {"result": "not_passed", "reason": "请到营业厅补充材料"})
        shown = (await stage.get(f"/v1/transfers/{transfer}")).json()
        assert (shown["state"], shown["closed"], shown["reason"]) == ("pre_review_failed", True, "请到营业厅补充材料")
        assert shown["next_action"]["code"] == "apply_again"

    async def test_the_timeline_has_an_end(self, stage: Stage):
        """Everything has a limit: a utility that repeats late reports for ever does not swell the answer for ever."""
        transfer = await stage.submit()
        await stage.report(transfer, "handling", {"result": "done"})
        for _ in range(520):
            await stage.report(transfer, "pre-review", {"result": "passed"})
        timeline = (await stage.get(f"/v1/transfers/{transfer}")).json()["timeline"]
        assert (len(timeline), timeline[0]["code"], timeline[-1]["code"]) == (500, "submitted", "report_kept_late")


class TestSigning:
    async def open(self, stage: Stage, transfer: str) -> dict:
        """The citizen taps."""
        return (await stage.post(f"/v1/transfers/{transfer}/signing", {})).json()

    async def test_before_the_pre_review_there_is_nothing_to_sign(self, stage: Stage):
        """Step 7: the contract comes with the pre-review."""
        assert (await self.open(stage, await stage.submit()))["code"] == "not_ready_to_sign"

    async def test_the_address_is_given_at_the_tap(self, stage: Stage):
        """Step 7, second way: the address as the utility gave it, nothing appended; the tap is on the timeline."""
        transfer = await stage.submit()
        await stage.report(transfer, "pre-review", {"result": "passed", "signing_address": ADDRESS})
        assert await self.open(stage, transfer) == {"action": "sign", "signing_address": ADDRESS}
        shown = (await stage.get(f"/v1/transfers/{transfer}")).json()
        assert shown["timeline"][-1]["code"] == "signing_opened"
        assert ADDRESS not in json.dumps(shown)

    async def test_signed_by_sms_already_shows_in_handling(self, stage: Stage):
        """Step 7: who signed through the SMS is shown that it is being handled."""
        transfer = await stage.submit()
        await stage.report(transfer, "pre-review", {"result": "passed", "signing_address": ADDRESS})
        await stage.report(transfer, "signing", {"outcome": "signed", "channel": "sms"})
        assert await self.open(stage, transfer) == {"action": "in_handling", "text": "办理中"}

    async def test_without_an_address_the_sms_leads_to_the_contract(self, stage: Stage):
        """Step 7, first way only: the utility gave no address."""
        transfer = await stage.submit()
        await stage.report(transfer, "pre-review", {"result": "passed"})
        assert (await self.open(stage, transfer))["action"] == "sign_by_sms"

    async def test_after_the_end_there_is_nothing_to_sign(self, stage: Stage):
        """The end absorbs."""
        transfer = await stage.submit()
        await stage.report(transfer, "handling", {"result": "done"})
        assert (await self.open(stage, transfer))["action"] == "closed"

    async def test_a_tap_has_nothing_to_say(self, stage: Stage):
        """An unknown field is a fault here as well."""
        transfer = await stage.submit()
        response = await stage.post(f"/v1/transfers/{transfer}/signing", {"hurry": True})
        assert (response.status_code, response.json()["errors"][0]["code"]) == (422, "unknown_field")


class TestWithdrawal:
    async def withdraw(self, stage: Stage, transfer: str) -> httpx.Response:
        """The citizen wants it back."""
        return await stage.post(f"/v1/transfers/{transfer}/withdrawal", {})

    async def test_until_it_is_signed(self, stage: Stage):
        """Steps 5 to 7: asked for, then answered by the utility; the timeline tells both."""
        transfer = await stage.submit()
        await stage.report(transfer, "pre-review", {"result": "passed", "signing_address": ADDRESS})
        asked = await self.withdraw(stage, transfer)
        assert asked.status_code == 200
        assert asked.json() == {
            "transfer": transfer,
            "state": "withdrawing",
            "state_text": "撤回中",
            "next_action": {"code": "wait", "who": "utility", "text": "请等待，状态有变化时会更新。"},
        }
        refused = await stage.post(f"/v1/transfers/{transfer}/signing", {})
        assert (refused.status_code, refused.json()["code"]) == (409, "being_withdrawn")
        await stage.office.worker.drain()
        shown = (await stage.get(f"/v1/transfers/{transfer}")).json()
        assert (shown["state"], shown["closed"]) == ("withdrawn", True)
        told = [line["code"] for line in shown["timeline"]]
        assert told.index("withdrawal_asked") < told.index("withdrawn")
        assert (await self.withdraw(stage, transfer)).json()["state"] == "withdrawn"

    async def test_signed_is_too_late(self, stage: Stage):
        """Step 7: from the signature on the way leads to the counter."""
        transfer = await stage.submit()
        await stage.report(transfer, "signing", {"outcome": "signed", "channel": "sms"})
        answer = (await self.withdraw(stage, transfer)).json()
        assert (answer["code"], answer["next_action"]["code"]) == ("signed_already", "apply_at_counter")
        await stage.report(transfer, "handling", {"result": "done"})
        assert (await self.withdraw(stage, transfer)).json()["code"] == "ended_already"

    async def test_at_the_utilitys_own_counter(self, stage: Stage):
        """Step 7: the utility reports that it took the application back itself."""
        transfer = await stage.submit()
        heard = await stage.report(transfer, "signing", {"outcome": "withdrawn"})
        assert (heard.status_code, heard.json()["state"]) == (200, "withdrawn")


class TestAgain:
    async def test_what_came_to_nothing_is_tried_again(self, stage: Stage):
        """Step 5: the same data, looked up afresh, under a transfer that names the one before."""
        former = await stage.submit()
        body = {"confirmed_match": False, "consents": SUBMISSION["consents"]}
        under_way = await stage.post(f"/v1/transfers/{former}/again", body)
        assert (under_way.json()["code"], under_way.json()["blocking_transfer"]) == ("already_under_way", former)
        await stage.report(former, "pre-review", {"result": "not_passed", "reason": "资料不全"})
        again = await stage.post(f"/v1/transfers/{former}/again", body)
        assert again.status_code == 201, again.text
        made = again.json()
        assert (made["follows"], made["state"]) == (former, "submitted")
        assert again.headers["location"] == f"/v1/transfers/{made['transfer']}"
        assert "follows" not in (await stage.get(f"/v1/transfers/{former}")).json()

    async def test_what_is_entered_anew_is_checked(self, stage: Stage):
        """Every fault at once, as in any submission."""
        former = await stage.submit()
        await stage.report(former, "pre-review", {"result": "not_passed", "reason": "资料不全"})
        body = {"mobile_number": "12", "account_number": "", "remark": "x"}
        answer = (await stage.post(f"/v1/transfers/{former}/again", body)).json()
        assert answer["code"] == "invalid_fields"
        assert {one["field"] for one in answer["errors"]} == {
            "mobile_number",
            "account_number",
            "remark",
            "confirmed_match",
        }


class TestOurOwnFault:
    async def test_what_nobody_foresaw_is_a_500_that_says_nothing_more(self, stage: Stage, monkeypatch):
        """An error's own text may hold anything: neither answer nor log repeats it, both name the correlation."""

        async def breaks(*_: object) -> None:
            raise RuntimeError(f"李小满 {CERTIFICATE}")

        monkeypatch.setattr(stage.registry, "properties_of", breaks)
        with structlog.testing.capture_logs() as logs:
            response = await stage.post("/v1/properties/search", IDENTITY, x_correlation_id="c-0001")
        assert response.status_code == 500
        assert (response.json()["code"], response.json()["party"]) == ("internal", "us")
        (entry,) = logs
        assert (entry["event"], entry["error"], entry["correlation_id"]) == ("unforeseen", "RuntimeError", "c-0001")
        assert "breaks" in entry["where"]
        assert not [secret for secret in SECRETS if secret in repr(logs)]

    async def test_a_counterparty_nobody_understands_is_a_502(self, stage: Stage):
        """Errors by blame: the registry no longer knows a certificate that it showed before."""
        transfer = await stage.submit()
        stage.registry._homes.clear()
        response = await stage.get(f"/v1/utility/transfers/{transfer}/certificate", by="water")
        assert (response.status_code, response.json()["party"]) == (502, "registry")

    async def test_nothing_personal_reaches_the_log(self, stage: Stage, caplog):
        """§8: personal data never in logs; a whole transfer leaves none."""
        caplog.set_level(logging.DEBUG)
        transfer = await stage.submit()
        await stage.post("/v1/transfers", SUBMISSION | {"mobile_number": "1"})
        await stage.get(f"/v1/transfers/{transfer}")
        assert not [secret for secret in SECRETS if secret in caplog.text]


class TestHealth:
    async def test_health_and_readiness(self, stage: Stage):
        """Anybody may ask whether the process is up, and whether its store answers."""
        assert (await stage.http.get("/healthz")).json() == {"status": "ok"}
        assert (await stage.http.get("/readyz")).json() == {"status": "ok"}

    async def test_a_store_that_is_away_makes_it_unready(self, stage: Stage, monkeypatch):
        """Readiness asks the store, and only the store."""

        async def away(*_: object) -> None:
            raise Unavailable(Party.US, "The store is away.")

        monkeypatch.setattr(stage.store, "load", away)
        stage.registry.away = stage.water.away = True
        assert (await stage.http.get("/healthz")).status_code == 200
        assert (await stage.http.get("/readyz")).status_code == 503


class TestRegistryState:
    async def test_the_registry_is_asked_afresh(self, stage: Stage):
        """Step 5: everything is looked up at submission, whatever was shown before."""
        assert (await stage.post("/v1/accounts/search", ENQUIRY)).json()["may_submit"]
        stage.registry.restate(CertificateNumber.parse(CERTIFICATE), RegistryState(RegistryStatus.TERMINATED))
        assert (await stage.post("/v1/transfers", SUBMISSION)).json()["code"] == "certificate_not_current"
