"""Steps 7 and 9 as the platform sees them: by which channel a notice went, why not by another, what nobody heard."""

from typing import Any

from tests.gateway.stage import ADDRESS, AGREED, ENQUIRY, GRANTS, SMS_GRANT, SUBMISSION, Stage, agreed, staged

from cotransfer.adapters.memory.notifier import MemorySms
from cotransfer.domain.values import MobileNumber, OpenId

PASSED = {"result": "passed", "signing_address": ADDRESS}
BY_SMS = agreed("sms", "citizen-notices", ("mobile_number", "outcome"))
NUMBER = MobileNumber.parse(SUBMISSION["mobile_number"])


async def invited(on: Stage, consents: list[dict[str, str]]) -> dict[str, Any]:
    """The transfer of somebody who does not follow the account, once the contract waits."""
    on.notifier.unfollow(OpenId(str(SUBMISSION["wechat_openid"])))
    transfer = await on.submit(consents=consents)
    await on.office.worker.drain()
    await on.report(transfer, "pre-review", PASSED)
    await on.office.worker.drain()
    shown: dict[str, Any] = (await on.get(f"/v1/transfers/{transfer}")).json()
    return shown


def notices(shown: dict[str, Any]) -> list[tuple[str, str, str | None]]:
    """What the timeline tells of notices."""
    return [(one["code"], one["channel"], one.get("reason")) for one in shown["timeline"] if "channel" in one]


async def test_the_timeline_tells_channel_and_reason() -> None:
    """Step 7: not by WeChat, and why; by SMS then, so that nothing is left to say."""
    sms = MemorySms()
    async with staged(sms=sms, granted=(*GRANTS, SMS_GRANT)) as on:
        shown = await invited(on, [*AGREED, BY_SMS])
    assert notices(shown) == [
        ("invitation_undeliverable", "wechat", "not_following"),
        ("invitation_sent", "sms", None),
    ]
    assert "undelivered_notice" not in shown
    assert [one.mobile_number for one in sms.inbox] == [NUMBER]


async def test_the_page_says_what_no_channel_delivered() -> None:
    """Step 7: in the reader's language, with the last channel and its reason, until the contract is signed."""
    sms = MemorySms()
    sms.refuse(NUMBER, "number_unknown")
    async with staged(sms=sms, granted=(*GRANTS, SMS_GRANT)) as on:
        shown = await invited(on, [*AGREED, BY_SMS])
        assert shown["undelivered_notice"] == {
            "kind": "invitation",
            "channel": "sms",
            "reason": "number_unknown",
            "text": "电子合同可以签署，请在本页面签署。",
        }
        await on.report(shown["transfer"], "signing", {"outcome": "signed", "channel": "wechat"})
        assert "undelivered_notice" not in (await on.get(f"/v1/transfers/{shown['transfer']}")).json()


async def test_nobody_has_to_agree_to_an_sms() -> None:
    """Step 5: the consent is offered as one that may be left out; then it is the page that tells."""
    async with staged(sms=MemorySms(), granted=(*GRANTS, SMS_GRANT)) as on:
        offers = (await on.post("/v1/accounts/search", ENQUIRY)).json()["consents"]
        assert [(one["receiver"], one.get("optional", False)) for one in offers] == [
            ("kunming-water", False),
            ("notifier", False),
            ("sms", True),
        ]
        shown = await invited(on, AGREED)
    assert notices(shown)[-1] == ("invitation_undeliverable", "sms", "no_consent")
    assert shown["undelivered_notice"]["reason"] == "no_consent"


async def test_without_sms_the_page_tells_at_once() -> None:
    """Step 7: a city that has none falls from WeChat to the page."""
    async with staged() as on:
        shown = await invited(on, AGREED)
    assert notices(shown) == [("invitation_undeliverable", "wechat", "not_following")]
    assert shown["undelivered_notice"]["channel"] == "wechat"
