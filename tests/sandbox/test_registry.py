"""The simulated registry answers from the city's book."""

import pytest
from tests.sandbox.conftest import AT_ONCE, calling

from cotransfer.sandbox import City, Registry


async def test_properties_are_those_in_ones_name(city: City) -> None:
    """Step 1: every property of an identity, with co-owners and former right holders."""
    someone = city.someone("co_owner")
    assert someone.home is not None
    async with calling(Registry(city, pace=AT_ONCE)) as client:
        answer = await client.post("/v1/properties/search", json=someone.property_search())
    (found,) = answer.json()["properties"]
    assert found["certificate_number"] == someone.home.certificate_number
    assert [holder["name"] for holder in found["right_holders"]] == [h.name for h in someone.home.right_holders]
    assert found["former_right_holders"] == [{"name": someone.home.former_right_holders[0]}]


async def test_nobody_has_an_empty_list(city: City) -> None:
    """Step 1: no property is no error."""
    async with calling(Registry(city, pace=AT_ONCE)) as client:
        answer = await client.post("/v1/properties/search", json=city.someone("no_property").property_search())
    assert (answer.status_code, answer.json()) == (200, {"properties": []})


async def test_the_document_type_counts(city: City) -> None:
    """The same digits on another kind of document are another identity."""
    search = {**city.someone("plain").property_search(), "document_type": "household_register"}
    async with calling(Registry(city, pace=AT_ONCE)) as client:
        answer = await client.post("/v1/properties/search", json=search)
    assert answer.json() == {"properties": []}


async def test_a_certificate_can_be_restated_while_a_transfer_runs(city: City) -> None:
    """Steps 6 and 8: the status is asked afresh, and may have changed in between."""
    home = city.someone("plain").home
    assert home is not None
    registry, query = Registry(city, pace=AT_ONCE), {"certificate_number": home.certificate_number}
    async with calling(registry) as client:
        before = (await client.post("/v1/certificates/search", json=query)).json()
        restated = [{**query, "status": "historical", "restrictions": ["seizure"]}]
        told = await client.post("/sandbox/script", json={"restate": restated})
        after = (await client.post("/v1/certificates/search", json=query)).json()
    assert told.status_code == 200
    assert before["registry_status"] == {"status": "current", "restrictions": []}
    assert after["registry_status"] == {"status": "historical", "restrictions": ["seizure"]}
    assert after["location"] == home.location


async def test_an_unknown_certificate_is_a_404(city: City) -> None:
    """There is a difference between no such certificate and one that is not current."""
    async with calling(Registry(city, pace=AT_ONCE)) as client:
        answer = await client.post(
            "/v1/certificates/search", json={"certificate_number": "云(2020)昆明市不动产权第1号"}
        )
    assert (answer.status_code, answer.json()["code"]) == (404, "certificate_unknown")


@pytest.mark.parametrize("authorization", [None, "Bearer wrong", "Bearer clé".encode()])
async def test_a_token_is_insisted_on_when_agreed(city: City, authorization: str | bytes | None) -> None:
    """With a token agreed, a call without it or with another one learns nothing."""
    headers = {} if authorization is None else {"authorization": authorization}
    async with calling(Registry(city, token="agreed", pace=AT_ONCE)) as client:
        search = city.someone("plain").property_search()
        refused = await client.post("/v1/properties/search", json=search, headers=headers)  # type: ignore[arg-type]
        good = await client.post("/v1/properties/search", json=search, headers={"authorization": "Bearer agreed"})
    assert (refused.status_code, refused.json()["code"]) == (401, "unauthorised")
    assert good.status_code == 200


@pytest.mark.parametrize(
    ("body", "status", "fields"),
    [
        (b"[]", 400, []),
        (b"{", 400, []),
        (b'{"certificate_number": 5}', 422, ["certificate_number"]),
        (b'{"number": "x", "extra": 1}', 422, ["extra", "number", "certificate_number"]),
    ],
)
async def test_a_wrong_request_is_told_all_its_faults(city: City, body: bytes, status: int, fields: list[str]) -> None:
    """A counterparty that overlooks our mistakes would hide them until the real one does not."""
    async with calling(Registry(city, pace=AT_ONCE)) as client:
        answer = await client.post(
            "/v1/certificates/search", content=body, headers={"content-type": "application/json"}
        )
    assert answer.status_code == status
    assert [error["field"] for error in answer.json().get("errors", [])] == fields
