"""Histories played through the desk into a store, and what then stands in the database, in clear or row by row."""

import hashlib
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from datetime import timedelta
from types import SimpleNamespace
from unittest.mock import patch

import attrs
import sqlalchemy as sa
from tests.golden.files import Line
from tests.golden.histories import TOLD, History, one_to_each_state, submitted_as
from tests.golden.samples import AT

from cotransfer.adapters.memory.time import ManualClock
from cotransfer.adapters.sql import SqlStore, schema
from cotransfer.adapters.sql.address import tongue_of
from cotransfer.app.desk import Desk
from cotransfer.app.erasure import Erasure
from cotransfer.app.errand import Errand, Message
from cotransfer.domain.allowances import Allowances, Timetable
from cotransfer.domain.commands import Command, Submit
from cotransfer.domain.rechecking import BeforeHandling
from cotransfer.domain.values import TransferId
from cotransfer.ports.agenda import Claimed, Postponed
from cotransfer.ports.transfers import MessageKey
from cotransfer.testing.consents import CONSENT

FATES = ("pending", "held", "buried")
"""What becomes of what was due in a golden database: given back for later, in somebody's hands, or given up."""

# What stands from here to `answer` is in every set that was released: it is never changed.

WHEN_CLAIMED = AT + timedelta(days=30)
LEASE_S = 3_600.0
WHY = "utility: It is away."
QUERY = Message(MessageKey("platform", "golden-query"), b"digest of a query")
QUERY_ANSWER = b'{"answer":"of a query"}'


def message(transfer: TransferId, nth: int) -> Message:
    """What brought the n-th command of a transfer."""
    return Message(MessageKey("platform", f"{transfer.text}.{nth}"), f"digest {nth}".encode())


def answer(nth: int) -> bytes:
    """What was answered to it."""
    return f'{{"answer":{nth}}}'.encode()


ASKED = Timetable(usual=Allowances(ask=timedelta(hours=2), before_handling=BeforeHandling.INFORM, by_sms=True))
"""With a utility that is asked at its pace and wants a look before it handles, so that every duty comes to be owed."""


async def play(store: SqlStore, transfer: TransferId, commands: Sequence[Command]) -> None:
    """One command a commit, an hour apart, each brought by a message; the submission with a consent."""
    clock = ManualClock(AT)
    desk = Desk(store, clock, timetable=ASKED)
    for nth, command in enumerate(commands):
        errand = Errand(
            transfer=transfer,
            commands=(command,),
            message=message(transfer, nth),
            answer=lambda _, nth=nth: answer(nth),  # type: ignore[misc]
            consents=(attrs.evolve(CONSENT, given_at=AT),) if isinstance(command, Submit) else (),
        )
        await desk.handle(errand)
        clock.move(timedelta(hours=1))


# ------------------------------------------------------------------------------------------------- a database, stocked


@attrs.frozen
class Stocked:
    """A transfer of a golden database: what it went through, and what became of its tasks."""

    transfer: TransferId
    history: History
    fate: str


def stock() -> tuple[Stocked, ...]:
    """Each state three times, once for each fate; the told histories; and one more, which was erased."""
    fated = [(history, fate) for fate in FATES for history in one_to_each_state()]
    wanted = [*fated, *((history, "pending") for history in TOLD), (TOLD[0], "erased")]
    return tuple(
        Stocked(submitted_as(nth, ())[0], attrs.evolve(history, commands=submitted_as(nth, history.commands)[1]), fate)
        for nth, (history, fate) in enumerate(wanted, 1)
    )


async def fill(store: SqlStore, stocked: Sequence[Stocked]) -> None:
    """Play them all, then let the tasks that are due after thirty days come to their fates."""
    for one in stocked:
        await play(store, one.transfer, one.history.commands)
    await Desk(store, ManualClock(AT)).keep(QUERY, QUERY_ANSWER)
    for one in stocked:
        if one.fate == "erased":
            await Erasure(store, ManualClock(WHEN_CLAIMED)).erase(one.transfer)
    fates = {one.transfer: one.fate for one in stocked}
    claimed = await store.claim(at=WHEN_CLAIMED, limit=1_000, lease_s=LEASE_S, token="golden")
    for nth, task in enumerate(sorted(claimed, key=lambda task: task.due.key)):
        await _come_to(store, task, fates[task.due.transfer], doubted=nth % 2 == 0)


async def _come_to(store: SqlStore, task: Claimed, fate: str, *, doubted: bool) -> None:
    doubt = WHEN_CLAIMED if doubted else None
    match fate:
        case "pending":
            await store.postpone([Postponed(task.lease, WHEN_CLAIMED + timedelta(hours=2), WHY, doubt)])
        case "buried":
            assert await store.bury(task.lease, why=WHY, at=WHEN_CLAIMED, doubt=doubt)


@contextmanager
def same_every_time() -> Iterator[None]:
    """Keys and nonces that are counted instead of drawn: for golden databases alone, which hold nobody's data."""
    drawn = iter(range(1_000_000))

    def counted(size: int) -> bytes:
        return hashlib.shake_256(f"golden {next(drawn)}".encode()).digest(size)

    with ExitStack() as stack:
        stack.enter_context(patch("cotransfer.adapters.crypto.suites.os", SimpleNamespace(urandom=counted)))
        stack.enter_context(patch("cotransfer.adapters.sql.sealing.secrets", SimpleNamespace(token_bytes=counted)))
        yield


# ------------------------------------------------------------------------------------------------------ rows as lines


def rows(address: str) -> Iterator[Line]:
    """Every row of every table, in order."""
    with schema._transaction(tongue_of(address), reading=True) as connection:
        for table in _tables(connection):
            for row in connection.execute(sa.select(table).order_by(*table.primary_key.columns)).mappings():
                yield {"table": table.name, **{str(name): _spelt(of) for name, of in row.items()}}


def put(address: str, lines: Sequence[Line]) -> None:
    """Such rows into a database at whatever revision it is: tables and columns that it has not yet are left out."""
    with schema._transaction(tongue_of(address)) as connection:
        for table in _tables(connection):
            given = [{name: _value(of) for name, of in line.items()} for line in lines if line["table"] == table.name]
            known = [{name: of for name, of in row.items() if name in table.c} for row in given]
            if known:
                connection.execute(sa.insert(table), known)


def _tables(connection: sa.Connection) -> list[sa.Table]:
    found = sa.MetaData()
    found.reflect(connection)
    return [table for name, table in sorted(found.tables.items()) if name != "alembic_version"]


def _spelt(value: object) -> object:
    """Bytes as the text that they are, or else in hexadecimal digits."""
    if not isinstance(value, bytes):
        return value
    return {"text": value.decode()} if value.isascii() else {"hex": value.hex()}


def _value(spelt: object) -> object:
    match spelt:
        case {"text": text}:
            return text.encode()
        case {"hex": digits}:
            return bytes.fromhex(digits)
        case _:
            return spelt
