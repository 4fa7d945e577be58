"""Reversals over HTTP: opened by either side, fed, decided, shown; and to everybody else there is none."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import httpx
import pytest
from tests.gateway.stage import ADDRESS, SUBMISSION, Stage, staged

from cotransfer.domain.agenda import Duty
from cotransfer.domain.values import TransferId
from cotransfer.ports.standing import Wanted

DOCUMENT = {"name": "购房合同.pdf", "sha256": "5f" * 32, "kept_at": "昆明市政务云 12/345"}
OPENING = {"ground": "wrong_account", "statement": "过户到了邻居的户号。", "documents": [DOCUMENT]}
TAKEN_UP = {"number": 1, "finding": "taken_up", "reference": "R-1"}
UPHELD = {"number": 1, "finding": "upheld", "reason": "过户至相邻住户的户号。"}
REJECTED = {"number": 1, "finding": "rejected", "reason": "户号无误。"}
CARRIED_OUT = {"number": 1, "finding": "carried_out"}


async def completed(stage: Stage) -> str:
    """A transfer that was handled a moment ago."""
    answer = await stage.post("/v1/transfers", SUBMISSION)
    assert answer.status_code == 201, answer.text
    transfer = str(answer.json()["transfer"])
    for what, body in (
        ("pre-review", {"result": "passed", "signing_address": ADDRESS}),
        ("signing", {"outcome": "signed", "channel": "sms"}),
        ("handling", {"result": "done"}),
    ):
        heard = await stage.post(f"/v1/utility/transfers/{transfer}/{what}", body, by="water")
        assert heard.status_code == 200, heard.text
    return transfer


@pytest.fixture
async def stage():
    """With people who may speak for themselves."""
    async with staged() as made:
        yield made


@pytest.fixture
async def transfer(stage: Stage) -> str:
    """A completed one."""
    return await completed(stage)


async def citizen(stage: Stage, transfer: str, what: str, body: Mapping[str, Any], **more: Any) -> httpx.Response:
    """As the platform for its citizen."""
    return await stage.post(f"/v1/transfers/{transfer}/reversals{what}", body, **more)


async def water(stage: Stage, transfer: str, what: str, body: Mapping[str, Any], **more: Any) -> httpx.Response:
    """As the water company."""
    return await stage.post(f"/v1/utility/transfers/{transfer}/reversals{what}", body, by="water", **more)


def refused(answer: httpx.Response) -> tuple[int, str]:
    """Status and code."""
    return answer.status_code, answer.json()["code"]


class TestTheWay:
    async def test_upheld_and_carried_out(self, stage: Stage, transfer: str) -> None:
        """Opened by the citizen, taken up, upheld, carried out by the utility; the transfer stays completed."""
        opened = await citizen(stage, transfer, "", OPENING)
        assert opened.status_code == 201
        assert (opened.json()["number"], opened.json()["state"]) == (1, "opened")
        for body, state in ((TAKEN_UP, "in_decision"), (UPHELD, "carrying_out"), (CARRIED_OUT, "reversed")):
            heard = await water(stage, transfer, "/finding", body)
            assert heard.json() == {"transfer": transfer, "number": 1, "state": state, "news": True}
        shown = (await stage.get(f"/v1/transfers/{transfer}/reversals")).json()["reversals"]
        assert [entry["code"] for entry in shown[0]["timeline"]] == ["opened", "taken_up", "upheld", "carried_out"]
        assert shown[0]["closed"]
        seen = (await stage.get(f"/v1/transfers/{transfer}")).json()
        assert (seen["state"], seen["reversals"]) == (
            "completed",
            [{"number": 1, "state": "reversed", "state_text": "已更正"}],
        )

    async def test_opened_by_the_utility(self, stage: Stage, transfer: str) -> None:
        """It has it already; the citizen may bring evidence, and cannot take it back."""
        opened = await water(stage, transfer, "", OPENING)
        assert (opened.status_code, opened.json()["state"]) == (201, "in_decision")
        brought = await citizen(stage, transfer, "/evidence", {"documents": [DOCUMENT]})
        assert [one["by"] for one in brought.json()["documents"]] == ["utility", "citizen"]
        assert refused(await citizen(stage, transfer, "/withdrawal", {})) == (409, "not_your_reversal")

    async def test_taken_back(self, stage: Stage, transfer: str) -> None:
        """Until it is decided; then another may follow."""
        await citizen(stage, transfer, "", OPENING)
        back = await citizen(stage, transfer, "/withdrawal", {})
        assert (back.json()["state"], back.json()["closed"]) == ("withdrawn", True)
        assert (await citizen(stage, transfer, "", OPENING)).json()["number"] == 2
        assert (await stage.get(f"/v1/transfers/{transfer}")).json()["reversals"][-1]["number"] == 2

    async def test_nothing_that_people_wrote_is_shown(self, stage: Stage, transfer: str) -> None:
        """Neither the statement nor a document's name or place, nor the grounds."""
        answers = [
            await citizen(stage, transfer, "", OPENING),
            await water(stage, transfer, "/finding", REJECTED),
            await stage.get(f"/v1/transfers/{transfer}/reversals"),
            await stage.get(f"/v1/transfers/{transfer}"),
        ]
        for words in ("邻居", "购房合同", "政务云", "户号无误"):
            assert not [answer for answer in answers if words in answer.text]

    async def test_what_is_owed_for_it_is_on_the_agenda(self, stage: Stage, transfer: str) -> None:
        """The citizen is told, and somebody takes it to the utility."""
        await citizen(stage, transfer, "", OPENING)
        found = await stage.store.items(Wanted(), at=stage.clock.now())
        assert {item.due.duty for item in found} >= {
            Duty.ANNOUNCE_REVERSAL,
            Duty.HAND_ON_REVERSAL,
            Duty.CHASE_REVERSAL,
        }
        await stage.office.worker.drain()
        assert [notice.phrase.code for notice in stage.notifier.inbox][-1] == "questioned"


class TestRefusals:
    async def test_one_at_a_time(self, stage: Stage, transfer: str) -> None:
        """Whoever comes second follows the first."""
        await citizen(stage, transfer, "", OPENING)
        assert refused(await citizen(stage, transfer, "", OPENING)) == (409, "reversal_under_way")
        assert refused(await water(stage, transfer, "", OPENING)) == (409, "reversal_under_way")

    async def test_the_window(self, stage: Stage, transfer: str) -> None:
        """After it the way leads to the counter."""
        stage.clock.move(timedelta(days=30, seconds=1))
        answer = await citizen(stage, transfer, "", OPENING)
        assert refused(answer) == (409, "reversal_too_late")
        assert answer.json()["next_action"]["code"] == "apply_at_counter"

    async def test_only_what_is_completed(self, stage: Stage) -> None:
        """What is under way is not closed; what there is not, is not there."""
        transfer = (await stage.post("/v1/transfers", SUBMISSION)).json()["transfer"]
        assert refused(await citizen(stage, transfer, "", OPENING)) == (409, "not_closed")
        assert "reversals" not in (await stage.get(f"/v1/transfers/{transfer}")).json()
        unknown = "019a9d2e-7c11-7a44-8b0e-5d1f2a3b4c5d"
        assert refused(await citizen(stage, unknown, "", OPENING)) == (404, "unknown_transfer")
        for what, body in (("/evidence", {"documents": [DOCUMENT]}), ("/withdrawal", {})):
            assert refused(await citizen(stage, transfer, what, body)) == (404, "unknown_reversal")
        assert refused(await water(stage, transfer, "/finding", TAKEN_UP)) == (404, "unknown_reversal")

    async def test_decided_is_decided(self, stage: Stage, transfer: str) -> None:
        """Nothing is brought, nothing taken back; what contradicts is a conflict, and kept."""
        await citizen(stage, transfer, "", OPENING)
        await water(stage, transfer, "/finding", REJECTED)
        for what, body in (("/evidence", {"documents": [DOCUMENT]}), ("/withdrawal", {})):
            assert refused(await citizen(stage, transfer, what, body)) == (409, "reversal_decided")
        assert refused(await water(stage, transfer, "/finding", CARRIED_OUT)) == (409, "contradicts")
        again = await water(stage, transfer, "/finding", REJECTED)
        assert (again.status_code, again.json()["news"]) == (200, False)
        shown = (await stage.get(f"/v1/transfers/{transfer}/reversals")).json()["reversals"][0]
        assert (shown["state"], shown["timeline"][-1]["code"]) == ("rejected", "finding_contradicts")

    async def test_another_utility_knows_of_none(self, stage: Stage, transfer: str) -> None:
        """To it there is no such transfer."""
        await citizen(stage, transfer, "", OPENING)
        for what, body in (("", OPENING), ("/finding", UPHELD)):
            answer = await stage.post(f"/v1/utility/transfers/{transfer}/reversals{what}", body, by="power")
            assert refused(answer) == (404, "unknown_transfer")

    @pytest.mark.parametrize(
        ("body", "field", "code"),
        [
            ({}, "ground", "missing"),
            ({"ground": "other"}, "statement", "missing"),
            ({"ground": "regret"}, "ground", "unknown_word"),
            ({"ground": "wrong_home", "statement": "x" * 501}, "statement", "too_long"),
            (
                {"ground": "wrong_home", "documents": [DOCUMENT | {"sha256": "5F" * 32}]},
                "documents.0.sha256",
                "not_a_digest",
            ),
            ({"ground": "wrong_home", "documents": [DOCUMENT] * 11}, "documents", "too_many"),
        ],
    )
    async def test_wrong_fields_are_named(
        self, stage: Stage, transfer: str, body: dict[str, Any], field: str, code: str
    ) -> None:
        """All of them, and nothing of it is done."""
        answer = await citizen(stage, transfer, "", body)
        assert refused(answer) == (422, "invalid_fields")
        assert (field, code) in [(one["field"], one["code"]) for one in answer.json()["errors"]]
        assert await stage.store.reversal_lines(open_only=False) == ()

    @pytest.mark.parametrize("number", [0, 6, True, "1", 1.5])
    async def test_a_number_is_one(self, stage: Stage, transfer: str, number: object) -> None:
        """A whole one, within bounds."""
        answer = await water(stage, transfer, "/finding", CARRIED_OUT | {"number": number})
        assert refused(answer) == (422, "invalid_fields")


class TestKeys:
    async def test_the_same_key_has_the_same_answer(self, stage: Stage, transfer: str) -> None:
        """It acts once; with another content it is refused."""
        first = await citizen(stage, transfer, "", OPENING, key="k-1")
        await citizen(stage, transfer, "/withdrawal", {})
        again = await citizen(stage, transfer, "", OPENING, key="k-1")
        assert (again.status_code, again.json()) == (201, first.json())
        assert again.headers["idempotency-replayed"] == "true"
        other = await citizen(stage, transfer, "", {"ground": "wrong_home"}, key="k-1")
        assert refused(other) == (422, "idempotency_key_reused")
        assert len((await stage.get(f"/v1/transfers/{transfer}/reversals")).json()["reversals"]) == 1

    async def test_erased_it_is_gone(self, stage: Stage, transfer: str) -> None:
        """With its transfer."""
        await citizen(stage, transfer, "", OPENING, key="k-1")
        await citizen(stage, transfer, "/withdrawal", {})
        await stage.office.erasure.erase(TransferId(transfer))
        assert refused(await stage.get(f"/v1/transfers/{transfer}/reversals")) == (410, "erased")
        assert refused(await citizen(stage, transfer, "", OPENING, key="k-1")) == (410, "erased")
