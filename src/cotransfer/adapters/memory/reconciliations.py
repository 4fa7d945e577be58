"""`Reconciliations` in dictionaries, beside a memory store. Never seen by another process."""

from collections.abc import Sequence
from datetime import datetime

import attrs

from cotransfer.adapters.memory.store import MemoryStore
from cotransfer.domain.states import Closed, NotSubmitted
from cotransfer.domain.values import TransferId, UtilityId
from cotransfer.ports.errors import LeaseLost
from cotransfer.ports.reconciliations import Ending, Kept, Noted, Round, RoundLease
from cotransfer.ports.transfers import Record


@attrs.frozen(kw_only=True)
class _Held:
    """A round, who holds it until when, and when it may begin anew."""

    round: Round
    token: str
    until: datetime
    again_at: datetime | None = None

    def may_begin(self, at: datetime) -> bool:
        if self.round.ended_at is None:
            return self.until <= at
        return self.again_at is not None and self.again_at <= at


class MemoryReconciliations:
    """What it holds ends with it."""

    def __init__(self, store: MemoryStore) -> None:
        self._store = store
        self._rounds: dict[tuple[UtilityId, str], _Held] = {}
        self._kept: dict[tuple[UtilityId, TransferId], Kept] = {}

    async def tracked(
        self,
        utility: UtilityId,
        ended_since: datetime,
        *,
        after: TransferId | None = None,
        until: TransferId | None = None,
        limit: int,
    ) -> tuple[TransferId, ...]:
        """By their identifiers."""
        found = sorted(
            one.transfer.text
            for one in self._store.records.values()
            if _is_of(one, utility)
            and (not isinstance(one.state, Closed) or one.updated_at >= ended_since)
            and (after is None or one.transfer.text > after.text)
            and (until is None or one.transfer.text <= until.text)
        )
        return tuple(map(TransferId, found[:limit]))

    async def begin(self, lease: RoundLease, *, at: datetime, until: datetime, tries: int) -> bool:
        """Unless somebody else has it, or had it."""
        key = (lease.utility, lease.name)
        held = self._rounds.get(key)
        attempts = 0 if held is None else held.round.attempts
        if held is not None and (attempts >= tries or not held.may_begin(at)):
            return False
        begun = Round(utility=lease.utility, name=lease.name, began_at=at, attempts=attempts + 1)
        self._rounds[key] = _Held(round=begun, token=lease.token, until=until)
        return True

    async def keep(self, lease: RoundLease, noted: Sequence[Noted], *, at: datetime, until: datetime) -> None:
        """Once for each transfer."""
        self._rounds[lease.utility, lease.name] = attrs.evolve(self._held(lease), until=until)
        for one in noted:
            key = (lease.utility, one.finding.transfer)
            known = self._kept.get(key)
            self._kept[key] = Kept(
                utility=lease.utility,
                finding=one.finding,
                done=one.done,
                first_seen=at if known is None or known.closed_at is not None else known.first_seen,
                last_seen=at,
                closed_at=at if one.mended else None,
            )

    async def end(self, lease: RoundLease, ending: Ending) -> int:
        """With nothing left open that was not seen."""
        held = self._held(lease)
        ended = attrs.evolve(held.round, ended_at=ending.at, compared=ending.compared, failure=ending.failure)
        self._rounds[lease.utility, lease.name] = attrs.evolve(held, round=ended, again_at=ending.again_at)
        unseen = [
            key
            for key, kept in self._kept.items()
            if kept.utility == lease.utility and kept.closed_at is None and kept.last_seen < held.round.began_at
        ]
        if ending.failure is not None:
            return 0
        for key in unseen:
            self._kept[key] = attrs.evolve(self._kept[key], closed_at=ending.at)
        return len(unseen)

    async def findings(
        self, utility: UtilityId | None = None, *, lasting: bool = True, limit: int = 1_000
    ) -> tuple[Kept, ...]:
        """Those that last first."""
        wanted = [one for one in self._kept.values() if utility is None or one.utility == utility]
        wanted = [one for one in wanted if one.closed_at is None or not lasting]
        wanted.sort(key=lambda one: (one.utility.text, one.finding.transfer.text))
        wanted.sort(key=lambda one: one.last_seen, reverse=True)
        wanted.sort(key=lambda one: one.closed_at is not None)
        return tuple(wanted[:limit])

    async def rounds(self, limit: int = 100) -> tuple[Round, ...]:
        """Latest first."""
        rounds = sorted((held.round for held in self._rounds.values()), key=lambda one: (one.utility.text, one.name))
        return tuple(sorted(rounds, key=lambda one: one.began_at, reverse=True)[:limit])

    async def forget(self, before: datetime) -> int:
        """What is over."""
        rounds = [key for key, one in self._rounds.items() if one.round.ended_at and one.round.ended_at < before]
        kept = [key for key, finding in self._kept.items() if finding.closed_at and finding.closed_at < before]
        for name in rounds:
            del self._rounds[name]
        for key in kept:
            del self._kept[key]
        return len(rounds) + len(kept)

    def _held(self, lease: RoundLease) -> _Held:
        held = self._rounds.get((lease.utility, lease.name))
        if held is None or held.token != lease.token or held.round.ended_at is not None:
            raise LeaseLost
        return held


def _is_of(record: Record, utility: UtilityId) -> bool:
    return not isinstance(record.state, NotSubmitted) and record.state.case.utility == utility
