"""Plays the water company's side after an application was taken: pre-review, signing, handling, and a report of each.

One task per case, following the case's plan; after a restart it goes on from the last step that the book has on record.
Never makes an effect twice, whoever presses the button however often.
"""

import asyncio
from collections.abc import Callable
from typing import Any

import attrs

from cotransfer.sandbox.pace import Pace
from cotransfer.sandbox.plans import Signing
from cotransfer.sandbox.water_book import Book, Case
from cotransfer.sandbox.water_delivery import at_once, at_the_end
from cotransfer.sandbox.water_gateway import Gateway, Report

SMS, WECHAT = "sms", "wechat"


@attrs.frozen(kw_only=True)
class Sms:
    """One message in the outbox."""

    mobile_number: str
    transfer: str
    text: str
    signing_address: str


class Handling:
    """`link` turns a drawn token into the address of the signing page."""

    def __init__(
        self, *, book: Book, gateway: Gateway, pace: Pace, draw_token: Callable[[], str], link: Callable[[str], str]
    ) -> None:
        self.outbox: list[Sms] = []
        self._book = book
        self._gateway = gateway
        self._pace = pace
        self._draw_token = draw_token
        self._link = link
        self._doors: dict[str, tuple[Case, str]] = {}
        self._running: set[asyncio.Task[None]] = set()
        for case in book.cases.values():
            self._recall(case)

    def resume(self) -> None:
        """Take up again every case that was under way in an earlier life."""
        for case in self._book.unfinished:
            self.start(case)

    def start(self, case: Case) -> None:
        task = asyncio.create_task(self._play(case), name=f"water {case.reference}")
        self._running.add(task)
        task.add_done_callback(self._running.discard)

    async def stop(self) -> None:
        for task in tuple(self._running):
            task.cancel()
        await asyncio.gather(*self._running, return_exceptions=True)

    async def finished(self) -> None:
        """Returns when every case under way is at its end."""
        while self._running:
            await asyncio.gather(*self._running)

    def door(self, token: str) -> tuple[Case, str] | None:
        """The case behind a signing link, and the channel the link was given out by."""
        return self._doors.get(token)

    def sign(self, case: Case, channel: str) -> bool:
        """The customer signs. False when the contract was already signed, declined or lapsed: nothing happens."""
        return self._conclude(case, {"outcome": "signed", "channel": channel})

    def decline(self, case: Case) -> bool:
        return self._conclude(case, {"outcome": "declined"})

    def withdraw(self, transfer: str) -> bool:
        """The application is taken back; False when the contract is signed or something else has ended it."""
        case = self._book.cases.get(transfer)
        if case is None:
            self._book.never_take(transfer)
            return True
        if case.withdrawn:
            return True
        if not case.open or case.signing is not None:
            return False
        case.signing = {"outcome": "withdrawn"}
        self._book.note(case, "withdrawn")
        case.signed.set()
        return True

    def renew(self, transfer: str) -> str | None:
        """Another link to the contract, the one before being dead; None when there is nothing to sign."""
        case = self._book.cases.get(transfer)
        if case is None or not case.open or case.signing is not None or not case.wechat_link:
            return None
        self._doors.pop(case.wechat_link.rsplit("/", 1)[-1], None)
        case.wechat_link = self._draw_link(case, WECHAT)
        case.pre_review = {"result": "passed", "signing_address": case.wechat_link}
        self._book.note(case)
        return case.wechat_link

    def _conclude(self, case: Case, signing: dict[str, Any]) -> bool:
        if case.signing is not None or case.pre_review is None or not case.open:
            return False
        if case.plan.falls_behind and signing["outcome"] == "signed":
            self._book.fall_behind(case.account_number)  # First: whoever hears of the signature may look at once.
        case.signing = signing
        self._book.note(case, *(("signed",) if signing["outcome"] == "signed" else ()))
        case.signed.set()
        return True

    async def _play(self, case: Case) -> None:
        reports: list[Report] = []
        pre_review = case.pre_review or await self._review(case)
        if pre_review is not None:
            await self._report(case, reports, "pre-review", pre_review)
        if case.open and case.signing is None:
            await self._have_signed(case)
        if case.signing is not None and not case.withdrawn:
            await self._report_signing(case, case.signing, reports)
        handling = await self._handle(case) if case.open else case.handling
        if handling is not None:
            await self._report(case, reports, "handling", handling)
        for report in at_the_end(case.plan.delivery, reports):
            await self._tell(report)
        self._book.end(case)

    async def _review(self, case: Case) -> dict[str, Any] | None:
        await self._wait(case, lambda: case.plan.pre_review_after_s, or_when=case.signed)
        if case.withdrawn:
            return None
        if case.plan.checks_certificate:
            await self._gateway.certificate(case.transfer)
        if case.plan.pre_review_fails is not None:
            case.pre_review = {"result": "not_passed", "reason": case.plan.pre_review_fails}
        else:
            if case.plan.fetches_identity:
                await self._gateway.identity(case.transfer)
            case.pre_review = {"result": "passed", **self._invitation(case)}
        self._book.note(case, "pre_reviewed")
        return case.pre_review

    def _invitation(self, case: Case) -> dict[str, str]:
        """Draws the links of the contract; the SMS goes out, the other address is for the report."""
        case.sms_link = self._draw_link(case, SMS)
        self._send_sms(case)
        if not case.plan.signing_address:
            return {}
        case.wechat_link = self._draw_link(case, WECHAT)
        return {"signing_address": case.wechat_link}

    def _send_sms(self, case: Case) -> None:
        text = f"【昆明自来水】您的用水过户申请已通过预审，请点击签订供用水合同：{case.sms_link}"
        sms = Sms(mobile_number=case.mobile_number, transfer=case.transfer, text=text, signing_address=case.sms_link)
        self.outbox.append(sms)

    def _draw_link(self, case: Case, channel: str) -> str:
        token = self._draw_token()
        self._doors[token] = (case, channel)
        return self._link(token)

    async def _have_signed(self, case: Case) -> None:
        if case.plan.signing is not Signing.ON_THE_PAGE:
            await self._wait(case, lambda: case.plan.signing_after_s, or_when=case.signed)
        match case.plan.signing:
            case Signing.BY_SMS | Signing.BOTH:
                self.sign(case, SMS)
            case Signing.BY_WECHAT:
                self.sign(case, WECHAT)
            case Signing.DECLINED:
                self.decline(case)
            case Signing.EXPIRED:
                self._conclude(case, {"outcome": "expired"})
            case Signing.ON_THE_PAGE:
                await case.signed.wait()

    async def _report_signing(self, case: Case, signing: dict[str, Any], reports: list[Report]) -> None:
        await self._report(case, reports, "signing", signing)
        if case.plan.signing is Signing.BOTH and signing["outcome"] == "signed":
            other = WECHAT if signing["channel"] == SMS else SMS
            await self._report(case, reports, "signing", {"outcome": "signed", "channel": other})

    async def _handle(self, case: Case) -> dict[str, Any]:
        await self._wait(case, lambda: case.plan.handling_after_s)
        if case.plan.checks_certificate:
            await self._gateway.certificate(case.transfer)
        if case.plan.handling_fails is not None:
            case.handling = {"result": "not_done", "reason": case.plan.handling_fails}
            self._book.note(case)
        else:
            case.handling = {"result": "done"}
            self._book.hand_over(case)
        return case.handling

    async def _report(self, case: Case, reports: list[Report], kind: str, body: dict[str, Any]) -> None:
        key = f"{case.transfer}-{kind}-{len(reports) + 1}"
        report = Report(transfer=case.transfer, kind=kind, body=body, key=key)
        reports.append(report)
        for copy in at_once(case.plan.delivery, report):
            await self._tell(copy)

    async def _tell(self, report: Report) -> None:
        """Unless an earlier life has done so."""
        if report.key not in self._book.told:
            await self._gateway.report(report)
            self._book.settle(report.key)

    def _recall(self, case: Case) -> None:
        """The links and the SMS of a case of an earlier life."""
        if case.sms_link:
            self._send_sms(case)
        for channel, link in ((SMS, case.sms_link), (WECHAT, case.wechat_link)):
            self._doors[link.rpartition("/")[2]] = (case, channel)
        self._doors.pop("", None)

    async def _wait(self, case: Case, delay_s: Callable[[], float], or_when: asyncio.Event | None = None) -> None:
        """The desk takes its time: the plan's delay, or until told to go on; at most until `or_when`."""
        step = case.go.acquire() if case.plan.by_hand else self._pace.wait(delay_s())
        waiting: set[asyncio.Task[Any]] = {asyncio.create_task(_awaited(step))}
        if or_when is not None:
            waiting.add(asyncio.create_task(or_when.wait()))
        try:
            await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in waiting:
                task.cancel()


async def _awaited(step: Any) -> None:
    await step
