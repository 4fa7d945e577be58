"""The verifier, alone: it holds what is right, finds every tampering, and depends on nothing but Python."""

import ast
import asyncio
import base64
import itertools
import json
import os
import random
import subprocess
import sys
from collections import Counter
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

import cryptography_vectors
import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from hypothesis import given, settings
from hypothesis import strategies as st

from cotransfer import verifier
from cotransfer.adapters.keys.held import HeldKeys
from cotransfer.adapters.keys.signing import KeySigner
from cotransfer.adapters.memory.audit import MemoryAudit
from cotransfer.adapters.memory.time import ManualClock
from cotransfer.adapters.wire.audit_export import exported
from cotransfer.app.sequencing import Sequencer, Trail, told
from cotransfer.domain.notes import Decision, Note
from cotransfer.domain.trees import leaf_hash, root_of
from cotransfer.ports.keys import KeyUse
from cotransfer.testing.audit import DISCLOSED

FILE = Path(verifier.__file__)
AT = datetime(2026, 3, 2, 9, tzinfo=UTC)
TAMPERINGS = 2_000


class Trailed:
    """A trail of some chains, as a gateway leaves it: its export, its public keys, and what a counterparty held."""

    def __init__(self) -> None:
        self.keys = HeldKeys.new(KeyUse.AUDIT)
        self.signer = KeySigner(self.keys)
        self.held: list[str] = []
        self.lines: list[bytes] = []

    @classmethod
    async def of(cls, *, chains: int, rounds: int) -> "Trailed":
        """With so many chains, gathered so many times."""
        made, audit = cls(), MemoryAudit()
        trail = Trail(audit=audit, signer=made.signer)
        sequencer = Sequencer(trail, ManualClock())
        for nth in range(rounds):
            at = AT + timedelta(seconds=10 * nth)
            for chain in range(nth % 3, chains, 2):
                what = DISCLOSED if (nth + chain) % 2 else Decision(what="transfer.signed", who="kunming-water")
                audit.write([Note(chain=f"chain-{chain}", at=at, what=what)])
            await sequencer.gather()
            assert trail.shown.checkpoint is not None
            made.held.append(told(trail.shown.checkpoint))
        made.lines = [line async for line in exported(audit)]
        return made

    @property
    def public(self) -> Mapping[str, verifier.PublicKey]:
        """As a counterparty has them."""
        return {name: Remembering(key) for name, key in self.signer.public_keys().items()}


class Remembering(verifier.PublicKey):
    """Thinks of each signature once: most of a tampered export is as it was."""

    def __init__(self, key: str) -> None:
        super().__init__(key)
        self._known: dict[tuple[bytes, bytes], bool] = {}

    def agrees(self, message: bytes, signature: bytes) -> bool:
        """As ever."""
        asked = (message, signature)
        if asked not in self._known:
            self._known[asked] = super().agrees(message, signature)
        return self._known[asked]


def check(lines, keys, held=()):
    """Read the lines; raises `Fault`."""
    verification = verifier.Verification(keys)
    verification.hold(verifier.Checkpoint.of_header(one) for one in held)
    verification.read(lines)
    return verification


@pytest.fixture(scope="module")
def trailed():
    """One trail for all who tamper with copies of it."""
    return asyncio.run(Trailed.of(chains=9, rounds=12))


def test_a_good_export_is_held_good(trailed):
    """Nothing is found where nothing is wrong: entries, chains, checkpoints, signatures and all that was held."""
    good = trailed
    found = check(good.lines, good.public, good.held)
    assert (found.entries, len(found.chains)) == (sum(b'"chain"' in line for line in good.lines), 9)
    assert found.checkpoints == len(good.held) == 12
    assert found.signatures == 24


def is_checkpoint(line):
    """Whether a line is one."""
    return line.startswith(b'{"checkpoint":')


class Tamperer:
    """Somebody with the whole export in hand, and in the last ways with the power to make it again."""

    def __init__(self, good: Trailed, chance: random.Random) -> None:
        self.good, self.chance = good, chance
        self.lines = list(good.lines)
        self.entries = [nth for nth, line in enumerate(self.lines) if not is_checkpoint(line)]
        self.checkpoints = [nth for nth, line in enumerate(self.lines) if is_checkpoint(line)]

    def bit_flipped(self):
        """Anywhere, line ends included."""
        nth = self.chance.randrange(len(self.lines))
        line = bytearray(self.lines[nth])
        line[self.chance.randrange(len(line))] ^= 1 << self.chance.randrange(8)
        self.lines[nth] = bytes(line)

    def entry_deleted(self):
        """One row is gone."""
        del self.lines[self.chance.choice(self.entries)]

    def checkpoint_deleted_with_its_entries(self):
        """A whole stretch, from one checkpoint to another."""
        one, other = sorted(self.chance.sample([-1, *self.checkpoints], 2))
        del self.lines[one + 1 : other + 1]

    def reordered(self):
        """Two entries change places."""
        one, other = self.chance.sample(self.entries, 2)
        self.lines[one], self.lines[other] = self.lines[other], self.lines[one]

    def duplicated(self):
        """A line stands there twice."""
        nth = self.chance.randrange(len(self.lines))
        self.lines.insert(self.chance.randrange(len(self.lines) + 1), self.lines[nth])

    def moved_between_chains(self):
        """An entry says that it belongs to another transfer."""
        nth = self.chance.choice(self.entries)
        said = json.loads(self.lines[nth])
        said["chain"] = "chain-99" if said["chain"] != "chain-0" else "chain-1"
        self.lines[nth] = spelt(said)

    def field_changed(self):
        """What an entry says is another thing, spelt well."""
        self._change(self.chance.choice(self.entries))

    def changed_and_chained_again(self):
        """With all later entries of its chain made to fit, the roots left as they were."""
        self._change(self.chance.choice(self.entries))
        self._chain_again()

    def changed_and_all_made_again(self):
        """With every link and every root made to fit: only the signatures cannot be."""
        self._change(self.chance.choice(self.entries))
        self._chain_again()
        self._root_again(lambda text: text["signature"])

    def all_made_again_under_a_key_of_their_own(self):
        """As above, signed by a key that is not the gateway's."""
        key = Ed25519PrivateKey.generate()
        self._change(self.chance.choice(self.entries))
        self._chain_again()
        self._root_again(lambda text: base64.b64encode(key.sign(statement(text))).decode())

    def truncated(self):
        """At an older checkpoint: everything in it is right, but it is not what was held."""
        del self.lines[self.chance.choice(self.checkpoints[:-1]) + 1 :]

    def truncated_anywhere(self):
        """The rest is gone."""
        del self.lines[self.chance.randrange(len(self.lines)) :]

    def rewritten_by_the_key_holder(self):
        """By the gateway itself, with its own key: all is right, but it is not what was held."""
        self._change(self.chance.choice(self.entries))
        self._chain_again()
        pem = self.good.keys.key(KeyUse.AUDIT, "1")
        key = KeySigner(HeldKeys({KeyUse.AUDIT: {"1": pem}}))._key("1")
        self._root_again(lambda text: base64.b64encode(key.sign(statement(text))).decode())

    def checkpoint_forged(self):
        """Another root, another size, another signer or somebody else's signature."""
        nth = self.chance.choice(self.checkpoints)
        said = json.loads(self.lines[nth])["checkpoint"]
        match self.chance.randrange(4):
            case 0:
                said["root"] = base64.b64encode(self.chance.randbytes(32)).decode()
            case 1:
                said["size"] += self.chance.choice([-1, 1])
            case 2:
                said["signer"] = "2"
            case _:
                said["signature"] = base64.b64encode(self.chance.randbytes(64)).decode()
        self.lines[nth] = spelt({"checkpoint": said})

    def checkpoint_replaced(self):
        """By another of the same trail."""
        one, other = self.chance.sample(self.checkpoints, 2)
        self.lines[one] = self.lines[other]

    def signatures_exchanged(self):
        """Each is good, but for something else."""
        one, other = self.chance.sample(self.checkpoints, 2)
        first, second = (json.loads(self.lines[nth])["checkpoint"] for nth in (one, other))
        self.lines[one] = spelt({"checkpoint": first | {"signature": second["signature"]}})

    def _change(self, nth):
        said = json.loads(self.lines[nth])
        name = self.chance.choice([name for name in said if name not in ("chain", "sequence", "previous")])
        value = said[name]
        said[name] = value + 1 if type(value) is int else ["location"] if type(value) is list else f"{value}x"
        self.lines[nth] = spelt(said)

    def _chain_again(self):
        ends: dict[str, bytes] = {}
        for nth in self.entries:
            said = json.loads(self.lines[nth])
            said["previous"] = ends.get(said["chain"], bytes(32)).hex()
            self.lines[nth] = spelt(said)
            ends[said["chain"]] = leaf_hash(self.lines[nth][:-1])

    def _root_again(self, sign):
        leaves: list[bytes] = []
        for nth, line in enumerate(self.lines):
            if is_checkpoint(line):
                said = json.loads(line)["checkpoint"]
                said["root"] = base64.b64encode(root_of(leaves)).decode()
                self.lines[nth] = spelt({"checkpoint": said | {"signature": sign(said)}})
            else:
                leaves.append(leaf_hash(line[:-1]))


def spelt(said):
    """A line, as it is spelt."""
    return json.dumps(said, sort_keys=True, separators=(",", ":")).encode() + b"\n"


def statement(text):
    """What a checkpoint's signer signs."""
    return f"cotransfer audit checkpoint 1\n{text['size']}\n{text['root']}\n{text['signer']}\n".encode()


WAYS = [name for name in vars(Tamperer) if not name.startswith("_")]


def test_every_tampering_is_found(trailed, count):
    """2,000 tamperings in sixteen ways: none goes through, and the untampered export does before and after."""
    chance = random.Random(20260302)
    keys, tampered = trailed.public, Counter[str]()
    check(trailed.lines, keys, trailed.held)
    for nth, way in zip(range(TAMPERINGS), itertools.cycle(WAYS), strict=False):
        tamperer = Tamperer(trailed, random.Random(nth))
        while tamperer.lines == trailed.lines:
            getattr(tamperer, way)()
        # Of what was held, one is enough; but what was cut off or rewritten later than that is nobody's to see.
        held = trailed.held[-1] if way in ("truncated", "truncated_anywhere") else chance.choice(trailed.held)
        if way in ("rewritten_by_the_key_holder", "checkpoint_deleted_with_its_entries"):
            held = trailed.held[-1]
        with pytest.raises(verifier.Fault):
            check(tamperer.lines, keys, [held])
        tampered[way] += 1
    check(trailed.lines, keys, trailed.held)
    assert sum(tampered.values()) == TAMPERINGS
    count(f"audit trail: {TAMPERINGS} tamperings in {len(WAYS)} ways, all found")


@pytest.mark.parametrize("way", ["truncated", "rewritten_by_the_key_holder"])
def test_what_the_gateway_itself_does_is_found_by_what_was_held(trailed, way):
    """Who has the key can rewrite or cut the trail, unseen by its signatures; not unseen by who kept one checkpoint."""
    tamperer = Tamperer(trailed, random.Random(1))
    getattr(tamperer, way)()
    check(tamperer.lines, trailed.public)
    with pytest.raises(verifier.Fault, match=r"cut off|rewritten"):
        check(tamperer.lines, trailed.public, [trailed.held[-1]])


@given(data=st.data())
def test_no_line_is_too_strange(data):
    """Whatever a file holds ends in a verdict, never in an exception of another kind."""
    lines = data.draw(
        st.lists(st.binary(max_size=40) | st.sampled_from([b'{"checkpoint":{}}', b"[]", b'{"chain":[]}', b"NaN"]))
    )
    with pytest.raises(verifier.Fault):
        check([line + b"\n" for line in lines], {})


def test_it_imports_nothing_of_ours_and_is_short():
    """At most 300 lines and the standard library alone, so that a utility can read it and run it."""
    source = FILE.read_text(encoding="utf-8")
    assert len(source.splitlines()) <= 300
    imported = {
        name.split(".")[0]
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Import | ast.ImportFrom)
        for name in ([one.name for one in node.names] if isinstance(node, ast.Import) else [node.module or ""])
    }
    assert imported <= set(sys.stdlib_module_names)


class TestCommandLine:
    """As a utility runs it: the one file, in isolated mode, in a folder of its own."""

    @pytest.fixture
    def folder(self, tmp_path, trailed):
        """The verifier and an export."""
        (tmp_path / "verifier.py").write_bytes(FILE.read_bytes())
        (tmp_path / "export.jsonl").write_bytes(b"".join(trailed.lines))
        (tmp_path / "keys.json").write_text(json.dumps(trailed.signer.public_keys()))
        (tmp_path / "held.txt").write_text("\n".join(trailed.held))
        return tmp_path

    def run(self, folder, *arguments):
        """Its exit code and what it said."""
        command = [sys.executable, "-I", "-S", "verifier.py", *arguments]
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False, env=dict(os.environ))
        return done.returncode, done.stdout + done.stderr

    def test_all_is_well(self, folder, trailed):
        """Exit code 0, and it says what it checked."""
        code, said = self.run(folder, "export.jsonl", "--keys", "keys.json", "--checkpoints", "held.txt")
        assert code == 0, said
        assert "all whole" in said
        assert "all 12 are in it" in said
        assert "signatures: 24, all good" in said
        (name, key), *_ = trailed.signer.public_keys().items()
        code, said = self.run(folder, "export.jsonl", "--key", f"{name}={key}", "--checkpoint", trailed.held[3])
        assert code == 0, said

    def test_what_was_not_checked_is_said(self, folder):
        """Without keys and held checkpoints it says aloud what that leaves open."""
        code, said = self.run(folder, "export.jsonl")
        assert code == 0
        assert "NOT checked" in said
        assert "NONE given" in said

    def test_a_fault_names_its_line(self, folder, trailed):
        """Exit code 1, and the first line at fault; nothing that stands in it."""
        lines = list(trailed.lines)
        del lines[0]
        (folder / "export.jsonl").write_bytes(b"".join(lines))
        code, said = self.run(folder, "export.jsonl", "--keys", "keys.json")
        assert code == 1
        assert "FAULT in line " in said
        assert "kunming" not in said

    @pytest.mark.parametrize(
        "arguments",
        [
            ("no-such-file", "--keys", "keys.json"),
            ("export.jsonl", "--keys", "export.jsonl"),
            ("export.jsonl", "--key", "1=AAAA"),
            ("export.jsonl", "--key", "1=" + base64.b64encode(b"\1" + bytes(31)).decode()),
            ("export.jsonl", "--checkpoint", "not one"),
            ("export.jsonl", "--checkpoint", "0 x y z"),
            ("export.jsonl", "--checkpoint", "1 x y z"),
            ("export.jsonl", "--keys", "list.json"),
        ],
    )
    def test_what_cannot_be_used_is_told_apart(self, folder, arguments):
        """Exit code 2 for a file, a key or a held checkpoint that is of no use: that is no fault of the export."""
        (folder / "list.json").write_text('{"1": 5}')
        code, said = self.run(folder, *arguments)
        assert (code, said.startswith("cannot check: ")) == (2, True), said

    def test_a_forged_held_checkpoint_is_a_fault(self, folder, trailed):
        """Nobody can bring down an export with a checkpoint that the gateway never signed."""
        size, root, signer, _ = trailed.held[0].split()
        forged = f"{size} {root} {signer} {trailed.held[1].split()[3]}"
        code, said = self.run(folder, "export.jsonl", "--keys", "keys.json", "--checkpoint", forged)
        assert (code, "FAULT: the held checkpoint" in said) == (1, True)


PARTS = 4
"""Of the vectors: each brings a key of its own, which takes a while to get ready."""


class TestEd25519:
    """RFC 8032, by its own vectors, those of the `cryptography` project, and OpenSSL as oracle."""

    @pytest.mark.parametrize("part", range(PARTS))
    def test_known_signatures(self, count, part):
        """RFC 8032, 7.1, and the vectors of its first implementation: each holds, and none for another message."""
        with cryptography_vectors.open_vector_file(os.path.join("asymmetric", "Ed25519", "sign.input"), "r") as lines:
            vectors = [line.rstrip("\n").split(":") for line in lines]
        for _, public, message, signed, *_ in vectors[part::PARTS]:
            key = verifier.PublicKey(base64.b64encode(bytes.fromhex(public)).decode())
            text, signature = bytes.fromhex(message), bytes.fromhex(signed)[:64]
            assert key.agrees(text, signature)
            assert not key.agrees(text + b"\0", signature)
        count(f"Ed25519: part {part + 1} of {PARTS} of {len(vectors)} known signatures holds")

    @settings(max_examples=40)
    @given(seed=st.binary(min_size=32, max_size=32), message=st.binary(max_size=64), bit=st.integers(0, 511))
    def test_openssl_agrees(self, seed, message, bit):
        """What OpenSSL signs holds; with any bit flipped both say no."""
        private = Ed25519PrivateKey.from_private_bytes(seed)
        raw, signature = private.public_key().public_bytes_raw(), private.sign(message)
        key = verifier.PublicKey(base64.b64encode(raw).decode())
        assert key.agrees(message, signature)
        flipped = (int.from_bytes(signature) ^ (1 << bit)).to_bytes(64)
        assert not key.agrees(message, flipped)
        with pytest.raises(InvalidSignature):
            Ed25519PublicKey.from_public_bytes(raw).verify(flipped, message)

    def test_a_signature_has_one_spelling(self):
        """RFC 8032, 5.1.7: S plus the order of the group would verify as well, were it not refused."""
        private = Ed25519PrivateKey.generate()
        key = verifier.PublicKey(base64.b64encode(private.public_key().public_bytes_raw()).decode())
        signature = private.sign(b"m")
        more = int.from_bytes(signature[32:], "little") + verifier._L
        assert not key.agrees(b"m", signature[:32] + more.to_bytes(32, "little"))
        assert not key.agrees(b"m", signature + b"\0")
        assert not key.agrees(b"m", signature[:63])
