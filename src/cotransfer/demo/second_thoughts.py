"""Stories of citizens who change their minds: an application taken back, tried again, and taken back too late.

Each is written as a city official would tell it. Never asserts anything that did not come over HTTP.
"""

from typing import Any

from cotransfer.demo.scene import Scene
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


async def _take_back(scene: Scene) -> dict[str, Any]:
    scene.say(7, "citizen", "wants the application back")
    answer: dict[str, Any] = (await scene.post(f"/v1/transfers/{scene.transfer}/withdrawal", {})).json()
    if "next_action" in answer:
        scene.say(7, "gateway", answer.get("state_text") or f"refuses: {answer['code']}")
    return answer
