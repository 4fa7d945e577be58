"""Which changes of a group may be written, judged one after the other as if each were committed alone.

Starts from what is known of the store and remembers what the changes before have made of it. Never touches the store.
"""

from collections.abc import Mapping, Sequence

import attrs

from cotransfer.adapters.sql.sealing import Wrapped
from cotransfer.domain.agenda import Duty
from cotransfer.domain.reversals.case import ReversalId
from cotransfer.domain.states import Closed, NotSubmitted
from cotransfer.domain.trails import Tip
from cotransfer.domain.values import TransferId
from cotransfer.ports.agenda import Due
from cotransfer.ports.reversals import ReversalStep
from cotransfer.ports.transfers import Blocked, Change, Committed, MessageKey, Outcome, Stale

GONE = -1
"""The version of what is erased: nothing could have been decided on it."""

TaskKey = tuple[TransferId, Duty]


@attrs.frozen
class Weighed:
    """A change, and the hashes of the claims that it takes and gives up."""

    change: Change
    takes: tuple[str, ...] = ()
    gives_up: tuple[str, ...] = ()


@attrs.frozen(kw_only=True)
class Known:
    """What the store held of a group's concerns when it was looked at, under locks where the engine needs them."""

    versions: Mapping[TransferId, int]
    erasable: frozenset[TransferId]
    data_keys: Mapping[TransferId, Wrapped]
    leases: Mapping[TaskKey, str | None]
    seen: frozenset[MessageKey]
    claims: Mapping[str, TransferId]
    tips: Mapping[str, Tip] = attrs.field(factory=dict)
    reversals: Mapping[ReversalId, int] = attrs.field(factory=dict)


@attrs.define
class Judgement:
    """Outcomes in order, and what is to be written for those that are committed."""

    known: Known
    outcomes: list[Outcome] = attrs.field(factory=list)
    accepted: list[Weighed] = attrs.field(factory=list)
    tasks: dict[TaskKey, Due | None] = attrs.field(factory=dict)

    def judge(self, group: Sequence[Weighed]) -> None:
        leases = dict(self.known.leases)
        seen = set(self.known.seen)
        claims = dict(self.known.claims)
        for weighed in group:
            outcome = self._outcome(weighed, leases, seen, claims)
            self.outcomes.append(outcome)
            if isinstance(outcome, Committed):
                self._accept(weighed, leases, seen, claims)

    def _outcome(
        self,
        weighed: Weighed,
        leases: Mapping[TaskKey, str | None],
        seen: set[MessageKey],
        claims: Mapping[str, TransferId],
    ) -> Outcome:
        change = weighed.change
        lost = frozenset(lease for lease in change.finished if leases.get((lease.transfer, lease.duty)) != lease.token)
        if lost or any(one.message in seen for one in change.seen):
            return Stale(lost)
        if change.erases is not None and change.erases not in self.known.erasable:
            return Stale()
        if change.reversal is not None and not self._is_current(change.reversal):
            return Stale()
        step = change.step
        if step is None:
            return Committed()
        if self.known.versions.get(step.transfer, 0) != step.expected:
            return Stale()
        for claim in weighed.takes:
            holder = claims.get(claim, step.transfer)
            if holder != step.transfer:
                return Blocked(holder)
        return Committed()

    def _is_current(self, step: ReversalStep) -> bool:
        """Of a transfer that is there, and decided on the reversal as it is."""
        is_there = self.known.versions.get(step.id.transfer, GONE) != GONE
        return is_there and self.known.reversals.get(step.id, 0) == step.expected

    def _accept(
        self,
        weighed: Weighed,
        leases: dict[TaskKey, str | None],
        seen: set[MessageKey],
        claims: dict[str, TransferId],
    ) -> None:
        change = weighed.change
        self.accepted.append(weighed)
        seen.update(one.message for one in change.seen)
        # A task may be owed again by the very change that finishes it: what is over goes first.
        for key in (*change.settled, *((lease.transfer, lease.duty) for lease in change.finished)):
            self.tasks[key] = None
            leases[key] = None
        for due in change.owed:
            self.tasks[due.transfer, due.duty] = due
            leases[due.transfer, due.duty] = None
        if change.step is not None:
            for claim in weighed.gives_up:
                if claims.get(claim) == change.step.transfer:
                    del claims[claim]
            claims.update(dict.fromkeys(weighed.takes, change.step.transfer))


def claims_of(change: Change) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """What `change` takes and gives up: a new transfer takes, a closing one gives up, and between nothing moves."""
    step = change.step
    if step is None or isinstance(step.state, NotSubmitted):
        return (), ()
    if isinstance(step.state, Closed):
        return (), step.state.case.claims
    return (step.state.case.claims, ()) if step.expected == 0 else ((), ())
