"""`cotransfer conformance` as somebody types it: its exit codes, and the sentence for what went wrong."""

import json
import socket
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from cotransfer.cli.conformance import app
from cotransfer.conformance.reaching import NotAllowed, allowed_address
from cotransfer.sandbox import Agreed, settings_text
from cotransfer.sandbox.server import COUNTERPARTIES

Typed = Callable[..., Result]


@pytest.fixture
def typed() -> Typed:
    """Type `cotransfer conformance …`."""

    def invoke(*arguments: object) -> Result:
        return CliRunner().invoke(app, [str(each) for each in arguments])

    return invoke


@pytest.fixture
def nowhere() -> Iterator[str]:
    """An address of this machine where nobody listens, and nobody else can meanwhile."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        yield f"http://127.0.0.1:{taken.getsockname()[1]}"


def test_nobody_there_is_exit_3(typed: Typed, nowhere: str) -> None:
    """Who forgot to start the system is told to."""
    ended = typed("utility", "--url", nowhere, "--account", "0000000001")
    assert ended.exit_code == 3
    assert "Start the system" in ended.stderr


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ((), "--url"),
        (("--url", "http://127.0.0.1:9"), "--account"),
        (("--url", "https://water.example", "--account", "1"), "--i-am-allowed"),
        (("--url", "http://water.example", "--account", "1"), "https://"),
        (("--url", "http://127.0.0.1:9", "--account", "1", "--ledger", "https://other.example"), "--i-am-allowed"),
        (("--url", "http://127.0.0.1:9", "--account", "1", "--rule", "nothing"), "account.found"),
        (("--url", "http://127.0.0.1:9", "--account", "1", "--excuse", "account.found="), "CODE=reason"),
    ],
)
def test_what_cannot_begin_is_exit_2(typed: Typed, arguments: tuple[str, ...], told: str) -> None:
    """One sentence with the remedy."""
    ended = typed("utility", *arguments)
    assert ended.exit_code == 2
    assert told in ended.stderr
    assert "Traceback" not in ended.output


def test_only_who_is_allowed_reaches_other_machines() -> None:
    """The kit sends wrong messages: never to another machine but where somebody says that they may."""
    assert allowed_address("http://127.0.0.1:8082/", allowed=False) == "http://127.0.0.1:8082"
    assert allowed_address("https://test.water.example/api", allowed=True) == "https://test.water.example/api"
    with pytest.raises(NotAllowed, match="another machine"):
        allowed_address("https://test.water.example/api", allowed=False)


def test_a_sandbox_without_people_is_told(typed: Typed, nowhere: str, tmp_path: Path) -> None:
    """Where accounts would come from is named."""
    ended = typed("utility", "--url", nowhere, "--people", nowhere)
    assert ended.exit_code == 2
    assert f"{nowhere}/sandbox/people" in ended.stderr


def test_a_company_that_keeps_nothing_is_exit_1(typed: Typed, tmp_path: Path) -> None:
    """The report goes to a file, and the failures stand in both languages."""
    with answering(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\nconnection: close\r\n\r\nOK") as address:
        report = tmp_path / "report.json"
        ended = typed(
            "utility", "--url", address, "--account", "0000000001", "--sequences", "0", "--rule", "answers.media_type",
            "--calls", "30", "--lang", "zh", "--json", report,
        )  # fmt: skip
    assert ended.exit_code == 1, ended.output
    assert "不通过" in ended.stdout
    (verdict,) = json.loads(report.read_text(encoding="utf-8"))["verdicts"]
    assert (verdict["rule"], verdict["verdict"]) == ("answers.media_type", "failed")


class TestGateways:
    def test_the_settings_name_whom_to_play(
        self, typed: Typed, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Without any there is nobody, and without the utility's private key there is no utility."""
        monkeypatch.chdir(tmp_path)
        assert "--settings" in typed("gateway").stderr
        file, _ = settings_of_a_sandbox(tmp_path)
        ended = typed("gateway", "--settings", file)
        assert ended.exit_code == 2
        assert "--utility-key" in ended.stderr

    def test_nobody_there_is_exit_3(self, typed: Typed, tmp_path: Path) -> None:
        """The address is that of the settings, unless another is said."""
        file, agreed = settings_of_a_sandbox(tmp_path)
        for name, content in agreed.keepsakes(file.stem).items():
            (tmp_path / name).write_bytes(content)
        ended = typed("gateway", "--settings", file)
        assert ended.exit_code == 3
        assert "http://127.0.0.1:9" in ended.stderr
        assert typed("gateway", "--settings", file, "--url", "https://gateway.example").exit_code == 2

    def test_a_registry_elsewhere_is_no_sandbox(self, typed: Typed, tmp_path: Path) -> None:
        """The people must be invented ones."""
        file, agreed = settings_of_a_sandbox(tmp_path, registry="https://registry.example")
        for name, content in agreed.keepsakes(file.stem).items():
            (tmp_path / name).write_bytes(content)
        ended = typed("gateway", "--settings", file)
        assert ended.exit_code == 2
        assert "no sandbox" in ended.stderr


def settings_of_a_sandbox(folder: Path, **addresses: str) -> tuple[Path, Agreed]:
    """Settings as the sandbox writes them, of a gateway that does not run."""
    agreed = Agreed()
    nowhere = dict.fromkeys(COUNTERPARTIES, "http://127.0.0.1:9")
    file = folder / "gateway.toml"
    file.write_text(settings_text({**nowhere, **addresses}, agreed, gateway_port=9, stem=file.stem), encoding="utf-8")
    for name, content in agreed.files(file.stem).items():
        (folder / name).write_bytes(content)
    return file, agreed


class answering:  # noqa: N801 (reads as what it is in a with statement)
    """A server in a thread that says the same to everybody."""

    def __init__(self, said: bytes) -> None:
        self._said = said
        self._socket = socket.create_server(("127.0.0.1", 0))

    def __enter__(self) -> str:
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()
        return f"http://127.0.0.1:{self._socket.getsockname()[1]}"

    def __exit__(self, *_: object) -> None:
        self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()
        self._thread.join()

    def _serve(self) -> None:
        while True:
            try:
                line, _ = self._socket.accept()
            except OSError:
                return
            with line:
                line.recv(65536)
                line.sendall(self._said)
