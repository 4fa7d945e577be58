"""The stories about who may see and do what: sign-in, consent, grant, signature, audit trail. Told like the others.

Never shows a step that the gateway did not take for real.
"""

import asyncio
import time
from typing import Any

import httpx

from cotransfer.demo.browser import Browser
from cotransfer.demo.scene import PATIENCE_S, POLL_S, Scene, StoryStuck
from cotransfer.demo.stories import ended
from cotransfer.sandbox import Plan, Signing
from cotransfer.verifier import Checkpoint, Fault, PublicKey, Verification

CHECKPOINT = "audit-checkpoint"
PASSED = {"result": "passed"}
ON_ITS_OWN = {"by_hand": False}


async def who_saw_my_data(scene: Scene) -> None:
    """The citizen signs in at the gateway, and reads who was given which of their data, for what."""
    await scene.plan(Plan(signing=Signing.BY_SMS))
    await scene.begin()
    await ended(scene, "completed")
    nth = scene.stage.city.everyone(scene.who.kind).index(scene.who)
    async with Browser(scene.stage.gateway) as browser:
        nobody = await browser.get("/v1/me/disclosures")
        scene.expect("without a sign-in nothing is told", nobody.status_code == httpx.codes.UNAUTHORIZED)
        me = await browser.sign_in(f"{scene.who.kind}-{nth}")
        scene.expect("signed in by the identity provider", me.status_code == httpx.codes.OK)
        scene.say(None, "citizen", f"signs in: {me.json()['name']}")
        seen = await browser.get("/v1/me/disclosures")
        told = [one for one in seen.json()["disclosures"] if one["transfer"] == scene.transfer]
    for one in told:
        scene.say(None, "gateway", f"{one['to']} ← {one['dataset']['text']}: {one['purpose']['text']}")
    scene.expect("the water company was given the application", ("kunming-water", "submitApplication") in _deeds(told))
    scene.expect("and who signs", ("kunming-water", "showIdentity") in _deeds(told))
    values = (scene.who.holder.name, scene.who.holder.identity_number, scene.who.mobile_number)
    scene.expect("the list holds no value", not [value for value in values if value in seen.text])


async def consent_withdrawn(scene: Scene) -> None:
    """The citizen takes the consent back: nothing more goes to the water company, and the application comes back."""
    await _in_pre_review(scene)
    before = await scene.stage.water.ask(scene.transfer, "identity")
    scene.expect("with the consent, the utility learns who signs", before.status_code == httpx.codes.OK)
    withdrawn = await scene.post(f"/v1/transfers/{scene.transfer}/consents/kunming-water/withdrawal", {})
    withdrawn.raise_for_status()
    scene.say(None, "citizen", "takes the consent to the water company back")
    for what in ("identity", "certificate"):
        refused = await scene.stage.water.ask(scene.transfer, what)
        _tell_refusal(scene, f"asks for the {what}", refused)
        # The transfer is taken back with the consent: by the second question it may have ended.
        no_longer = _is(refused, "consent_withdrawn") or _is(refused, "closed", status=httpx.codes.CONFLICT)
        scene.expect(f"the {what} is no longer given", no_longer)
    await ended(scene, "withdrawn")


async def grant_suspended(scene: Scene) -> None:
    """The city suspends the water company's grant: data waits, reports still come in; resumed, it goes on."""
    await scene.plan(Plan(by_hand=True))
    await scene.direct("water", orders=[{"endpoint": "POST /v1/applications", "do": "request_lost", "times": 20}])
    await scene.begin()
    operator = scene.stage.operator
    await operator.suspend("incident-under-review")
    scene.say(None, "operator", "suspends the water company's grant")
    # What was on its way when the suspension came is lost still; what is tried from now on would arrive.
    await asyncio.sleep(0.3)
    await scene.behave("water")
    await asyncio.sleep(0.6)
    scene.expect("the application waits", not await _applications(scene))
    await operator.resume("incident-closed")
    scene.say(None, "operator", "resumes it: the application goes out")
    await scene.settle(lambda ledger: any(one["transfer"] == scene.transfer for one in ledger["applications"]))
    await scene.follow_to("in_pre_review")
    await operator.suspend("incident-under-review")
    scene.say(None, "operator", "suspends it again")
    refused = await scene.stage.water.ask(scene.transfer, "identity")
    _tell_refusal(scene, "asks who signs", refused)
    scene.expect("no data goes out", _is(refused, "grant_suspended"))
    await scene.go_on(fetches_identity=False, checks_certificate=False)
    seen = await scene.follow_to("awaiting_signing")
    heard = [entry["code"] for entry in seen["timeline"]]
    scene.expect("the report came in all the same", heard.count("pre_review_passed") == 1)
    await operator.resume("incident-closed")
    scene.say(None, "operator", "resumes it")
    await scene.go_on(**ON_ITS_OWN)
    await ended(scene, "completed")


async def forged_report(scene: Scene) -> None:
    """Somebody has the water company's token, but not its key: nothing that they report is believed."""
    await _in_pre_review(scene)
    before = await scene.look()
    forged = await scene.stage.water.forge(scene.transfer, PASSED, kind="pre-review")
    for how, answer in forged.items():
        _tell_refusal(scene, f"somebody reports “passed”, {how}", answer, who="forger")
        scene.expect(f"{how}: refused", _is(answer, "signature_invalid", status=httpx.codes.UNAUTHORIZED))
    scene.expect("nothing has changed", (await scene.look())["timeline"] == before["timeline"])
    await scene.go_on(**ON_ITS_OWN)
    await ended(scene, "completed")


async def audit_verifies(scene: Scene) -> None:
    """Whoever held a checkpoint can check the whole audit trail later, with one file and without us."""
    held = await _checkpoint(scene, beyond=0)
    scene.say(None, "platform", f"keeps the checkpoint of an answer: {held.size} entries")
    await scene.begin()
    await ended(scene, "completed")
    await _checkpoint(scene, beyond=held.size)
    lines = await scene.stage.operator.export()
    keys = {name: PublicKey(key) for name, key in scene.stage.operator.public_keys().items()}
    found = Verification(keys)
    found.hold([held])
    found.read(lines)
    scene.say(None, "verifier", f"{found.entries} entries in {len(found.chains)} chains, {found.signatures} signatures")
    scene.expect("every entry is in order, and the held checkpoint is in it", found.entries > held.size)
    fault = _fault(lines, keys)
    scene.say(None, "verifier", f"of a copy with one word changed: {fault}")
    scene.expect("one word changed is found", fault is not None)


async def _in_pre_review(scene: Scene) -> None:
    await scene.plan(Plan(by_hand=True))
    await scene.begin()
    await scene.follow_to("in_pre_review")


async def _applications(scene: Scene) -> list[dict[str, Any]]:
    ledger = await scene.look_behind("water", "ledger")
    return [one for one in ledger["applications"] if one["transfer"] == scene.transfer]


async def _checkpoint(scene: Scene, *, beyond: int) -> Checkpoint:
    """The one that an answer of the gateway bears, once it is over more than so many entries."""
    patience = time.monotonic() + PATIENCE_S
    while time.monotonic() < patience:
        answer = await scene.stage.http.get(f"{scene.stage.gateway}/healthz")
        if CHECKPOINT in answer.headers and (one := Checkpoint.of_header(answer.headers[CHECKPOINT])).size > beyond:
            return one
        # Nothing has been disclosed yet on a new stage: somebody looks a home up.
        if not beyond:
            await scene.choose_home()
        await asyncio.sleep(POLL_S * 10)
    raise StoryStuck("no answer bore a newer checkpoint")


def _fault(lines: list[bytes], keys: dict[str, PublicKey]) -> str | None:
    """What the verifier finds in a copy in which the first disclosure names another receiver."""
    nth = next(nth for nth, line in enumerate(lines) if b"kunming-water" in line)
    forged = Verification(keys)
    try:
        forged.read([*lines[:nth], lines[nth].replace(b"kunming-water", b"kunming-mater"), *lines[nth + 1 :]])
    except Fault as fault:
        return f"line {forged.line}: {fault}"
    return None


def _deeds(told: list[dict[str, Any]]) -> set[tuple[str, str]]:
    return {(one["to"], one["operation"]) for one in told}


def _is(answer: httpx.Response, code: str, *, status: int = httpx.codes.FORBIDDEN) -> bool:
    return answer.status_code == status and answer.json()["code"] == code


def _tell_refusal(scene: Scene, what: str, answer: httpx.Response, *, who: str = "utility") -> None:
    scene.say(None, who, f"{what}: {answer.status_code} {answer.json().get('code', 'given')}")
