"""What the simulated water company looks at before it takes a message: everything that the contract's schema says."""

from typing import Any

import httpx
import pytest
from tests.sandbox.conftest import a_transfer, delivery

from cotransfer.adapters.wire.contract_examples import examples
from cotransfer.sandbox import City, Water
from cotransfer.sandbox.answering import Problem
from cotransfer.sandbox.shapes import shape_of

SCHEMAS = ("account-number-search.json", "application-delivery.json")


async def handed_in(client: httpx.AsyncClient, city: City, change: Any) -> httpx.Response:
    """An application with something wrong in it."""
    body = delivery(city.someone("plain"), a_transfer())
    change(body)
    return await client.post("/v1/applications", json=body, headers={"idempotency-key": body["transfer"]})


@pytest.mark.parametrize(
    ("change", "field", "code"),
    [
        (lambda body: body["application"]["registry_status"].pop("status"), "status", "missing"),
        (lambda body: body["application"]["registry_status"].update(more=1), "more", "unknown_field"),
        (lambda body: body["application"]["registry_status"].update(status=7), "status", "wrong_type"),
        (lambda body: body["application"]["registry_status"].update(status="sold"), "status", "wrong_value"),
    ],
)
async def test_it_looks_inside_what_is_nested(
    city: City, water: Water, client: httpx.AsyncClient, change: Any, field: str, code: str
) -> None:
    """Step 5: a field of a field is named by its whole path, and no case is opened."""
    answer = await handed_in(client, city, change)
    faults = [(fault["field"], fault["code"]) for fault in answer.json()["errors"]]
    assert (answer.status_code, faults) == (422, [(f"application.registry_status.{field}", code)])
    assert water.book.cases == {}


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("mobile_number", "12345678901"),
        ("mobile_number", "13800138000\n"),
        ("identity_number", "1" * 21),
        ("unit_numbers", []),
        ("unit_numbers", ["530102003005GB00123F00030021"] * 2),
        ("unit_numbers", ["530102003005GB00123F0003002"]),
        ("unit_numbers", [7]),
        ("document_type", "library_card"),
    ],
)
async def test_it_looks_at_values(city: City, client: httpx.AsyncClient, field: str, value: Any) -> None:
    """Step 5: a value that the contract excludes is named, and not repeated."""
    answer = await handed_in(client, city, lambda body: body["application"].update({field: value}))
    assert [fault["field"] for fault in answer.json()["errors"]] == [f"application.{field}"]
    assert str(value) not in answer.text


@pytest.mark.parametrize("schema", SCHEMAS)
def test_it_judges_as_the_contract_does(schema: str) -> None:
    """Every example of the contracts is taken, or not, as it should be."""
    meant = [(example, kind) for kind in ("good", "bad") for example in examples(kind) if example.schema == schema]
    assert meant
    for example, kind in meant:
        assert isinstance(example.instance, dict)
        try:
            shape_of(schema).check(example.instance)
        except Problem:
            assert kind == "bad", example.shows
        else:
            assert kind == "good", example.shows


def test_a_schema_with_words_it_does_not_read_is_refused() -> None:
    """A rule that the sandbox cannot read is never passed over."""
    with pytest.raises(ValueError, match=r"does not read: .*then"):
        shape_of("receipt.json")


async def test_problems_speak_the_language_asked_for(client: httpx.AsyncClient) -> None:
    """Chinese unless English is asked for; the code never changes, and the caller's correlation id comes back."""
    said = [
        (await client.post("/v1/accounts/search", json={"account_number": "0000"}, headers=headers)).json()
        for headers in ({}, {"accept-language": "en-GB,en;q=0.9"}, {"x-correlation-id": "c-1"})
    ]
    assert [each["title"] for each in said] == ["无此户号", "Account unknown", "无此户号"]
    assert {each["code"] for each in said} == {"account_unknown"}
    assert [each.get("correlation_id") for each in said] == [None, None, "c-1"]
