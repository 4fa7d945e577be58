"""Defects planted in our own code, one at a time, to see that the simulator finds them. Never more than one at once.

Each says in a sentence what was broken; most are mistakes that systems like this one are known for.
"""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

import attrs
import pytest
import structlog

from cotransfer.adapters.memory import agenda as memory_agenda
from cotransfer.adapters.memory import audit as memory_audit
from cotransfer.adapters.memory import store as memory_store
from cotransfer.app import desk, draft, duties, errand, failing, guarded, notifying, returns, worker
from cotransfer.app.matter import Matter
from cotransfer.domain import agenda, events, rechecking, transfer
from cotransfer.domain.commands import RecordNotice, ReportWithdrawal, hearing
from cotransfer.domain.datasets import Operation
from cotransfer.domain.grants import Grant, Phase
from cotransfer.domain.ledger import Failure
from cotransfer.domain.notices import Delivered, NoticeChannel
from cotransfer.domain.parties import Party
from cotransfer.domain.reports import Cancelled, Signed, Taken
from cotransfer.domain.states import Closed, InHandling
from cotransfer.domain.trails import Tip, chained
from cotransfer.ports import correlation
from cotransfer.ports.errors import Unavailable, Unintelligible
from cotransfer.ports.transfers import Stale
from cotransfer.simulation.people import person

Patch = pytest.MonkeyPatch

BUYER = person(0).holder.name.text


@attrs.frozen
class Planted:
    """`rules` are those that it may break; any of them counts as found."""

    name: str
    what: str
    rules: frozenset[str]
    plant: Callable[[Patch], None]


_ALL: list[Planted] = []


def planted(what: str, *rules: str) -> Callable[[Callable[[Patch], None]], Callable[[Patch], None]]:
    """Puts a defect on the list."""

    def listed(plant: Callable[[Patch], None]) -> Callable[[Patch], None]:
        _ALL.append(Planted(plant.__name__, what, frozenset(rules), plant))
        return plant

    return listed


# ---------------------------------------------------------------------------------------------------------- the desk


@planted("Messages are not remembered: the same key acts again.", "I3", "I1")
def no_inbox(patch: Patch) -> None:
    remember = draft.Draft._remember

    def forgetful(self: Any, one: Any, *rest: Any) -> None:
        remember(self, attrs.evolve(one, message=None), *rest)

    patch.setattr(draft.Draft, "_remember", forgetful)


@planted("Whoever waits is answered before the commit.", "I1", "I3")
def answered_before_the_commit(patch: Patch) -> None:
    commit = desk.Desk._commit

    async def early(self: Any, sheets: Sequence[Any]) -> None:
        for sheet in sheets:
            for waiting in sheet.waiting:
                waiting.answer()
        await commit(self, sheets)

    patch.setattr(desk.Desk, "_commit", early)


@planted("A message that comes again is answered with something else.", "I3")
def another_answer_the_second_time(patch: Patch) -> None:
    replay = errand.replay
    changed: Callable[..., Any] = lambda seen, message: attrs.evolve(  # noqa: E731
        replay(seen, message), answer=seen.answer + b"!"
    )
    patch.setattr(desk, "replay", changed)


@planted("Transitions are not noted in the audit trail.", "I11")
def transitions_not_noted(patch: Patch) -> None:
    note = draft.transition
    patch.setattr(
        draft,
        "transition",
        lambda event, ruling: attrs.evolve(note(event, ruling), chain="elsewhere"),
    )


# ---------------------------------------------------------------------------------------------------------- the store


@planted("A change that was decided on an old state is written all the same.", "I4", "I6", "I7")
def lost_update(patch: Patch) -> None:
    hindrance = memory_store.MemoryStore._hindrance

    def blind(self: Any, change: Any) -> Any:
        found = hindrance(self, change)
        return None if isinstance(found, Stale) and not found.lost and not change.seen else found

    patch.setattr(memory_store.MemoryStore, "_hindrance", blind)


@planted("Two open transfers may hold one home.", "I3")
def no_claims(patch: Patch) -> None:
    patch.setattr(memory_store, "_claims", lambda step: ())


@planted("The chain of the audit trail begins anew with each entry.", "I11")
def broken_chain(patch: Patch) -> None:
    patch.setattr(
        memory_audit,
        "chained",
        lambda tips, notes: chained({name: Tip(tip.sequence) for name, tip in tips.items()}, notes),
    )


# --------------------------------------------------------------------------------------------------- before handling


@planted("Arrears are not looked at again before handling.", "I16")
def arrears_not_looked_at_again(patch: Patch) -> None:
    changed = rechecking.changed
    blind = frozenset({rechecking.Changed.IN_ARREARS})
    patch.setattr(transfer, "changed", lambda *of: tuple(one for one in changed(*of) if one not in blind))


# ------------------------------------------------------------------------------------------------------- whose fault


@planted("Whatever goes wrong, the network is blamed for it.", "I15")
def always_the_network(patch: Patch) -> None:
    failed = failing.failed
    patch.setattr(worker, "failed", lambda *of: attrs.evolve(failed(*of), party=Party.NETWORK))


@planted("A failure is told under the ids of the call before it.", "I15")
def ids_of_the_call_before(patch: Patch) -> None:
    asking, before = correlation.asking, list[str]()

    def late(party: Party, ours: str) -> None:
        before.append(ours)
        asking(party, before[-2] if before[1:] else ours)

    patch.setattr(correlation, "asking", late)


@planted("What the counterparty calls the exchange is thrown away.", "I15")
def theirs_thrown_away(patch: Patch) -> None:
    patch.setattr(correlation, "answered", lambda theirs: None)


# --------------------------------------------------------------------------------------------------------- the agenda


@planted("Leases are ignored: what somebody holds is claimed again at once.", "I13", "I3", "I2")
def lease_ignored(patch: Patch) -> None:
    patch.setattr(memory_agenda.Task, "is_free", lambda self, at: self.buried is None and self.due.at <= at)


@planted("Attempts that died are not counted.", "I3")
def attempts_not_counted(patch: Patch) -> None:
    claim = memory_agenda.MemoryAgenda._claim

    def uncounted(self: Any, task: Any, *rest: Any) -> Any:
        task.attempt = 0
        return claim(self, task, *rest)

    patch.setattr(memory_agenda.MemoryAgenda, "_claim", uncounted)


@planted("A task that is given up is dropped instead of buried.", "I2")
def dropped_instead_of_buried(patch: Patch) -> None:
    async def drop(self: Any, lease: Any, **_: Any) -> bool:
        if not self._is_held(lease):
            return False
        del self._tasks[lease.transfer, lease.duty]
        return True

    patch.setattr(memory_agenda.MemoryAgenda, "bury", drop)


@planted("No deadline watches over the pre-review.", "I2", "I5", "I6")
def pre_review_without_deadline(patch: Patch) -> None:
    owed = agenda.owed
    patch.setattr(
        draft, "owed", lambda event, allow: () if isinstance(event, events.ApplicationTaken) else owed(event, allow)
    )


@planted("Nobody is owed a notice of the result.", "I2")
def result_not_announced(patch: Patch) -> None:
    owed = agenda.owed
    patch.setattr(
        draft,
        "owed",
        lambda event, allow: tuple(one for one in owed(event, allow) if one.duty is not agenda.Duty.ANNOUNCE_RESULT),
    )


@planted("Personal data are kept for ever.", "I13")
def never_erased(patch: Patch) -> None:
    owed = agenda.owed
    patch.setattr(
        draft,
        "owed",
        lambda event, allow: tuple(one for one in owed(event, allow) if one.duty is not agenda.Duty.ERASE),
    )


# --------------------------------------------------------------------------------------------------------- the worker


@planted("After an unknown outcome the application is sent again without asking.", "I3")
def sent_again_without_asking(patch: Patch) -> None:
    send = duties.Sending.__call__
    patch.setattr(
        duties.Sending, "__call__", lambda self, state, claimed: send(self, state, attrs.evolve(claimed, attempt=1))
    )


@planted("An answer that nobody can read counts as taken.", "I2", "I3", "I5", "I6")
def garbage_counts_as_taken(patch: Patch) -> None:
    send = duties.Sending.__call__

    async def guessed(self: Any, state: Any, claimed: Any) -> Any:
        try:
            return await send(self, state, claimed)
        except Unintelligible:
            return (hearing(Taken("guessed")),)

    patch.setattr(duties.Sending, "__call__", guessed)


@planted("A notice whose answer was lost counts as sent.", "I3")
def lost_notice_counts_as_sent(patch: Patch) -> None:
    notify = notifying.Notifying.__call__

    async def hopeful(self: Any, state: Any, claimed: Any) -> Any:
        try:
            return await notify(self, state, claimed)
        except Unavailable:
            kind, channel = notifying.KINDS[claimed.due.duty]
            notice = notifying._notice(state, kind, claimed.due.key)
            return () if notice is None else (RecordNotice(kind, Delivered("perhaps"), channel),)

    patch.setattr(notifying.Notifying, "__call__", hopeful)


@planted("A notice is sent again although the channel no longer knows its key.", "I3")
def sent_again_after_the_channel_forgot(patch: Patch) -> None:
    patch.setattr(notifying.Notifying, "_is_forgotten", lambda self, notifier, claimed: False)


@planted("What may have arrived by WeChat goes by SMS as well.", "I3")
def unknown_falls_to_the_sms(patch: Patch) -> None:
    owed = agenda.owed

    def eager(event: Any, allow: Any) -> Any:
        if isinstance(event, events.NoticeUndeliverable) and event.channel is NoticeChannel.WECHAT and allow.by_sms:
            return (agenda.Task(agenda.BY_SMS[event.kind]),)
        return owed(event, allow)

    patch.setattr(draft, "owed", eager)


@planted("The result goes by both channels at once.", "I3")
def both_channels_at_once(patch: Patch) -> None:
    owed = agenda.owed

    def twice(event: Any, allow: Any) -> Any:
        also = (agenda.Task(agenda.Duty.ANNOUNCE_BY_SMS),) if agenda.closes(event) and allow.by_sms else ()
        return (*owed(event, allow), *also)

    patch.setattr(draft, "owed", twice)


@planted("What WeChat refuses goes to no other channel.", "I2")
def nothing_falls(patch: Patch) -> None:
    owed = agenda.owed
    patch.setattr(
        draft,
        "owed",
        lambda event, allow: () if isinstance(event, events.NoticeUndeliverable) else owed(event, allow),
    )


@planted("A failed attempt leaves no doubt behind.", "I3")
def no_doubt(patch: Patch) -> None:
    patch.setattr(worker, "_doubt", lambda claimed, began, *, undone: None)


@planted("Nobody asks a silent utility.", "I2", "I5", "I6")
def chase_asks_nobody(patch: Patch) -> None:
    async def nothing(utilities: Any, state: Any) -> tuple[()]:
        return ()

    patch.setattr(duties, "_told", nothing)


@planted("A withdrawal whose answer was lost counts as withdrawn.", "I5")
def lost_withdrawal_counts_as_withdrawn(patch: Patch) -> None:
    cancel = duties.Cancelling.__call__

    async def hopeful(self: Any, state: Any, claimed: Any) -> Any:
        try:
            return await cancel(self, state, claimed)
        except Unavailable:
            return (ReportWithdrawal(Cancelled()),)

    patch.setattr(duties.Cancelling, "__call__", hopeful)


@planted("A task is taken off the agenda before it is done.", "I2", "I3", "I5", "I6")
def finished_before_it_is_done(patch: Patch) -> None:
    attempt = worker.Worker._attempt

    async def hasty(self: Any, claimed: Any, loaded: Any, *, after: Any) -> None:
        try:
            await self._hand_in(claimed, ())
        except Exception:
            return
        await attempt(self, claimed, loaded, after=after)

    patch.setattr(worker.Worker, "_attempt", hasty)


@planted("The worker ends when the store is away.", "I12")
def worker_ends_with_the_store(patch: Patch) -> None:
    async def fragile(self: Any) -> None:
        while True:
            await self._take()
            await self._wait_for_more()

    patch.setattr(worker.Worker, "run", fragile)


@planted("The reason of an attempt that failed names the citizen.", "I10")
def reasons_name_the_citizen(patch: Patch) -> None:
    put_off = returns.Returns.put_off

    def talkative(self: Any, claimed: Any, failure: Failure, *, until: datetime, doubt: Any) -> None:
        put_off(self, claimed, Failure(failure.party, f"{failure.what} ({BUYER})"), until=until, doubt=doubt)

    patch.setattr(returns.Returns, "put_off", talkative)


# ---------------------------------------------------------------------------------------------------------- the rules


@planted("Arrears are not looked at.", "I6")
def arrears_not_looked_at(patch: Patch) -> None:
    patch.setattr(transfer, "_check", lambda submit: None)


@planted("A signature that is reported twice is signed twice.", "I7")
def signed_twice(patch: Patch) -> None:
    hear = transfer._hear

    def gullible(state: Any, said: Any) -> Any:
        if isinstance(state, InHandling) and isinstance(said, Signed):
            return (events.ContractSigned(said.channel),)
        return hear(state, said)

    patch.setattr(transfer, "_hear", gullible)


@planted("A late report moves a transfer that has ended.", "I6", "I5", "I2", "I13")
def the_end_does_not_absorb(patch: Patch) -> None:
    hear = transfer._hear

    def reopened(state: Any, said: Any) -> Any:
        return (transfer._news(said),) if isinstance(state, Closed) else hear(state, said)

    patch.setattr(transfer, "_hear", reopened)


# ----------------------------------------------------------------------------------------------------------- the gate


@planted("Nothing is judged and nothing written down before data leave.", "I8")
def open_gate(patch: Patch) -> None:
    async def wide_open(self: Any, *_: Any, **__: Any) -> None:
        return None

    patch.setattr(guarded.Gate, "pass_through", wide_open)


@planted("A suspended grant goes on allowing.", "I8")
def suspension_without_effect(patch: Patch) -> None:
    standing = Grant.standing_at

    def deaf(self: Any, at: datetime) -> Phase:
        phase = standing(self, at)
        return Phase.ACTIVE if phase is Phase.SUSPENDED else phase

    patch.setattr(Grant, "standing_at", deaf)


@planted("It is written down after it has left.", "I8")
def written_down_afterwards(patch: Patch) -> None:
    async def hasty(self: Any, case: Any, *, key: Any) -> Any:
        receipt = await self._utility.submit(case, key=key)
        await self._gate.pass_through(Operation.SUBMIT_APPLICATION, Matter.of(case))
        return receipt

    patch.setattr(guarded.GuardedUtility, "submit", hasty)


@planted("The log tells whose application is sent.", "I10")
def log_tells_names(patch: Patch) -> None:
    send = duties.Sending.__call__

    async def talkative(self: Any, state: Any, claimed: Any) -> Any:
        if not isinstance(state, Closed):
            structlog.get_logger("planted").info("sending", name=state.case.application.right_holder_name.text)
        return await send(self, state, claimed)

    patch.setattr(duties.Sending, "__call__", talkative)


MUTANTS = tuple(_ALL)
