"""An answer that is given again is judged again: what was granted when it was stored may not be now."""

import re
from collections.abc import Callable

import pytest
from tests.gateway.grant_states import states_of
from tests.gateway.granted_fields import there
from tests.gateway.matrix_stage import MatrixStage, matrix_stage
from tests.gateway.stage import ENQUIRY, GRANTS, IDENTITY
from tests.gateway.test_grant_matrix import FIELDS, VALUES, ruled

ASKED = {
    "searchProperties": ("/v1/properties/search", IDENTITY),
    "searchAccount": ("/v1/accounts/search", ENQUIRY),
    "openSigning": ("/v1/transfers/{}/signing", {}),
}
LISTED = 3
"""The buyer's homes, in two counties."""


async def tried(on: MatrixStage, operation: str, state: str, transfer: str) -> list[str]:
    """Asked while everything was granted, and again, under the same key, in that state: what is wrong with it."""
    path, body = ASKED[operation]
    on.let("platform", "active")
    key = re.sub(r"[^a-z_]+", "-", state)
    first = await on.call("POST", path.format(transfer), body, by="platform", key=key)
    assert first.status_code == 200
    on.let("platform", state)
    before = len(on.noted("platform", operation))
    again = await on.call("POST", path.format(transfer), body, by="platform", key=key)
    noted = on.noted("platform", operation)[before:]
    cell = ruled("platform", operation, state, set(FIELDS[operation]))
    fields, code = cell.fields, cell.code
    if (operation, state) == ("searchProperties", "other county"):
        # One stored answer is about all of its homes: it is given again whole, or not.
        fields, code = frozenset(), "not_granted"
    found = []
    if (again.is_success, again.json().get("code") if again.is_error else None) != (code is None, code):
        found.append(f"is {again.status_code} {again.json().get('code')}, not {code}")
    shown = {grant for grant, path in FIELDS[operation].items() if there(again.json(), path)}
    held = {grant for grant in set(VALUES) & set(FIELDS[operation]) if any(one in again.text for one in VALUES[grant])}
    if shown != fields or not held <= fields:
        found.append(f"shows {sorted(shown | held)}, not {sorted(fields)}")
    if again.is_success and fields == set(FIELDS[operation]) and again.content != first.content:
        found.append("is not what it was, byte for byte")
    told = [({f"{one.dataset.value}.{name}" for name in one.fields}, one.count) for one in noted]
    if told != ([(set(fields), LISTED if operation == "searchProperties" else 1)] if fields else []):
        found.append(f"is noted as {told}")
    return [f"{operation}, {state}: {wrong}" for wrong in found]


@pytest.mark.parametrize("operation", ASKED)
async def test_by_the_grant_as_it_stands_now(operation: str, count: Callable[[str], None]):
    """Refused, cut, or byte for byte as it was; and what leaves a second time is noted a second time."""
    states = list(states_of(GRANTS[0]))
    found = []
    async with matrix_stage() as on:
        transfer = (await on.transfers())["waiting"]
        for state in states:
            found += await tried(on, operation, state, transfer)
    count(f"grant matrix, {operation} given again: {len(states) * len(FIELDS[operation])} cells, each tried over HTTP")
    assert found == []
