"""Making and upgrading the tables: at once or not at all, and never from what is not known."""

import subprocess
import sys
from datetime import timedelta

import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import text
from tests.adapters.upgrading import at_revision

from cotransfer.adapters.sql import (
    BadAddress,
    CannotOpen,
    InUse,
    SchemaFromFuture,
    SchemaOutdated,
    check,
    open_store,
    schema,
    upgrade,
)
from cotransfer.adapters.sql.address import tongue_of
from cotransfer.adapters.sql.moments import micros
from cotransfer.adapters.sql.sqlite import MODULE
from cotransfer.adapters.sql.trust import tables as trust_tables
from cotransfer.domain.agenda import Duty
from cotransfer.ports.standing import ALL, Held, Pending, Resting, Retrying
from cotransfer.testing.histories import AT, history
from cotransfer.testing.keys import SEALING
from cotransfer.testing.owing import revival


@pytest.fixture(params=["sqlite", "postgres"])
def empty(request):
    """An empty database of either engine."""
    return request.getfixturevalue(f"{request.param}_database")


def differences(address):
    """What the tables have that `tables.py` has not, and the other way round."""
    with schema._transaction(tongue_of(address)) as connection:
        return compare_metadata(MigrationContext.configure(connection), trust_tables.audit_entries.metadata)


def run(address, sql):
    """Execute behind the store's back."""
    with schema._transaction(tongue_of(address)) as connection:
        connection.execute(text(sql))


def test_the_migrations_make_the_tables_that_the_statements_know(empty):
    """Upgrading from nothing gives exactly the tables in `tables.py`, on both engines; again it changes nothing."""
    assert upgrade(empty) == schema.REVISIONS[-1]
    check(empty)
    assert differences(empty) == []
    assert upgrade(empty) == schema.REVISIONS[-1]


def test_every_packaged_revision_is_known():
    """The revisions that `check` knows are those that lie in the package, in their order."""
    config = Config()
    config.set_main_option("script_location", "cotransfer.adapters.sql:migrations")
    config.set_main_option("path_separator", "os")
    walked = [script.revision for script in ScriptDirectory.from_config(config).walk_revisions()]
    assert tuple(reversed(walked)) == schema.REVISIONS


def test_a_database_without_tables_is_outdated(empty):
    """What was never upgraded is said to have no tables, with the remedy, and no file is made by looking."""
    with pytest.raises(SchemaOutdated, match=r"no tables of ours yet\. Run `cotransfer db upgrade`"):
        check(empty)
    with pytest.raises(SchemaOutdated):
        open_store(empty)


def test_an_older_revision_is_outdated(empty, monkeypatch):
    """Tables of an older version are named with their revision and the remedy."""
    newest = upgrade(empty)
    monkeypatch.setattr(schema, "REVISIONS", (*schema.REVISIONS, "9999"))
    with pytest.raises(SchemaOutdated, match=rf"at revision {newest}.*Run `cotransfer db upgrade`"):
        check(empty)


def test_a_newer_revision_is_left_alone(empty):
    """Tables of a newer version are neither used nor upgraded."""
    upgrade(empty)
    run(empty, "UPDATE alembic_version SET version_num = 'f00d'")
    for look in (check, upgrade, open_store):
        with pytest.raises(SchemaFromFuture, match=r"revision f00d.*Install that version"):
            look(empty)


async def test_tasks_outlive_the_upgrade(empty):
    """From a database with tasks of every kind in it: pending, held, tried, buried; each is there as it was."""
    at_revision(empty, "0002")
    one = history()
    transfer = one.transfer.text
    rows = (
        ("send_application", 0, "NULL, NULL", "NULL, NULL", "NULL"),
        ("invite_to_sign", 1, f"'t', {micros(AT) + 60_000_000}", "NULL, NULL", micros(AT)),
        ("chase_receipt", 3, "NULL, NULL", "NULL, 'utility: away'", "NULL"),
        ("announce_result", 12, "NULL, NULL", f"{micros(AT)}, 'notifier: away'", micros(AT)),
    )
    for duty, attempts, lease, buried, doubt in rows:
        columns = "transfer, duty, counterparty, due_at, attempts, lease, lease_until, buried_at, why, doubt_since"
        values = f"'{transfer}', '{duty}', 'kunming-water', {micros(AT)}, {attempts}, {lease}, {buried}, {doubt}"
        run(empty, f"INSERT INTO agenda ({columns}) VALUES ({values})")
    assert upgrade(empty) == schema.REVISIONS[-1]
    assert differences(empty) == []
    async with open_store(empty, sealing=SEALING) as store:
        shown = {item.due.duty: item for item in await store.items(ALL, at=AT)}
        assert {duty: (item.attempts, item.ledger) for duty, item in shown.items()} == {
            Duty.SEND_APPLICATION: (0, ()),
            Duty.INVITE_TO_SIGN: (1, ()),
            Duty.CHASE_RECEIPT: (3, ()),
            Duty.ANNOUNCE_RESULT: (12, ()),
        }
        assert shown[Duty.SEND_APPLICATION].standing == Pending()
        assert shown[Duty.INVITE_TO_SIGN].standing == Held(AT + timedelta(seconds=60))
        assert shown[Duty.CHASE_RECEIPT].standing == Retrying("utility: away")
        assert shown[Duty.ANNOUNCE_RESULT].standing == Resting(AT, "notifier: away")
        claimed = {one.due.duty: one for one in await store.claim(at=AT, limit=9, lease_s=60, token="u")}
        assert claimed.keys() == {Duty.SEND_APPLICATION, Duty.CHASE_RECEIPT}
        assert await store.revive([revival(one, Duty.ANNOUNCE_RESULT, AT)])


def test_an_interrupted_upgrade_leaves_nothing(empty, monkeypatch):
    """An upgrade that fails in its last statement has made no table; the next one makes them all."""
    from alembic import op

    create_table, made = op.create_table, []

    def failing(name, *columns, **options):
        made.append(name)
        if name == "claims":
            raise KeyboardInterrupt
        return create_table(name, *columns, **options)

    monkeypatch.setattr(op, "create_table", failing)
    with pytest.raises(KeyboardInterrupt):
        upgrade(empty)
    assert len(made) == 5
    with schema._transaction(tongue_of(empty)) as connection:
        assert MigrationContext.configure(connection).get_current_revision() is None
        assert not connection.dialect.has_table(connection, "transfers")
    monkeypatch.undo()
    upgrade(empty)
    check(empty)


async def test_an_sqlite_file_has_one_owner(sqlite_database):
    """A second owner is refused by name, whatever it wants; a reader is not."""
    upgrade(sqlite_database)
    store = open_store(sqlite_database, inline=True)
    for attempt in (open_store, upgrade):
        with pytest.raises(InUse, match=r"in use by process \d+\. End that process first"):
            attempt(sqlite_database)
    await open_store(sqlite_database, inline=True, read_only=True).close()
    await store.close()
    await open_store(sqlite_database).close()


async def test_a_killed_owner_leaves_no_lock(sqlite_database):
    """The lock ends with the process, however it ends."""
    upgrade(sqlite_database)
    holding = (
        "import sys, time\nfrom cotransfer.adapters.sql import open_store\n"
        "store = open_store(sys.argv[1])\nprint('open', flush=True)\ntime.sleep(60)"
    )
    with subprocess.Popen([sys.executable, "-c", holding, sqlite_database], stdout=subprocess.PIPE, text=True) as owner:  # noqa: ASYNC220 - nothing else waits
        assert owner.stdout is not None
        assert owner.stdout.readline() == "open\n"
        with pytest.raises(InUse, match=str(owner.pid)):
            open_store(sqlite_database)
        owner.kill()
        owner.wait()
    await open_store(sqlite_database).close()


@pytest.mark.parametrize(
    "address", ["", "x", "mysql://root:secret@host/db", "sqlite://", "sqlite:///:memory:", "sqlite:///:secret:\0"]
)
def test_another_address_is_refused_without_repeating_it(address):
    """An address that is not ours says what one looks like, and never repeats what may be a password."""
    with pytest.raises((BadAddress, SchemaOutdated)) as failure:
        check(address)
    assert "secret" not in str(failure.value)


def test_a_folder_that_is_not_there_is_named(tmp_path):
    """An upgrade makes a file, never a folder."""
    with pytest.raises(BadAddress, match="There is no folder"):
        upgrade(f"sqlite:///{tmp_path}/nowhere/x.db")


def test_a_file_that_is_no_database_is_left_alone(tmp_path):
    """Something else under the address is named so, and not written to."""
    path = tmp_path / "notes.txt"
    path.write_text("not a database, but long enough to be read as one\n" * 100)
    before = path.read_bytes()
    for look in (check, upgrade):
        with pytest.raises(CannotOpen, match="not a database of ours"):
            look(f"sqlite:///{path}")
    assert path.read_bytes() == before


def test_a_locked_file_says_so(sqlite_database, monkeypatch):
    """A program that holds the file is waited for, and then said to be in the way."""
    monkeypatch.setattr("cotransfer.adapters.sql.sqlite.BUSY_TIMEOUT_S", 0.01)
    upgrade(sqlite_database)
    other = MODULE.connect(sqlite_database.removeprefix("sqlite:///"), isolation_level=None)
    other.execute("BEGIN EXCLUSIVE")
    with pytest.raises(CannotOpen, match="Another program holds the database"):
        upgrade(sqlite_database)
    other.close()


def test_looking_at_the_tables_waits_for_nobody(sqlite_database):
    """`check` reads beside a writer that is in the middle of a transaction."""
    upgrade(sqlite_database)
    writer = MODULE.connect(sqlite_database.removeprefix("sqlite:///"), isolation_level=None)
    writer.execute("BEGIN IMMEDIATE")
    check(sqlite_database)
    writer.close()


def test_a_lock_that_cannot_be_made_says_so(sqlite_database, tmp_path):
    """Where no lock file can be made nothing is upgraded, and the sentence names the file."""
    (tmp_path / "cotransfer.db.lock").mkdir()
    with pytest.raises(CannotOpen, match=r"cotransfer\.db\.lock cannot be opened"):
        upgrade(sqlite_database)
    assert not (tmp_path / "cotransfer.db").exists()


def test_a_server_that_does_not_answer_is_said_to_be_away():
    """No connection, no store: the sentence says what to look at, and repeats no password."""
    with pytest.raises(CannotOpen, match="cannot be reached") as failure:
        open_store("postgresql://someone:secret@127.0.0.1:9/nowhere")
    assert "secret" not in str(failure.value)
