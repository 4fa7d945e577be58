"""Schemathesis over the served contract: what it makes up, right and wrong, is answered as the contract says.

Deterministic: the same examples in every run. In process: no port, and a fresh gateway for each example.
"""

import asyncio
import base64
import datetime
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis import GenerationMode, openapi
from schemathesis.checks import CheckFunction, load_all_checks, not_a_server_error
from schemathesis.core.result import Ok
from schemathesis.generation.case import Case
from schemathesis.schemas import APIOperation
from schemathesis.specs.openapi import checks as said
from tests.gateway.stage import FETCHER, FETCHERS_SECRET, TOKENS, staged

from cotransfer.adapters.wire.contract_documents import documents

EXAMPLES = 15
BOUNDED = settings(
    max_examples=EXAMPLES,
    deadline=None,
    derandomize=True,
    database=None,
    phases=[Phase.generate],  # A failing example is printed as it is: looking for a smaller one takes minutes.
    suppress_health_check=list(HealthCheck),
)
FIRST = "00000000-0002-7000-8000-000000000000"
"""The submission draws a name for its look-ups first."""
RECEIVER = "kunming-water"
CONFORMS: list[CheckFunction] = [
    not_a_server_error,
    said.status_code_conformance,
    said.content_type_conformance,
    said.response_headers_conformance,
    said.response_schema_conformance,
]


def operations() -> Iterator[APIOperation[Any, Any, Any, Any]]:
    """Every operation of the contract."""
    load_all_checks()
    schema = openapi.from_path(documents().folder / "gateway.openapi.yaml")
    for found in schema.get_all_operations():
        assert isinstance(found, Ok)
        yield found.ok()


OPERATIONS = [one for one in operations() if one.definition.raw["tags"] != ["people"]]
"""All but those about who is signed in, which need a provider of identities: tests/attacks/signin tries them."""


async def play(case: Case) -> None:
    """One made-up request to a gateway that has one transfer."""
    async with staged() as stage:
        assert await stage.submit() == FIRST
        asked = case.as_transport_kwargs(base_url="http://gateway.example")
        asked.pop("cookies", None)
        if isinstance(asked.get("data"), str | bytes):
            asked["content"] = asked.pop("data")  # As httpx calls a body that is bytes already.
        response = await stage.http.request(**asked)
        response.elapsed = datetime.timedelta()  # Read already by the transport that checks, so nobody took the time.
        case.validate_response(response, checks=CONFORMS)


def headers(operation: APIOperation[Any, Any, Any, Any]) -> dict[str, str]:
    """Let in, and plain where we are more lenient than the contract: an odd correlation id is replaced, an odd
    language is Chinese, and where nobody signs in nobody reads whose session it is.
    """
    if "/oauth/" in operation.path:
        shown = base64.b64encode(f"{FETCHER}:{FETCHERS_SECRET}".encode()).decode()
        return {"Authorization": f"Basic {shown}", "X-Correlation-Id": "c-made-up", "Accept-Language": "en"}
    by = "water" if "/utility/" in operation.path else "platform"
    plain = {"Authorization": f"Bearer {TOKENS[by]}", "X-Correlation-Id": "c-made-up", "Accept-Language": "en"}
    return plain if by == "water" else {**plain, "Citizen-Session": "s" * 43}


# A GET takes nothing that could be wrong but its path, which the next test makes up.
MODES = [
    pytest.param(operation, mode, id=f"{operation.label} {mode.value}")
    for operation in OPERATIONS
    for mode in (GenerationMode if operation.method == "post" else [GenerationMode.POSITIVE])
]


@pytest.mark.parametrize(("operation", "mode"), MODES)
def test_made_up_messages(operation: APIOperation[Any, Any, Any, Any], mode: GenerationMode):
    """T10: never a 5xx, always one of the answers that the contract has for the operation."""
    named = {"transfer": FIRST, "receiver": RECEIVER}
    path = {name: value for name, value in named.items() if f"{{{name}}}" in operation.path} or None
    strategy = operation.as_strategy(generation_mode=mode, headers=headers(operation), path_parameters=path)

    @BOUNDED
    @given(case=strategy)
    def trial(case: Case) -> None:
        asyncio.run(play(case))

    trial()


@pytest.mark.parametrize(
    "operation", [one for one in OPERATIONS if "{transfer}" in one.path], ids=lambda operation: operation.label
)
def test_made_up_transfers(operation: APIOperation[Any, Any, Any, Any]):
    """A transfer that there is not is 404 for every operation."""

    @BOUNDED
    @given(case=operation.as_strategy(headers=headers(operation)))
    def trial(case: Case) -> None:
        asyncio.run(play(case))

    trial()
