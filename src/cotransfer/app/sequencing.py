"""Gathers what waits in the audit trail under signed checkpoints, every few seconds, off everybody's path.

Runs in every process; of two that gather at once one loses, and looks again. When checkpoints cannot be written for
too long, `may_disclose` says no: data must not leave unwitnessed. Never holds up a commit, and never ends by itself.
"""

from base64 import b64encode
from collections.abc import Mapping
from datetime import datetime, timedelta

import attrs
import structlog

from cotransfer.app.log import where
from cotransfer.domain.trees import Frontier
from cotransfer.ports.audit import Audit, Checkpoint, CheckpointSigner, Pending
from cotransfer.ports.clock import Clock
from cotransfer.ports.errors import Unavailable

HEADER = "Audit-Checkpoint"

BATCH = 250
"""Entries gathered at once: few, so that the store is free again within milliseconds for whoever commits."""

_log = structlog.get_logger(__name__)


@attrs.frozen(kw_only=True)
class Pace:
    """How often is gathered, and how long data may leave while no checkpoint can be written."""

    gather_s: float = 10.0
    stop_after: timedelta = timedelta(minutes=15)


class Shown:
    """The latest checkpoint that this process knows of, for every answer and every call: who gets it is a witness."""

    def __init__(self) -> None:
        self._headers: Mapping[str, str] = {}
        self.checkpoint: Checkpoint | None = None

    def show(self, checkpoint: Checkpoint | None) -> None:
        """From now on."""
        self.checkpoint = checkpoint
        self._headers = {} if checkpoint is None else {HEADER: told(checkpoint)}

    def headers(self) -> Mapping[str, str]:
        """As HTTP has it; empty until there is a checkpoint."""
        return self._headers


def told(checkpoint: Checkpoint) -> str:
    """Size, root, signer, signature."""
    root, signature = (b64encode(part).decode() for part in (checkpoint.root, checkpoint.signed.signature))
    return f"{checkpoint.size} {root} {checkpoint.signed.signer} {signature}"


@attrs.frozen(kw_only=True)
class Trail:
    """The audit trail as a world brings it: where it is kept, who signs it, and where its state is shown."""

    audit: Audit
    signer: CheckpointSigner
    shown: Shown = attrs.field(factory=Shown)


class Sequencer:
    """Makes checkpoints."""

    def __init__(self, trail: Trail, clock: Clock, pace: Pace | None = None) -> None:
        self._audit, self._signer, self._shown = trail.audit, trail.signer, trail.shown
        self._clock = clock
        self._pace = pace or Pace()
        self._fresh_at = clock.now()

    async def run(self) -> None:
        """A round every few seconds, until cancelled; whatever goes wrong is told, and there is a next round."""
        while True:
            try:
                await self.gather()
            except Unavailable as error:
                _log.warning("gathering_put_off", what=error.what)
            except Exception as error:
                _log.error("gathering_failed", kind=type(error).__name__, where=where(error))
            await self._clock.sleep(self._pace.gather_s)

    async def gather(self) -> int:
        """One round: all that waits, in bounded batches; how many entries. Raises what the store or the signer does."""
        gathered = 0
        while True:
            at = self._clock.now()
            pending = await self._audit.pending(BATCH)
            if not pending.waiting:
                self._shown.show(pending.latest)
                break
            gathered += await self._gather(pending, at)
            if len(pending.waiting) < BATCH:
                break
        self._fresh_at = at
        return gathered

    def may_disclose(self, at: datetime) -> bool:
        """Whether what leaves now will be under a checkpoint soon enough."""
        return at - self._fresh_at <= self._pace.stop_after

    async def _gather(self, pending: Pending, at: datetime) -> int:
        follows = pending.latest.tree if pending.latest is not None else Frontier()
        tree = follows.grown(one.hash for one in pending.waiting)
        root = tree.root()
        try:
            signed = await self._signer.sign(tree.size, root)
            checkpoint = Checkpoint(tree=tree, follows=follows.size, at=at, root=root, signed=signed)
            won = await self._audit.gather(checkpoint, pending.waiting)
        except Exception:
            # A process that has just started may find that entries have waited since long before it.
            self._fresh_at = min(self._fresh_at, *(one.at for one in pending.waiting))
            raise
        self._shown.show(checkpoint if won else await self._audit.latest())
        return len(pending.waiting) if won else 0
