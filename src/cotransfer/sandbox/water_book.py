"""The water company's book: its accounts, the applications it has taken, and every effect it has made, in order.

The effects are the witness of "once and only once": a list that is only ever added to, and never holds personal data.
Whatever changes is in the diary before anybody hears of it, a case and its effect in one entry.
"""

import asyncio
import itertools
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

import attrs

from cotransfer.sandbox.diary import Diary, Unwritten
from cotransfer.sandbox.plans import Plan
from cotransfer.sandbox.records import WaterAccount
from cotransfer.sandbox.signatures import Now, now
from cotransfer.sandbox.water_stages import stage_of

TRANSFERRED = "transferred"


@attrs.define(kw_only=True, eq=False)
class Case:
    """One application on a desk of the water company."""

    transfer: str
    reference: str
    body: Mapping[str, Any]
    plan: Plan
    received: int = 1
    not_taken: str | None = None
    sms_link: str = ""
    wechat_link: str = ""
    pre_review: dict[str, Any] | None = None
    signing: dict[str, Any] | None = None
    handling: dict[str, Any] | None = None
    stage: str = ""
    since: str = ""
    signed: asyncio.Event = attrs.field(factory=asyncio.Event, repr=False)
    go: asyncio.Semaphore = attrs.field(factory=lambda: asyncio.Semaphore(0), repr=False)

    @property
    def account_number(self) -> str:
        return str(self.body["account_number"])

    @property
    def applicant(self) -> str:
        return str(self.body["application"]["right_holder_name"])

    @property
    def mobile_number(self) -> str:
        return str(self.body["application"]["mobile_number"])

    @property
    def open(self) -> bool:
        if self.not_taken is not None or self.handling is not None:
            return False
        failed = self.pre_review is not None and self.pre_review["result"] != "passed"
        unsigned = self.signing is not None and self.signing["outcome"] != "signed"
        return not failed and not unsigned

    @property
    def withdrawn(self) -> bool:
        return self.signing == {"outcome": "withdrawn"}

    @property
    def answer(self) -> dict[str, Any]:
        if self.not_taken is not None:
            return {"outcome": "not_taken", "reason": self.not_taken}
        return {"outcome": "taken", "reference": self.reference}

    @property
    def progress(self) -> dict[str, Any]:
        return {
            "transfer": self.transfer,
            "reference": self.reference,
            "pre_review": self.pre_review,
            "signing": self.signing,
            "handling": self.handling,
        }

    def to_json(self) -> dict[str, Any]:
        """As it is written down; what waits to be released by hand is not."""
        names = [each.name for each in attrs.fields(Case) if each.name not in _AT_WORK]
        return {**{name: getattr(self, name) for name in names}, "plan": self.plan.to_json()}

    @classmethod
    def from_json(cls, said: Mapping[str, Any]) -> "Case":
        """As it was written down."""
        case = cls(**{**said, "plan": Plan.from_json(said["plan"])})
        if case.signing is not None:
            case.signed.set()
        return case


_AT_WORK = ("signed", "go")


@attrs.frozen
class Effect:
    """`what` is taken, pre_reviewed, signed, withdrawn or transferred; each at most once for a transfer."""

    transfer: str
    account_number: str
    what: str


class Book:
    """`diary` is read once, as the book is opened."""

    def __init__(self, accounts: Iterable[WaterAccount], diary: Diary | None = None, *, now: Now = now) -> None:
        self._now = now
        self._accounts = {account.account_number: account for account in accounts}
        self._plans: dict[str, Plan] = {}
        self._latest: dict[str, Case] = {}
        self._never: set[str] = set()
        self._over: set[str] = set()
        self.cases: dict[str, Case] = {}
        self.effects: list[Effect] = []
        self.told: set[str] = set()
        """Keys of the reports that were settled in an earlier life."""
        self._diary: Diary = diary or Unwritten()
        for entry in self._diary.entries():
            self._recall(entry)

    @property
    def unfinished(self) -> tuple[Case, ...]:
        """Cases that were taken and are not at their end, with all that was to be reported."""
        return tuple(case for case in self.cases.values() if case.not_taken is None and case.transfer not in self._over)

    def stated(self, changed_since: datetime, cursor: str | None, limit: int) -> tuple[Case, ...]:
        """The next cases that were taken, by transfer: those under way, and those that ended then or later."""
        taken = sorted(key for key, case in self.cases.items() if case.not_taken is None and key > (cursor or ""))
        told = (self.cases[key] for key in taken)
        recent = (case for case in told if case.open or datetime.fromisoformat(case.since) >= changed_since)
        return tuple(itertools.islice(recent, limit))

    def account(self, number: str) -> WaterAccount | None:
        return self._accounts.get(number)

    def pay(self, number: str) -> None:
        """The arrears of this account are paid. Raises LookupError."""
        self._owes(number, in_arrears=False)

    def fall_behind(self, number: str) -> None:
        """This account is in arrears from now on. Raises LookupError."""
        self._owes(number, in_arrears=True)

    def plan(self, key: str, plan: Plan) -> None:
        """What is to happen with this account, or with this transfer; a running case follows from its next step on."""
        self._plan(key, plan)
        self._diary.write(plan=plan.to_json(), key=key)

    def take(self, transfer: str, body: Mapping[str, Any]) -> Case:
        """Opens a case, or notes in it why the application was not taken."""
        number = str(body["account_number"])
        plan = self._plans.get(transfer) or self._plans.get(number) or Plan()
        reference = f"KMW-{len(self.cases) + 1:06d}"
        case = Case(transfer=transfer, reference=reference, body=body, plan=plan)
        withdrawn = "该申请已撤回" if transfer in self._never else None
        case.not_taken = withdrawn or self._objection(number) or plan.not_taken
        self._keep(case)
        self.note(case, *(("taken",) if case.not_taken is None else ()))
        return case

    def never_take(self, transfer: str) -> None:
        """Withdrawn before it came in: should it come in later, it is not taken."""
        self._never.add(transfer)
        self._diary.write(never=transfer)

    def hand_over(self, case: Case) -> None:
        """The account is the new right holder's."""
        self._change(case.account_number, account_holder=case.applicant)
        self.note(case, TRANSFERRED)

    def note(self, case: Case, *effects: str) -> None:
        """Write down where the case is now, and the effects that brought it there."""
        self._stamp(case)
        self.effects += (Effect(case.transfer, case.account_number, what) for what in effects)
        self._diary.write(case=case.to_json(), effects=effects)

    def settle(self, key: str) -> None:
        """The report with this key has arrived, or was given up."""
        self._diary.write(told=key)

    def end(self, case: Case) -> None:
        """Nothing is left to be done or told."""
        self._over.add(case.transfer)
        self._diary.write(over=case.transfer)

    def _recall(self, entry: Mapping[str, Any]) -> None:
        match entry:
            case {"case": said, "effects": effects}:
                case = Case.from_json(said)
                self._keep(case)
                self._stamp(case)  # Older diaries do not say since when it stands there.
                self.effects += (Effect(case.transfer, case.account_number, what) for what in effects)
                if TRANSFERRED in effects:
                    self._change(case.account_number, account_holder=case.applicant)
            case {"plan": said, "key": key}:
                self._plan(key, Plan.from_json(said))
            case {"account": number, "in_arrears": in_arrears}:
                self._change(number, in_arrears=in_arrears)
            case {"never": transfer}:
                self._never.add(transfer)
            case {"told": key}:
                self.told.add(key)
            case {"over": transfer}:
                self._over.add(transfer)
            case _:
                raise ValueError("the diary of the water company holds an entry that nobody understands")

    def _stamp(self, case: Case) -> None:
        stage = stage_of(case.pre_review, case.signing, case.handling)
        if stage != case.stage:
            case.stage, case.since = stage, self._now().isoformat(timespec="milliseconds")

    def _keep(self, case: Case) -> None:
        self.cases[case.transfer] = case
        if case.not_taken is None:
            self._latest[case.account_number] = case

    def _plan(self, key: str, plan: Plan) -> None:
        self._plans[key] = plan
        if key in self.cases:
            self.cases[key].plan = plan

    def _owes(self, number: str, *, in_arrears: bool) -> None:
        self._change(number, in_arrears=in_arrears)
        self._diary.write(account=number, in_arrears=in_arrears)

    def _objection(self, number: str) -> str | None:
        account = self._accounts.get(number)
        if account is None:
            return "无此户号"
        if account.in_arrears:
            return "该户欠费"
        if number in self._latest and self._latest[number].open:
            return "该户已有在办业务"
        return None

    def _change(self, number: str, **changes: Any) -> None:
        if number not in self._accounts:
            raise LookupError("the water company has no account with this number")
        self._accounts[number] = attrs.evolve(self._accounts[number], **changes)
