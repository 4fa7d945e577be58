"""A utility's statement as a file, for one that has no list to be asked for: JSON Lines, or CSV.

One application a line, by transfer in ascending order, each once: `transfer`, `stage`, and `since` where it is known.
Read strictly and as a stream: every fault of a line is told, no value is, and nothing of it is taken at its word.
"""

import csv
import datetime
import itertools
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import attrs

from cotransfer.adapters.wire.fields import MOMENT, STAGE, TRANSFER
from cotransfer.adapters.wire.forms import Terms
from cotransfer.adapters.wire.messages import field, message, optional
from cotransfer.adapters.wire.strict_json import NotStrict, loads
from cotransfer.domain.faults import Fault, Invalid
from cotransfer.domain.parties import Party
from cotransfer.domain.statements import Stated
from cotransfer.domain.values import TransferId
from cotransfer.ports.errors import Unintelligible

LINE_LIMIT = 1_000
"""Bytes in one line, its end included."""

PAGE = 200
CSV, JSON_LINES = ".csv", ".jsonl"
HEADER = ("transfer", "stage", "since")
_BOM = b"\xef\xbb\xbf"
_TERMS = Terms(on=datetime.date.min)
"""Nothing in a statement depends on the day."""

_NO_HEADER = Invalid(Fault("", "header", "It is not the head of a statement.", ",".join(HEADER)))
_STATED = message(Stated, field("transfer", TRANSFER), field("stage", STAGE), optional("since", MOMENT))


@attrs.frozen
class LineFault:
    """What is wrong in the line of that number, which counts from 1."""

    line: int
    fault: Fault

    def __str__(self) -> str:
        named = f"{self.fault.field}: " if self.fault.field else ""
        return f"line {self.line}: {named}{self.fault.wrong} {self.fault.right}"


def faults_of(file: Path) -> Iterator[LineFault]:
    """Everything that is wrong with it, in the order of its lines; none: it can be read. Raises `OSError`."""
    for number, read in _lines(file):
        if isinstance(read, Invalid):
            yield from (LineFault(number, fault) for fault in read.faults)


async def pages_of(file: Path) -> AsyncIterator[tuple[Stated, ...]]:
    """What it states. Raises `Unintelligible` at the first fault, `OSError`."""
    lines = _lines(file)
    while page := tuple(_right(number, read) for number, read in itertools.islice(lines, PAGE)):
        yield page


def _right(number: int, read: Stated | Invalid) -> Stated:
    if isinstance(read, Invalid):
        raise Unintelligible(Party.UTILITY, f"The statement's line {number} cannot be read.")
    return read


def _lines(file: Path) -> Iterator[tuple[int, Stated | Invalid]]:
    before: TransferId | None = None
    is_csv = file.suffix.lower() == CSV
    number = 0
    with file.open("rb") as stream:
        while raw := stream.readline(LINE_LIMIT + 1):
            number += 1
            try:
                stated = _read(raw, first=number == 1, is_csv=is_csv)
                if stated is None:
                    continue
                _check_order(before, stated.transfer)
            except Invalid as invalid:
                yield number, invalid
                if len(raw) > LINE_LIMIT:
                    return  # Where its next line begins nobody knows.
            else:
                yield number, stated
                before = stated.transfer
    if is_csv and number == 0:
        yield 1, _NO_HEADER


def _read(raw: bytes, *, first: bool, is_csv: bool) -> Stated | None:
    """None for the head of a table. Raises `Invalid`."""
    if len(raw) > LINE_LIMIT:
        raise _wrong("too_long", f"It is longer than {LINE_LIMIT} bytes.", "One application a line.")
    line = raw.removeprefix(_BOM) if first else raw
    if not is_csv:
        return _STATED.read(_json(line), _TERMS)
    cells = _cells(line)
    if first:
        if tuple(cells) != HEADER:
            raise _NO_HEADER
        return None
    if len(cells) != len(HEADER):
        raise _wrong("columns", f"It has {len(cells)} columns.", f"{len(HEADER)} columns: {', '.join(HEADER)}.")
    told = dict(zip(HEADER, cells, strict=True))
    return _STATED.read({name: cell for name, cell in told.items() if cell or name != "since"}, _TERMS)


def _json(line: bytes) -> object:
    try:
        return loads(line, limit=LINE_LIMIT)
    except NotStrict as error:
        raise _wrong("not_json", error.wrong, "One JSON object a line.") from None


def _cells(line: bytes) -> list[str]:
    try:
        return next(csv.reader([line.decode().rstrip("\r\n")], strict=True), [])
    except (UnicodeDecodeError, csv.Error):
        raise _wrong("not_csv", "It cannot be read as CSV in UTF-8.", "Cells with commas between them.") from None


def _check_order(before: TransferId | None, transfer: TransferId) -> None:
    if before is None or before.text < transfer.text:
        return
    code = "repeated" if before == transfer else "out_of_order"
    wrong = "It is there twice." if before == transfer else "It belongs before the line above."
    raise Invalid(Fault("transfer", code, wrong, "By transfer in ascending order, each once."))


def _wrong(code: str, wrong: str, right: str) -> Invalid:
    return Invalid(Fault("", code, wrong, right))
