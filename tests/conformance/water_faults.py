"""The faults of the broken water companies: what each of them does wrong, around our own company which does not.

Never more than one thing is wrong at a time.
"""

import asyncio
import json
from collections.abc import Callable
from typing import Any

import attrs
import httpx
from tests.conformance.between import Alter, Asked, Between, Go, Told

from cotransfer.adapters.wire.signing import Checked, Incoming, Scheme, Verifier, binding, checking_key
from cotransfer.sandbox import Agreed, City, MessageSigning, Pace, Plan, Signing, Water

TOKEN = "agreed-token-0001"


def company(city: City, agreed: Agreed, *, token: Any = TOKEN, check: Any = None) -> Water:
    """The sandbox's own, at no pace at all, insisting on token and signature."""
    expected = {"water": check} if check is not None else agreed.signing.expected
    water = Water(
        city.accounts,
        token=token,
        pace=Pace(scale=0),
        address="http://127.0.0.1:8002",
        signing=MessageSigning(expected=expected),
    )
    wait_for_signatures(water, city)
    return water


def wait_for_signatures(water: Water, city: City) -> None:
    """After the first eight, contracts wait on their page, so that there is one to sign when it is looked for."""
    for who in city.everyone("plain")[8:]:
        water.plan(str(who.account_search()["account_number"]), Plan(signing=Signing.ON_THE_PAGE))


def altered(alter: Callable[[], Alter]) -> Callable[[City, Agreed], Any]:
    """A company behind a fresh alteration."""
    return lambda city, agreed: Between(company(city, agreed), alter())


# ------------------------------------------------------------------------------------------------------------- receipts


def another_receipt() -> Alter:
    """Each time it is asked, the reference is another."""
    seen: dict[str, int] = {}

    async def alter(asked: Asked, go: Go) -> Told:
        told = await go(asked)
        if asked.is_submission and told.status == 202:
            seen[asked.key] = seen.get(asked.key, -1) + 1
            if seen[asked.key]:
                return told.saying({**told.json, "reference": f"{told.json['reference']}-{seen[asked.key]}"})
        return told

    return alter


def two_at_once() -> Alter:
    """Two copies that come at the same moment get two references."""
    running: dict[str, int] = {}

    async def alter(asked: Asked, go: Go) -> Told:
        nth = running[asked.key] = running.get(asked.key, 0) + 1
        await asyncio.sleep(0.002)
        told = await go(asked)
        running[asked.key] -= 1
        if asked.is_submission and told.status == 202 and nth > 1:
            return told.saying({**told.json, "reference": f"{told.json['reference']}-{nth}"})
        return told

    return alter


def old_receipt_for_another() -> Alter:
    """A key that was used brings its receipt back, whatever the application says."""
    receipts: dict[str, Told] = {}

    async def alter(asked: Asked, go: Go) -> Told:
        told = await go(asked)
        if asked.is_submission and told.status == 202:
            receipts[asked.key] = told
        return receipts[asked.key] if told.status == 422 and "reused" in told.body.decode() else told

    return alter


def second_effect(city: City, agreed: Agreed) -> Any:
    """The answer is right, but each repetition books the application again."""
    water = company(city, agreed)

    async def alter(asked: Asked, go: Go) -> Told:
        known = asked.key in water.book.cases
        told = await go(asked)
        if asked.is_submission and told.status == 202 and known:
            water.book.note(water.book.cases[asked.key], "taken")
        return told

    return Between(water, alter)


def forgetful(city: City, agreed: Agreed) -> Any:
    """Keeps its keys in memory only."""
    water = company(city, agreed)
    between = Between(water, untouched)
    between.water = water  # type: ignore[attr-defined]
    return between


def forget(app: Any) -> None:
    """What a restart does to the forgetful company: its numbers go on, the keys are gone."""
    app.water.book.cases = {f"before-{key}": case for key, case in app.water.book.cases.items()}
    app.water.book._latest.clear()


async def untouched(asked: Asked, go: Go) -> Told:
    """Nothing is wrong."""
    return await go(asked)


# ------------------------------------------------------------------------------------------------------------- progress


def only_later() -> Alter:
    """The first question after the receipt finds nothing."""
    asked_before: set[str] = set()

    async def alter(asked: Asked, go: Go) -> Told:
        told = await go(asked)
        if asked.is_progress and told.ok and asked.path not in asked_before:
            asked_before.add(asked.path)
            return problem(404, "application_unknown")
        return told

    return alter


async def handled_first(asked: Asked, go: Go) -> Told:
    """Handled, though nothing is signed."""
    told = await go(asked)
    if asked.is_progress and told.ok and told.json["signing"] != {"outcome": "withdrawn"}:
        return told.saying({**told.json, "signing": None, "handling": {"result": "done"}})
    return told


def taken_back() -> Alter:
    """Every second answer knows nothing yet."""
    count: dict[str, int] = {}

    async def alter(asked: Asked, go: Go) -> Told:
        told = await go(asked)
        if asked.is_progress and told.ok and told.json["signing"] != {"outcome": "withdrawn"}:
            count[asked.path] = count.get(asked.path, 0) + 1
            if count[asked.path] % 2 == 0:
                return told.saying({**told.json, "pre_review": None, "signing": None, "handling": None})
        return told

    return alter


async def another_reference(asked: Asked, go: Go) -> Told:
    """Progress bears a reference that no receipt bore."""
    told = await go(asked)
    return told.saying({**told.json, "reference": "KMW-0"}) if asked.is_progress and told.ok else told


async def knows_everything(asked: Asked, go: Go) -> Told:
    """Progress of applications that were never handed in."""
    told = await go(asked)
    if asked.is_progress and told.status == 404 and asked.headers.get("authorization") == f"Bearer {TOKEN}":
        nothing = {"pre_review": None, "signing": None, "handling": None}
        return told.saying({"transfer": asked.path[-36:], "reference": "KMW-0", **nothing}, 200).typed(JSON)
    return told


def keeps_what_it_refused(city: City, agreed: Agreed) -> Any:
    """Progress of applications that were not taken."""
    water = company(city, agreed)

    async def alter(asked: Asked, go: Go) -> Told:
        told = await go(asked)
        case = water.book.cases.get(asked.path[-36:])
        if asked.is_progress and told.status == 404 and case is not None:
            return told.saying(case.progress, 200).typed(JSON)
        return told

    return Between(water, alter)


# ----------------------------------------------------------------------------------------------------- second thoughts


def changes_its_mind() -> Alter:
    """Withdrawn at first, and too late when it is asked again."""
    asked_before: set[str] = set()

    async def alter(asked: Asked, go: Go) -> Told:
        told = await go(asked)
        if asked.path.endswith("/withdrawal") and told.ok:
            again = asked.path in asked_before
            asked_before.add(asked.path)
            return told.saying({"outcome": "too_late"}) if again else told
        return told

    return alter


def forgets_withdrawals(city: City, agreed: Agreed) -> Any:
    """What was withdrawn before it came is taken all the same."""
    water = company(city, agreed)

    async def alter(asked: Asked, go: Go) -> Told:
        water.book._never.clear()
        return await go(asked)

    return Between(water, alter)


async def goes_on_all_the_same(asked: Asked, go: Go) -> Told:
    """Withdrawn, it says; and the progress knows nothing of it."""
    told = await go(asked)
    if asked.is_progress and told.ok and told.json["signing"] == {"outcome": "withdrawn"}:
        return told.saying({**told.json, "signing": None})
    return told


async def an_address_for_nothing(asked: Asked, go: Go) -> Told:
    """There is always an address."""
    told = await go(asked)
    if told.status == 404 and "nothing_to_sign" in told.body.decode():
        return told.saying({"signing_address": "https://sign.water.example/c/1"}, 200).typed(JSON)
    return told


async def another_address(asked: Asked, go: Go) -> Told:
    """The renewed address leads elsewhere than progress says."""
    told = await go(asked)
    if asked.path.endswith("/signing-address") and told.ok:
        return told.saying({"signing_address": "https://sign.water.example/c/1"})
    return told


def _statement(change: Callable[[list[dict[str, Any]]], list[dict[str, Any]]]) -> Alter:
    """Statements are answered changed."""

    async def alter(asked: Asked, go: Go) -> Told:
        told = await go(asked)
        if asked.path != "/v1/applications/search" or not told.ok:
            return told
        return told.saying({**told.json, "applications": change(told.json["applications"])})

    return alter


upside_down = _statement(lambda lines: lines[::-1])
leaves_one_out = _statement(lambda lines: lines[:-1])
as_of_yesterday = _statement(lambda lines: [{**line, "stage": "declined"} for line in lines])


# ------------------------------------------------------------------------------------------------------------- accounts

JSON, PROBLEM = "application/json", "application/problem+json"


def changed(**members: Any) -> Callable[[dict[str, Any]], dict[str, Any]]:
    """A change that says something else."""
    return lambda said: {**said, **members}


def account(change: Callable[[dict[str, Any]], dict[str, Any]]) -> Alter:
    """Accounts are answered changed."""

    async def alter(asked: Asked, go: Go) -> Told:
        told = await go(asked)
        return told.saying(change(told.json)) if asked.is_search and told.ok else told

    return alter


def less(name: str) -> Callable[[dict[str, Any]], dict[str, Any]]:
    """A change that leaves one member out."""
    return lambda said: {key: value for key, value in said.items() if key != name}


async def everybody_has_an_account(asked: Asked, go: Go) -> Told:
    """An account for every number."""
    told = await go(asked)
    if asked.is_search and told.status == 404:
        found = {**asked.json, "account_holder": "李原主", "location": "五华区青年路388号", "in_arrears": False}
        return told.saying(found, 200).typed(JSON)
    return told


def counts_questions() -> Alter:
    """Each question leaves its mark on the account."""
    asked_before: dict[bytes, int] = {}

    async def alter(asked: Asked, go: Go) -> Told:
        told = await go(asked)
        if asked.is_search and told.ok:
            nth = asked_before[asked.body] = asked_before.get(asked.body, 0) + 1
            return told.saying({**told.json, "location": f"{told.json['location']}（{nth}）"})
        return told

    return alter


# ------------------------------------------------------------------------------------------------------------ bad input


def tolerates(code: str) -> Alter:
    """Faults of one kind are not noticed, as long as there is no other."""

    async def alter(asked: Asked, go: Go) -> Told:
        told = await go(asked)
        faults = told.json.get("errors", []) if told.status == 422 else []
        return accepted(asked) if faults and {fault["code"] for fault in faults} == {code} else told

    return alter


def accepted(asked: Asked) -> Told:
    """As if nothing had been wrong."""
    if asked.is_submission:
        said: dict[str, Any] = {"outcome": "taken", "reference": "KMW-0"}
    elif asked.path == "/v1/applications/search":
        said = {"applications": [], "next": None}
    else:
        said = {"account_number": "0", "account_holder": "李原主", "location": "五华区青年路388号", "in_arrears": False}
    empty = Told(status=200, headers=(), body=b"")
    return empty.saying(said, 202 if asked.is_submission else 200).typed(JSON)


def reads_anything(meant: Callable[[bytes], bool]) -> Alter:
    """Bodies that cannot be read are read all the same, where `meant`."""

    async def alter(asked: Asked, go: Go) -> Told:
        told = await go(asked)
        return accepted(asked) if told.status in (400, 401) and signed(asked) and meant(asked.body) else told

    return alter


def signed(asked: Asked) -> bool:
    """Whether the call bears token and signature at all; those that a twist took away are not meant."""
    return "webhook-signature" in asked.headers and asked.headers.get("authorization") == f"Bearer {TOKEN}"


def has_key_twice(body: bytes) -> bool:
    """Whether an object in the body has the same key twice."""
    twice = False

    def pairs(members: list[tuple[str, Any]]) -> dict[str, Any]:
        nonlocal twice
        twice = twice or len(dict(members)) < len(members)
        return dict(members)

    try:
        json.loads(body, object_pairs_hook=pairs)
    except ValueError:
        return False
    return twice


async def any_media_type(asked: Asked, go: Go) -> Told:
    """Whatever the body is called, it is read."""
    told = await go(asked)
    return accepted(asked) if told.status == 400 and asked.headers.get("content-type") == "text/plain" else told


async def stumbles(asked: Asked, go: Go) -> Told:
    """A parser's own error goes up to the server."""
    told = await go(asked)
    return problem(500, "internal") if told.status == 400 and asked.body and asked.json is None else told


async def one_fault_at_a_time(asked: Asked, go: Go) -> Told:
    """Only the first wrong field is told."""
    told = await go(asked)
    if told.status == 422 and len(told.json.get("errors", ())) > 1:
        return told.saying({**told.json, "errors": told.json["errors"][:1]})
    return told


async def no_key_needed(asked: Asked, go: Go) -> Told:
    """An application without a key is taken."""
    told = await go(asked)
    return accepted(asked) if told.status == 400 and "idempotency_key_missing" in told.body.decode() else told


async def any_key(asked: Asked, go: Go) -> Told:
    """A key that is not the transfer's identifier is taken."""
    told = await go(asked)
    return accepted(asked) if told.status == 422 and "not_the_key" in told.body.decode() else told


# ------------------------------------------------------------------------------------------------- answers and problems


def problem(status: int, code: str) -> Told:
    """A problem as the contract has it."""
    said = {"type": "about:blank", "title": "如约定", "status": status, "code": code}
    return Told(status=status, headers=(), body=b"").saying(said).typed(PROBLEM)


async def a_page(asked: Asked, go: Go) -> Told:
    """A page where an account is due."""
    told = await go(asked)
    if asked.is_search and told.ok:
        return attrs.evolve(told, body=b"<html><body>OK</body></html>").typed("text/html; charset=utf-8")
    return told


async def problems_as_json(asked: Asked, go: Go) -> Told:
    """Problems without their own media type."""
    told = await go(asked)
    return told if told.ok else told.typed(JSON)


def problems(change: Callable[[dict[str, Any]], dict[str, Any]]) -> Alter:
    """Problems are answered changed."""

    async def alter(asked: Asked, go: Go) -> Told:
        told = await go(asked)
        return told if told.ok else told.saying(change(told.json))

    return alter


async def repeats_what_was_sent(asked: Asked, go: Go) -> Told:
    """The number that was asked for stands in the problem."""
    told = await go(asked)
    number = (asked.json or {}).get("account_number")
    if asked.is_search and told.status == 404:
        return told.saying({**told.json, "detail": f"没有户号 {number}"})
    return told


async def forbids(asked: Asked, go: Go) -> Told:
    """403, which the contract does not have."""
    told = await go(asked)
    return (
        told.saying({**told.json, "status": 403}, 403)
        if told.status == 401 and not asked.headers.get("authorization")
        else told
    )


async def tells_where(asked: Asked, go: Go) -> Told:
    """An address with somebody's number in it."""
    told = await go(asked)
    if asked.is_submission and told.ok:
        return told.with_header("location", f"/applications?mobile={asked.json['application']['mobile_number']}")
    return told


async def takes_its_time(asked: Asked, go: Go) -> Told:
    """One question is never answered."""
    if asked.is_search and asked.json is not None and asked.json.get("account_number") == "0000000000":
        await asyncio.sleep(60)
    return await go(asked)


async def hangs_up(asked: Asked, go: Go) -> Told:
    """No question about progress is answered."""
    if asked.is_progress:
        raise httpx.RemoteProtocolError("Server disconnected without sending a response.")
    return await go(asked)


# --------------------------------------------------------------------------------------------------------------- access


@attrs.frozen
class LaxCheck:
    """A check of signatures that does less than it should."""

    agreed: Agreed
    unsigned: bool = False
    anything: bool = False
    bound: bool = True
    window_s: float = 300

    def present(self, headers: Any) -> bool:
        """Whether it claims to be signed."""
        return self._verifier.present(headers)

    def admits(self, peer: str | None) -> bool:
        """Everybody."""
        return True

    async def check(self, incoming: Incoming) -> Checked:
        """Less than it should."""
        present = self.present(incoming.headers)
        if (present and self.anything) or (not present and self.unsigned):
            return Checked(body=incoming.body)
        verified = self._verifier.check(incoming.headers, incoming.body, incoming.at)
        if self.bound:
            binding.check_bound(verified.message_id, method=incoming.method, target=incoming.target, key=incoming.key)
        return Checked(body=incoming.body)

    @property
    def _verifier(self) -> Verifier:
        return Verifier([checking_key(Scheme.HMAC_SHA256, self.agreed.to_water)], window_s=self.window_s)


def lax(**how: Any) -> Callable[[City, Agreed], Any]:
    """A company whose check of signatures is lax."""
    return lambda city, agreed: company(city, agreed, check=LaxCheck(agreed, **how))


class AnyToken:
    """A door that takes whatever looks like a token."""

    def takes(self, shown: str) -> bool:
        """Whatever looks like a token."""
        return shown.startswith("Bearer ")
