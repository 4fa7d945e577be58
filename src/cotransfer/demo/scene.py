"""One story on the stage: what the citizen and the water company do in it, over HTTP, and what is seen of it.

Never looks behind the curtain: everything a scene knows came in an answer of the gateway or of a counterparty.
"""

import asyncio
import time
from collections.abc import Callable, Mapping
from typing import Any

import attrs
import httpx

from cotransfer.demo.stage import Stage
from cotransfer.sandbox import Plan, Someone
from cotransfer.sandbox.platform import agreed

POLL_S = 0.02
PATIENCE_S = 30.0


@attrs.frozen(kw_only=True)
class Line:
    """One line of a story's timeline: seconds since it began, the scheme's step, who did it, and what."""

    at_s: float
    step: int | None
    who: str
    text: str


@attrs.frozen
class Check:
    """Something the scheme demands of the story, and whether it held."""

    what: str
    held: bool


class StoryStuck(RuntimeError):
    """A story waited longer than a demo may."""


Tell = Callable[[Line], None]


class Scene:
    """What a story is written in; `tell` is called with each line as it happens."""

    def __init__(self, stage: Stage, who: Someone, tell: Tell) -> None:
        self.stage = stage
        self.who = who
        self.transfer: str | None = None
        self.state: str | None = None
        self.lines: list[Line] = []
        self.checks: list[Check] = []
        self._tell = tell
        self._began = time.monotonic()
        self._told = 0
        self.advice: dict[str, Any] | None = None
        self._offers: list[dict[str, Any]] = []

    @property
    def account_number(self) -> str:
        """The original account of the citizen's home."""
        return str(self.who.account_search()["account_number"])

    def say(self, step: int | None, who: str, text: str) -> None:
        """Add a line."""
        line = Line(at_s=time.monotonic() - self._began, step=step, who=who, text=text)
        self.lines.append(line)
        self._tell(line)

    def expect(self, what: str, held: bool) -> None:
        """Hold the story against the scheme."""
        self.checks.append(Check(what, held))

    async def plan(self, plan: Plan) -> None:
        """Tell the water company what to do about this account."""
        said = {"account_number": self.account_number, "plan": plan.to_json()}
        await self.direct("water", plans=[said])

    async def direct(self, counterparty: str, **words: Any) -> None:
        """Tell a counterparty how to behave."""
        answer = await self.stage.http.post(f"{self.stage.addresses[counterparty]}/sandbox/script", json=words)
        answer.raise_for_status()

    async def behave(self, counterparty: str) -> None:
        """Have a counterparty forget what it was told to do wrong."""
        answer = await self.stage.http.delete(f"{self.stage.addresses[counterparty]}/sandbox/script")
        answer.raise_for_status()

    async def go_on(self, **plan: Any) -> None:
        """Have the water company's people take one step with this transfer, their plan changed first."""
        address = f"{self.stage.addresses['water']}/sandbox/applications/{self.transfer}/go"
        answer = await self.stage.http.post(address, json={"plan": plan} if plan else {})
        answer.raise_for_status()

    async def look_behind(self, counterparty: str, what: str) -> Any:
        """What a counterparty has on record."""
        answer = await self.stage.http.get(f"{self.stage.addresses[counterparty]}/sandbox/{what}")
        answer.raise_for_status()
        return answer.json()

    async def post(self, path: str, body: Mapping[str, Any], *, key: str | None = None) -> httpx.Response:
        """As the platform for this citizen, to the gateway."""
        return await self.stage.platform.post(path, body, who=self.who, key=key)

    async def get(self, path: str) -> httpx.Response:
        """As the platform for this citizen, from the gateway."""
        return await self.stage.platform.get(path, who=self.who)

    async def choose_home(self) -> list[dict[str, Any]]:
        """Step 1: the citizen's homes."""
        answer = await self.post("/v1/properties/search", self.who.property_search())
        answer.raise_for_status()
        found: list[dict[str, Any]] = answer.json()["properties"]
        self.say(1, "citizen", f"{len(found)} home(s) found by identity number")
        self.advice = answer.json()["advice"]
        return found

    async def look_up_account(self) -> dict[str, Any]:
        """Steps 2 to 4: water, the original account number, and what the utility says of it."""
        self.say(2, "citizen", "chooses water")
        answer = await self.post("/v1/accounts/search", self.who.account_search())
        answer.raise_for_status()
        found: dict[str, Any] = answer.json()
        self._offers = found["consents"]
        account, matching = found["account"], found["matching"]
        arrears = "IN ARREARS" if account["in_arrears"] else "no arrears"
        self.say(3, "citizen", "gives the former owner's account number")
        self.say(4, "gateway", f"holder {account['account_holder']}, {matching['outcome']}, {arrears}")
        return found

    async def submit(
        self, *, key: str | None = None, confirmed: bool = False, by_wechat: bool = True
    ) -> httpx.Response:
        """Step 5."""
        body = self.who.submission(confirmed_match=confirmed, by_wechat=by_wechat)
        consents = self.agreements(by_wechat=by_wechat)
        answer = await self.post("/v1/transfers", {**body, "consents": consents}, key=key)
        if answer.status_code == 201:
            self.transfer = str(answer.json()["transfer"])
            again = ", a second tap: the same answer" if "idempotency-replayed" in answer.headers else ""
            self.say(5, "citizen", f"submits: transfer …{self.transfer[-12:]}{again}")
        else:
            problem = answer.json()
            self.say(
                problem.get("step") or 5, "gateway", f"refuses: {problem['code']} → {problem['next_action']['text']}"
            )
        return answer

    async def submit_again(self) -> httpx.Response:
        """Step 5 once more, after an attempt that came to nothing: whatever is not said is as it was."""
        body = {"confirmed_match": False, "consents": self.agreements(by_wechat=True)}
        answer = await self.post(f"/v1/transfers/{self.transfer}/again", body)
        if answer.status_code == 201:
            self.transfer, self._told = str(answer.json()["transfer"]), 0
            self.say(5, "citizen", f"submits again: transfer …{self.transfer[-12:]}")
        return answer

    def agreements(self, *, by_wechat: bool) -> list[dict[str, Any]]:
        """The citizen agrees to what they were shown with the account, receiver by receiver."""
        return [agreed(offer) for offer in self._offers if by_wechat or offer["receiver"] != "notifier"]

    async def begin(self, *, confirmed: bool = False) -> None:
        """Steps 1 to 5 in one go."""
        await self.choose_home()
        await self.look_up_account()
        answer = await self.submit(confirmed=confirmed)
        answer.raise_for_status()

    async def look(self) -> dict[str, Any]:
        """The transfer as the platform sees it; what is new on its timeline is told."""
        answer = await self.get(f"/v1/transfers/{self.transfer}")
        answer.raise_for_status()
        seen: dict[str, Any] = answer.json()
        for entry in seen["timeline"][self._told :]:
            if entry["code"] != "submitted":
                self.say(entry["step"], "gateway", entry["text"])
        self._told = len(seen["timeline"])
        self.state = seen["state"]
        return seen

    async def follow(self, until: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
        """Look again and again until something is seen; raises `StoryStuck`."""
        patience = time.monotonic() + PATIENCE_S
        while not until(seen := await self.look()):
            if time.monotonic() > patience:
                raise StoryStuck(f"still {seen['state']} after {PATIENCE_S:.0f} s")
            await asyncio.sleep(POLL_S)
        return seen

    async def follow_to(self, state: str) -> dict[str, Any]:
        """Until the transfer is in `state`."""
        return await self.follow(lambda seen: bool(seen["state"] == state))

    async def follow_to_the_end(self) -> dict[str, Any]:
        """Until it is closed and the citizen has been told (or cannot be)."""
        told = {"result_sent", "result_undeliverable"}
        return await self.follow(lambda seen: seen["closed"] and any(e["code"] in told for e in seen["timeline"]))

    async def settle(self, until: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
        """Look into the water company's ledger until something stands there."""
        patience = time.monotonic() + PATIENCE_S
        while not until(ledger := await self.look_behind("water", "ledger")):
            if time.monotonic() > patience:
                raise StoryStuck("the water company did not get there")
            await asyncio.sleep(POLL_S)
        return dict(ledger)

    async def tap_to_sign(self) -> dict[str, Any]:
        """Step 7, second way: the button on the transfer's page."""
        answer = await self.post(f"/v1/transfers/{self.transfer}/signing", {})
        answer.raise_for_status()
        way: dict[str, Any] = answer.json()
        self.say(7, "citizen", f"opens the page and taps: {way['action']}")
        return way

    async def press_the_button(self, address: str) -> None:
        """Sign on the utility's own page."""
        page = await self.stage.http.get(address)
        page.raise_for_status()
        signed = await self.stage.http.post(address, data={"decision": "sign"})
        signed.raise_for_status()
        self.say(7, "citizen", "signs the contract on the utility's page")

    async def notices(self) -> list[dict[str, Any]]:
        """What stands in the citizen's WeChat about this transfer."""
        messages = (await self.look_behind("wechat", "inbox"))["messages"]
        mine = [message for message in messages if message["openid"] == self.who.wechat_openid]
        return [message for message in mine if message["url"].endswith(str(self.transfer))]

    async def sms_notices(self) -> list[dict[str, Any]]:
        """What the gateway has told the citizen about this transfer by SMS."""
        messages = (await self.look_behind("sms", "inbox"))["messages"]
        return [message for message in messages if message["transfer"] == self.transfer]

    async def sms_link(self) -> str:
        """The link in the utility's SMS."""
        outbox = (await self.look_behind("water", "sms"))["sms"]
        return str(next(sms["signing_address"] for sms in outbox if sms["transfer"] == self.transfer))
