"""The fuzzer's targets hold on what they begin with and on what hypothesis thinks of, also where there is no fuzzer."""

import functools
import importlib.util

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.fuzz import __main__ as fuzzing
from tests.fuzz.targets import TARGETS, Broken, verifier


@functools.cache
def pieces(name: str) -> list[bytes]:
    """What is right for a target, drawn once: seeds are signed and sealed anew each time, and examples are repeated."""
    return [*TARGETS[name].seeds(), *(word.encode() for word in TARGETS[name].words)]


def test_all_of_them_are_run() -> None:
    """`make fuzz` leaves none out."""
    assert set(fuzzing.NAMES) == set(TARGETS)


@pytest.mark.parametrize("name", TARGETS)
def test_seeds(name: str) -> None:
    """What a target begins with: right things, and the attacks that once succeeded elsewhere."""
    seeds = TARGETS[name].seeds()
    assert seeds
    for seed in seeds:
        TARGETS[name].run(seed)


@pytest.mark.parametrize("name", TARGETS)
@settings(max_examples=60)
@given(data=st.data())
def test_cut_and_joined_seeds(name: str, data: st.DataObject) -> None:
    """Pieces of what is right, in any order, with any bytes between them."""
    piece = st.sampled_from(pieces(name)).flatmap(
        lambda whole: st.tuples(st.integers(0, len(whole)), st.integers(0, len(whole))).map(
            lambda ends: whole[min(ends) : max(ends)]
        )
    )
    TARGETS[name].run(b"".join(data.draw(st.lists(st.one_of(piece, st.binary(max_size=8)), max_size=6))))


def test_a_broken_promise_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    """A verifier that takes anything would not get past its target."""
    from tests.fuzz import targets

    class Gullible:
        """Says yes."""

        def __init__(self, keys: object) -> None: ...

        def check(self, *asked: object) -> None: ...

    monkeypatch.setattr(targets, "Verifier", Gullible)
    with pytest.raises(Broken):
        verifier(b"webhook-id: a\nwebhook-timestamp: 1\nwebhook-signature: v1,x\n\n{}")


def test_without_a_fuzzer_it_says_so(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """On a machine without atheris nothing fails, and nobody thinks that it was tried."""
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    assert fuzzing.main(["--seconds", "1"]) == 0
    assert "FUZZING LEFT OUT" in capsys.readouterr().out
