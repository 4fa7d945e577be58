"""Reads vectors where the package `cryptography_vectors` keeps them; none of its files is copied here."""

import re
from collections.abc import Iterator
from pathlib import Path

import cryptography_vectors

SHIPPED = Path(cryptography_vectors.__file__).parent
Vector = dict[str, str]


def vectors(name: str, *, least: int = 2) -> Iterator[Vector]:
    """Each block of `KEY = value` lines of a file in NIST's form, with the `[Section = value]` lines that hold for it.

    Names are in capitals; a block that must fail has "FAIL". An empty line ends a block of `least` lines or more.
    """
    section: Vector = {}
    block: Vector = {}
    for line in (SHIPPED / name).read_text(encoding="utf-8").splitlines():
        text = line.strip()
        if heading := re.fullmatch(r"\[([^=\]]+?)(?:\s*=\s*([^\]]*))?\]", text):
            section = {**(section if heading[2] else {}), heading[1].upper(): heading[2] or ""}
        elif pair := re.fullmatch(r"([A-Za-z]+)\s*=\s*(.*)", text):
            block[pair[1].upper()] = pair[2]
        elif text == "FAIL":
            block["FAIL"] = ""
        elif not text and len(block) >= least:
            yield {**section, **block}
            block = {}
    if len(block) >= least:
        yield {**section, **block}


def raw(vector: Vector, name: str) -> bytes:
    """The bytes under a name."""
    return bytes.fromhex(vector[name])
