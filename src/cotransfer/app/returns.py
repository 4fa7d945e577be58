"""Tasks that could not be done: put off until later, withheld while nothing may leave, or buried with their reason.

What is put off is written to the agenda in one go. Never drops a task, and never tries one.
"""

import contextlib
from datetime import datetime, timedelta

import attrs
import structlog

from cotransfer.app.circuits import CircuitOpen
from cotransfer.app.patience import Patience
from cotransfer.domain.agenda import ALONE
from cotransfer.domain.grants import NotGranted
from cotransfer.domain.ledger import Failure, Ledger, Tried, kept, left_to_do
from cotransfer.ports.agenda import Agenda, Claimed, Postponed
from cotransfer.ports.clock import Clock
from cotransfer.ports.errors import Unavailable
from cotransfer.ports.identifiers import Identifiers

_log = structlog.get_logger(__name__)


class Returns:
    """A worker's; `withheld_s` is how long a task rests for which nothing may leave at present."""

    def __init__(
        self, agenda: Agenda, clock: Clock, identifiers: Identifiers, patience: Patience, *, withheld_s: float
    ) -> None:
        self._agenda = agenda
        self._clock = clock
        self._identifiers = identifiers
        self._patience = patience
        self._withheld_s = withheld_s
        self._postponed: list[Postponed] = []

    @property
    def waiting(self) -> bool:
        """Whether something is put off that the agenda does not know of yet."""
        return bool(self._postponed)

    def put_off(self, claimed: Claimed, failure: Failure, *, until: datetime, doubt: datetime | None) -> None:
        """For later; written with the next `give_back`."""
        ledger = self._ledger(claimed, failure, given_up=False)
        self._postponed.append(Postponed(claimed.lease, until, str(failure), doubt, ledger=ledger))

    def come_again(self, claimed: Claimed, *, until: datetime) -> None:
        """It was done, and is due again: as if it were owed anew."""
        self._postponed.append(Postponed(claimed.lease, until, None, attempts=0, ledger=()))

    def leave_alone(self, claimed: Claimed, error: CircuitOpen) -> None:
        """Nobody was called, so this was no attempt. It keeps its place where its like are left on the agenda now."""
        due, why = claimed.due, str(Failure(error.party, error.what))
        left = error.counterparty == due.counterparty and due.duty not in ALONE
        until = due.at if left else error.until
        self._postponed.append(Postponed(claimed.lease, until, why, claimed.doubt, attempts=claimed.attempt - 1))

    async def withhold(self, claimed: Claimed, failure: Failure, error: NotGranted, *, doubt: datetime | None) -> None:
        """Nothing may leave for it now. What may pass by itself waits for that, however often; all else is buried."""
        due = claimed.due
        if not error.why_not.may_pass:
            await self.try_later(claimed, failure, doubt=doubt, limit=0)
            return
        # Somebody suspended it, or a day's quota is spent: that is the operator's to know, and no failure of the task.
        _log.warning("withheld", key=due.key, counterparty=due.counterparty, why=error.why_not.code)
        pause = timedelta(seconds=min(error.retry_after_s or self._withheld_s, self._withheld_s))
        self.put_off(claimed, failure, until=self._clock.now() + pause, doubt=doubt)

    async def try_later(
        self,
        claimed: Claimed,
        failure: Failure,
        retry_after_s: float | None = None,
        *,
        doubt: datetime | None,
        limit: int | None = None,
    ) -> None:
        """Postpone, or bury when patience is at its end; `doubt` is since when it may have been done all the same."""
        at = self._clock.now()
        pause_s = self._patience.pause_s(
            claimed.attempt, chance=self._identifiers.chance(), retry_after_s=retry_after_s
        )
        if pause_s is None or (limit is not None and claimed.attempt >= limit):
            # With the store away the task is left to its lease, and whoever claims it next comes to the same end.
            with contextlib.suppress(Unavailable):
                why, ledger = str(failure), self._ledger(claimed, failure, given_up=True)
                if await self._agenda.bury(claimed.lease, why=why, at=at, doubt=doubt, ledger=ledger):
                    # Nobody tries it any more, so somebody has to be told.
                    due, told = claimed.due, failure.correlation
                    _log.error(
                        "buried",
                        key=due.key,
                        counterparty=due.counterparty,
                        attempt=claimed.attempt,
                        why=why,
                        step=None if failure.step is None else failure.step.value,
                        correlation_id=told.ours,
                        counterparty_correlation_id=told.theirs,
                    )
        else:
            self.put_off(claimed, failure, until=at + timedelta(seconds=pause_s), doubt=doubt)

    async def give_back(self) -> None:
        """All that was postponed since the last time, in one write."""
        if self._postponed:
            postponed, self._postponed = self._postponed, []
            try:
                await self._agenda.postpone(postponed)
            except Unavailable:
                self._postponed += postponed
                raise

    def _ledger(self, claimed: Claimed, failure: Failure, *, given_up: bool) -> Ledger:
        told = attrs.evolve(failure, next_action=left_to_do(given_up=given_up))
        return kept(claimed.ledger, Tried(claimed.attempt, self._clock.now(), told))
