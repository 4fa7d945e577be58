"""A folder in which the simulated counterparties keep what real ones would not lose when they are killed.

One diary each, and what was there from the beginning: the city, the ports, the agreed secrets, the identity provider's
key. Never shared by two sandboxes at a time, and never read by a gateway.
"""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Self

import attrs
from cattrs.preconf.orjson import make_converter

from cotransfer.sandbox.diary import FileDiary
from cotransfer.sandbox.identity_tokens import drawn_key
from cotransfer.sandbox.joining import Agreed

BEGINNING = "beginning.json"
_CONVERTER = make_converter()


@attrs.frozen(kw_only=True)
class Beginning:
    """What stays the same over all lives of a sandbox; `agreed` is None where it wrote no gateway's settings."""

    seed: int
    times: int
    agreed: Agreed | None = None
    passport_key: bytes = attrs.field(factory=drawn_key, repr=False)
    ports: Mapping[str, int] = attrs.field(factory=dict)


class OtherBeginning(Exception):
    """The folder remembers another sandbox than the one that was asked for."""


class Memory:
    """`begun` says whether there was an earlier life; a new one is remembered from `keep` on."""

    def __init__(self, folder: Path, beginning: Beginning, *, begun: bool) -> None:
        self.beginning = beginning
        self.begun = begun
        self._folder = folder
        self._diaries: list[FileDiary] = []

    @classmethod
    def of(cls, folder: Path, beginning: Beginning) -> Self:
        """What the folder remembers, or a new memory that starts with `beginning`.

        Raises `OtherBeginning` where it is of another city, or joined in another way.
        """
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        file = folder / BEGINNING
        if not file.exists():
            return cls(folder, beginning, begun=False)
        known = _CONVERTER.loads(file.read_bytes(), Beginning)
        if (known.seed, known.times) != (beginning.seed, beginning.times):
            raise OtherBeginning(f"it is of the city --seed {known.seed} --times {known.times}")
        if (known.agreed is None) != (beginning.agreed is None):
            raise OtherBeginning(f"it was begun {'without' if known.agreed is None else 'with'} --settings")
        return cls(folder, known, begun=True)

    @property
    def passport_key(self) -> bytes:
        """What the identity provider signs with."""
        return self.beginning.passport_key

    def diary(self, name: str) -> FileDiary:
        """The counterparty's own."""
        diary = FileDiary(self._folder / f"{name}.jsonl")
        self._diaries.append(diary)
        return diary

    def close(self) -> None:
        """No diary is written any more."""
        while self._diaries:
            self._diaries.pop().close()

    def ports(self, wanted: Mapping[str, int]) -> dict[str, int]:
        """The same as before where any would do."""
        return {name: port or self.beginning.ports.get(name, 0) for name, port in wanted.items()}

    def keep(self, addresses: Mapping[str, str]) -> None:
        """Remember this beginning, whole or not at all, and the ports that were found for it."""
        ports = {name: int(address.rpartition(":")[2]) for name, address in addresses.items()}
        text = _CONVERTER.dumps(attrs.evolve(self.beginning, ports=ports))
        half = self._folder / f"{BEGINNING}.half"
        with open(os.open(half, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as opened:
            opened.write(text)
        half.replace(self._folder / BEGINNING)
