"""Sessions in memory, on SQLite and on PostgreSQL keep the port's laws; a database alone opens none of them."""

from datetime import timedelta

import pytest

from cotransfer.adapters.keys.held import HeldKeys
from cotransfer.adapters.memory.sessions import MemorySessions
from cotransfer.adapters.sql import open_store
from cotransfer.adapters.sql.trust.session_bodies import unpacked
from cotransfer.adapters.sql.trust.sessions import SqlSessions
from cotransfer.ports.keys import KeyUse
from cotransfer.ports.sessions import Citizen
from cotransfer.testing.sessions import AT, CITIZEN, OPERATOR, SessionsLaws

OLD, NEW = bytes(range(32)), bytes(range(32, 64))
KEYS = HeldKeys({KeyUse.INDEX: {"2026": OLD}})


class TestMemorySessions(SessionsLaws):
    """For tests and simulation."""

    @pytest.fixture
    def sessions(self):
        """Nobody is signed in."""
        return MemorySessions()


class TestSqlSessions(SessionsLaws):
    """As `cotransfer serve` keeps them, on both engines."""

    @pytest.fixture(params=["sqlite", "postgres"])
    async def store(self, request):
        """An empty store of either engine."""
        address = request.getfixturevalue(f"{request.param}_with_tables")
        async with open_store(address) as store:
            yield store

    @pytest.fixture
    async def sessions(self, store):
        """Nobody is signed in."""
        return SqlSessions(store, KEYS)

    async def test_the_database_alone_opens_nothing(self, store, sessions):
        """Neither key nor name, number, subject or form word stands in any row, in clear or as a plain hash of it."""
        shown = [await sessions.open(CITIZEN), await sessions.open(OPERATOR)]
        rows = await store.look(lambda talk: talk.execute("SELECT id, subject, body FROM sessions").fetchall())
        told = b"|".join(cell.encode() if isinstance(cell, str) else bytes(cell) for row in rows for cell in row)
        assert isinstance(CITIZEN.who, Citizen)
        wanted = [*shown, CITIZEN.csrf, CITIZEN.who.name.text, CITIZEN.who.identity.text, CITIZEN.who.subject]
        assert len(rows) == 2
        assert [word for word in wanted if word.encode() in told] == []

    async def test_a_moved_or_changed_row_vouches_for_nobody(self, store, sessions):
        """A body put under another key's row, or with a bit turned, is None: what is sealed is bound to its row."""
        shown, other = await sessions.open(CITIZEN), await sessions.open(OPERATOR)
        await store.write(lambda talk: talk.execute("UPDATE sessions SET body = (SELECT max(body) FROM sessions)"))
        found = [await sessions.find(key, AT) for key in (shown, other)]
        assert found.count(None) == 1
        await store.write(lambda talk: talk.execute("UPDATE sessions SET body = substr(body, 1, 20)"))
        assert [await sessions.find(key, AT) for key in (shown, other)] == [None, None]

    async def test_the_end_in_the_row_cannot_be_put_off(self, store, sessions):
        """Who moves the end in the database gains nothing: the end is sealed with the rest."""
        shown = await sessions.open(CITIZEN)
        await store.write(lambda talk: talk.execute("UPDATE sessions SET until = until * 2"))
        assert await sessions.find(shown, CITIZEN.until) is None

    async def test_another_process_sees_it_closed_at_once(self, store, sessions):
        """Nothing about a session is held in a process."""
        elsewhere = SqlSessions(store, KEYS)
        shown = await sessions.open(CITIZEN)
        assert await elsewhere.find(shown, AT) == CITIZEN
        await elsewhere.close(shown)
        assert await sessions.find(shown, AT) is None

    async def test_a_new_index_key_closes_what_was_opened_under_the_old_one(self, store, sessions):
        """While both are there, all of a person's sessions are found, whichever was current when they began."""
        both = SqlSessions(store, HeldKeys({KeyUse.INDEX: {"2026": OLD, "2027": NEW}}))
        shown = [await sessions.open(CITIZEN), await both.open(CITIZEN)]
        kept = await both.open(OPERATOR)
        assert await both.close_all(CITIZEN.who.subject) == 2
        assert [await both.find(one, AT) for one in (*shown, kept)] == [None, None, OPERATOR]

    async def test_not_every_look_is_written(self, store, sessions, monkeypatch):
        """Looks close to one another only read."""
        shown = await sessions.open(CITIZEN)
        writes: list[object] = []
        monkeypatch.setattr(store, "write", writes.append)
        for seconds in range(60):
            assert await sessions.find(shown, AT + timedelta(seconds=seconds)) == CITIZEN
        assert writes == []


def test_a_body_of_another_version_is_nobody():
    """After an update of the format people sign in again; nothing is guessed."""
    assert unpacked(b'{"format": 2}') is None
