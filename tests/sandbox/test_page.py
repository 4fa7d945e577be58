"""docs/sandbox.md leaves nothing out: every kind of person, address, word, behaviour and plan stands on it."""

import re
from pathlib import Path
from typing import Any

import attrs
import pytest
from tests.sandbox.conftest import AT_ONCE, calling

from cotransfer.demo.scene import Scene
from cotransfer.demo.stage import stage
from cotransfer.sandbox import City, Delivery, Identity, Plan, Registry, Signing, SmsService, Water, WeChat
from cotransfer.sandbox.acting import CITIZEN, SUBMISSION
from cotransfer.sandbox.script import SPELLING

TEXT = (Path(__file__).parents[2] / "docs" / "sandbox.md").read_text(encoding="utf-8")


def part(heading: str) -> str:
    """What stands under a heading, up to the next one."""
    found = re.search(rf"^#+ {heading} ·.*?$(.*?)(?=^#+ |\Z)", TEXT, re.MULTILINE | re.DOTALL)
    assert found is not None, heading
    return found[1]


def first_cells(heading: str) -> list[str]:
    """The words in the first column of a part's table."""
    cells = re.findall(r"^\| (`.*?) \|", part(heading), re.MULTILINE)
    return [word for cell in cells for word in re.findall(r"`([^`]+)`", cell)]


def counterparties(city: City) -> dict[str, Any]:
    """All five, in process."""
    return {
        "registry": Registry(city, pace=AT_ONCE),
        "water": Water(city.accounts, pace=AT_ONCE),
        "wechat": WeChat(followers=city.followers, pace=AT_ONCE),
        "identity": Identity(city, pace=AT_ONCE),
        "sms": SmsService(pace=AT_ONCE),
    }


def test_every_kind_of_person(city: City) -> None:
    """In the order in which the city counts them."""
    assert first_cells("The people") == list(city.kinds)


async def test_what_becomes_of_each_kind() -> None:
    """ "Goes through" is what happens, and only to those of whom the page says so."""
    said = dict(re.findall(r"^\| `(\w+)` \|[^|]+\| ([^|]+) \|$", part("The people"), re.MULTILINE))
    async with stage(pace=0) as set_stage:
        for kind in set_stage.city.kinds:
            who = set_stage.city.someone(kind)
            if who.home is None:
                continue
            scene = Scene(set_stage, who, lambda _: None)
            consents = await set_stage.platform.agreements(who)
            answer = await scene.post("/v1/transfers", {**who.submission(), "consents": consents})
            assert (answer.status_code == 201) == said[kind].startswith("goes through"), kind
            if answer.status_code == 201:
                scene.transfer = answer.json()["transfer"]
                assert (await scene.follow_to_the_end())["state"] == "completed", kind


async def test_every_address_and_word(city: City) -> None:
    """Asked for a word that there is not, a counterparty names those that there are."""
    addresses, words = part("The control addresses"), part("Words")
    assert [path for path in (CITIZEN, SUBMISSION) if f"{path}`" not in addresses] == []
    for name, app in counterparties(city).items():
        for path in app.controls:
            assert f"{path}`" in addresses, path
        async with calling(app) as client:
            answer = await client.post("/sandbox/script", json={"abracadabra": True})
        known = answer.json()["errors"][0]["right"].removeprefix("The words understood here are ").rstrip(".")
        assert [word for word in known.split(", ") if f"`{word}`" not in words] == [], name
        if hasattr(app, "close"):
            await app.close()


def test_every_behaviour() -> None:
    """What an order may say, with its settings and their defaults."""
    assert first_cells("Orders") == list(SPELLING)
    for word, behaviour in SPELLING.items():
        row = next(line for line in part("Orders").splitlines() if line.startswith(f"| `{word}`"))
        for field in attrs.fields(behaviour):
            shown = "" if field.default is None else f" ({field.default:g})"
            assert f"`{field.name}`{shown}" in row


@pytest.mark.parametrize("words", [Signing, Delivery])
def test_every_way_of_signing_and_delivering(words: type[Signing] | type[Delivery]) -> None:
    """Each word of the plan's own lists."""
    assert [word.value for word in words if f"`{word.value}`" not in part("Plans")] == []


def test_every_word_of_a_plan() -> None:
    """In the plan's own order, with what holds unless told."""
    assert first_cells("Plans") == list(attrs.fields_dict(Plan))
    for name, value in Plan().to_json().items():
        row = next(line for line in part("Plans").splitlines() if f"`{name}`" in line)
        spelled = {None: "null", True: "true", False: "false"}.get(value, f'"{value}"' if value in WORDS else value)
        assert f"| `{spelled}` |" in row


WORDS = {member.value for words in (Signing, Delivery) for member in words}
