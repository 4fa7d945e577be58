"""One run of the kit: every scenario is played, every rule judges every trace, every breach is shrunk and told.

Never plays on once a limit is reached, and never calls a rule passed that nothing has tried.
"""

import time
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from importlib.metadata import version

import attrs

from cotransfer.conformance.acting import Actor
from cotransfer.conformance.calling import Caller, LimitReached
from cotransfer.conformance.exchanges import Trace
from cotransfer.conformance.masking import shown
from cotransfer.conformance.rules import Rule, Words
from cotransfer.conformance.shrinking import ATTEMPTS, shortest
from cotransfer.conformance.steps import Scenario, Sequence
from cotransfer.conformance.verdicts import KIT, Outcome, Proof, Report, Verdict

Heard = Callable[[int, int], None]
EXCHANGES_SHOWN = 6


@attrs.define
class _Account:
    """What has been seen of one rule so far."""

    looks: int = 0
    first: tuple[Sequence, Trace] | None = None


@attrs.frozen(kw_only=True)
class Run:
    """What to run; `heard` is told how many scenarios of how many have been played, `attempts` bounds shrinking."""

    kind: str
    rules: tuple[Rule, ...]
    scenarios: tuple[Scenario, ...]
    actor: Actor
    caller: Caller
    seed: int
    contract: str
    excuses: Mapping[str, str] = attrs.field(factory=dict)
    heard: Heard = lambda _, __: None
    attempts: int = ATTEMPTS

    async def report(self) -> Report:
        """Plays everything. Raises `NotReachable` where nobody is there."""
        began, clock = datetime.now(UTC), time.monotonic()
        await self.caller.knock()
        accounts = {rule.code: _Account() for rule in self.rules}
        cut_short = await self._play(accounts)
        verdicts = tuple([await self._verdict(rule, accounts[rule.code], cut_short) for rule in self.rules])
        return Report(
            kind=self.kind,
            url=self.caller.address,
            seed=self.seed,
            began_at=began.isoformat(timespec="seconds"),
            took_s=round(time.monotonic() - clock, 3),
            calls=self.caller.calls,
            versions={"cotransfer": version("cotransfer"), "contract": self.contract, "kit": str(KIT)},
            verdicts=verdicts,
            cut_short=cut_short,
        )

    async def _play(self, accounts: dict[str, _Account]) -> bool:
        """Whether a limit ended it."""
        for nth, scenario in enumerate(self.scenarios, 1):
            try:
                trace = await self.actor.play(scenario.steps)
            except LimitReached:
                return True
            for rule in self.rules:
                account = accounts[rule.code]
                looks = tuple(rule.tried(trace))
                account.looks += len(looks)
                if account.first is None and any(seen.wrong for seen in looks):
                    account.first = (scenario.steps, trace)
            self.heard(nth, len(self.scenarios))
        return False

    async def _verdict(self, rule: Rule, account: _Account, cut_short: bool) -> Verdict:
        excuse = self.excuses.get(rule.code)
        if account.first is not None:
            proof = await self._proof(rule, *account.first)
            outcome = Outcome.FAILED if excuse is None else Outcome.EXCUSED
            reason = None if excuse is None else Words(excuse, excuse)
            return Verdict(rule=rule, outcome=outcome, looks=account.looks, reason=reason, proof=proof)
        if account.looks:
            return Verdict(rule=rule, outcome=Outcome.PASSED, looks=account.looks)
        if excuse is not None:
            return Verdict(rule=rule, outcome=Outcome.EXCUSED, reason=Words(excuse, excuse))
        return Verdict(rule=rule, outcome=Outcome.NOT_TRIED, reason=_why_not(rule, cut_short))

    async def _proof(self, rule: Rule, drawn: Sequence, trace: Trace) -> Proof:
        """The shortest sequence that was seen to break the rule; the first sighting where it was not seen again."""
        last, seen_again = (drawn, trace), False

        async def fails(sequence: Sequence) -> bool:
            nonlocal last, seen_again
            try:
                again = await self.actor.play(sequence)
            except LimitReached:
                return False
            if rule.broken(again) is None:
                return False
            last, seen_again = (sequence, again), True
            return True

        await shortest(drawn, fails, attempts=self.attempts)
        if not seen_again:
            await fails(drawn)
        return _proof(rule, *last, drawn=drawn, again=seen_again)


def _proof(rule: Rule, sequence: Sequence, trace: Trace, *, drawn: Sequence, again: bool) -> Proof:
    seen = rule.broken(trace)
    if seen is None or seen.wrong is None:
        raise AssertionError(f"{rule.code} was broken by this trace before")
    around = trace[max(0, seen.at + 1 - EXCHANGES_SHOWN) : seen.at + 1]
    return Proof(wrong=seen.wrong, sequence=sequence, drawn=drawn, exchanges=tuple(map(shown, around)), again=again)


def _why_not(rule: Rule, cut_short: bool) -> Words:
    if cut_short:
        return Words("The run reached its limit (--calls, --seconds).", "本次运行已达上限（--calls、--seconds）。")
    if rule.needs is not None:
        return rule.needs
    return Words(
        "No answer was such that it could be tried; mend what failed first.",
        "没有可供判断的应答；请先处理其他不通过项。",
    )


def chosen(scenarios: Iterable[Scenario], code: str) -> tuple[Scenario, ...]:
    """The scenarios thought out for one rule, with those that were drawn; all of them where none is."""
    every = tuple(scenarios)
    meant = tuple(each for each in every if code in each.tries)
    return meant or every
