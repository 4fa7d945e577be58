"""The stories: what the scheme says must come of each beginning, played for real and held against it.

Each is written as a city official would tell it. Never asserts anything that did not come over HTTP.
"""

from cotransfer.demo.scene import Scene
from cotransfer.sandbox import RESULT_TEMPLATE, Delivery, Plan, Signing

NOT_BY_WECHAT = ("result_undeliverable", "wechat", "not_following")
"""What a timeline tells of a citizen who does not follow the account."""


async def ended(scene: Scene, state: str, *, results: int = 1) -> None:
    """What holds at every end: the state, one result notice, one application, every effect once."""
    seen = await scene.follow_to_the_end()
    scene.expect(f"ends as {state}", seen["state"] == state)
    shown = [one for one in await scene.notices() if one["template_id"] == RESULT_TEMPLATE]
    scene.expect(f"{results} result notice in WeChat", len(shown) == results)
    ledger = await scene.look_behind("water", "ledger")
    effects = [effect["what"] for effect in ledger["effects"] if effect["transfer"] == scene.transfer]
    scene.expect("every effect at the water company once", len(effects) == len(set(effects)))
    scene.expect("the account moved exactly if it was handled", ("transferred" in effects) == (state == "completed"))
    if shown:
        scene.say(9, "WeChat", f"the result notice: {shown[0]['data']['thing2']['value']}")


async def by_sms(scene: Scene) -> None:
    """The plain success, signed through the utility's SMS."""
    await scene.plan(Plan(signing=Signing.BY_SMS))
    await scene.begin()
    await ended(scene, "completed")


async def by_wechat(scene: Scene) -> None:
    """The plain success, signed through the WeChat notice and the page's button."""
    await scene.plan(Plan(signing=Signing.ON_THE_PAGE))
    await scene.begin()
    await scene.follow(lambda seen: any(entry["code"] == "invitation_sent" for entry in seen["timeline"]))
    scene.expect("one invitation in WeChat", len(await scene.notices()) == 1)
    way = await scene.tap_to_sign()
    scene.expect("the button leads to the signing address", way["action"] == "sign")
    await scene.press_the_button(way["signing_address"])
    await scene.follow(lambda seen: seen["state"] in ("in_handling", "completed"))
    await ended(scene, "completed")


async def signed_by_sms_before_the_tap(scene: Scene) -> None:
    """Signed by SMS already: the page just shows "in handling"."""
    await scene.plan(Plan(signing=Signing.ON_THE_PAGE, handling_after_s=2.0))
    await scene.begin()
    await scene.follow_to("awaiting_signing")
    await scene.press_the_button(await scene.sms_link())
    await scene.follow_to("in_handling")
    way = await scene.tap_to_sign()
    scene.expect("nothing to sign any more: in handling", way["action"] == "in_handling")
    await ended(scene, "completed")


async def both_channels_race(scene: Scene) -> None:
    """Both links are used at the same time, and both signatures are reported."""
    await scene.plan(Plan(signing=Signing.BOTH))
    await scene.begin()
    await ended(scene, "completed")
    seen = await scene.look()
    scene.expect("one signature", sum(entry["code"] == "signed" for entry in seen["timeline"]) == 1)


async def by_sms_only(scene: Scene) -> None:
    """The utility never sends an address: only its SMS leads to the contract."""
    await scene.plan(Plan(signing_address=False, signing=Signing.ON_THE_PAGE))
    await scene.begin()
    await scene.follow_to("awaiting_sms_signing")
    way = await scene.tap_to_sign()
    scene.expect("the page says: by SMS", way["action"] == "sign_by_sms")
    await scene.press_the_button(await scene.sms_link())
    await ended(scene, "completed")


async def arrears(scene: Scene) -> None:
    """Arrears block; paid, the same home goes through."""
    await scene.choose_home()
    found = await scene.look_up_account()
    scene.expect("arrears are shown, and submitting is not offered", not found["may_submit"])
    refused = await scene.submit()
    scene.expect("arrears refuse the submission", refused.status_code == 409 and refused.json()["code"] == "in_arrears")
    await scene.direct("water", pay=[scene.account_number])
    scene.say(4, "citizen", "pays the arrears")
    found = await scene.look_up_account()
    scene.expect("paid, submitting is offered", bool(found["may_submit"]))
    (await scene.submit()).raise_for_status()
    await ended(scene, "completed")


async def pre_review_fails(scene: Scene) -> None:
    """Pre-review not passed: the result and the reason come back, and that is the end."""
    reason = "原户号与房屋坐落不一致"
    await scene.plan(Plan(pre_review_fails=reason))
    await _failed(scene, step=6, reason=reason)
    await ended(scene, "pre_review_failed")


async def handling_fails(scene: Scene) -> None:
    """Handling not passed, with its reason."""
    reason = "水表信息待核实"
    await scene.plan(Plan(handling_fails=reason))
    await _failed(scene, step=8, reason=reason)
    await ended(scene, "handling_failed")


async def _failed(scene: Scene, *, step: int, reason: str) -> None:
    await scene.begin()
    seen = await scene.follow(lambda seen: bool(seen["closed"]))
    scene.say(step, "utility", f"reason: {seen.get('reason')}")
    scene.expect("the reason reaches the citizen", seen.get("reason") == reason)


async def declined(scene: Scene) -> None:
    """The citizen refuses to sign."""
    await scene.plan(Plan(signing=Signing.DECLINED))
    await scene.begin()
    await ended(scene, "signing_lapsed")


async def no_property(scene: Scene) -> None:
    """Nothing linked: the advice to apply at the counter."""
    found = await scene.choose_home()
    advice = scene.advice or {}
    scene.say(1, "gateway", f"advice: {advice.get('text', 'none')}")
    scene.expect("no home is linked", not found)
    scene.expect("advised to apply at the counter", advice.get("code") == "apply_at_counter")


async def possible_match(scene: Scene) -> None:
    """An account that only may be this home's wants the citizen's explicit word."""
    await scene.choose_home()
    found = await scene.look_up_account()
    scene.expect("only possible", found["matching"]["outcome"] == "possible")
    refused = await scene.submit()
    scene.expect("unconfirmed, it is refused", refused.json().get("code") == "match_unconfirmed")
    scene.say(4, "citizen", "looks at both locations and confirms")
    (await scene.submit(confirmed=True)).raise_for_status()
    await ended(scene, "completed")


async def disordered(scene: Scene) -> None:
    """Reports late, twice and in the wrong order: the end is the same."""
    await scene.plan(Plan(delivery=Delivery.JUMBLED))
    await scene.begin()
    await ended(scene, "completed")
    # Every report has been sent again by now, forwards: nothing may have moved.
    reports = 6
    await scene.settle(lambda ledger: sum(sent["arrived"] for sent in _sent(ledger, scene)) >= reports)
    seen = await scene.look()
    scene.expect("still completed after every repetition", seen["state"] == "completed")
    scene.expect("one signature at the most", sum(entry["code"] == "signed" for entry in seen["timeline"]) <= 1)


def _sent(ledger: dict[str, list[dict[str, object]]], scene: Scene) -> list[dict[str, bool]]:
    return [{"arrived": bool(one["arrived"])} for one in ledger["reports"] if one["transfer"] == scene.transfer]


async def lost_answer(scene: Scene) -> None:
    """The utility took the application, but its answer was lost: it is asked, and nothing is sent twice."""
    await scene.direct("water", orders=[{"endpoint": "POST /v1/applications", "do": "answer_lost"}])
    await scene.begin()
    scene.say(5, "network", "the utility's answer is lost")
    await ended(scene, "completed")
    ledger = await scene.look_behind("water", "ledger")
    mine = [one for one in ledger["applications"] if one["transfer"] == scene.transfer]
    scene.expect("received once: asked first, not sent again", [one["received"] for one in mine] == [1])


async def second_tap(scene: Scene) -> None:
    """The citizen taps submit twice, and the first transfer stands in the way of another."""
    await scene.choose_home()
    await scene.look_up_account()
    first = await scene.submit(key=f"tap-{scene.who.mobile_number[-4:]}-1")
    again = await scene.submit(key=f"tap-{scene.who.mobile_number[-4:]}-1")
    scene.expect("the same answer", first.json() == again.json() and "idempotency-replayed" in again.headers)
    other = await scene.submit()
    scene.expect("the refusal names the transfer in the way", other.json().get("blocking_transfer") == scene.transfer)
    await ended(scene, "completed")


async def not_following(scene: Scene) -> None:
    """The citizen does not follow the official account: the notices go by SMS, and the timeline says why."""
    await scene.plan(Plan(signing=Signing.ON_THE_PAGE))
    await scene.begin()
    await scene.follow(lambda seen: any(entry["code"] == "invitation_sent" for entry in seen["timeline"]))
    (invitation,) = await scene.sms_notices()
    scene.say(7, "SMS", f"{invitation['text'].partition(' ')[0]} …")
    way = await scene.tap_to_sign()
    await scene.press_the_button(way["signing_address"])
    seen = await scene.follow(lambda seen: any(entry["code"] == "result_sent" for entry in seen["timeline"]))
    told = [(one["code"], one["channel"], one.get("reason")) for one in seen["timeline"] if "channel" in one]
    scene.expect(
        "WeChat could not deliver the result, as nobody follows",
        told[-2] == NOT_BY_WECHAT,
    )
    scene.expect("so the result went by SMS", told[-1] == ("result_sent", "sms", None))
    scene.expect("each notice once", [one["template"] for one in await scene.sms_notices()] == ["invitation", "result"])
    scene.expect("nothing is left for the page to say", "undelivered_notice" not in seen)
    await ended(scene, "completed", results=0)
