"""Whose transfer it is: a utility sees certificate and identity of its own open ones, a citizen of their own only."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
from tests.gateway.granted_fields import granted
from tests.gateway.matrix_stage import BAD_HANDLING, BAD_REVIEW, MatrixStage, matrix_stage
from tests.gateway.stage import ADDRESS, BUYER, ENQUIRY, IDENTITY, SUBMISSION

from cotransfer.adapters.wire.contracts import contract
from cotransfer.domain.refusals import Refused, Why
from cotransfer.domain.values import TransferId

PASSED = ("pre-review", {"result": "passed", "signing_address": ADDRESS})
BY_SMS = ("pre-review", {"result": "passed"})
SIGNED = ("signing", {"outcome": "signed", "channel": "sms"})
WAYS: dict[str, tuple[bool, tuple[Any, ...]]] = {
    "submitted": (True, ()),
    "awaiting_signing": (True, (PASSED,)),
    "awaiting_sms_signing": (True, (BY_SMS,)),
    "in_handling": (True, (PASSED, SIGNED)),
    "pre_review_failed": (False, (("pre-review", {"result": "not_passed", "reason": BAD_REVIEW}),)),
    "signing_lapsed": (False, (PASSED, ("signing", {"outcome": "declined"}))),
    "handling_failed": (False, (PASSED, SIGNED, ("handling", {"result": "not_done", "reason": BAD_HANDLING}))),
    "completed": (False, (PASSED, SIGNED, ("handling", {"result": "done"}))),
}
"""How a transfer gets there, and whether it is open then."""
ASKED = {"certificate": "showCertificateStatus", "identity": "showIdentity"}


@pytest.fixture
async def on() -> AsyncIterator[MatrixStage]:
    """A fresh stage with everybody's grants active."""
    async with matrix_stage() as fresh:
        yield fresh


@pytest.mark.parametrize("what", ASKED)
@pytest.mark.parametrize("state", [*WAYS, "in_pre_review"])
async def test_a_utility_sees_its_own_while_they_are_open(on: MatrixStage, state: str, what: str):
    """In every state: the party while it is open, nobody after, and nobody else ever; each look noted once."""
    is_open, way = WAYS.get(state, (True, ()))
    transfer = await on.submit()
    if state == "in_pre_review":
        await on.stage.office.worker.drain()
    await on.report(transfer, *way)
    shown = (await on.call("GET", f"/v1/transfers/{transfer}", by="platform")).json()["state"]
    assert shown == state
    path = f"/v1/utility/transfers/{transfer}/{what}"
    answer = await on.call("GET", path, by="water")
    expected = (200, None) if is_open else (409, "closed")
    assert (answer.status_code, answer.json().get("code")) == expected
    assert len(on.noted("kunming-water", ASKED[what])) == int(is_open)
    others = await on.call("GET", path, by="power")
    assert (others.status_code, others.json()["code"]) == (404, "unknown_transfer")
    assert on.noted("kunming-power", ASKED[what]) == []


@pytest.mark.parametrize("session", ["stranger", "none", "unknown", "another client's"])
async def test_a_citizen_sees_their_own(on: MatrixStage, session: str):
    """Somebody else's transfer is none; nobody signed in is told so; and neither is noted, for nothing left."""
    transfer = await on.submit()
    shown = {
        "stranger": on.sessions["stranger"],
        "none": "",
        "unknown": "u" * 43,
        "another client's": on.sessions["visitor"],
    }[session]
    own = [(404, "unknown_transfer"), (403, "not_your_own")] if session == "stranger" else [(401, "sign_in_required")]
    bodies = {"searchProperties": IDENTITY, "searchAccount": ENQUIRY, "submitTransfer": SUBMISSION}
    bodies["submitAgain"] = {"confirmed_match": False}
    tried = 0
    for operation in contract("gateway").operations:
        if operation.identifier not in granted() or operation.node.value["tags"] != ["platform"]:
            continue
        path = operation.template.replace("{transfer}", transfer).replace("{receiver}", "notifier")
        body = bodies.get(operation.identifier, {})
        before = sum(len(on.noted("platform", name)) for name in granted())
        answer = await on.call(operation.method, path, body, by="platform", session=shown)
        told = (answer.status_code, answer.json()["code"])
        assert told == own[0 if "{transfer}" in operation.template else -1], operation.title
        assert sum(len(on.noted("platform", name)) for name in granted()) == before
        assert BUYER not in answer.text
        tried += 1
    assert tried == 14
    consents = (await on.call("GET", f"/v1/transfers/{transfer}/consents", by="platform")).json()["consents"]
    assert [one["withdrawn_at"] for one in consents] == [None, None]


async def test_a_citizen_reads_what_left(on: MatrixStage):
    """Every disclosure of the transfer, and no value of any."""
    transfer = await on.submit()
    await on.stage.office.worker.drain()
    await on.call("GET", f"/v1/utility/transfers/{transfer}/identity", by="water")
    answer = await on.call("GET", f"/v1/transfers/{transfer}/disclosures", by="platform")
    told = [(one["to"], one["operation"], one["dataset"]["code"]) for one in answer.json()["disclosures"]]
    assert told == [
        ("kunming-water", "submitApplication", "application"),
        ("kunming-water", "submitApplication", "account_query"),
        ("kunming-water", "showIdentity", "identity"),
    ]
    assert BUYER not in answer.text


async def test_an_erased_transfer_is_none_to_citizens(on: MatrixStage):
    """Nobody can tell any more whose it was, so nobody learns by its identifier that there was one."""
    transfer = await on.submit()
    await on.report(transfer, BY_SMS, SIGNED, ("handling", {"result": "done"}))
    assert await on.stage.office.erasure.erase(TransferId.parse(transfer))
    answer = await on.call("GET", f"/v1/transfers/{transfer}", by="platform")
    assert (answer.status_code, answer.json()["code"]) == (404, "unknown_transfer")


@pytest.mark.parametrize("whose", ["theirs", "a stranger's"])
async def test_a_transfer_in_the_way_is_named_to_whom_it_belongs(
    on: MatrixStage, whose: str, monkeypatch: pytest.MonkeyPatch
):
    """The identifier tells when it was submitted and opens its page: a co-owner only hears that there is one."""
    transfer = await on.submit()
    if whose != "theirs":

        def strangers(*_: Any) -> None:
            raise Refused(Why.UNKNOWN_TRANSFER)

        monkeypatch.setattr("cotransfer.adapters.gateway.platform.their_transfer", strangers)
    again = await on.call("POST", "/v1/transfers", SUBMISSION, by="platform", key="again")
    assert (again.status_code, again.json()["code"]) == (409, "already_under_way")
    assert again.json().get("blocking_transfer") == (transfer if whose == "theirs" else None)
