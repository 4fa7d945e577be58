"""The server that tests and measurements run on: real, private, and never left behind."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import sqlalchemy

from cotransfer.testing import postgres as support
from cotransfer.testing.postgres import PostgresServer, PostgresUnavailable, find_binaries, postgres_server


def scalar(url: str, statement: str) -> object:
    """The first column of the first row, or None when the statement gives no rows."""
    engine = sqlalchemy.create_engine(url, poolclass=sqlalchemy.NullPool)
    with engine.begin() as connection:
        result = connection.exec_driver_sql(statement)
        return result.scalar() if result.returns_rows else None


def wait_until_gone(folder: Path) -> bool:
    """True once the folder is away; gives the supervisor ten seconds."""
    deadline = time.monotonic() + 10
    while folder.exists() and time.monotonic() < deadline:
        time.sleep(0.02)
    return not folder.exists()


class TestServer:
    def test_it_is_a_real_postgresql(self, postgres_url):
        """No mock stands in for PostgreSQL: the server says its own version."""
        assert "PostgreSQL" in str(scalar(postgres_url, "SELECT version()"))

    def test_it_listens_on_no_network(self, postgres_url):
        """A test server is reachable through its socket's folder alone."""
        assert scalar(postgres_url, "SHOW listen_addresses") == ""

    def test_the_bench_gets_the_durability_of_the_defaults(self):
        """What is measured waits for the disk, as a deployment does; and the folder is gone when the block ends."""
        with postgres_server() as server:
            assert scalar(server.url(), "SHOW fsync") == "on"
            assert scalar(server.url(), "SHOW synchronous_commit") == "on"
        assert not server.folder.exists()

    def test_it_ends_when_its_starter_is_killed(self):
        """A run that dies without a word (kill -9) leaves neither a server nor its files."""
        program = (
            "import time\n"
            "from cotransfer.testing.postgres import postgres_server\n"
            "with postgres_server(durable=False) as server:\n"
            "    print(server.folder, flush=True)\n"
            "    time.sleep(60)\n"
        )
        with subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True) as starter:
            assert starter.stdout is not None
            folder = Path(starter.stdout.readline().strip())
            server = int((folder / "data" / "postmaster.pid").read_text().splitlines()[0])
            os.kill(starter.pid, signal.SIGKILL)
        assert wait_until_gone(folder)
        with pytest.raises(ProcessLookupError):
            os.kill(server, 0)

    def test_it_runs_from_a_folder_that_root_keeps_to_itself(self, tmp_path, monkeypatch):
        """A virtual environment under /root works: what the server's user cannot reach is copied to where it can."""
        installation = find_binaries().parent
        private = tmp_path / "private"
        (private / installation.parent.name).mkdir(parents=True)
        (private / installation.parent.name / installation.name).symlink_to(installation)
        private.chmod(0o700)
        monkeypatch.setattr(support, "find_binaries", lambda: installation / "bin")
        monkeypatch.setattr(Path, "stat", lambda self, **_: os.stat_result((0o40700,) + (0,) * 9))
        copy = support.reachable(installation / "bin", tmp_path / "copy")
        monkeypatch.undo()
        expected = tmp_path / "copy" if os.geteuid() == 0 else installation
        assert copy.is_relative_to(expected)
        assert subprocess.run([copy / "postgres", "--version"], capture_output=True, check=True).stdout

    def test_no_programs_where_it_was_told_to_look(self, tmp_path, monkeypatch):
        """A wrong COTRANSFER_POSTGRES_BIN is named, with what is missing."""
        monkeypatch.setenv("COTRANSFER_POSTGRES_BIN", str(tmp_path))
        with pytest.raises(PostgresUnavailable, match=r"COTRANSFER_POSTGRES_BIN names .* no initdb"):
            find_binaries()

    def test_a_server_that_does_not_start_says_why(self, monkeypatch):
        """The reason stands in PostgreSQL's own log, so that is what is shown."""
        monkeypatch.setattr(support, "initialise", lambda binaries, folder: None)
        with pytest.raises(PostgresUnavailable, match=r"(?s)did not start.*data"), postgres_server():
            pass


class TestDatabases:
    @pytest.mark.parametrize("turn", [1, 2])
    def test_each_test_has_an_empty_one(self, postgres_database, turn):
        """Two tests never meet: both make the same table."""
        scalar(postgres_database, "CREATE TABLE transfers (n int)")
        scalar(postgres_database, "INSERT INTO transfers VALUES (1)")
        assert scalar(postgres_database, "SELECT count(*) FROM transfers") == 1

    def test_one_may_be_copied_from_a_prepared_one(self, postgres: PostgresServer):
        """A schema need be built once only: later databases are copies of it."""
        prepared = postgres.create_database()
        scalar(postgres.url(prepared), "CREATE TABLE transfers (n int)")
        copy = postgres.create_database(template=prepared)
        assert scalar(postgres.url(copy), "SELECT count(*) FROM transfers") == 0
        postgres.drop_database(copy)
        postgres.drop_database(prepared)

    def test_one_is_dropped_even_while_somebody_is_connected(self, postgres: PostgresServer):
        """A test that forgets a connection must not keep the next from running."""
        name = postgres.create_database()
        engine = sqlalchemy.create_engine(postgres.url(name), poolclass=sqlalchemy.NullPool)
        connection = engine.connect()
        postgres.drop_database(name)
        assert scalar(postgres.url(), f"SELECT count(*) FROM pg_database WHERE datname = '{name}'") == 0
        connection.invalidate()
        connection.close()

    def test_an_sqlite_file_is_fresh(self, sqlite_database):
        """The embedded engine has an address of its own in each test."""
        scalar(sqlite_database, "CREATE TABLE transfers (n int)")
        assert scalar(sqlite_database, "SELECT count(*) FROM transfers") == 0
