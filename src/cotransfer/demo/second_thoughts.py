"""Stories of second thoughts: an application taken back, tried again, and taken back too late; a wrong one reversed.

Each is written as a city official would tell it. Never asserts anything that did not come over HTTP.
"""

import asyncio
import time
from typing import Any

import httpx

from cotransfer.demo.scene import PATIENCE_S, POLL_S, Scene, StoryStuck
from cotransfer.demo.stories import ended
from cotransfer.sandbox import Plan, Signing


async def withdrawn_and_tried_again(scene: Scene) -> None:
    """Taken back before the contract is signed; then the same data once more, linked to the attempt before."""
    await scene.plan(Plan(signing=Signing.ON_THE_PAGE))
    await scene.begin()
    await scene.follow_to("awaiting_signing")
    answer = await _take_back(scene)
    scene.expect("the withdrawal is under way, or done", answer["state"] in ("withdrawing", "withdrawn"))
    await ended(scene, "withdrawn")
    former = scene.transfer
    await scene.plan(Plan(signing=Signing.BY_SMS))
    again = await scene.submit_again()
    again.raise_for_status()
    scene.expect("linked to the attempt before", again.json()["follows"] == former)
    await ended(scene, "completed")


async def withdrawn_too_late(scene: Scene) -> None:
    """The contract is signed: the way leads to the utility's counter, and the transfer goes on."""
    await scene.plan(Plan(signing=Signing.ON_THE_PAGE, handling_after_s=1.0))
    await scene.begin()
    await scene.follow_to("awaiting_signing")
    await scene.press_the_button(await scene.sms_link())
    await scene.follow_to("in_handling")
    answer = await _take_back(scene)
    scene.expect("signed already, it is refused", answer.get("code") == "signed_already")
    await ended(scene, "completed")


async def wrong_transfer_reversed(scene: Scene) -> None:
    """The wrong account was moved: the citizen questions it with evidence, the utility decides and puts it back."""
    await scene.plan(Plan(signing=Signing.BY_SMS))
    await scene.begin()
    await ended(scene, "completed")
    document = {"name": "contract.pdf", "sha256": "5f" * 32, "kept_at": "archive 7"}
    opening = {"ground": "wrong_account", "statement": "It is the neighbour's account.", "documents": [document]}
    opened = await scene.post(f"/v1/transfers/{scene.transfer}/reversals", opening)
    opened.raise_for_status()
    scene.say(None, "citizen", "questions the transfer: it is the neighbour's account")
    second = await scene.post(f"/v1/transfers/{scene.transfer}/reversals", opening)
    scene.expect("one at a time", second.json().get("code") == "reversal_under_way")
    await _told_of(scene, times=1)
    for nth, finding in enumerate(FINDINGS):
        heard = await scene.stage.water.find(scene.transfer, finding)
        scene.expect(f"{finding['finding']} is heard", heard.status_code == httpx.codes.OK and heard.json()["news"])
        if nth:
            await _told_of(scene, times=1 + nth)
    late = await scene.stage.water.find(scene.transfer, {"finding": "rejected", "reason": "The transfer stands."})
    scene.expect("what contradicts is kept and moves nothing", late.json().get("code") == "contradicts")
    reversal = await _reversal(scene)
    scene.expect("the account is put back", reversal["state"] == "reversed")
    seen = await scene.look()
    scene.expect("the transfer itself stays completed", seen["state"] == "completed")
    scene.expect("and says that it was reversed", [one["state"] for one in seen["reversals"]] == ["reversed"])


FINDINGS: tuple[dict[str, str], ...] = (
    {"finding": "taken_up", "reference": "R-1"},
    {"finding": "upheld", "reason": "The account is that of the flat next door."},
    {"finding": "carried_out"},
)
"""What the water company finds, in order; of each but the first the citizen is told."""


async def _reversal(scene: Scene) -> dict[str, Any]:
    answer = await scene.get(f"/v1/transfers/{scene.transfer}/reversals")
    answer.raise_for_status()
    (reversal,) = answer.json()["reversals"]
    return dict(reversal)


async def _told_of(scene: Scene, *, times: int) -> None:
    """Until the citizen has been told how it stands now."""
    patience = time.monotonic() + PATIENCE_S
    while _notices(reversal := await _reversal(scene)) < times:
        if time.monotonic() > patience:
            raise StoryStuck("nobody tells the citizen how the reversal stands")
        await asyncio.sleep(POLL_S)
    scene.say(None, "gateway", f"tells the citizen: {reversal['state_text']}")


def _notices(reversal: dict[str, Any]) -> int:
    return [line["code"] for line in reversal["timeline"]].count("notice_sent")


async def _take_back(scene: Scene) -> dict[str, Any]:
    scene.say(7, "citizen", "wants the application back")
    answer: dict[str, Any] = (await scene.post(f"/v1/transfers/{scene.transfer}/withdrawal", {})).json()
    if "next_action" in answer:
        scene.say(7, "gateway", answer.get("state_text") or f"refuses: {answer['code']}")
    return answer
