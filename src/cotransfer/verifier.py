"""Verifies an export of the audit trail offline: this one file and Python (3.9 or newer), nothing else.

    python verifier.py EXPORT [--key NAME=BASE64]... [--keys FILE]... [--checkpoint TEXT]... [--checkpoints FILE]...

An export has one entry a line, exactly as it is kept, and checkpoints among them. Checked is that the entries are those
under every checkpoint's root (RFC 6962), that every chain is whole, that the checkpoints bear the signatures of the
given keys (Ed25519, RFC 8032), and that the export contains every checkpoint you held: the Audit-Checkpoint header of
any answer or call you ever got. An export that was rewritten or cut short since then cannot contain it.
Exit codes: 0 all is well, 1 a fault, 2 nothing could be checked. Never shows what stands in an entry.
"""

from __future__ import annotations

import argparse
import base64
import hashlib
import json
import re
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Optional, Tuple

Point = Tuple[int, int, int, int]
HASH_BYTES, SIGNATURE_BYTES = 32, 64
LINE_LIMIT = 65536
_NUMBER = re.compile(r"[1-9][0-9]{0,18}")


class Fault(Exception):
    """The export is not what it should be."""


class CannotCheck(Exception):
    """What was given to check with is of no use."""


# ------------------------------------------------------------------------------------------------- Ed25519 (RFC 8032)
_P = 2**255 - 19
_L = 2**252 + 27742317777372353535851937790883648493
_D = -121665 * pow(121666, -1, _P) % _P
_SQRT_M1 = pow(2, (_P - 1) // 4, _P)
_NOWHERE = (0, 1, 1, 0)


def _add(p: Point, q: Point) -> Point:
    a, b = (p[1] - p[0]) * (q[1] - q[0]) % _P, (p[1] + p[0]) * (q[1] + q[0]) % _P
    c, d = 2 * p[3] * q[3] * _D % _P, 2 * p[2] * q[2] % _P
    e, f, g, h = b - a, d - c, d + c, b + a
    return e * f % _P, g * h % _P, f * g % _P, e * h % _P


def _decode(raw: bytes) -> Optional[Point]:
    """The point that 32 bytes spell; None where they spell none, or spell it in more than one way."""
    y = int.from_bytes(raw, "little")
    sign, y = y >> 255, y & (1 << 255) - 1
    square = (y * y - 1) * pow(_D * y * y + 1, -1, _P) % _P
    x = pow(square, (_P + 3) // 8, _P)
    if (x * x - square) % _P:
        x = x * _SQRT_M1 % _P
    if len(raw) != HASH_BYTES or y >= _P or (x * x - square) % _P or (x == 0 and sign):
        return None
    x = _P - x if x & 1 != sign else x
    return x, y, 1, x * y % _P


def _encode(point: Point) -> bytes:
    x, y, z, _ = point
    inverse = pow(z, -1, _P)
    x, y = x * inverse % _P, y * inverse % _P
    return (y | (x & 1) << 255).to_bytes(32, "little")


def _table(point: Point) -> list[list[Point]]:
    """Every multiple of `point` that five bits of a number can ask for: a product is then 51 additions."""
    rows = []
    for _ in range(51):
        row = [_NOWHERE]
        for _ in range(31):
            row.append(_add(row[-1], point))
        rows.append(row)
        point = _add(row[-1], point)
    return rows


def _times(rows: list[list[Point]], number: int, start: Point = _NOWHERE) -> Point:
    for row in rows:
        if number & 31:
            start = _add(start, row[number & 31])
        number >>= 5
    return start


_BASE = _table(_decode((4 * pow(5, -1, _P) % _P).to_bytes(32, "little")) or _NOWHERE)


class PublicKey:
    """Verifies the signatures of one Ed25519 key."""

    def __init__(self, key: str) -> None:
        point = _decode(base64.b64decode(key))
        twice = _add(point or _NOWHERE, point or _NOWHERE)
        if point is None or _encode(_add(_add(twice, twice), _add(twice, twice))) == _encode(_NOWHERE):
            raise CannotCheck("A public key is not one of Ed25519: it has 32 bytes, in Base64.")
        self._raw, (x, y, z, t) = _encode(point), point
        self._minus = _table((_P - x, y, z, _P - t))

    def agrees(self, message: bytes, signature: bytes) -> bool:
        r, s = signature[:32], int.from_bytes(signature[32:], "little")
        if len(signature) != SIGNATURE_BYTES or s >= _L:
            return False
        k = int.from_bytes(hashlib.sha512(r + self._raw + message).digest(), "little") % _L
        return _encode(_times(self._minus, k, _times(_BASE, s))) == r


# -------------------------------------------------------------------------------------------------------- checkpoints
_spell = json.JSONEncoder(sort_keys=True, separators=(",", ":")).encode  # RFC 8785, for ASCII and whole numbers


def _bytes_of(text: Any, length: int) -> bytes:
    try:
        raw = base64.b64decode(text, validate=True)
    except (ValueError, TypeError):
        raw = b""
    if len(raw) != length or base64.b64encode(raw).decode() != text:
        raise Fault("a checkpoint is not spelt as one")
    return raw


class Checkpoint:
    """The first `size` entries, their root, and who signed for it."""

    def __init__(self, size: Any, root: Any, signer: Any, signature: Any) -> None:
        if type(size) is not int or size < 1 or type(signer) is not str or not re.fullmatch(r"[!-~]{1,100}", signer):
            raise Fault("a checkpoint is not spelt as one")
        self.size, self.signer = size, signer
        self.root, self.signature = _bytes_of(root, HASH_BYTES), _bytes_of(signature, SIGNATURE_BYTES)
        self.statement = f"cotransfer audit checkpoint 1\n{size}\n{root}\n{signer}\n".encode()

    @classmethod
    def of_header(cls, header: str) -> Checkpoint:
        """As the Audit-Checkpoint header has it: size, root, signer, signature."""
        words = header.split()
        if len(words) != 4 or not _NUMBER.fullmatch(words[0]):
            raise CannotCheck("A held checkpoint is not one: give SIZE ROOT SIGNER SIGNATURE, as the header had it.")
        try:
            return cls(int(words[0]), *words[1:])
        except Fault:
            raise CannotCheck("A held checkpoint is not one: its root or signature is not Base64.") from None


class Verification:
    """One export, a line at a time. `keys` by signer; without any no signature can be checked."""

    def __init__(self, keys: Mapping[str, PublicKey]) -> None:
        self._keys = keys
        self._held: dict[int, set[bytes]] = {}
        self.chains: dict[str, tuple[int, bytes]] = {}
        self._frontier: list[bytes] = []
        self.line = self.entries = self.checkpoints = self.signatures = self._covered = 0

    def hold(self, held: Iterable[Checkpoint]) -> None:
        """The export must contain these; before it is read."""
        for one in held:
            if not self._is_signed(one):
                raise Fault(f"the held checkpoint of {one.size} entries bears a signature that its signer never made")
            self._held.setdefault(one.size, set()).add(one.root)

    def read(self, lines: Iterable[bytes]) -> None:
        """Check all lines; raises `Fault` at the first that is not right. `self.line` says which."""
        for line in lines:
            self.line += 1
            if line[-1:] != b"\n" or len(line) > LINE_LIMIT:
                raise Fault("the line has no end, or is too long for an entry")
            check = self._checkpoint if line.startswith(b'{"checkpoint":') else self._entry
            check(line[:-1])
        if not self.entries:
            raise Fault("there is no entry in it")
        if self._covered != self.entries:
            raise Fault(f"the last {self.entries - self._covered} entries are under no checkpoint")
        if max(self._held, default=0) > self.entries:
            raise Fault(f"it ends after {self.entries} entries, a held checkpoint has {max(self._held)}: it is cut off")

    def _entry(self, line: bytes) -> None:
        try:
            said = json.loads(line)
            chain, sequence, previous = said["chain"], said["sequence"], said["previous"]
        except (ValueError, KeyError, TypeError, RecursionError):
            raise Fault("the line is neither an entry nor a checkpoint") from None
        if type(chain) is not str or _spell(said).encode() != line:
            raise Fault("the entry is not spelt as one")
        last, digest = self.chains.get(chain, (0, bytes(HASH_BYTES)))
        if type(sequence) is not int or sequence != last + 1:
            raise Fault("the entry does not follow the one before in its chain: one is missing, doubled or moved")
        if previous != digest.hex():
            raise Fault("the entry names another one before it in its chain: one of the two was changed")
        leaf = hashlib.sha256(b"\x00" + line).digest()
        self.chains[chain] = sequence, leaf
        place, node = self.entries, leaf
        while place & 1:
            node = hashlib.sha256(b"\x01" + self._frontier.pop() + node).digest()
            place >>= 1
        self._frontier.append(node)
        self.entries += 1
        if self.entries in self._held and self._held[self.entries] != {self._root()}:
            raise Fault(f"the first {self.entries} entries are not those of a held checkpoint: they were rewritten")

    def _root(self) -> bytes:
        node = self._frontier[-1]
        for left in self._frontier[-2::-1]:
            node = hashlib.sha256(b"\x01" + left + node).digest()
        return node

    def _checkpoint(self, line: bytes) -> None:
        try:
            said = json.loads(line)
            one = Checkpoint(**said["checkpoint"])
        except (ValueError, KeyError, TypeError, RecursionError):
            raise Fault("a checkpoint is not spelt as one") from None
        if _spell(said).encode() != line or len(said) != 1:
            raise Fault("a checkpoint is not spelt as one")
        if one.size != self.entries or self._covered == self.entries:
            raise Fault(f"a checkpoint of {one.size} entries stands after {self.entries}, or stands there twice")
        if one.root != self._root():
            raise Fault(f"the {one.size} entries so far are not those that their checkpoint was made for")
        if not self._is_signed(one):
            raise Fault(f"the checkpoint of {one.size} entries bears a signature that its signer never made")
        self._covered = self.entries
        self.checkpoints += 1

    def _is_signed(self, one: Checkpoint) -> bool:
        if not self._keys:
            return True
        if one.signer not in self._keys:
            raise Fault(f"a checkpoint is signed by {one.signer}, whose key was not given")
        self.signatures += 1
        return self._keys[one.signer].agrees(one.statement, one.signature)


# -------------------------------------------------------------------------------------------------------- command line
def keys_of(named: Iterable[str], files: Iterable[str]) -> dict[str, PublicKey]:
    """Public keys by name, from NAME=BASE64 and from JSON files {"NAME": "BASE64"}."""
    known: dict[str, str] = {}
    for text in named:
        name, _, key = text.partition("=")
        known[name] = key
    for file in files:
        with open(file, encoding="utf-8") as lines:
            known.update(json.load(lines))
    return {name: PublicKey(key) for name, key in known.items()}


def verify(
    path: str, keys: Mapping[str, PublicKey], held: Sequence[Checkpoint], say: Callable[[str], object] = print
) -> int:
    """Check the file and tell what came of it; the exit code."""
    v = Verification(keys)
    with open(path, "rb") as lines:
        try:
            v.hold(held)
            v.read(iter(lambda: lines.readline(LINE_LIMIT + 1), b""))
        except Fault as fault:
            say(f"FAULT in line {v.line}: {fault}" if v.line else f"FAULT: {fault}")
            return 1
    say(f"entries: {v.entries} in {len(v.chains)} chains, all whole")
    say(f"checkpoints: {v.checkpoints}, each made for exactly the entries before it")
    if held:
        say(f"held checkpoints: all {len(held)} are in it")
    else:
        say("held checkpoints: NONE given, so an export that was cut short at an older checkpoint would look the same")
    if not keys:
        say("signatures: NOT checked, no public key was given: anybody can have made this file")
    else:
        say(f"signatures: {v.signatures}, all good")
    say("no fault")
    return 0


def main(arguments: Optional[Sequence[str]] = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("export")
    parser.add_argument("--key", action="append", default=[], metavar="NAME=BASE64", help="a public key; repeatable")
    parser.add_argument("--keys", action="append", default=[], metavar="FILE", help='a JSON file {"NAME": "BASE64"}')
    parser.add_argument("--checkpoint", action="append", default=[], metavar="TEXT", help="one you held; repeatable")
    parser.add_argument("--checkpoints", action="append", default=[], metavar="FILE", help="those you held, one a line")
    asked = parser.parse_args(arguments)
    try:
        headers = list(asked.checkpoint)
        for file in asked.checkpoints:
            with open(file, encoding="utf-8") as lines:
                headers += [line for line in lines if line.strip()]
        return verify(asked.export, keys_of(asked.key, asked.keys), [Checkpoint.of_header(one) for one in headers])
    except (CannotCheck, OSError, ValueError, TypeError) as error:
        print(f"cannot check: {error}", file=sys.stderr)
        return 2


if __name__ == "__main__":
    sys.exit(main())
