"""A machine that cannot let system calls fail says so, and how to change that."""

import shutil
import subprocess
from collections.abc import Iterator

import pytest
from tests.processes.faulty_calls import why_not


@pytest.fixture(autouse=True)
def asked_anew() -> Iterator[None]:
    """The answer is kept for the process."""
    why_not.cache_clear()
    yield
    why_not.cache_clear()


def test_without_strace_the_reader_is_told_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """The reason of the tests that are left out names the package."""
    monkeypatch.setattr(shutil, "which", lambda name: None)
    assert "apt-get install strace" in str(why_not())


def test_where_it_is_forbidden_the_reader_is_told_what_it_needs(monkeypatch: pytest.MonkeyPatch) -> None:
    """A container without the right to trace: strace is there and may do nothing."""
    forbidden = subprocess.CompletedProcess([], 1, "", "strace: ptrace(PTRACE_TRACEME, ...): Operation not permitted\n")
    monkeypatch.setattr(shutil, "which", lambda name: f"/usr/bin/{name}")
    monkeypatch.setattr(subprocess, "run", lambda *_, **__: forbidden)
    assert "Operation not permitted" in str(why_not())
    assert "SYS_PTRACE" in str(why_not())
