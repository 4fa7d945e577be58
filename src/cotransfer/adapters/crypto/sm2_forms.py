"""How systems write SM2 signatures and cipher texts down: each house in its own way, so each way is a setting.

Pure rearranging of bytes; never computes on the curve. What is not written in the agreed way is a `ValueError`.
"""

import enum
from typing import assert_never

import attrs
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature, encode_dss_signature

COORDINATE_BYTES = 32
DIGEST_BYTES = 32
USUAL_USER_ID = b"1234567812345678"
_SEQUENCE, _INTEGER, _OCTETS = 0x30, 0x02, 0x04
_POINT_MARK = b"\x04"


class SignatureForm(enum.Enum):
    """`DER` is the SEQUENCE of two INTEGERs of GM/T 0009; `RAW` is r‖s, 64 bytes."""

    DER = "der"
    RAW = "raw"


class CipherForm(enum.Enum):
    """The order of point, digest and text: today's standard, that of 2010, or GM/T 0009's SEQUENCE."""

    C1C3C2 = "c1c3c2"
    C1C2C3 = "c1c2c3"
    ASN1 = "asn1"


@attrs.frozen(kw_only=True)
class Forms:
    """One partner's ways. `marked`: whether the byte 04 stands before the point of a cipher text that is not ASN.1."""

    signature: SignatureForm = SignatureForm.DER
    cipher: CipherForm = CipherForm.C1C3C2
    marked: bool = True
    user_id: bytes = USUAL_USER_ID

    def write_signature(self, der: bytes) -> bytes:
        if self.signature is SignatureForm.DER:
            return der
        r, s = decode_dss_signature(der)
        return r.to_bytes(COORDINATE_BYTES, "big") + s.to_bytes(COORDINATE_BYTES, "big")

    def read_signature(self, written: bytes) -> bytes:
        """As DER, and only the one DER there is of it."""
        if self.signature is SignatureForm.RAW:
            if len(written) != 2 * COORDINATE_BYTES:
                raise ValueError("A raw signature has 64 bytes.")
            r, s = written[:COORDINATE_BYTES], written[COORDINATE_BYTES:]
            return encode_dss_signature(int.from_bytes(r, "big"), int.from_bytes(s, "big"))
        if encode_dss_signature(*decode_dss_signature(written)) != written:
            raise ValueError("The signature is not in DER.")
        return written

    def write_cipher(self, asn1: bytes) -> bytes:
        if self.cipher is CipherForm.ASN1:
            return asn1
        point, digest, text = _from_asn1(asn1)
        mark = _POINT_MARK if self.marked else b""
        match self.cipher:
            case CipherForm.C1C3C2:
                return mark + point + digest + text
            case CipherForm.C1C2C3:
                return mark + point + text + digest
            case _:
                assert_never(self.cipher)

    def read_cipher(self, written: bytes) -> bytes:
        """As GM/T 0009's SEQUENCE."""
        if self.cipher is CipherForm.ASN1:
            return _to_asn1(*_from_asn1(written))
        if self.marked and not written.startswith(_POINT_MARK):
            raise ValueError("The cipher text does not begin with 04.")
        bare = written[1:] if self.marked else written
        point, rest = bare[: 2 * COORDINATE_BYTES], bare[2 * COORDINATE_BYTES :]
        if len(rest) <= DIGEST_BYTES:
            raise ValueError("The cipher text is too short.")
        if self.cipher is CipherForm.C1C3C2:
            return _to_asn1(point, rest[:DIGEST_BYTES], rest[DIGEST_BYTES:])
        return _to_asn1(point, rest[-DIGEST_BYTES:], rest[:-DIGEST_BYTES])


def _to_asn1(point: bytes, digest: bytes, text: bytes) -> bytes:
    x, y = point[:COORDINATE_BYTES], point[COORDINATE_BYTES:]
    parts = _item(_INTEGER, _integer(x)), _item(_INTEGER, _integer(y)), _item(_OCTETS, digest), _item(_OCTETS, text)
    return _item(_SEQUENCE, b"".join(parts))


def _from_asn1(asn1: bytes) -> tuple[bytes, bytes, bytes]:
    """Point, digest and text; `ValueError` unless it is the SEQUENCE that `_to_asn1` writes, byte for byte."""
    whole, after = _take(asn1, _SEQUENCE)
    x, rest = _take(whole, _INTEGER)
    y, rest = _take(rest, _INTEGER)
    digest, rest = _take(rest, _OCTETS)
    text, rest = _take(rest, _OCTETS)
    point = b"".join(_coordinate(number) for number in (x, y))
    if after or rest or len(digest) != DIGEST_BYTES or not text or _to_asn1(point, digest, text) != asn1:
        raise ValueError("The cipher text is not in DER.")
    return point, digest, text


def _integer(number: bytes) -> bytes:
    bare = number.lstrip(b"\0")
    return bare if bare and bare[0] < 0x80 else b"\0" + bare


def _coordinate(number: bytes) -> bytes:
    bare = number.lstrip(b"\0")
    return bare.rjust(COORDINATE_BYTES, b"\0") if len(bare) <= COORDINATE_BYTES else b""


def _item(tag: int, content: bytes) -> bytes:
    size = len(content)
    if size < 0x80:
        return bytes([tag, size]) + content
    written = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return bytes([tag, 0x80 | len(written)]) + written + content


def _take(data: bytes, tag: int) -> tuple[bytes, bytes]:
    """The content of the item at the front, and what follows it."""
    if len(data) < 2 or data[0] != tag:
        raise ValueError("The cipher text is not in DER.")
    size, begin = data[1], 2
    if size >= 0x80:
        begin += size & 0x7F
        size = int.from_bytes(data[2:begin], "big") if begin <= 4 else len(data)
    if len(data) < begin + size:
        raise ValueError("The cipher text is not in DER.")
    return data[begin : begin + size], data[begin + size :]
