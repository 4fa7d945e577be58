"""What cannot be written into the audit trail does not leave: by no answer, by none given again, by no call of ours."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta

import attrs
import httpx
import pytest
import structlog
from tests.gateway.stage import ACCOUNT, ADDRESS, BUYER, ENQUIRY, IDENTITY, Stage, staged
from tests.gateway.watched import Told, WatchedNotifier, WatchedRegistry, WatchedUtility

from cotransfer.adapters.memory.store import MemoryStore
from cotransfer.domain.notes import Disclosure
from cotransfer.domain.parties import Party
from cotransfer.ports.errors import Unavailable
from cotransfer.ports.transfers import Change, Outcome

HELD_BACK = ("云(2024)", "李小满", "王秋实", BUYER, "翠湖", ACCOUNT, ADDRESS, "产权人不一致")
PASSED = {"result": "passed", "signing_address": ADDRESS}
FAILED = {"result": "not_passed", "reason": "产权人不一致"}
ANSWERS = {
    "properties": ("platform", "POST", "/v1/properties/search", IDENTITY),
    "account": ("platform", "POST", "/v1/accounts/search", ENQUIRY),
    "address": ("platform", "POST", "/v1/transfers/{}/signing", {}),
    "certificate": ("kunming-water", "GET", "/v1/utility/transfers/{}/certificate", None),
    "identity": ("kunming-water", "GET", "/v1/utility/transfers/{}/identity", None),
}
CALLS = {"findProperties": ("registry", "properties"), "findAccount": ("kunming-water", "account")}
OWED = {"submitApplication": "kunming-water", "sendTemplateMessage": "notifier"}


class Torn(MemoryStore):
    """A store that takes everything but what is disclosed to `to`."""

    to = ""

    async def commit(self, changes: Sequence[Change]) -> tuple[Outcome, ...]:
        """All or nothing, as a disk that is full has it."""
        told = [note.what for change in changes for note in change.noted]
        if any(isinstance(what, Disclosure) and what.to == self.to for what in told):
            raise Unavailable(Party.US, "The disk is full.", certain=True)
        return await super().commit(changes)


@attrs.frozen
class TornStage:
    """The stage, its store, and what counterparties were told."""

    stage: Stage
    store: Torn
    told: Told

    async def ask(self, what: str, transfer: str = "", key: str | None = None) -> httpx.Response:
        """One of `ANSWERS`."""
        to, method, path, body = ANSWERS[what]
        by, path = {"platform": "platform", "kunming-water": "water"}[to], path.format(transfer)
        if method == "GET":
            return await self.stage.get(path, by=by)
        return await self.stage.post(path, body, by=by, key=key)


@asynccontextmanager
async def torn() -> AsyncIterator[TornStage]:
    """A fresh one, with nothing torn yet."""
    store, told = Torn(), Told()
    water, notifier = WatchedUtility(told), WatchedNotifier(told)
    async with staged(store=store, registry=WatchedRegistry(told), water=water, notifier=notifier) as stage:
        yield TornStage(stage, store, told)


def holds_nothing(answer: httpx.Response) -> bool:
    """It is told as our own trouble, and there is nothing in it."""
    return answer.status_code == 503 and not any(value in answer.text for value in HELD_BACK)


@pytest.mark.parametrize("what", ANSWERS)
async def test_no_answer(what: str) -> None:
    """Steps 1 to 8: 503 in its place; with the trail whole again, the same is answered."""
    async with torn() as on:
        transfer = await on.stage.submit()
        await on.stage.report(transfer, "pre-review", PASSED)
        on.store.to = ANSWERS[what][0]
        assert holds_nothing(await on.ask(what, transfer))
        on.store.to = ""
        assert (await on.ask(what, transfer)).status_code == 200


@pytest.mark.parametrize("what", ["properties", "account", "address"])
async def test_no_answer_given_again(what: str) -> None:
    """A stored answer leaves by the same rule as a fresh one."""
    async with torn() as on:
        transfer = await on.stage.submit()
        await on.stage.report(transfer, "pre-review", PASSED)
        assert (await on.ask(what, transfer, key="k-once")).status_code == 200
        on.store.to = "platform"
        assert holds_nothing(await on.ask(what, transfer, key="k-once"))


async def test_no_reason() -> None:
    """Step 6: what a utility said on why not is data as well."""
    async with torn() as on:
        transfer = await on.stage.submit()
        await on.stage.report(transfer, "pre-review", FAILED)
        on.store.to = "platform"
        assert holds_nothing(await on.stage.get(f"/v1/transfers/{transfer}"))


@pytest.mark.parametrize("operation", CALLS)
async def test_no_call_for_an_answer(operation: str) -> None:
    """Steps 1 and 4: nobody is asked, for asking tells whose homes or whose account."""
    to, what = CALLS[operation]
    async with torn() as on:
        on.store.to = to
        assert holds_nothing(await on.ask(what))
        assert on.told.of(operation, 0) == []


@pytest.mark.parametrize("operation", OWED)
async def test_no_call_that_is_owed(operation: str) -> None:
    """Steps 5 and 7: the application and the notice wait until they can be written down."""
    async with torn() as on:
        transfer = await on.stage.submit()
        if operation == "sendTemplateMessage":
            await on.stage.report(transfer, "pre-review", PASSED)
        on.store.to = OWED[operation]
        with structlog.testing.capture_logs():
            await on.stage.office.worker.drain()
        assert on.told.of(operation, 0) == []
        on.store.to = ""
        on.stage.clock.move(timedelta(minutes=1))
        await on.stage.office.worker.drain()
        assert len(on.told.of(operation, 0)) == 1
