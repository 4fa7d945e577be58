"""What all tests share: databases, each fresh, none shared, gone afterwards; and hypothesis without a stop-watch."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import structlog
from hypothesis import HealthCheck, settings

from cotransfer.adapters.sql import upgrade
from cotransfer.testing.postgres import PostgresServer, postgres_server

# How long an example takes says how busy the machine is, not whether the code is right: the benchmark measures time.
settings.register_profile("busy", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("busy")


@pytest.fixture(autouse=True)
def logs_as_ever() -> Iterator[None]:
    """A command that a test runs in this process sets the log up for itself: the next test must not inherit that."""
    yield
    structlog.reset_defaults()


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresServer]:
    """A PostgreSQL server for this process (under xdist each has its own), started when a test first asks."""
    with postgres_server(durable=False) as server:
        yield server


@pytest.fixture(scope="session")
def postgres_url(postgres: PostgresServer) -> str:
    """The address of the server's own database, for looking around; tests keep their data in `postgres_database`."""
    return postgres.url()


@pytest.fixture
def postgres_database(postgres: PostgresServer) -> Iterator[str]:
    """The address of an empty PostgreSQL database that only this test sees."""
    name = postgres.create_database()
    yield postgres.url(name)
    postgres.drop_database(name)


@pytest.fixture(scope="session")
def upgraded_postgres(postgres: PostgresServer) -> str:
    """The name of a database with the tables of this version: made once, and copied for each test."""
    name = postgres.create_database()
    upgrade(postgres.url(name))
    return name


@pytest.fixture
def postgres_with_tables(postgres: PostgresServer, upgraded_postgres: str) -> Iterator[str]:
    """As `postgres_database`, with the tables of this version."""
    name = postgres.create_database(template=upgraded_postgres)
    yield postgres.url(name)
    postgres.drop_database(name)


@pytest.fixture
def sqlite_database(tmp_path: Path) -> str:
    """The address of an SQLite file that does not exist yet."""
    return f"sqlite:///{tmp_path / 'cotransfer.db'}"


@pytest.fixture(scope="session")
def upgraded_sqlite(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file with the tables of this version: made once, and copied for each test."""
    path = tmp_path_factory.mktemp("sqlite") / "upgraded.db"
    upgrade(f"sqlite:///{path}")
    return path


@pytest.fixture
def sqlite_with_tables(upgraded_sqlite: Path, sqlite_database: str) -> str:
    """The file of `sqlite_database`, with the tables of this version."""
    shutil.copy(upgraded_sqlite, sqlite_database.removeprefix("sqlite:///"))
    return sqlite_database


Count = Callable[[str], None]


@pytest.fixture
def count(record_property: Callable[[str, object], None]) -> Count:
    """Say how much was tried: one line that stands at the end of the run, whether or not the test passed."""
    return lambda line: record_property("counted", line)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """What the exhaustive tests counted; the properties travel here from every xdist process."""
    reports = [report for name in ("passed", "failed") for report in terminalreporter.stats.get(name, [])]
    lines = [value for report in reports for name, value in report.user_properties if name == "counted"]
    if lines:
        terminalreporter.section("what was counted")
        for line in sorted(lines):
            terminalreporter.write_line(str(line))
