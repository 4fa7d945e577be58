"""One planted person's way through the gateway, as their number has it: straight, or with every mistake there is.

Never the same mistakes for two in a row, and always the same for one number.
"""

import random
from collections.abc import Mapping
from typing import Any

from tests.leaks.house import House
from tests.leaks.planted import Person
from tests.leaks.town import NEVER, WATER

from cotransfer.sandbox.platform import agreed

UTILITY = WATER.text


async def consents(house: House, one: Person) -> list[dict[str, Any]]:
    """What everybody agrees to: the texts are the same for all."""
    for _ in range(50):
        answer = await house.post("/v1/accounts/search", one.enquiry, by="platform")
        if answer.status == 200:
            return [agreed(offer) for offer in answer.said["consents"]]
    raise AssertionError("nobody was ever shown a text")


async def travel(house: House, one: Person, agreements: list[dict[str, Any]]) -> str | None:
    """The transfer's identifier, if it came to one."""
    draw = random.Random(one.number)
    body = {**one.submission, "consents": agreements}
    if draw.random() < 0.15:
        await _go_wrong(house, one, body, draw)
    if draw.random() < 0.1:
        await house.post("/v1/properties/search", _identity(one), by="platform")
    transfer = await _submitted(house, one, body, draw)
    if transfer is None:
        return None
    if draw.random() < 0.15:
        await house.get(f"/v1/transfers/{transfer}", by="platform")
    for kind, said in _reports(one, draw).items():
        path = f"/v1/utility/transfers/{transfer}/{kind}"
        if draw.random() < 0.04:
            await house.post(path, {**said, "remark": one.name}, by=UTILITY)
        if draw.random() < 0.03:
            await house.post(path, said, by=UTILITY, signed=False)
        if kind == "signing" and draw.random() < 0.2:
            await house.get(f"/v1/utility/transfers/{transfer}/identity", by=UTILITY)
            await house.post(f"/v1/transfers/{transfer}/signing", {}, by="platform")
        await house.post(path, said, by=UTILITY)
    if draw.random() < 0.1:
        await house.get(f"/v1/utility/transfers/{transfer}/certificate", by=UTILITY)
        await house.get(f"/v1/transfers/{transfer}/disclosures", by="platform")
    return transfer


async def _submitted(house: House, one: Person, body: Mapping[str, Any], draw: random.Random) -> str | None:
    """Tried a few times under one key; another body under that key afterwards, now and then."""
    key = f"s-{one.number}"
    for _ in range(4):
        answer = await house.post("/v1/transfers", body, by="platform", key=key)
        if answer.status == 201:
            if draw.random() < 0.05:
                await house.post("/v1/transfers", {**body, "mobile_number": "13700000000"}, by="platform", key=key)
                await house.post("/v1/transfers", body, by="platform")
            return str(answer.said["transfer"])
    return None


def _reports(one: Person, draw: random.Random) -> dict[str, dict[str, Any]]:
    chance = draw.random()
    if chance < 0.3 or one.number % NEVER == 0:
        return {}
    chance = draw.random()
    if chance < 0.1:
        return {"pre-review": {"result": "not_passed", "reason": one.reason}}
    passed = {"result": "passed", "signing_address": one.signing_address}
    if chance < 0.3:
        return {"pre-review": passed}
    if chance < 0.35:
        elsewhere = one.signing_address.replace("sign.", f"{one.signing_token}.")
        return {"pre-review": {"result": "passed", "signing_address": elsewhere}}
    if chance < 0.45:
        return {"pre-review": passed, "signing": {"outcome": "declined"}}
    handled = {"result": "not_done", "reason": one.reason} if chance < 0.6 else {"result": "done"}
    return {"pre-review": passed, "signing": {"outcome": "signed", "channel": "sms"}, "handling": handled}


async def _go_wrong(house: House, one: Person, body: Mapping[str, Any], draw: random.Random) -> None:
    """Something that has to be refused, full of what is personal."""
    off = one.identity_number[:-1] + ("0" if one.identity_number[-1] != "0" else "1")
    wrong: tuple[Any, ...] = (
        {**body, "identity_number": off},
        {**body, "identity_number": one.name},
        {**body, "right_holder_name": one.former},
        {**body, "mobile_number": one.mobile_number + "9"},
        {**body, "certificate_number": one.certificate_number + one.name},
        {**body, "account_number": "0871" + one.identity_number},
        {**body, "consents": []},
        {**body, one.name: one.mobile_number},
        {**body, "service": one.location},
        {**body, "wechat_openid": one.openid + "/" + one.name},
        f'{{"right_holder_name": "{one.name}", "mobile_number": {one.mobile_number}'.encode(),
        f'{{"{one.name}": 1, "{one.name}": 2}}'.encode(),
        one.name.encode("gb18030"),
        [one.identity_number],
    )
    await house.post("/v1/transfers", draw.choice(wrong), by="platform")


def _identity(one: Person) -> dict[str, Any]:
    return {"document_type": "identity_card", "identity_number": one.identity_number}
