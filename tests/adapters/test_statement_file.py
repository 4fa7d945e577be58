"""A statement as a file: read strictly, every fault of a line at once, no value repeated, in constant memory."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cotransfer.adapters.utilities.statement_file import LINE_LIMIT, PAGE, faults_of, pages_of
from cotransfer.domain.parties import Party
from cotransfer.domain.statements import Stage, Stated
from cotransfer.domain.values import TransferId
from cotransfer.ports.errors import Unintelligible

ONE, TWO = "01997c5e-8000-7000-8000-000000000001", "01997c5e-8000-7000-8000-000000000002"
SINCE = "2026-11-23T10:15:00+08:00"
AT = datetime(2026, 11, 23, 2, 15, tzinfo=UTC)


@pytest.fixture
def file(tmp_path: Path):
    """Writes one down."""

    def write(name: str, content: str | bytes) -> Path:
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    return write


async def read(path: Path) -> list[Stated]:
    """All of it."""
    return [one async for page in pages_of(path) for one in page]


def codes(path: Path) -> list[tuple[int, str, str]]:
    """Line, field and code of every fault."""
    return [(one.line, one.fault.field, one.fault.code) for one in faults_of(path)]


@pytest.mark.parametrize(
    ("name", "content"),
    [
        (
            "s.jsonl",
            f'{{"transfer": "{ONE}", "stage": "in_handling", "since": "{SINCE}"}}\n'
            f'{{"transfer": "{TWO}", "stage": "declined"}}',
        ),
        ("s.csv", f"transfer,stage,since\n{ONE},in_handling,{SINCE}\n{TWO},declined,\n"),
        ("s.CSV", f'\ufefftransfer,stage,since\r\n"{ONE}",in_handling,{SINCE}\r\n{TWO},declined,\r\n'),
    ],
)
async def test_both_spellings_are_read(file, name, content):
    """JSON Lines, or CSV with its head; the time may be left out."""
    path = file(name, content)
    assert codes(path) == []
    assert await read(path) == [
        Stated(transfer=TransferId(ONE), stage=Stage.IN_HANDLING, since=AT),
        Stated(transfer=TransferId(TWO), stage=Stage.DECLINED),
    ]


@pytest.mark.parametrize(
    ("name", "content", "faults"),
    [
        ("s.jsonl", '{"transfer": "x", "stage": "lost", "since": "soon", "name": "李小满"}\n', 4),
        ("s.jsonl", "[]\nnull\n\n{\n", 4),
        ("s.jsonl", f'{{"transfer": "{ONE}"}}\n', 1),
        ("s.jsonl", f'{{"transfer": "{ONE}", "stage": "declined", "stage": "expired"}}\n', 1),
        ("s.csv", "", 1),
        ("s.csv", f"{ONE},declined,\n", 1),
        ("s.csv", f"transfer,stage,since\n{ONE},declined\nx,lost,soon\n", 4),
        ("s.csv", f'transfer,stage,since\n"{ONE},declined,\n', 1),
        ("s.csv", b"transfer,stage,since\n\xff\xfe,declined,\n", 1),
    ],
)
async def test_every_fault_is_told_at_once(file, name, content, faults):
    """With its line, what is wrong and what would be right; what stands there is not repeated."""
    path = file(name, content)
    found = list(faults_of(path))
    assert len(found) == faults
    assert not [one for one in found if "李小满" in str(one) or "lost" in str(one) or ONE in str(one)]
    with pytest.raises(Unintelligible) as raised:
        await read(path)
    assert raised.value.party is Party.UTILITY


def test_the_order_is_checked(file):
    """By transfer in ascending order, each once: so that two long lists can be compared line by line."""
    rows = "".join(f"{key},declined,\n" for key in (TWO, ONE, TWO))
    path = file("s.csv", f"transfer,stage,since\n{rows}")
    assert codes(path) == [(3, "transfer", "out_of_order"), (4, "transfer", "repeated")]


def test_a_line_has_a_limit(file):
    """However long it goes on, only so much of it is held."""
    path = file("s.jsonl", b"{" + b" " * (50 * LINE_LIMIT))
    assert codes(path) == [(1, "", "too_long")]


async def test_a_long_file_comes_in_pages(file):
    """Of at most so many lines each."""
    keys = [f"01997c5e-8000-7000-8000-{nth:012x}" for nth in range(2 * PAGE + 1)]
    path = file("s.csv", "transfer,stage,since\n" + "".join(f"{key},declined,\n" for key in keys))
    pages = [page async for page in pages_of(path)]
    assert [len(page) for page in pages] == [PAGE, PAGE, 1]
    assert [one.transfer.text for page in pages for one in page] == keys


async def test_an_empty_statement_states_nothing(file):
    """A utility that has taken nothing yet."""
    assert await read(file("s.jsonl", "")) == []
    assert await read(file("s.csv", "transfer,stage,since\n")) == []


@given(content=st.binary(max_size=300), name=st.sampled_from(("s.csv", "s.jsonl")))
def test_whatever_stands_there_is_a_statement_or_a_fault(tmp_path_factory, content, name):
    """Nothing that somebody may write there ends in anything else."""
    path = tmp_path_factory.mktemp("s") / name
    path.write_bytes(content)
    for fault in faults_of(path):
        assert fault.line >= 1
        assert str(fault).isprintable()
