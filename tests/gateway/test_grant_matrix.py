"""Who may do what, and sees which fields: every party × operation × field × way in which its grant stands, over HTTP.

Operations and fields come from the contract. What each cell has to be is said here, out of the scheme (§2: who is not
authorised gets nothing) and never out of the gateway's own code.
"""

from collections.abc import Iterator
from typing import Any

import attrs
import httpx
import pytest
from tests.gateway.grant_states import STATES, WITHOUT, states_of
from tests.gateway.granted_fields import granted, there
from tests.gateway.matrix_stage import BAD_HANDLING, BAD_REVIEW, MatrixStage, matrix_stage
from tests.gateway.stage import ADDRESS, BUYER, CERTIFICATE, ENQUIRY, GRANTS, IDENTITY, SUBMISSION
from tests.gateway.watched import FAR, SECOND

from cotransfer.adapters.gateway.clients import OPERATIONS
from cotransfer.adapters.wire.contracts import contract

FIELDS = granted()
TAGS = {operation.identifier: operation.node.value["tags"][0] for operation in contract("gateway").operations}
COUNTERPARTY = {"platform": "platform", "water": "kunming-water", "power": "kunming-power"}
"""Whose grants a party has; the visitor (a platform) and the gas company have none at all."""
UTILITIES = {"water", "power", "gas"}
CITIZENS_WILL = {"openCitizenSession", "showConsents", "withdrawConsent", "withdrawTransfer"}
"""What it takes a citizen to withdraw a consent or a transfer, from the first step on."""
REVERSALS = {
    "openReversal": "not_closed",
    "showReversals": None,
    "addEvidence": "unknown_reversal",
    "withdrawReversal": "unknown_reversal",
    "questionTransfer": None,
    "reportReversal": None,
}
"""What they come to on a transfer under way; the water company's come after it has reported that it is handled."""
NEWS = {"reportPreReview", "reportSigning", "reportHandling", *REVERSALS} | CITIZENS_WILL
"""They give no table: they go on while a grant is suspended."""
DEAD = {"none", "not yet valid", "expired", "ended", "active, other operations"}
NARROW = {"other service", "other county"}
NEW = "submitTransfer"
"""It begins something: not outside of the service and the region of the grant."""
AGAIN = "submitAgain"
"""Likewise; what it would begin again is under way already, so where it is granted it is refused for that alone."""
STILL_SHOWN = "showTransfer"
"""How far a transfer is, the platform knows anyway: without a grant for the reason, the reason alone stays out."""

VALUES = {
    "properties.certificate_number": [CERTIFICATE, FAR, SECOND["certificate_number"]],
    "properties.location": ["翠湖", "海埂"],
    "properties.unit_numbers": ["530102003004GB", "530112003004GB"],
    "certificate_status.certificate_number": [CERTIFICATE],
    "certificate_status.location": ["翠湖"],
    "identity.right_holder_name": ["李小满"],
    "identity.identity_number": [BUYER],
    "pre_review.signing_address": [ADDRESS],
    "pre_review.reason": [BAD_REVIEW],
    "handling.reason": [BAD_HANDLING],
}
"""What must not stand anywhere in an answer, in whatever field, when the datum is not granted."""


@attrs.frozen(kw_only=True)
class Cell:
    """`code` is the problem's, None where the operation is allowed; `fields` are the grants of those that are there."""

    operation: str
    about: str = ""
    code: str | None = None
    fields: frozenset[str] = frozenset()
    rows: int = 1


def cells(party: str, state: str) -> Iterator[Cell]:
    """The column of one party in one state."""
    for operation in sorted(FIELDS, key=lambda name: name in NEWS):  # Reports end the transfer that is looked at.
        if operation != STILL_SHOWN:
            yield ruled(party, operation, state, set(FIELDS[operation]))
        else:
            for table in ("pre_review", "handling"):
                cell = ruled(party, operation, state, {f"{table}.reason"})
                yield attrs.evolve(cell, about=table)


def ruled(party: str, operation: str, state: str, fields: set[str]) -> Cell:
    """The rule. First whose operation it is, then the grant, then whose transfer it is, then what is granted of it."""
    refused = refusal(party, operation, state)
    if refused is not None:
        return Cell(operation=operation, code=refused)
    if party in UTILITIES - {"water"}:
        return Cell(operation=operation, code="unknown_transfer")
    if operation in REVERSALS:
        return Cell(operation=operation, code=REVERSALS[operation])
    if operation == NEW:
        return Cell(operation=operation, code="not_granted" if state in NARROW else None)
    if operation == AGAIN:
        return Cell(
            operation=operation, about="handling", code="not_granted" if state in NARROW else "already_under_way"
        )
    if not fields:
        return Cell(operation=operation)
    left, code = left_of(operation, state, fields)
    if left:
        rows = 1 if operation != "searchProperties" else len(homes_in(state))
        return Cell(operation=operation, fields=frozenset(left), rows=rows)
    return Cell(operation=operation, code=None if operation == STILL_SHOWN else code)


def refusal(party: str, operation: str, state: str) -> str | None:
    """Before anything is looked at."""
    if (TAGS[operation] == "utility") is not (party in UTILITIES):
        return "forbidden"
    if party not in COUNTERPARTY or state in DEAD:
        return "not_granted"
    return "grant_suspended" if state.startswith("suspended") and operation not in NEWS else None


def left_of(operation: str, state: str, fields: set[str]) -> tuple[set[str], str]:
    """Which of the fields may leave, and what is said where none may."""
    if state == "quota spent":
        return set(), "grant_quota_spent"
    if operation == "searchProperties" and state in NARROW:
        return fields, ""  # Homes belong to no service; those of the region are shown, and the others are not.
    if state in NARROW:
        return set(), "not_granted"
    return fields - {state.removeprefix(WITHOUT)}, "not_granted"


def homes_in(state: str) -> list[str]:
    """The buyer's homes that may be shown."""
    return [FAR] if state == "other county" else [CERTIFICATE, SECOND["certificate_number"], FAR]


async def asked(on: MatrixStage, party: str, cell: Cell, transfers: dict[str, str]) -> httpx.Response:
    """The cell over HTTP: the address from the contract, a good message from here."""
    operation = next(one for one in contract("gateway").operations if one.identifier == cell.operation)
    transfer = transfers[cell.about or "waiting"]
    path = operation.template.replace("{transfer}", transfer).replace("{receiver}", "notifier")
    return await on.call(operation.method, path, good_body(on, party, cell.operation), by=party)


def good_body(on: MatrixStage, party: str, operation: str) -> Any:
    """What would be taken, were it granted."""
    match operation:
        case "searchProperties":
            return IDENTITY
        case "searchAccount":
            return ENQUIRY
        case "submitTransfer":
            return SUBMISSION | SECOND
        case "submitAgain":
            return {"confirmed_match": False, "consents": SUBMISSION["consents"]}
        case "reportPreReview":
            return {"result": "passed"} | ({"signing_address": ADDRESS} if party == "water" else {})
        case "reportSigning":
            return {"outcome": "signed", "channel": "sms"}
        case "reportHandling":
            return {"result": "done"}
        case "openReversal" | "questionTransfer":
            return {"ground": "wrong_account"}
        case "addEvidence":
            return {"documents": [{"name": "合同.pdf", "sha256": "5f" * 32, "kept_at": "档案 7"}]}
        case "reportReversal":
            return {"number": 1, "finding": "taken_up", "reference": "R-1"}
        case "openCitizenSession":
            return {"id_token": on.tokens.id_token()}
        case _:
            return {}


def wrong_with(cell: Cell, answer: httpx.Response, noted: list[Any]) -> Iterator[str]:
    """Everything in which an answer, and what was written down about it, is not as ruled."""
    body = answer.json()
    if cell.code is not None:
        if (answer.is_success, body.get("code")) != (False, cell.code):
            yield f"is {answer.status_code} {body.get('code')}, not {cell.code}"
    elif not answer.is_success:
        yield f"is {answer.status_code} {body.get('code')}, not allowed"
    paths = FIELDS[cell.operation]
    shown = {paths[grant] for grant in paths if there(body, paths[grant])}
    if shown != {paths[grant] for grant in cell.fields}:
        yield f"shows {sorted(shown)}, not {sorted(cell.fields)}"
    for grant in set(VALUES) - set(cell.fields):
        if answer.is_success and grant in paths and any(value in answer.text for value in VALUES[grant]):
            yield f"holds the value of {grant} somewhere"
    written = [(one.dataset.value, set(one.fields), one.count) for one in noted]
    table = {grant.partition(".")[0] for grant in cell.fields}
    names = {grant.partition(".")[2] for grant in cell.fields}
    if written != ([(*table, names, 1)] * cell.rows if cell.fields else []):
        yield f"is noted as {written}"


async def tried(party: str, state: str) -> tuple[int, list[str]]:
    """A whole column on a fresh stage: how many cells, and what was wrong with which."""
    found: list[str] = []
    tries = 0
    async with matrix_stage() as on:
        transfers = await on.transfers()
        counterparty = COUNTERPARTY.get(party, party)
        on.let(counterparty, state)
        for cell in cells(party, state):
            before = len(on.noted(counterparty, cell.operation))
            answer = await asked(on, party, cell, transfers)
            noted = on.noted(counterparty, cell.operation)[before:]
            name = f"{party}, {cell.operation} {cell.about}, {state}"
            found += [f"{name}: {wrong}" for wrong in wrong_with(cell, answer, noted)]
            if cell.operation == "searchProperties" and answer.is_success:
                assert len(answer.json()["properties"]) == len(homes_in(state))
            tries += max(1, len(FIELDS[cell.operation]) if not cell.about else 1)
    return tries, found


def columns(party: str) -> list[str]:
    """The states of a party: with each field taken away, where it has a grant at all."""
    its = [grant for grant in GRANTS if grant.counterparty == COUNTERPARTY.get(party)]
    return list(states_of(its[0])) if its else list(STATES)[:1]


@pytest.mark.parametrize("party", ["platform", "visitor", "water", "power", "gas"])
async def test_every_cell(party: str, count: Any):
    """Allowed or refused as ruled; the granted fields and no others; one note for each row that left, else none."""
    assert set(FIELDS) == {operation.value for role in OPERATIONS.values() for operation in role}
    cells_tried, found = 0, []
    for state in columns(party):
        tries, wrong = await tried(party, state)
        cells_tried += tries
        found += wrong
    count(f"grant matrix, {party}: {cells_tried} cells in {len(columns(party))} states, each tried over HTTP")
    assert found == []
