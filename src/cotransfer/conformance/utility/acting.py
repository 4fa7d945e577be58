"""Plays the gateway towards a utility: looks accounts up, hands applications in, asks how far they are.

A new word needs one line in `LETTERS` and, where it is an operation of the contract, one in `OPERATIONS`.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from random import Random

import attrs

from cotransfer.conformance.acting import Letter, Post
from cotransfer.conformance.calling import Caller
from cotransfer.conformance.desk import Desk
from cotransfer.conformance.dressing import Client
from cotransfer.conformance.exchanges import Exchange, Sent, Trace
from cotransfer.conformance.steps import Sequence, Step
from cotransfer.conformance.utility.people import Accounts, Application, applicants

OPERATIONS: Mapping[str, str] = {
    "find": "findAccount",
    "find_unknown": "findAccount",
    "find_in_arrears": "findAccount",
    "submit": "submitApplication",
    "submit_other": "submitApplication",
    "submit_in_arrears": "submitApplication",
    "progress": "showProgress",
    "progress_unknown": "showProgress",
    "cancel": "cancelApplication",
    "renew": "renewSigningAddress",
    "list": "listApplications",
}
"""The contract's operation that each word calls."""

STATED = timedelta(hours=1)
"""How far back a statement goes: what the kit hands in ends within that."""

PAUSE_S = 0.2
"""How long `wait` waits, once."""


@attrs.frozen(kw_only=True)
class Target:
    """The utility under test. `can` names what it declares, as in the settings; `ledger` is an address whose GET tells
    effects as the sandbox's does; `restart` ends the system and starts it again, and returns when it answers.
    """

    client: Client
    accounts: Accounts
    service: str = "water"
    can: frozenset[str] = frozenset()
    ledger: str | None = None
    desk: Desk | None = None
    restart: Callable[[], Awaitable[None]] | None = None
    pause_s: float = PAUSE_S


class UtilityActor:
    """An `Actor`; accounts are used in turn, a new one for each case."""

    def __init__(self, caller: Caller, target: Target, *, seed: int) -> None:
        self.target = target
        self._post = Post(caller, Random(seed))
        self._applicants = applicants(seed)
        self._free = _in_turn(target.accounts.free)
        self._first = next(_in_turn(target.accounts.free))
        self._in_arrears = _in_turn(target.accounts.in_arrears)
        self._ledger = caller.beside(target.ledger) if target.ledger else None
        self._desk = caller.beside(target.desk.url) if target.desk else None

    async def close(self) -> None:
        for line in (self._ledger, self._desk):
            if line is not None:
                await line.close()

    async def play(self, sequence: Sequence) -> Trace:
        cases: dict[int, Application] = {}
        trace: list[Exchange] = []
        epoch = 0
        for step in sequence:
            match step.do:
                case "wait":
                    await asyncio.sleep(self.target.pause_s * step.times)
                case "restart" if self.target.restart is not None:
                    await self.target.restart()
                    epoch += 1
                case "ledger" if self._ledger is not None:
                    trace.append(await _asked(self._ledger, step, Sent(method="GET", path="", headers=())))
                case "token" if self._desk is not None and self.target.desk is not None:
                    trace.append(await _asked(self._desk, step, self.target.desk.request(spoilt=step.spoilt)))
                case do if do in LETTERS:
                    case = self._case(step.case, sequence, cases)
                    trace += await self._post.send(step, LETTERS[do](self, case, step), epoch=epoch)
        return tuple(trace)

    def _case(self, nth: int, sequence: Sequence, cases: dict[int, Application]) -> Application:
        """The case of this number; an account is only used up where an application will be handed in."""
        if nth not in cases:
            words = {step.do for step in sequence if step.case == nth}
            if any(do.endswith("in_arrears") for do in words):
                account = next(self._in_arrears)
            else:
                account = next(self._free) if any(do.startswith("submit") for do in words) else self._first
            someone = next(self._applicants)
            cases[nth] = Application(transfer=self._post.transfer(), someone=someone, account=account)
        return cases[nth]

    def unknown_transfer(self) -> str:
        """One that was never handed in."""
        return self._post.transfer()


def _in_turn(accounts: tuple[str, ...]) -> Iterator[str]:
    while True:
        yield from accounts or ("0",)


def _find(number: Callable[[UtilityActor, Application], str]) -> Callable[[UtilityActor, Application, Step], Letter]:
    def letter(actor: UtilityActor, case: Application, _: Step) -> Letter:
        body: dict[str, object] = {"account_number": number(actor, case)}
        return Letter(
            method="POST",
            path="/v1/accounts/search",
            client=actor.target.client,
            body=body,
            personal=frozenset({number(actor, case)}),
        )

    return letter


def _submit(*, other: bool = False) -> Callable[[UtilityActor, Application, Step], Letter]:
    def letter(actor: UtilityActor, case: Application, step: Step) -> Letter:
        return Letter(
            method="POST",
            path="/v1/applications",
            client=actor.target.client,
            body=case.delivery(actor.target.service, other=other),
            key=actor.unknown_transfer() if "key:other" in step.twists else case.transfer,
            personal=case.personal,
        )

    return letter


def _progress(actor: UtilityActor, case: Application, _: Step) -> Letter:
    return Letter(
        method="GET", path=f"/v1/applications/{case.transfer}", client=actor.target.client, personal=case.personal
    )


def _asked_of(what: str) -> Callable[[UtilityActor, Application, Step], Letter]:
    def letter(actor: UtilityActor, case: Application, _: Step) -> Letter:
        path = f"/v1/applications/{case.transfer}/{what}"
        return Letter(method="POST", path=path, client=actor.target.client, body={}, personal=case.personal)

    return letter


def _progress_unknown(actor: UtilityActor, _: Application, __: Step) -> Letter:
    return Letter(method="GET", path=f"/v1/applications/{actor.unknown_transfer()}", client=actor.target.client)


def _list(actor: UtilityActor, _: Application, __: Step) -> Letter:
    body: dict[str, object] = {"changed_since": (datetime.now(UTC) - STATED).isoformat(timespec="milliseconds")}
    return Letter(method="POST", path="/v1/applications/search", client=actor.target.client, body=body)


async def _asked(line: Caller, step: Step, sent: Sent) -> Exchange:
    """What is no operation of the contract goes out as it is."""
    return Exchange(step=step, nth=0, sent=sent, got=await line.call(sent))


LETTERS: Mapping[str, Callable[[UtilityActor, Application, Step], Letter]] = {
    "find": _find(lambda _, case: case.account),
    "find_unknown": _find(lambda actor, _: actor.target.accounts.unknown),
    "find_in_arrears": _find(lambda _, case: case.account),
    "submit": _submit(),
    "submit_other": _submit(other=True),
    "submit_in_arrears": _submit(),
    "progress": _progress,
    "progress_unknown": _progress_unknown,
    "cancel": _asked_of("withdrawal"),
    "renew": _asked_of("signing-address"),
    "list": _list,
}
"""The call that each word stands for."""
