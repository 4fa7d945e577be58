"""Upgrades of databases with transfers under way: everything is there afterwards, and goes on to its end.

The rows are those of the golden sets, as each release stored them, at every revision that the release could be at.
"""

from collections.abc import Iterator
from typing import Any, get_args

import attrs
import orjson
import pytest
from tests.adapters.upgrading import ANYTHING_LATER, SEALED, at_revision, differences, go_on_to_the_end, put_back, town
from tests.golden.files import Line, lines, releases
from tests.golden.kept import kept, newest, stored, under_way
from tests.golden.samples import AT
from tests.golden.stores import FATES, QUERY, QUERY_ANSWER, answer, message, put, rows

from cotransfer.adapters.sql import CannotOpen, FilledInClear, SqlStore, check, open_store, schema, upgrade
from cotransfer.adapters.sql.codec import STATES
from cotransfer.adapters.sql.moments import micros
from cotransfer.app.errand import Errand
from cotransfer.domain.agenda import CHASES, Duty
from cotransfer.domain.refusals import Refused, Why
from cotransfer.domain.states import Closed, Open
from cotransfer.domain.transfer import fold
from cotransfer.domain.values import TransferId
from cotransfer.ports.agenda import Due
from cotransfer.ports.transfers import Change
from cotransfer.testing.consents import CONSENT
from cotransfer.testing.keys import SEALING
from cotransfer.testing.samples import SUBMIT


def steps() -> Iterator[Any]:
    """Each release at each revision that leads to its own."""
    for release in releases():
        revision, _ = stored(release)
        for one in SEALED[: SEALED.index(revision) + 1]:
            yield pytest.param(release, one, id=f"{release} at {one}")


@pytest.fixture(params=["sqlite", "postgres"])
def address(request: pytest.FixtureRequest) -> str:
    """An empty database of either engine."""
    found: str = request.getfixturevalue(f"{request.param}_database")
    return found


@pytest.mark.parametrize(("release", "revision"), list(steps()))
class TestUpgradesUnderWay:
    """From each revision to the newest, with transfers in every state and tasks of every fate."""

    @pytest.fixture
    def upgraded(self, address: str, release: str, revision: str) -> str:
        """Filled at the revision, then upgraded."""
        at_revision(address, revision)
        put(address, stored(release)[1])
        assert upgrade(address) == schema.REVISIONS[-1]
        check(address)
        return address

    def test_no_row_is_lost_or_changed(self, address: str, release: str, revision: str) -> None:
        """Every row of every table is there with what it had, and the tables are this version's."""
        at_revision(address, revision)
        put(address, stored(release)[1])
        before = list(rows(address))
        assert {row["table"] for row in before} > {"transfers", "journal", "agenda", "seen", "claims"}
        upgrade(address)
        after = list(rows(address))
        names = {name: set(of) for of in before for name in [of["table"]]}
        kept = [{name: of for name, of in row.items() if name in names.get(row["table"], ())} for row in after]
        assert [row for row in before if row not in kept] == []
        assert len(kept) >= len(before)
        assert differences(address) == []

    async def test_every_transfer_is_read(self, upgraded: str, release: str) -> None:
        """State, journal, messages and consents, each as it was; what was erased stays erased."""
        async with open_store(upgraded, sealing=SEALING) as store:
            living, gone = kept(release), kept(release, erased=True)
            loaded = await store.load([one.transfer for one in (*living, *gone)])
            assert {key: record.state for key, record in loaded.records.items()} == {
                one.transfer: one.state for one in living
            }
            assert set(loaded.erased) == {one.transfer for one in gone} != set()
            assert not loaded.unreadable
            for one in living:
                entries = await store.journal(one.transfer)
                assert fold(entry.event for entry in entries) == one.state
                assert len(entries) == loaded.records[one.transfer].version
                assert await store.consents_of(one.transfer) == (attrs.evolve(CONSENT, given_at=AT),)

    async def test_whoever_repeats_a_message_is_answered_as_before(self, upgraded: str, release: str) -> None:
        """What was seen stays seen, with its answer; an erased transfer's is told as such."""
        async with open_store(upgraded, sealing=SEALING) as store:
            desk = town(upgraded, release, store).office.desk
            for one in kept(release):
                for nth in range(one.messages):
                    reply = await desk.recall(message(one.transfer, nth))
                    assert reply is not None
                    assert reply.answer == answer(nth)
            query = await desk.recall(QUERY)
            assert query is not None
            assert query.answer == QUERY_ANSWER
            for one in kept(release, erased=True):
                with pytest.raises(Refused) as refused:
                    await desk.recall(message(one.transfer, 0))
                assert refused.value.refusal.why is Why.ERASED

    async def test_a_home_is_taken_until_its_transfer_ends(self, upgraded: str, release: str) -> None:
        """An open transfer's home and account are refused to another one, and what has ended is in nobody's way."""
        async with open_store(upgraded, sealing=SEALING) as store:
            desk = town(upgraded, release, store).office.desk
            for nth, one in enumerate(kept(release), 1):
                rival = TransferId(f"01997c5e-8000-7000-9000-{nth:012x}")
                again = attrs.evolve(SUBMIT, case=attrs.evolve(one.state.case, transfer=rival))
                errand = Errand(transfer=rival, commands=(again,))
                if isinstance(one.state, Closed):
                    assert (await desk.handle(errand)).decided.events
                    continue
                with pytest.raises(Refused) as refused:
                    await desk.handle(errand)
                assert (refused.value.refusal.why, refused.value.refusal.blocking) == (
                    Why.ALREADY_UNDER_WAY,
                    one.transfer,
                )

    async def test_nothing_owed_is_lost(self, upgraded: str) -> None:
        """What was pending or in dead hands is claimed when it is due; what was given up is listed and revived."""
        tasks = [row for row in rows(upgraded) if row["table"] == "agenda"]
        buried = {(row["transfer"], row["duty"]) for row in tasks if row["buried_at"] is not None}
        held = {(row["transfer"], row["duty"]) for row in tasks if row["lease"] is not None}
        due = {(row["transfer"], row["duty"]) for row in tasks if row["due_at"] <= micros(ANYTHING_LATER)}
        assert all((buried, held, due - buried - held, {(row["transfer"], row["duty"]) for row in tasks} - due))
        async with open_store(upgraded, sealing=SEALING) as store:
            assert {_named(one.due) for one in await store.buried(1_000)} == buried
            assert await self._claimed(store) == due - buried
            for one in await store.buried(1_000):
                assert await store.revive([put_back(one.due)])
            assert await self._claimed(store) == buried

    async def _claimed(self, store: SqlStore) -> set[tuple[str, str]]:
        """All of it: what follows another is claimed when that one is done."""
        named: set[tuple[str, str]] = set()
        while claimed := await store.claim(at=ANYTHING_LATER, limit=1_000, lease_s=60, token="new"):
            named |= {_named(one.due) for one in claimed}
            await store.commit([Change(finished=(one.lease,)) for one in claimed])
        return named

    async def test_every_transfer_goes_on_to_its_end(self, upgraded: str, release: str) -> None:
        """A worker does what is owed, the reports come, each is announced once, and in the end it is erased."""
        async with open_store(upgraded, sealing=SEALING) as store:
            await go_on_to_the_end(town(upgraded, release, store))


def _named(due: Due) -> tuple[str, str]:
    return due.transfer.text, due.duty.value


# ------------------------------------------------------------------------------------------------- before it was sealed


class TestBeforeSealing:
    """Revision 0001 kept bodies in clear; no release was ever at it."""

    def filled(self, address: str) -> None:
        """Transfers in clear, of every state."""
        at_revision(address, schema.REVISIONS[0])
        put(address, list(clear_rows()))

    def test_a_filled_one_is_left_to_what_filled_it(self, address: str) -> None:
        """Sealing needs keys that no migration has, and a transfer in clear would be stranded: nothing is changed."""
        self.filled(address)
        before = list(rows(address))
        assert {row["state"] for row in before if row["table"] == "transfers"} == set(STATES)
        with pytest.raises(FilledInClear, match=r"filled before personal data was sealed.*Nothing was changed\.$"):
            upgrade(address)
        assert list(rows(address)) == before
        with pytest.raises(CannotOpen, match="revision 0001, which is older"):
            check(address)

    def test_an_empty_one_is_upgraded(self, address: str) -> None:
        """There is nothing in it to strand."""
        at_revision(address, schema.REVISIONS[0])
        assert upgrade(address) == schema.REVISIONS[-1]
        assert differences(address) == []


def clear_rows() -> Iterator[Line]:
    """By table: transfers, journal and agenda."""
    told = lines(newest(), "histories.jsonl")
    names = {name: nth for nth, name in enumerate(dict.fromkeys(line["history"] for line in told), 1)}
    for line in told:
        transfer = f"01997c5e-8000-7000-8000-{names[line['history']]:012x}"
        match line["table"]:
            case "transfers":
                service, utility = line["facts"]["service"], line["facts"]["utility"]
                common = {"id": transfer, "service": service, "utility": utility, "is_open": True}
                times = {"submitted_at": micros(AT), "updated_at": micros(AT)}
                yield {**line, **common, **times, "details": _clear(line["details"]), "facts": _clear(line["facts"])}
            case "journal":
                yield {**line, "transfer": transfer, "at": micros(AT), "body": _clear(line["body"])}
            case _:
                yield {**line, "transfer": transfer, "due_at": micros(AT), "attempts": 0}


def _clear(body: object) -> Line:
    return {"text": orjson.dumps(body).decode()}


def test_the_stock_has_every_open_state_in_every_fate() -> None:
    """What these upgrades are proved on: each open state with a task pending, one held and one given up."""
    tasks = [row for row in stored(newest())[1] if row["table"] == "agenda"]
    watching = {duty.value for duty in CHASES.values()}
    fates = {
        (row["transfer"], "buried" if row["buried_at"] else "held" if row["lease"] else "pending")
        for row in tasks
        if row["duty"] in watching
    }
    shown = {
        (one.state.code, fate) for one in under_way(newest()) for fate in FATES if (one.transfer.text, fate) in fates
    }
    codes = {kind.code for kind in get_args(Open)}
    assert shown == {(code, fate) for code in codes for fate in FATES}
    assert {row["duty"] for row in tasks} >= {*watching, Duty.ANNOUNCE_RESULT.value}
