"""The audit trail in the database: read by chain and by subject, gathered under checkpoints, never changed.

Gathering gives leaves to entries that nobody will touch again, so no commit meets it; see `notes` for how they come.
"""

from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import Integer, bindparam, select, update

from cotransfer.adapters.sql.line import Raced
from cotransfer.adapters.sql.moments import micros, moment
from cotransfer.adapters.sql.store import SqlStore
from cotransfer.adapters.sql.tasks import touched
from cotransfer.adapters.sql.tongue import Prepared, Row, Talk
from cotransfer.adapters.sql.trust.notes import ENTRY
from cotransfer.adapters.sql.trust.tables import audit_checkpoints, audit_entries, audit_subjects
from cotransfer.domain.trails import Link
from cotransfer.domain.trees import Frontier
from cotransfer.domain.values import IdentityNumber
from cotransfer.ports.audit import PAGE_LIMIT, Checkpoint, Pending, Signature

LEAF = ("chain", "sequence", "leaf")
CHECKPOINT = ("size", "follows", "at", "root", "frontier", "signer", "signature")

_entries, _checkpoints, _subjects = audit_entries.c, audit_checkpoints.c, audit_subjects.c
_ENTRY = [_entries[name] for name in ENTRY]


class SqlAudit:
    """`Audit` over the store that the changes go into."""

    def __init__(self, store: SqlStore) -> None:
        self._store = store
        self._tongue = store.tongue
        self._subjects = store.subjects
        self._looks()
        self._writes()

    async def chain(self, chain: str) -> tuple[Link, ...]:
        rows = await self._store.look(lambda talk: self._chain.run(talk, chain=chain).fetchall())
        return tuple(map(_link, rows))

    async def chains_about(self, subject: IdentityNumber) -> tuple[str, ...]:
        marks = [(mark,) for mark in self._subjects.marks(subject)]
        listing = self._tongue.listing(self._about, marks)
        rows = await self._store.look(lambda talk: self._about.run(talk, **listing).fetchall())
        return tuple(sorted({chain for (chain,) in rows}))

    async def unlink(self, chain: str) -> None:
        await self._store.write(lambda talk: self._unlink.run(talk, chain=chain))

    async def unlink_between(self, first: str, last: str) -> int:
        return await self._store.write(lambda talk: touched(talk, self._unlink_some.run(talk, first=first, last=last)))

    async def pending(self, limit: int = PAGE_LIMIT) -> Pending:
        def look(talk: Talk) -> tuple[Collection[Row], Collection[Row]]:
            # The checkpoint first: what others gather meanwhile must be missing rather than be gathered twice.
            latest, waiting = self._latest.run(talk), self._waiting.run(talk, limit=_bounded(limit))
            return latest.fetchall(), waiting.fetchall()

        latest, waiting = await self._store.look(look)
        return Pending(next(map(_checkpoint, latest), None), tuple(map(_link, waiting)))

    async def gather(self, checkpoint: Checkpoint, entries: Sequence[Link]) -> bool:
        if checkpoint.size != checkpoint.follows + len(entries):
            raise ValueError("A checkpoint is as large as the one before and the entries that it gathers.")
        leaves = [(one.chain, one.sequence, leaf) for leaf, one in enumerate(entries, checkpoint.follows)]
        return await self._store.write(lambda talk: self._gather(talk, checkpoint, leaves))

    async def latest(self) -> Checkpoint | None:
        rows = await self._store.look(lambda talk: self._latest.run(talk).fetchall())
        return next(map(_checkpoint, rows), None)

    async def gathered(self, leaf: int, limit: int = PAGE_LIMIT) -> tuple[Link, ...]:
        rows = await self._store.look(lambda talk: self._leaves.run(talk, leaf=leaf, limit=_bounded(limit)).fetchall())
        return tuple(map(_link, rows))

    async def checkpoints(self, after: int, limit: int = PAGE_LIMIT) -> tuple[Checkpoint, ...]:
        rows = await self._store.look(lambda talk: self._later.run(talk, after=after, limit=_bounded(limit)).fetchall())
        return tuple(map(_checkpoint, rows))

    def _gather(self, talk: Talk, checkpoint: Checkpoint, leaves: list[Row]) -> bool:
        kept = self._tongue.write(talk, self._keep, [_row(checkpoint)])
        talk.settle()
        if kept.rowcount != 1:
            return False
        given = self._tongue.write(talk, self._give, sorted(leaves))
        talk.settle()
        if given.rowcount != len(leaves):
            # Some of them have leaves already: what this checkpoint goes on from must have been gone on from as well,
            # so the next try will find its place taken.
            raise Raced
        return True

    def _prepared(self, statement: Any, given: tuple[str, ...] = ()) -> Prepared:
        return Prepared(statement, self._tongue.dialect, given)

    def _looks(self) -> None:
        limit = bindparam("limit", type_=Integer)
        own = [_checkpoints[name] for name in CHECKPOINT]
        marks = self._tongue.listed(audit_subjects, "subject")
        self._chain = self._prepared(
            select(*_ENTRY).where(_entries.chain == bindparam("chain")).order_by(_entries.sequence)
        )
        self._about = self._prepared(select(_subjects.chain).where(_subjects.subject == marks.c.subject), ("subject",))
        self._waiting = self._prepared(
            select(*_ENTRY).where(_entries.leaf.is_(None)).order_by(_entries.chain, _entries.sequence).limit(limit)
        )
        self._leaves = self._prepared(
            select(*_ENTRY).where(_entries.leaf >= bindparam("leaf")).order_by(_entries.leaf).limit(limit)
        )
        self._latest = self._prepared(select(*own).order_by(_checkpoints.size.desc()).limit(1))
        self._later = self._prepared(
            select(*own).where(_checkpoints.size > bindparam("after")).order_by(_checkpoints.size).limit(limit)
        )

    def _writes(self) -> None:
        tongue = self._tongue
        self._keep = self._prepared(tongue.insert(audit_checkpoints, *CHECKPOINT).on_conflict_do_nothing(), CHECKPOINT)
        leaf = tongue.given(audit_entries, *LEAF)
        self._give = self._prepared(
            update(audit_entries)
            .values(leaf=leaf["leaf"])
            .where(_entries.chain == leaf["chain"], _entries.sequence == leaf["sequence"], _entries.leaf.is_(None)),
            LEAF,
        )
        self._unlink = self._prepared(audit_subjects.delete().where(_subjects.chain == bindparam("chain")))
        some = (_subjects.chain >= bindparam("first"), _subjects.chain < bindparam("last"))
        self._unlink_some = self._prepared(audit_subjects.delete().where(*some))


def _bounded(limit: int) -> int:
    return max(0, min(limit, PAGE_LIMIT))


def _link(row: Row) -> Link:
    chain, sequence, at, body, digest = row
    return Link(chain, sequence, moment(at), body, digest)


def _row(one: Checkpoint) -> Row:
    signed = one.signed
    return (
        one.size, one.follows, micros(one.at), one.root, one.tree.packed(), signed.signer, signed.signature
    )  # fmt: skip


def _checkpoint(row: Row) -> Checkpoint:
    size, follows, at, root, frontier, signer, signature = row
    return Checkpoint(
        tree=Frontier.read(size, frontier),
        follows=follows,
        at=moment(at),
        root=root,
        signed=Signature(signer, signature),
    )
