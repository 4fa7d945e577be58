"""A utility's side: reports in any order, contradictions, and what may be asked about an open transfer."""

import pytest
from tests.gateway.stage import ADDRESS, BUYER, CERTIFICATE, Stage

from cotransfer.domain.values import CertificateNumber, RegistryState, RegistryStatus

PASSED = {"result": "passed", "signing_address": ADDRESS}
SIGNED = {"outcome": "signed", "channel": "sms"}
DONE = {"result": "done"}


class TestReports:
    @pytest.mark.parametrize("channel", ["sms", "wechat"])
    async def test_the_plain_way(self, stage: Stage, channel: str):
        """Steps 6 to 8: each report moves the transfer on and is told so, whichever way the contract was signed."""
        transfer = await stage.submit()
        answers = [
            (await stage.report(transfer, "pre-review", PASSED)).json(),
            (await stage.report(transfer, "signing", {"outcome": "signed", "channel": channel})).json(),
            (await stage.report(transfer, "handling", DONE)).json(),
        ]
        assert [(told["state"], told["news"]) for told in answers] == [
            ("awaiting_signing", True),
            ("in_handling", True),
            ("completed", True),
        ]
        shown = (await stage.get(f"/v1/transfers/{transfer}")).json()
        assert [line["code"] for line in shown["timeline"]] == ["submitted", "pre_review_passed", "signed", "handled"]
        assert [line["step"] for line in shown["timeline"]] == [5, 6, 7, 8]

    async def test_late_and_repeated_reports_are_no_news(self, stage: Stage):
        """Law 1: a report on a later step proves the earlier ones; what comes after it is kept and moves nothing."""
        transfer = await stage.submit()
        assert (await stage.report(transfer, "handling", DONE)).json()["news"] is True
        for what, body in (("handling", DONE), ("signing", SIGNED), ("pre-review", PASSED)):
            response = await stage.report(transfer, what, body)
            assert (response.status_code, response.json()["news"]) == (200, False)
        assert await stage.state(transfer) == "completed"

    async def test_either_channel_signs_once(self, stage: Stage):
        """Law 4: the second channel's report is no news."""
        transfer = await stage.submit()
        await stage.report(transfer, "pre-review", PASSED)
        assert (await stage.report(transfer, "signing", SIGNED)).json()["news"] is True
        assert (await stage.report(transfer, "signing", SIGNED | {"channel": "wechat"})).json()["news"] is False

    @pytest.mark.parametrize("outcome", ["declined", "expired"])
    async def test_a_contract_that_is_not_signed_ends_the_transfer(self, stage: Stage, outcome: str):
        """Step 7: declined and expired have their own end."""
        transfer = await stage.submit()
        assert (await stage.report(transfer, "signing", {"outcome": outcome})).json()["state"] == "signing_lapsed"

    async def test_not_handled_comes_with_its_reason(self, stage: Stage):
        """Step 8: the reason is kept and shown."""
        transfer = await stage.submit()
        report = {"result": "not_done", "reason": "水表编号不符"}
        assert (await stage.report(transfer, "handling", report)).json()["state"] == "handling_failed"
        assert (await stage.get(f"/v1/transfers/{transfer}")).json()["reason"] == "水表编号不符"

    async def test_a_contradiction_is_kept_and_answered_with_a_conflict(self, stage: Stage):
        """Law 2: what is at odds with the end moves nothing, is stored, and comes back the same under the same key."""
        transfer = await stage.submit()
        await stage.report(transfer, "handling", DONE)
        path = f"/v1/utility/transfers/{transfer}/handling"
        wrong = {"result": "not_done", "reason": "再想想"}
        first = await stage.post(path, wrong, by="water", key="at-odds", x_correlation_id="c-first")
        assert (first.status_code, first.json()["code"]) == (409, "contradicts")
        assert first.json()["correlation_id"] == "c-first"
        again = await stage.post(path, wrong, by="water", key="at-odds")
        assert (again.status_code, again.content) == (409, first.content)
        assert again.headers["idempotency-replayed"] == "true"
        shown = (await stage.get(f"/v1/transfers/{transfer}")).json()
        assert (shown["state"], shown["timeline"][-1]["code"]) == ("completed", "report_contradicts")
        assert sum(line["code"] == "report_contradicts" for line in shown["timeline"]) == 1

    @pytest.mark.parametrize(
        ("address", "code"),
        [
            ("http://sign.water.example/c/1", "not_https"),
            ("https://sign.power.example/c/1", "unknown_host"),
            ("https://evil.example\\@sign.water.example/", "grammar"),
            ("https://sign.water.example@evil.example/", "grammar"),
            (7, "not_text"),
        ],
    )
    async def test_a_signing_address_leads_only_where_it_may(self, stage: Stage, address: object, code: str):
        """§8: a signing address is https on a host of that very utility."""
        transfer = await stage.submit()
        response = await stage.report(transfer, "pre-review", {"result": "passed", "signing_address": address})
        assert response.status_code == 422
        assert response.json()["party"] == "utility"
        assert [(e["field"], e["code"]) for e in response.json()["errors"]] == [("signing_address", code)]
        assert await stage.state(transfer) == "submitted"

    @pytest.mark.parametrize(
        ("what", "body"),
        [
            ("pre-review", {"result": "not_passed"}),
            ("pre-review", {"result": "passed", "reason": "x"}),
            ("pre-review", {"result": "not_passed", "reason": "x", "signing_address": ADDRESS}),
            ("pre-review", {"result": ["passed"]}),
            ("pre-review", {}),
            ("signing", {"outcome": "signed"}),
            ("signing", {"outcome": "expired", "channel": "sms"}),
            ("signing", {"outcome": "signed", "channel": "fax"}),
            ("handling", {"result": "not_done", "reason": " "}),
            ("handling", {"result": "done", "reason": "x"}),
        ],
    )
    async def test_half_a_report_is_no_report(self, stage: Stage, what: str, body: dict):
        """Outcomes are sums: what does not belong to the outcome, or lacks to it, is a fault and moves nothing."""
        transfer = await stage.submit()
        assert (await stage.report(transfer, what, body)).status_code == 422
        assert await stage.state(transfer) == "submitted"


class TestQueries:
    async def test_certificate_status_is_asked_at_that_moment(self, stage: Stage):
        """Steps 6 and 8: exactly the scheme's three fields, as the registry has them now."""
        transfer = await stage.submit()
        state = RegistryState(RegistryStatus.TERMINATED)
        stage.registry.restate(CertificateNumber.parse(CERTIFICATE), state)
        response = await stage.get(f"/v1/utility/transfers/{transfer}/certificate", by="water")
        assert response.json() == {
            "certificate_number": CERTIFICATE,
            "location": "昆明市五华区翠湖东路18号翠湖小区3幢2单元502室",
            "registry_status": {"status": "terminated", "restrictions": []},
        }

    async def test_identity_data_for_the_contract(self, stage: Stage):
        """Step 7: exactly the scheme's fields."""
        transfer = await stage.submit()
        response = await stage.get(f"/v1/utility/transfers/{transfer}/identity", by="water")
        assert response.json() == {
            "right_holder_name": "李小满",
            "document_type": "identity_card",
            "identity_number": BUYER,
        }

    @pytest.mark.parametrize("what", ["certificate", "identity"])
    async def test_nothing_is_disclosed_after_the_end(self, stage: Stage, what: str):
        """§8: a utility sees data only while the transfer is open."""
        transfer = await stage.submit()
        await stage.report(transfer, "handling", DONE)
        response = await stage.get(f"/v1/utility/transfers/{transfer}/{what}", by="water")
        assert (response.status_code, response.json()["code"]) == (409, "closed")

    async def test_a_registry_that_is_away_is_503(self, stage: Stage):
        """The line is not the utility's fault, nor ours."""
        transfer = await stage.submit()
        stage.registry.away = True
        response = await stage.get(f"/v1/utility/transfers/{transfer}/certificate", by="water")
        assert (response.status_code, response.json()["party"]) == (503, "registry")


OPERATIONS = [
    ("post", "pre-review", {"result": "passed"}),
    ("post", "signing", SIGNED),
    ("post", "handling", DONE),
    ("get", "certificate", None),
    ("get", "identity", None),
]


@pytest.mark.parametrize(("method", "what", "body"), OPERATIONS)
async def test_a_utility_sees_only_its_own_transfers(stage: Stage, method: str, what: str, body: dict | None):
    """§8: to a utility, the transfers of others are unknown, exactly as one that there is not."""
    mine, nobodys = await stage.submit(), "019a9d2e-7c11-7a44-8b0e-5d1f2a3b4c5d"
    told = []
    for transfer in (mine, nobodys):
        path = f"/v1/utility/transfers/{transfer}/{what}"
        headers = {"by": "power", "x_correlation_id": "c-same"}
        response = await (stage.get(path, **headers) if body is None else stage.post(path, body, **headers))
        told.append((response.status_code, response.content.replace(b"power", b"")))
    assert told[0] == told[1]
    assert told[0][0] == 404
    assert await stage.state(mine) == "submitted"
