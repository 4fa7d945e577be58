"""What this version stores, as the lines of a golden set: made from the classes as they are. Never reads a set."""

import asyncio
import tempfile
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import get_args

import orjson
from tests.golden import reversals
from tests.golden.files import Line, Sets
from tests.golden.histories import every, led_to, submitted_as
from tests.golden.samples import each_once, variants
from tests.golden.stores import fill, play, rows, same_every_time, stock

from cotransfer.adapters.sql import SqlStore, codec, open_store, schema, upgrade
from cotransfer.adapters.sql.codec import Spelt
from cotransfer.adapters.sql.moments import moment
from cotransfer.adapters.sql.trust import consents
from cotransfer.domain.case import Case
from cotransfer.domain.consents import Consent
from cotransfer.domain.events import Event
from cotransfer.domain.states import Closed, NotSubmitted, Open
from cotransfer.domain.values import TransferId
from cotransfer.testing.keys import SEALING
from cotransfer.testing.samples import CASE


def made() -> Sets:
    """A whole set; takes some seconds."""
    return {
        "events.jsonl": events(),
        "details.jsonl": details(),
        "facts.jsonl": facts(),
        "consents.jsonl": consented(),
        "histories.jsonl": asyncio.run(histories()),
        "stock.jsonl": stocked(),
        "reversal_events.jsonl": reversals.events(),
        "reversals.jsonl": reversals.histories(),
        "rows.jsonl": asyncio.run(database()),
    }


def events() -> Iterator[Line]:
    """Every event, in each of its variants."""
    for kind in get_args(Event):
        for event in variants(kind):
            yield _line("type", codec.write_event(event), "body")


def details() -> Iterator[Line]:
    """What every state holds beside its case, in each of its variants."""
    for kind in get_args(Open | Closed):
        for state in each_once(kind, case=CASE):
            yield _line("state", codec.write_details(state), "details")


def facts() -> Iterator[Line]:
    """The facts of a transfer, in each of their variants."""
    for case in variants(Case):
        yield {"facts": orjson.Fragment(codec.write_facts(case))}


def consented() -> Iterator[Line]:
    """A consent, in each of its variants."""
    for consent in variants(Consent):
        _, receiver, body, given_at, withdrawn_at = consents._row(CASE.transfer, consent)
        yield {
            "receiver": receiver,
            "body": orjson.Fragment(body),
            "given_at": given_at,
            "withdrawn_at": withdrawn_at,
        }


async def histories() -> list[Line]:
    """Whole journals, the state that each led to, and what it left owed: rows in clear, before they are sealed."""
    with tempfile.TemporaryDirectory() as folder:
        async with _store(folder) as store:
            lines: list[Line] = []
            for nth, history in enumerate(every(), 1):
                transfer, commands = submitted_as(nth, history.commands)
                await play(store, transfer, commands)
                lines += [{"history": history.name, **line} for line in await _in_clear(store, transfer)]
            return lines


def stocked() -> Iterator[Line]:
    """Who is in the database of `rows.jsonl`: where each transfer stands, and what became of its tasks."""
    for one in stock():
        state = led_to(one.history.commands)
        assert not isinstance(state, NotSubmitted)
        yield {
            "transfer": one.transfer.text,
            "history": one.history.name,
            "commands": len(one.history.commands),
            "tasks": one.fate,
            **_line("state", codec.write_details(state), "details"),
            "facts": orjson.Fragment(codec.write_facts(state.case)),
        }


async def database() -> list[Line]:
    """A database with transfers in every state and tasks of every fate, sealed with the keys of the tests."""
    with same_every_time(), tempfile.TemporaryDirectory() as folder:
        async with _store(folder) as store:
            await fill(store, stock())
        return [{"revision": schema.REVISIONS[-1]}, *rows(_address(folder))]


def _address(folder: str) -> str:
    return f"sqlite:///{Path(folder) / 'golden.db'}"


def _store(folder: str) -> SqlStore:
    upgrade(_address(folder))
    return open_store(_address(folder), sealing=SEALING, inline=True)


async def _in_clear(store: SqlStore, transfer: TransferId) -> list[Line]:
    record = (await store.load([transfer])).records[transfer]
    assert not isinstance(record.state, NotSubmitted)
    journal = [
        {
            "table": "journal",
            "sequence": entry.sequence,
            "at": _time(entry.at),
            **_line("type", codec.write_event(entry.event), "body"),
        }
        for entry in await store.journal(transfer)
    ]
    row = {
        "table": "transfers",
        "version": record.version,
        **_line("state", codec.write_details(record.state), "details"),
        "facts": orjson.Fragment(codec.write_facts(record.state.case)),
    }
    owed = await store.look(
        lambda talk: talk.execute(
            "SELECT duty, counterparty, due_at FROM agenda WHERE transfer = ? ORDER BY duty",
            (transfer.text,),
        ).fetchall()
    )
    tasks = [
        {"table": "agenda", "duty": duty, "counterparty": towards, "due_at": _time(moment(due))}
        for duty, towards, due in owed
    ]
    return [*journal, row, *tasks]


def _line(code: str, spelt: Spelt, body: str) -> Line:
    return {code: spelt.code, "format": spelt.format, body: orjson.Fragment(spelt.body)}


def _time(at: datetime) -> str:
    return at.isoformat(timespec="microseconds")
