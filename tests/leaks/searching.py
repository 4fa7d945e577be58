"""Looks for every planted value in what came out of somewhere, in each spelling that a sink may give it.

Fast enough for gigabytes: few anchors are looked for, and only what follows one is held against the values. Never takes
part of a value for none: three planted characters in a row are one person's and nobody else's, and count as a value.
"""

import itertools
import json
from collections import defaultdict
from collections.abc import Iterable, Iterator
from urllib.parse import quote

from tests.leaks.planted import Person

ANCHOR = 2
"""Bytes that a spelling is looked for by: those of one kind of value begin alike, so that there are few anchors."""


class Search:
    """For the values of so many people; `hits` says where each was found."""

    def __init__(self, people: Iterable[Person]) -> None:
        self._spellings = defaultdict[bytes, set[bytes]](set)
        for one in people:
            for spelling in itertools.chain.from_iterable(spelt(value) for value in (one.mark, *one.values)):
                self._spellings[spelling[:ANCHOR]].add(spelling)
        self._lengths = {anchor: sorted({*map(len, found)}) for anchor, found in self._spellings.items()}

    def hits(self, where: str, said: bytes) -> list[str]:
        """What was found, by place and length; empty when there is nothing."""
        return [
            f"{where}: {length} bytes at {at}"
            for anchor, spellings in self._spellings.items()
            for at in _places(said, anchor)
            for length in self._lengths[anchor]
            if said[at : at + length] in spellings
        ]


def spelt(value: str) -> set[bytes]:
    """As it is, as JSON and Python escape it, and as an address has it."""
    return {
        value.encode(),
        json.dumps(value)[1:-1].encode(),
        quote(value).encode(),
        quote(value).lower().encode(),
    }


def _places(said: bytes, anchor: bytes) -> Iterator[int]:
    at = said.find(anchor)
    while at >= 0:
        yield at
        at = said.find(anchor, at + 1)
