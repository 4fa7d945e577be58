"""How notes become entries of the audit trail: each chain numbered without a gap, each entry naming the one before.

An entry is canonical JSON (RFC 8785: our keys and words are ASCII, our numbers whole), so that its bytes are its
meaning and one hash of them is both its link in the chain and its leaf in the tree. Never stores or signs anything.
"""

import json
from base64 import b64encode
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

import attrs

from cotransfer.domain.datasets import Dataset, Operation
from cotransfer.domain.notes import Decision, Disclosure, Note
from cotransfer.domain.trees import HASH_BYTES, leaf_hash

VERSION = 1
"""Of the entries' spelling. A changed one takes the next number, and the old one is still read."""

_SPELL = json.JSONEncoder(sort_keys=True, separators=(",", ":"), allow_nan=False).encode
_DISCLOSURE, _DECISION = "disclosure", "decision"


@attrs.frozen
class Tip:
    """The end of a chain: the number of its last entry and that entry's hash; before the first, nothing and zeros."""

    sequence: int = 0
    hash: bytes = bytes(HASH_BYTES)


@attrs.frozen
class Link:
    """One entry in its chain: `body` is what is hashed, kept and exported, byte for byte."""

    chain: str
    sequence: int
    at: datetime
    body: bytes
    hash: bytes


@attrs.frozen
class Told:
    """An entry read back."""

    chain: str
    sequence: int
    at: datetime
    what: Disclosure | Decision


def chained(tips: Mapping[str, Tip], notes: Iterable[Note]) -> tuple[Link, ...]:
    """The notes as the next entries of their chains, in order; a chain that `tips` does not know begins here."""
    ends = dict(tips)
    links = []
    for note in notes:
        tip = ends.get(note.chain, Tip())
        link = _link(note, tip)
        ends[note.chain] = Tip(link.sequence, link.hash)
        links.append(link)
    return tuple(links)


def read(body: bytes) -> Told:
    """The entry that `body` spells; raises `ValueError` for what is none of ours."""
    said: dict[str, Any] = json.loads(body)
    try:
        if said.pop("v") != VERSION:
            raise ValueError("An entry of the audit trail is in a spelling that this version does not know.")
        said.pop("previous")
        chain, sequence, kind = said.pop("chain"), said.pop("sequence"), said.pop("kind")
        at = datetime.fromisoformat(said.pop("at"))
        what = _disclosure(said) if kind == _DISCLOSURE else Decision(**said)
    except (KeyError, TypeError):
        raise ValueError("An entry of the audit trail is incomplete.") from None
    return Told(chain, sequence, at, what)


def statement(size: int, root: bytes, signer: str) -> bytes:
    """What a signer puts its name to: that the first `size` entries have this root."""
    return f"cotransfer audit checkpoint 1\n{size}\n{b64encode(root).decode()}\n{signer}\n".encode()


def _link(note: Note, tip: Tip) -> Link:
    what, sequence = note.what, tip.sequence + 1
    said = {name: value for name, value in _FIELDS[type(what)](what).items() if value is not None}
    body = _SPELL(
        said
        | {
            "v": VERSION,
            "chain": note.chain,
            "sequence": sequence,
            "previous": tip.hash.hex(),
            "at": _moment(note.at),
        }
    ).encode("ascii")
    return Link(note.chain, sequence, note.at, body, leaf_hash(body))


def _moment(at: datetime) -> str:
    """RFC 3339 in UTC, to the microsecond."""
    return at.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="microseconds") + "Z"


def _of_disclosure(what: Disclosure) -> dict[str, Any]:
    return {
        "kind": _DISCLOSURE,
        "to": what.to,
        "operation": what.operation.value,
        "dataset": what.dataset.value,
        "fields": what.fields,
        "purpose": what.purpose,
        "grant": what.grant,
        "consent": what.consent,
        "count": what.count,
    }


def _of_decision(what: Decision) -> dict[str, Any]:
    return {"kind": _DECISION, "what": what.what, "who": what.who, "about": what.about, "why": what.why}


_FIELDS: Mapping[type, Any] = {Disclosure: _of_disclosure, Decision: _of_decision}


def _disclosure(said: dict[str, Any]) -> Disclosure:
    return Disclosure(
        **said
        | {
            "operation": Operation(said["operation"]),
            "dataset": Dataset(said["dataset"]),
            "fields": tuple(said["fields"]),
        }
    )
