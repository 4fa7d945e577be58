"""The audit trail: what an entry costs when it is chained, and how fast the verifier goes through an export."""

import time
from base64 import b64encode
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from cotransfer.adapters.wire.audit_export import spelt
from cotransfer.bench.core import micros
from cotransfer.bench.figures import Spread
from cotransfer.domain.datasets import FIELDS, Dataset, Operation
from cotransfer.domain.notes import Decision, Disclosure, Note
from cotransfer.domain.trails import chained, statement
from cotransfer.domain.trees import Frontier
from cotransfer.ports.audit import Checkpoint, Signature
from cotransfer.verifier import PublicKey, Verification

ENTRIES = 50_000
CHAIN = 16
"""Entries of one transfer, about."""

GATHERED = (1_000, 100)
"""Entries under one checkpoint: of a busy gateway, and of one that gathers ten entries a second."""

_AT = datetime(2026, 3, 2, 9, tzinfo=UTC)
_DISCLOSURE = Disclosure(
    to="kunming-water",
    operation=Operation.SUBMIT_APPLICATION,
    dataset=Dataset.APPLICATION,
    fields=FIELDS[Dataset.APPLICATION],
    purpose="water-account-transfer",
    grant="kunming-water.transfer",
    consent="kunming-water.1",
)
_DECISION = Decision(what="transfer.pre_review_passed", who="kunming-water", about="step-6")


def measure(repeat: int) -> Iterator[dict[str, Any]]:
    """The lines of this part."""
    notes = [_note(nth) for nth in range(CHAIN)]
    cost = micros(lambda: chained({}, notes), repeat, len(notes))
    yield {"measure": "audit", "what": "chain_entry", "us": cost.line()}
    key = Ed25519PrivateKey.generate()
    public = {"bench": PublicKey(b64encode(key.public_key().public_bytes_raw()).decode())}
    for gathered in GATHERED:
        lines = _export(key, gathered)
        rates = [_rate(lines, public) for _ in range(repeat)]
        yield {
            "measure": "audit",
            "what": "verify",
            "entries": ENTRIES,
            "entries_per_checkpoint": gathered,
            "entries_per_s": Spread.of(rates).line(),
        }


def _note(nth: int) -> Note:
    what = _DECISION if nth % 2 else _DISCLOSURE
    return Note(chain=f"01997c5e-8000-7000-8000-{nth // CHAIN:012x}", at=_AT, what=what)


def _export(key: Ed25519PrivateKey, gathered: int) -> list[bytes]:
    links, tree, lines = chained({}, map(_note, range(ENTRIES))), Frontier(), list[bytes]()
    for first in range(0, ENTRIES, gathered):
        batch = links[first : first + gathered]
        tree = tree.grown(one.hash for one in batch)
        signed = Signature("bench", key.sign(statement(tree.size, tree.root(), "bench")))
        checkpoint = Checkpoint(tree=tree, follows=first, at=_AT, root=tree.root(), signed=signed)
        lines += [one.body + b"\n" for one in batch]
        lines.append(spelt(checkpoint) + b"\n")
    return lines


def _rate(lines: list[bytes], public: dict[str, PublicKey]) -> float:
    begun = time.process_time()
    verification = Verification(public)
    verification.read(lines)
    return verification.entries / (time.process_time() - begun)
