"""The people who can be acted as: one of each kind, or some of one kind, with ready bodies."""

from typing import Any

import pytest
from tests.sandbox.conftest import AT_ONCE, calling

from cotransfer.sandbox import City, Registry


async def asked(city: City, **query: Any) -> tuple[int, Any]:
    """What the registry says about people; it asks for no token here, although it has one."""
    async with calling(Registry(city, token="agreed", pace=AT_ONCE)) as client:
        answer = await client.get("/sandbox/people", params=query)
    return answer.status_code, answer.json()


async def test_one_of_each_kind(city: City) -> None:
    """Without a query: the kinds, how many there are of each, and the first of each with the platform's bodies."""
    status, told = await asked(city)
    assert (status, told["kinds"]) == (200, city.kinds)
    assert [one["kind"] for one in told["people"]] == list(city.kinds)
    for one in told["people"]:
        who = city.someone(one["kind"])
        assert one["property_search"] == who.property_search()
        assert one["submission"] == (who.submission() if who.home else None)


async def test_some_of_one_kind(city: City) -> None:
    """From the nth on, so many at most; the end of the list is no fault."""
    _, told = await asked(city, kind="seized", nth=6, limit=5)
    assert [one["nth"] for one in told["people"]] == [6, 7]
    assert told["people"][1]["account_search"] == city.someone("seized", 7).account_search()
    _, told = await asked(city, kind="seized")
    assert [one["nth"] for one in told["people"]] == [0]


@pytest.mark.parametrize("body", ["property_search", "account_search", "submission"])
async def test_a_body_alone(city: City, body: str) -> None:
    """Ready to be sent as it is."""
    assert await asked(city, kind="plain", nth=3, body=body) == (200, getattr(city.someone("plain", 3), body)())


async def test_who_is_not_there(city: City) -> None:
    """Past the last of a kind there is nobody, and whoever has no home applies for nothing."""
    status, told = await asked(city, kind="not_a_home", nth=3)
    assert (status, told["code"]) == (404, "person_unknown")
    assert (await asked(city, kind="no_property", body="submission"))[0] == 404
    assert (await asked(city, kind="no_property", body="property_search"))[0] == 200


async def test_a_wrong_question_is_told_all_its_faults(city: City) -> None:
    """With the kinds and the bodies that there are."""
    status, told = await asked(city, kind="plin", nth="x", limit=101, body="letter", colour="red")
    assert status == 422
    right = {error["field"]: error["right"] for error in told["errors"]}
    assert set(right) == {"kind", "nth", "limit", "body", "colour"}
    assert "plain" in right["kind"]
    assert "submission" in right["body"]
    assert (await asked(city, nth=2))[0] == 422
