"""Whom we call, and what we say: every call of ours × field that it gives × way in which the grant for it stands.

The counterparties write down what they are asked. A call that is not granted whole is not made: a message to a
counterparty has no holes.
"""

from collections.abc import Awaitable, Callable, Mapping
from datetime import timedelta
from typing import Any

import pytest
from tests.gateway.grant_states import WITHOUT, states_of
from tests.gateway.matrix_stage import EVERYBODYS, MatrixStage, matrix_stage
from tests.gateway.stage import ADDRESS, AGREED, ENQUIRY, IDENTITY, SUBMISSION, WATER, agreed

from cotransfer.adapters.wire.contracts import contract
from cotransfer.domain.values import OpenId

SAYS: Mapping[str, tuple[str, frozenset[str]]] = {
    "findProperties": ("registry", frozenset({"holder_query.identity_number"})),
    "findCertificate": ("registry", frozenset({"certificate_query.certificate_number"})),
    "findAccount": (WATER.text, frozenset({"account_query.account_number"})),
    "submitApplication": (
        WATER.text,
        frozenset(
            {
                "application.right_holder_name",
                "application.identity_number",
                "application.mobile_number",
                "application.certificate_number",
                "application.location",
                "application.unit_numbers",
                "application.registry_status",
                "account_query.account_number",
            }
        ),
    ),
    "showProgress": (WATER.text, frozenset()),
    "cancelApplication": (WATER.text, frozenset()),
    "renewSigningAddress": (WATER.text, frozenset()),
    "listApplications": (WATER.text, frozenset()),
    "sendTemplateMessage": (
        "notifier",
        frozenset({"notice.recipient", "notice.location", "notice.certificate_number", "notice.outcome"}),
    ),
    "sendSms": ("sms", frozenset({"sms_notice.mobile_number", "sms_notice.outcome"})),
}
"""Each call of ours: to whom, and what the scheme's steps have us say in it."""

DEAD = {"none", "not yet valid", "expired", "ended", "active, other operations"}
NARROW = {"other service", "other county"}
BEFORE_THE_HOME = {"findProperties"}
"""Asked when nobody can know yet which service and which county it will be about."""
GIVES_NOTHING = {"showProgress", "cancelApplication", "renewSigningAddress", "listApplications"}
CODES = {"suspended": "grant_suspended", "quota spent": "grant_quota_spent"}
CITIZEN_WAITS = {"findProperties", "findCertificate", "findAccount", "renewSigningAddress"}
"""Somebody is told at once; the others are on the agenda."""


def refused(operation: str, state: str) -> bool:
    """The rule: default deny, whole or not at all; what gives nothing goes on while a grant is suspended."""
    if state in DEAD:
        return True
    if operation in GIVES_NOTHING:
        return False
    if state.startswith("suspended") or state == "quota spent":
        return True
    if state in NARROW:
        return operation not in BEFORE_THE_HOME
    return state.removeprefix(WITHOUT) in SAYS[operation][1]


async def search_properties(on: MatrixStage) -> Callable[[], Awaitable[Any]]:
    """Step 1."""
    return lambda: on.call("POST", "/v1/properties/search", IDENTITY, by="platform")


async def search_account(on: MatrixStage) -> Callable[[], Awaitable[Any]]:
    """Step 3."""
    return lambda: on.call("POST", "/v1/accounts/search", ENQUIRY, by="platform")


async def verify(on: MatrixStage) -> Callable[[], Awaitable[Any]]:
    """Step 6, on demand."""
    transfer = await on.submit()
    return lambda: on.call("GET", f"/v1/utility/transfers/{transfer}/certificate", by="water")


async def send(on: MatrixStage) -> Callable[[], Awaitable[Any]]:
    """Step 5: the application is on the agenda."""
    await on.submit()
    return on.stage.office.worker.drain


async def chase(on: MatrixStage) -> Callable[[], Awaitable[Any]]:
    """Step 6 is overdue."""
    await on.submit()
    await on.stage.office.worker.drain()
    on.stage.clock.move(timedelta(days=30))
    return on.stage.office.worker.drain


async def take_back(on: MatrixStage) -> Callable[[], Awaitable[Any]]:
    """Steps 5 to 7: the citizen wants it back, and the utility is to be asked."""
    transfer = await on.submit()
    await on.stage.office.worker.drain()
    await on.call("POST", f"/v1/transfers/{transfer}/withdrawal", {}, by="platform")
    return on.stage.office.worker.drain


async def tap(on: MatrixStage) -> Callable[[], Awaitable[Any]]:
    """Step 7, after the signing address has died."""
    transfer = await on.submit()
    await on.stage.office.worker.drain()
    await on.report(transfer, ("pre-review", {"result": "passed", "signing_address": ADDRESS}))
    on.stage.clock.move(timedelta(days=30))
    return lambda: on.call("POST", f"/v1/transfers/{transfer}/signing", {}, by="platform")


async def notify(on: MatrixStage) -> Callable[[], Awaitable[Any]]:
    """Step 7: the invitation is on the agenda."""
    transfer = await on.submit()
    await on.stage.office.worker.drain()
    await on.report(transfer, ("pre-review", {"result": "passed", "signing_address": ADDRESS}))
    return on.stage.office.worker.drain


async def reconcile(on: MatrixStage) -> Callable[[], Awaitable[Any]]:
    """At night: nothing is under way, so that its statement is all that is asked for."""
    reconciling = on.stage.office.reconciling
    assert reconciling is not None
    return lambda: reconciling.reconcile(WATER)


async def notify_by_sms(on: MatrixStage) -> Callable[[], Awaitable[Any]]:
    """Step 7: nobody follows the account, so the invitation goes on."""
    on.stage.notifier.unfollow(OpenId(str(SUBMISSION["wechat_openid"])))
    by_sms = agreed("sms", "citizen-notices", ("mobile_number", "outcome"))
    transfer = await on.submit(consents=[*AGREED, by_sms])
    await on.stage.office.worker.drain()
    await on.report(transfer, ("pre-review", {"result": "passed", "signing_address": ADDRESS}))
    return on.stage.office.worker.drain


BRINGS_ABOUT = {
    "findProperties": search_properties,
    "findCertificate": verify,
    "findAccount": search_account,
    "submitApplication": send,
    "showProgress": chase,
    "cancelApplication": take_back,
    "renewSigningAddress": tap,
    "listApplications": reconcile,
    "sendTemplateMessage": notify,
    "sendSms": notify_by_sms,
}


async def tried(operation: str, state: str) -> list[str]:
    """One cell on a fresh stage: what is wrong with it."""
    counterparty, says = SAYS[operation]
    async with matrix_stage(by_sms=operation == "sendSms") as on:
        act = await BRINGS_ABOUT[operation](on)
        on.let(counterparty, state)
        calls, notes = len(on.told.calls), len(on.noted(counterparty, operation))
        answer = await act()
        said = on.told.of(operation, calls)
        noted = on.noted(counterparty, operation)[notes:]
    expected: list[set[str]] = [] if refused(operation, state) else [set(says)]
    found = []
    if [{name for name, value in one.items() if value is not None} for one in said] != expected:
        found.append(f"{len(said)} calls, not {len(expected)}")
    written = sorted(f"{one.dataset.value}.{name}" for one in noted for name in one.fields)
    if written != sorted(name for one in expected for name in one):
        found.append(f"noted as {written}")
    if operation in CITIZEN_WAITS and expected == []:
        code = next((code for begin, code in CODES.items() if state.startswith(begin)), "not_granted")
        if answer.json().get("code") != code:
            found.append(f"answered {answer.status_code} {answer.json().get('code')}, not {code}")
    return [f"{operation}, {state}: {wrong}" for wrong in found]


@pytest.mark.parametrize("operation", SAYS)
async def test_every_call_of_ours(operation: str, count: Callable[[str], None]):
    """Made and noted, or neither; whoever waits for it hears why."""
    grant = next(one for one in EVERYBODYS if one.counterparty == SAYS[operation][0])
    states = list(states_of(grant))
    found = [wrong for state in states for wrong in await tried(operation, state)]
    fields = max(1, len(SAYS[operation][1]))
    count(f"grant matrix, our {operation}: {len(states) * fields} cells in {len(states)} states, each tried")
    assert found == []


def test_no_call_is_left_out():
    """Every operation of the contracts of our counterparties is in the table, but fetching our own credential."""
    named = {one.identifier for name in ("utility", "registry", "wechat", "sms") for one in contract(name).operations}
    assert named == {*SAYS, "getStableToken"}


@pytest.mark.parametrize("state", ["suspended by city", "suspended by counterparty", "suspended by both"])
async def test_an_application_waits_for_the_grant(state: str):
    """Suspended it stays on the agenda; resumed it is sent, once, by itself."""
    async with matrix_stage() as on:
        act = await send(on)
        on.let(WATER.text, state)
        await act()
        on.let(WATER.text, "active")
        on.stage.clock.move(timedelta(hours=1))
        await act()
        assert len(on.told.of("submitApplication", 0)) == 1
