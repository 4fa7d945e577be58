"""Ten thousand random transfers with planted personal values: none of them stands anywhere but where it belongs.

Through the real gateway with tokens, signatures, grants, consents, sealing and audit trail, on SQLite, between
counterparties that are away, refuse, or answer garbage full of what they were asked. Then every sink is searched: logs
at the lowest level, refusals, addresses, errors, the database's files, the audit trail, commands' output, `repr`.
"""

import asyncio
import contextlib
import gc
import io
import itertools
import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import structlog
from tests.conftest import Count
from tests.leaks.house import House, listening, open_house
from tests.leaks.journey import consents, travel
from tests.leaks.planted import Person, person
from tests.leaks.searching import Search, spelt

from cotransfer.adapters.machine import SystemClock
from cotransfer.adapters.sql.trust.audit import SqlAudit
from cotransfer.adapters.wire.audit_export import exported
from cotransfer.cli import agenda, transfers
from cotransfer.demo import STORIES, play
from cotransfer.demo.stage import stage
from cotransfer.domain.values import TransferId
from cotransfer.ports.standing import ALL
from cotransfer.sandbox import Someone

SLICES = 16
TRANSFERS = 630
"""Of a slice: ten thousand and some, for a few come to nothing."""

UNDER_WAY = 96
PATIENCE_S = 30.0
LOOKED_AT = 40
"""Transfers of a slice whose states, events and commands are printed in every way."""

OVER_HTTP = ("by_sms", "pre_review_fails", "lost_answer", "who_saw", "consent_withdrawn")

SINKS = frozenset(
    {
        "structlog", "logging", "refusals", "addresses in", "addresses out", "errors", "database",
        "audit trail", "repr", "transfers show", "agenda buried",
    }
)  # fmt: skip


async def played(
    folder: Path, people: list[Person], monkeypatch: pytest.MonkeyPatch
) -> tuple[dict[str, list[bytes]], list[str]]:
    """Everybody's way; what every sink holds afterwards, and the transfers that came of it."""
    async with open_house(folder, {one.identity_number: one for one in people}, monkeypatch) as house:
        agreements = await consents(house, people[0])
        left, found = iter(people), list[str | None]()

        async def one_after_another() -> None:
            for one in left:
                found.append(await travel(house, one, agreements))

        async with asyncio.TaskGroup() as group:
            for _ in range(UNDER_WAY):
                group.create_task(one_after_another())
        submitted = [transfer for transfer in found if transfer is not None]
        await _given_up(house)
        sinks = await _sinks(house, submitted[:: max(1, len(submitted) // LOOKED_AT)], people)
    sinks["database"] += _files(folder)  # What is left once it was closed.
    return sinks, submitted


async def _given_up(house: House) -> None:
    """Until the worker has given up some of what nobody takes, so that there are buried tasks with their reasons.

    Not all: what was answered by garbage that nobody can read is put off for a quarter of an hour.
    """
    patience = asyncio.get_running_loop().time() + PATIENCE_S
    while len(await house.assembly.store.buried()) < len(house.mail.never_taken) / 3:
        assert asyncio.get_running_loop().time() < patience
        await asyncio.sleep(0.05)


async def _sinks(house: House, some: list[str], people: list[Person]) -> dict[str, list[bytes]]:
    assert house.assembly.office.sequencer is not None
    await house.assembly.office.sequencer.gather()
    lines = {
        "structlog": house.log,
        "logging": [house.records.getvalue()],
        "refusals": house.refusals,
        "addresses in": house.asked,
        "addresses out": house.mail.sent,
        "errors": house.errors,
        "repr": [text async for text in _printed(house, some, people)],
        "transfers show": [await _told(transfers.show, one, config=house.settings) for one in some[:5]],
        "agenda buried": [
            await _told(agenda.list_buried, config=house.settings, as_json=json) for json in (True, False)
        ],
    }
    sinks = {sink: [text.encode("utf-8", "surrogatepass") for text in texts] for sink, texts in lines.items()}
    sinks["audit trail"] = [line async for line in exported(SqlAudit(house.assembly.store))]
    sinks["database"] = _files(house.database.parent)
    return sinks


async def _printed(house: House, some: list[str], people: list[Person]) -> Any:
    """States, events, what was decided and what is owed, as somebody would print them who looks for a fault."""
    for text in some:
        transfer = TransferId(text)
        loaded = await house.assembly.store.load({transfer})
        for printed in (loaded, *loaded.records.values(), *await house.assembly.store.journal(transfer)):
            yield f"{printed!r} {printed} {printed:}"
    for one in people[:LOOKED_AT]:
        yield f"{one.home!r} {one.account} {one.identity} {one.home.location:>40}"
    yield repr(await house.assembly.store.buried())
    yield repr(await house.assembly.store.items(ALL, at=SystemClock().now(), limit=10_000))


async def _told(command: Any, *words: Any, **options: Any) -> str:
    """What a command of ours prints, to whichever stream; it has a loop of its own."""
    out = io.StringIO()

    def run() -> None:
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(out):
            command(*words, **{"as_json": False, **options})

    await asyncio.to_thread(run)
    return out.getvalue()


def _files(folder: Path) -> list[bytes]:
    """The database with its journal and whatever else lies beside it, but for the settings and the keys."""
    return [file.read_bytes() for file in sorted(folder.glob("cotransfer.db*")) if file.is_file()]


async def _nothing_leaks(folder: Path, first: int, number: int, monkeypatch: pytest.MonkeyPatch) -> str:
    people = [person(n) for n in range(first, first + number)]
    with _uncollected():
        sinks, submitted = await played(folder, people, monkeypatch)
    search = Search(people)
    assert sinks.keys() == SINKS
    assert [sink for sink, said in sinks.items() if not any(said)] == []
    assert len(submitted) > number * 0.8, "most transfers come about, or nothing is proved"
    hits = [hit for sink, said in sinks.items() for hit in search.hits(sink, b"\n".join(said))]
    assert hits[:20] == []
    searched = sum(len(one) for said in sinks.values() for one in said)
    return (
        f"nothing leaks {first:>5}…: {number} ways, {len(submitted)} transfers, "
        f"{len(people) * len(people[0].values)} values, {searched / 1e6:.0f} MB in {len(sinks)} sinks, 0 hits"
    )


@contextlib.contextmanager
def _uncollected() -> Iterator[None]:
    """Everything that was said is kept, so that collecting would find little and take a quarter of the time."""
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


@pytest.mark.slow
@pytest.mark.parametrize("nth", [0, *(pytest.param(nth, marks=pytest.mark.campaign) for nth in range(1, SLICES))])
async def test_nothing_leaks(nth: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, count: Count) -> None:
    """Item 5 of the trust: personal values print as `***`, are sealed on disk, and stand in no address."""
    count(await _nothing_leaks(tmp_path, nth * TRANSFERS, TRANSFERS, monkeypatch))


async def test_nothing_leaks_from_a_few(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The same with sixty, for whoever works on it."""
    await _nothing_leaks(tmp_path, 20_000, 60, monkeypatch)


@pytest.mark.slow
async def test_nothing_leaks_over_real_connections() -> None:
    """Sockets, servers and a browser's sign-in have logs of their own: at their lowest level they hold nothing."""
    stories = [story for story in STORIES if story.code in OVER_HTTP]
    records, said = io.StringIO(), list[str]()
    async with stage(pace=0.05) as set_stage:
        with listening(records, said):
            outcomes = await play(set_stage, stories)
        people = [set_stage.city.someone("plain", nth) for nth in range(len(stories))]
        stored = b"".join(_files(set_stage.settings.parent))
    assert [outcome.story.code for outcome in outcomes if outcome.ok] == [story.code for story in stories]
    assert "httpcore" in records.getvalue()
    found = [
        (where, value)
        for where, text in (("logging", records.getvalue()), ("structlog", "".join(said)), ("database", stored))
        for value in itertools.chain.from_iterable(_values(one) for one in people)
        for spelling in spelt(value)
        if spelling in (text.encode() if isinstance(text, str) else text)
    ]
    assert found == []


def _values(one: Someone) -> tuple[str, ...]:
    assert one.home is not None
    assert one.account is not None
    return (
        one.holder.name,
        one.holder.identity_number,
        one.mobile_number,
        one.wechat_openid,
        one.home.certificate_number,
        one.home.location,
        *one.home.unit_numbers,
        one.account.account_number,
        one.account.location,
    )


@pytest.mark.parametrize("nth", range(11))
@pytest.mark.parametrize("sink", sorted(SINKS))
def test_the_search_finds_what_is_planted(sink: str, nth: int) -> None:
    """A value of any kind, in any spelling, amid whatever a sink holds: it is found, and its place named."""
    people = [person(n) for n in range(50)]
    search = Search(people)
    value = people[-1].values[nth]
    for spelling in spelt(value):
        amid = b"A1" * 2_000 + spelling + b'", "x' * 2_000
        assert any(hit.startswith(f"{sink}: ") for hit in search.hits(sink, amid)), spelling
    assert search.hits(sink, b'{"name": "***", "at": 1767225600123456, "mobile": "138****0001"}' * 1_000) == []


async def test_a_value_that_leaks_is_found_where_it_leaks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The sinks are the real ones: what somebody logs, raises, stores or prints by mistake ends up in them."""
    one = person(30_000)
    async with open_house(tmp_path, {one.identity_number: one}, monkeypatch) as house:
        structlog.get_logger("cotransfer.anything").info("looked_up", who=one.name)
        logging.getLogger("httpx").debug("POST %s", one.mobile_number)
        await house.get(f"/v1/transfers/{one.openid}", by="platform")
        await house.post("/v1/transfers", {one.account_number: 1}, by="platform")
        await house.assembly.store.write(lambda talk: talk.execute("CREATE TABLE mistakes (said TEXT)"))
        spell = f"INSERT INTO mistakes VALUES ('{one.identity_number}')"
        await house.assembly.store.write(lambda talk: talk.execute(spell))
        sinks = await _sinks(house, [], [one])
    search = Search([one])
    leaking = {sink for sink, said in sinks.items() if search.hits(sink, b"\n".join(said))}
    assert leaking >= {"structlog", "logging", "addresses in", "database"}
