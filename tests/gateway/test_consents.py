"""Consents over HTTP: asked for word by word, needed for the submission, shown, and withdrawn as easily as given."""

import hashlib
from typing import Any

import pytest
from tests.gateway.matrix_stage import matrix_stage
from tests.gateway.stage import ADDRESS, AGREED, ENQUIRY, SUBMISSION, WATER, Stage, staged

from cotransfer.app.granting import Granting
from cotransfer.domain.agenda import Duty
from cotransfer.domain.grants import GrantId, Side
from cotransfer.domain.notes import Decision
from cotransfer.domain.trails import read

STALE = AGREED[0] | {"text_version": "2025-01"}
FORGED = AGREED[0] | {"text_digest": "0" * 64}


def path(transfer: str, receiver: str = WATER.text) -> str:
    """Where a consent is withdrawn."""
    return f"/v1/transfers/{transfer}/consents/{receiver}/withdrawal"


async def decided(stage: Stage, transfer: str) -> list[str]:
    """What the audit trail says of a transfer's consents."""
    assert stage.audit is not None
    told = [read(link.body).what for link in await stage.audit.chain(transfer)]
    return [f"{one.what} {one.about}" for one in told if isinstance(one, Decision) and one.what.startswith("consent")]


@pytest.mark.parametrize("language", ["zh-CN", "en"])
async def test_what_is_asked_for_is_what_is_taken(stage: Stage, language: str):
    """Step 4 brings each text with its digest; exactly these, in either language, make the submission good."""
    offers = (await stage.post("/v1/accounts/search", ENQUIRY, accept_language=language)).json()["consents"]
    assert [offer["receiver"] for offer in offers] == [one["receiver"] for one in AGREED]
    for offer in offers:
        assert offer["text_digest"] == hashlib.sha256(offer["text"].encode()).hexdigest()
        assert offer["receiver_name"] in offer["text"]
    named = ("receiver", "text_version", "text_digest")
    agreements = [{name: offer[name] for name in named} | {"how": "h5"} for offer in offers]
    assert (await stage.post("/v1/transfers", SUBMISSION | {"consents": agreements})).status_code == 201


@pytest.mark.parametrize(
    ("consents", "code"),
    [
        (None, "consent_missing"),
        ([], "consent_missing"),
        (AGREED[:1], "consent_missing"),
        (AGREED[1:], "consent_missing"),
        ([STALE, AGREED[1]], "consent_outdated"),
        ([FORGED, AGREED[1]], "consent_outdated"),
        ([AGREED[0], AGREED[1] | {"receiver": "kunming-power"}], "consent_missing"),
    ],
)
async def test_without_every_consent_nothing_begins(stage: Stage, consents: Any, code: str):
    """Missing for one receiver, for words that are not shown today, or for somebody else: 409, and nothing stored."""
    body = {name: value for name, value in SUBMISSION.items() if name != "consents"}
    answer = await stage.post("/v1/transfers", body if consents is None else body | {"consents": consents})
    assert (answer.status_code, answer.json()["code"]) == (409, code)
    assert answer.json()["next_action"]["code"] == "give_consent"
    assert stage.stored == (0, 0)


async def test_without_a_channel_its_consent_is_not_needed(stage: Stage):
    """Who gives no openid gets no notice, and need not agree to one."""
    body = {name: value for name, value in SUBMISSION.items() if name != "wechat_openid"}
    assert (await stage.post("/v1/transfers", body | {"consents": AGREED[:1]})).status_code == 201


async def test_given_shown_withdrawn(stage: Stage):
    """Once, at its first moment; a second withdrawal changes nothing and is no second line in the trail."""
    transfer = await stage.submit()
    given = (await stage.get(f"/v1/transfers/{transfer}/consents")).json()["consents"]
    assert {one["receiver"]: one["withdrawn_at"] for one in given} == {WATER.text: None, "notifier": None}
    first = await stage.post(path(transfer), {})
    assert first.status_code == 200
    await stage.clock.sleep(60)
    again = await stage.post(path(transfer), {})
    assert again.json() == first.json() == (await stage.get(f"/v1/transfers/{transfer}/consents")).json()
    withdrawn = {one["receiver"]: one["withdrawn_at"] is not None for one in again.json()["consents"]}
    assert withdrawn == {WATER.text: True, "notifier": False}
    assert await decided(stage, transfer) == [
        f"consent.given {WATER.text}",
        "consent.given notifier",
        f"consent.withdrawn {WATER.text}",
    ]


async def test_nothing_more_goes_out(stage: Stage):
    """Withdrawn from the utility: no identity, no certificate, no application; its reports still come in."""
    transfer = await stage.submit()
    await stage.post(path(transfer), {})
    for what in ("identity", "certificate"):
        answer = await stage.get(f"/v1/utility/transfers/{transfer}/{what}", by="water")
        assert (answer.status_code, answer.json()["code"]) == (403, "consent_withdrawn")
    await stage.office.worker.drain()
    assert stage.water.applications == ()
    passed = await stage.report(transfer, "pre-review", {"result": "passed", "signing_address": ADDRESS})
    assert passed.status_code == 200


async def test_the_notice_alone(stage: Stage):
    """Withdrawn from the channel: the transfer goes on, and the citizen is told on its page, not by WeChat."""
    transfer = await stage.submit()
    await stage.post(path(transfer, "notifier"), {})
    await stage.office.worker.drain()
    await stage.report(transfer, "pre-review", {"result": "passed", "signing_address": ADDRESS})
    await stage.office.worker.drain()
    assert stage.notifier.inbox == []
    timeline = [line["code"] for line in (await stage.get(f"/v1/transfers/{transfer}")).json()["timeline"]]
    assert "invitation_undeliverable" in timeline
    assert not [one for one in stage.store._tasks if one[1] is Duty.INVITE_TO_SIGN]


@pytest.mark.parametrize("receiver", ["kunming-power", "nobody", "530102199003071238", "x" * 61])
async def test_who_has_none_has_none_to_withdraw(stage: Stage, receiver: str):
    """A receiver that was not agreed to: 409, and nothing stored; whoever's number stands there is not repeated."""
    transfer = await stage.submit()
    before = stage.stored
    answer = await stage.post(path(transfer, receiver), {})
    assert (answer.status_code, answer.json()["code"]) == (409, "consent_missing")
    assert stage.stored == before


async def test_a_program_without_a_gate():
    """It asks for no consents, shows none, and says nothing about disclosures that it does not write down."""
    async with staged(gate=False) as stage:
        assert (await stage.post("/v1/accounts/search", ENQUIRY)).json()["consents"] == []
        body = {name: value for name, value in SUBMISSION.items() if name != "consents"}
        transfer = (await stage.post("/v1/transfers", body)).json()["transfer"]
        assert (await stage.get(f"/v1/utility/transfers/{transfer}/identity", by="water")).status_code == 200
        disclosures = await stage.get(f"/v1/transfers/{transfer}/disclosures")
        assert (disclosures.status_code, disclosures.json()["code"]) == (503, "unavailable")


async def suspend(stage: Stage, name: str) -> None:
    """The city suspends a grant, at once."""
    assert stage.grants is not None
    granting = Granting(stage.grants, stage.clock, in_force=stage.in_force)
    assert await granting.suspend(GrantId(name), by=Side.CITY, who="tests", why="incident")


async def test_without_the_notifier_the_rest_goes_on(stage: Stage):
    """A channel that may be told nothing is not asked about; and where it is the utility's grant that is wanting, that
    is said to be so, and not the platform's."""
    await suspend(stage, "notifier.notices")
    shown = await stage.post("/v1/accounts/search", ENQUIRY)
    assert [one["receiver"] for one in shown.json()["consents"]] == [WATER.text]
    await suspend(stage, "kunming-water.transfer")
    refused = (await stage.post("/v1/accounts/search", ENQUIRY)).json()
    assert (refused["status"], refused["code"], refused["party"]) == (403, "grant_suspended", "utility")


async def test_signed_in_after_a_suspension():
    """The platform's grant is suspended and nobody is signed in yet: the citizen signs in, sees and withdraws. No home
    and no account is shown to that session (个人信息保护法 art. 15)."""
    async with matrix_stage() as on:
        transfer = await on.submit()
        on.let("platform", "suspended by city")
        opened = await on.call(
            "POST", "/v1/citizen-sessions", {"id_token": on.tokens.id_token()}, by="platform", session=""
        )
        assert opened.status_code == 201, opened.text
        session = opened.json()["session"]
        seen = await on.call("GET", f"/v1/transfers/{transfer}/consents", by="platform", session=session)
        assert [one["withdrawn_at"] for one in seen.json()["consents"]] == [None, None]
        withdrawn = await on.call("POST", path(transfer), {}, by="platform", session=session)
        assert [one["receiver"] for one in withdrawn.json()["consents"] if one["withdrawn_at"]] == [WATER.text]
        refused = await on.call("POST", "/v1/accounts/search", ENQUIRY, by="platform", session=session)
        assert (refused.status_code, refused.json()["code"]) == (403, "grant_suspended")
