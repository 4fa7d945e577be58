"""The primitives against the answers that their standards print, and those that `cryptography_vectors` ships."""

import importlib
import re
from collections.abc import Iterator
from types import ModuleType

import cryptography_vectors
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cotransfer.adapters.crypto import ed25519, sm2, sm4
from cotransfer.adapters.crypto.macs import hmac_sha256, hmac_sm3
from cotransfer.adapters.crypto.sm2_forms import CipherForm, Forms, SignatureForm
from cotransfer.adapters.crypto.sm3 import digest

EXAMPLE_SECRET = "3945208f7b2144b13f36e38ac6d39f95889393692860b51a42fb81ef4df7c5b8"
EXAMPLE_PUBLIC = (
    "09f9df311e5421a150dd7d161e4bc5c672179fad1833fc076bb08ff356f35020"
    "ccea490ce26775a52dc6ea718cc1aa600aed05fbf35e084a6632f6072da9ad13"
)
EXAMPLE = EXAMPLE_SECRET + EXAMPLE_PUBLIC
"""The key pair of GB/T 32918.5, printed there for everybody to check with."""

SIGNATURE = bytes.fromhex(
    "f5a03b0648d2c4630eeac513e1bb81a15944da3827d5b74143ac7eaceee720b3"
    "b1b6aa29df212fd8763182bc0d421ca1bb9038fd1f7f42d4840b69c485bbc1aa"
)
C1 = bytes.fromhex(
    "04ebfc718e8d1798620432268e77feb6415e2ede0e073c0f4f640ecd2e149a73"
    "e858f9d81e5430a57b36daab8f950a3c64e6ee6a63094d99283aff767e124df0"
)
C3 = bytes.fromhex("59983c18f809e262923c53aec295d30383b54e39d609d160afcb1908d0bd8766")
C2 = bytes.fromhex("21886ca989ca9c7d58087307ca93092d651efa")

CIPHER_FORMS = [
    Forms(cipher=cipher, marked=marked)
    for cipher, marked in [(each, mark) for each in CipherForm for mark in (True, False)]
]


def shipped(name: str) -> Iterator[dict[str, str]]:
    """The blocks of `NAME = value` lines in one of the files of `cryptography_vectors`."""
    with cryptography_vectors.open_vector_file(name, "r") as file:
        text = file.read()
    for block in re.split(r"\n\s*\n", re.sub(r"^[#\[].*\n", "", text, flags=re.MULTILINE)):
        found = dict(re.findall(r"^(\w+) = (\S+)$", block, re.MULTILINE))
        if found:
            yield found


class TestSm3:
    def test_the_two_examples_of_the_standard(self):
        """GB/T 32905, appendix A: "abc", and "abcd" sixteen times."""
        assert digest(b"abc").hex() == "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0"
        assert digest(b"abcd" * 16).hex() == "debe9ff92275b8a138604889c18e5a4d6fdb70e5387e5765293dcba39c0c5732"

    def test_the_shipped_vectors(self):
        """Every message of the file has the digest that stands beside it."""
        cases = list(shipped("hashes/SM3/oscca.txt"))
        assert len(cases) >= 5
        for case in cases:
            message = bytes.fromhex(case["Msg"])[: int(case["Len"]) // 8]
            assert digest(message).hex() == case["MD"].lower()


class TestMacs:
    def test_hmac_sha256_as_rfc_4231_prints_it(self):
        """Every case of the shipped file; the one that is cut short is compared as far as it goes."""
        cases = list(shipped("HMAC/rfc-4231-sha256.txt"))
        assert len(cases) >= 6
        for case in cases:
            made = hmac_sha256(bytes.fromhex(case["Key"]), bytes.fromhex(case["Msg"])).hex()
            assert made.startswith(case["MD"])

    def test_hmac_sm3_is_hmac_over_sm3(self):
        """RFC 2104 spelled out over the digest that the standard's examples have proved, for short and long keys."""
        for key in (b"k", b"k" * 32, b"k" * 64, b"k" * 65, b"k" * 200):
            block = (digest(key) if len(key) > 64 else key).ljust(64, b"\0")
            inner, outer = bytes(b ^ 0x36 for b in block), bytes(b ^ 0x5C for b in block)
            assert hmac_sm3(key, b"message") == digest(outer + digest(inner + b"message"))

    @pytest.mark.skipif(not sm2.available(), reason="The extra cotransfer[sm] is not installed.")
    def test_two_libraries_agree_on_hmac_sm3(self):
        """OpenSSL and GmSSL were written apart from each other."""
        other = importlib.import_module("gmssl_pyx")
        for size in (0, 1, 55, 56, 63, 64, 65, 1000):
            assert hmac_sm3(b"a key of some bytes", b"x" * size) == other.sm3_hmac(b"a key of some bytes", b"x" * size)


class TestSm4:
    def test_the_block_of_the_standard(self):
        """GB/T 32907, appendix A.1: under a zero vector, the first block of CBC is the bare cipher."""
        key = bytes.fromhex("0123456789abcdeffedcba9876543210")
        assert sm4.cbc_seal(key, bytes(16), key)[:16].hex() == "681edf34d206965e86b3e94f536e4246"

    def test_the_shipped_vectors_of_cbc(self):
        """The vectors are not padded: ours has one block more, and opens to the same text."""
        cases = list(shipped("ciphers/SM4/draft-ribose-cfrg-sm4-10-cbc.txt"))
        assert len(cases) >= 2
        for case in cases:
            key, iv, plain = (bytes.fromhex(case[name]) for name in ("KEY", "IV", "PLAINTEXT"))
            sealed = sm4.cbc_seal(key, iv, plain)
            assert sealed[:-16].hex() == case["CIPHERTEXT"].lower()
            assert sm4.cbc_open(key, iv, sealed) == plain

    def test_gcm_as_rfc_8998_prints_it(self):
        """Appendix A.1: text and tag."""
        (case,) = shipped("ciphers/SM4/rfc8998.txt")
        key, iv, plain, aad = (bytes.fromhex(case[name]) for name in ("KEY", "IV", "PLAINTEXT", "AAD"))
        sealed = sm4.gcm_seal(key, iv, plain, aad)
        assert sealed.hex() == case["CIPHERTEXT"] + case["TAG"]
        assert sm4.gcm_open(key, iv, sealed, aad) == plain

    @given(plain=st.binary(max_size=100), at=st.integers(0, 2000))
    def test_one_flipped_bit_and_gcm_does_not_open(self, plain: bytes, at: int):
        """Text and tag are covered, bit by bit."""
        sealed = bytearray(sm4.gcm_seal(b"k" * 16, b"n" * 12, plain, b"aad"))
        at %= len(sealed) * 8
        sealed[at // 8] ^= 1 << at % 8
        with pytest.raises(sm4.NotOpened):
            sm4.gcm_open(b"k" * 16, b"n" * 12, bytes(sealed), b"aad")

    @given(junk=st.binary(max_size=64), nonce=st.binary(max_size=20))
    def test_junk_is_not_opened_and_nothing_else_is_raised(self, junk: bytes, nonce: bytes):
        """One exception, whatever is wrong. (CBC may open junk: it proves nothing.)"""
        with pytest.raises(sm4.NotOpened):
            sm4.gcm_open(b"k" * 16, nonce, junk)
        try:
            sm4.cbc_open(b"k" * 16, nonce, junk)
        except sm4.NotOpened:
            return


class TestEd25519:
    def test_the_shipped_vectors(self):
        """RFC 8032's reference file: the first 128 lines, signed again and checked."""
        with cryptography_vectors.open_vector_file("asymmetric/Ed25519/sign.input", "r") as file:
            lines = file.read().splitlines()[:128]
        for line in lines:
            secret, public, message, signed = (bytes.fromhex(part) for part in line.split(":")[:4])
            key = ed25519.Signing.of(secret[:32])
            assert key.public.raw == public
            assert key.sign(message) == signed[:64]
            assert ed25519.Verifying.of(public).agrees(message, signed[:64])
            assert not ed25519.Verifying.of(public).agrees(message + b"!", signed[:64])

    def test_a_signature_of_another_length_does_not_agree(self):
        """Nothing is raised for what a stranger sent."""
        key = ed25519.Signing.of(b"s" * 32).public
        assert not any(key.agrees(b"m", b"x" * size) for size in (0, 1, 63, 64, 65, 1000))

    def test_a_key_of_another_length_is_refused(self):
        """At set-up, where somebody can mend it."""
        for make in (ed25519.Signing.of, ed25519.Verifying.of):
            with pytest.raises(ValueError):
                make(b"s" * 31)

    def test_a_secret_is_not_printed(self):
        """A key may stand in somebody's log line."""
        assert (b"s" * 32).hex() not in repr(ed25519.Signing.of(b"s" * 32))
        assert "Ed25519" not in repr(ed25519.Signing.of(b"s" * 32))


@pytest.mark.skipif(not sm2.available(), reason="The extra cotransfer[sm] is not installed.")
class TestSm2:
    def test_the_signature_of_the_standard(self):
        """GB/T 32918.5, appendix A: r‖s over "message digest", the usual user id."""
        key = sm2.PublicKey.parse(EXAMPLE_PUBLIC, forms=Forms(signature=SignatureForm.RAW))
        assert key.agrees(b"message digest", SIGNATURE)
        assert not key.agrees(b"message Digest", SIGNATURE)

    @pytest.mark.parametrize(
        ("forms", "written"),
        [
            (Forms(cipher=CipherForm.C1C3C2), b"\x04" + C1 + C3 + C2),
            (Forms(cipher=CipherForm.C1C3C2, marked=False), C1 + C3 + C2),
            (Forms(cipher=CipherForm.C1C2C3), b"\x04" + C1 + C2 + C3),
            (Forms(cipher=CipherForm.C1C2C3, marked=False), C1 + C2 + C3),
        ],
    )
    def test_the_cipher_text_of_the_standard(self, forms: Forms, written: bytes):
        """GB/T 32918.5, appendix C: "encryption standard", in each order, with 04 and without."""
        assert sm2.PrivateKey.parse(EXAMPLE, forms=forms).unwrap(written) == b"encryption standard"

    @pytest.mark.parametrize("form", SignatureForm)
    def test_what_is_signed_agrees_in_either_form(self, form: SignatureForm):
        """And not under another user id, nor in the other form."""
        key = sm2.PrivateKey.parse(EXAMPLE, forms=Forms(signature=form))
        other = next(each for each in SignatureForm if each is not form)
        signed = key.sign(b"text")
        assert key.public.agrees(b"text", signed)
        assert not sm2.PublicKey.parse(EXAMPLE_PUBLIC, forms=Forms(signature=other)).agrees(b"text", signed)
        stranger = sm2.PublicKey.parse(EXAMPLE_PUBLIC, forms=Forms(signature=form, user_id=b"somebody else"))
        assert not stranger.agrees(b"text", signed)

    @pytest.mark.parametrize("forms", CIPHER_FORMS, ids=lambda forms: f"{forms.cipher.value}-{forms.marked}")
    def test_what_is_wrapped_unwraps_in_every_form(self, forms: Forms):
        """Sixteen bytes of key, a few times, since coordinates may begin with zeros."""
        key = sm2.PrivateKey.parse(EXAMPLE, forms=forms)
        for turn in range(40):
            assert key.unwrap(key.public.wrap(bytes([turn]) * 16)) == bytes([turn]) * 16

    @pytest.mark.parametrize("forms", CIPHER_FORMS, ids=lambda forms: f"{forms.cipher.value}-{forms.marked}")
    def test_a_flipped_bit_does_not_unwrap(self, forms: Forms):
        """SM2's own digest C3 is checked, which not every library does."""
        key = sm2.PrivateKey.parse(EXAMPLE, forms=forms)
        wrapped = key.public.wrap(b"sixteen bytes ..")
        for at in range(len(wrapped)):
            with pytest.raises(sm2.NotUnwrapped):
                key.unwrap(wrapped[:at] + bytes([wrapped[at] ^ 1]) + wrapped[at + 1 :])

    def test_a_bare_digest_is_another_signature(self):
        """Some houses leave the user id out; then the two must not be taken for each other."""
        key = sm2.PrivateKey.parse(EXAMPLE)
        signed = key.sign_bare(digest(b"text"))
        assert key.public.agrees_bare(digest(b"text"), signed)
        assert not key.public.agrees(digest(b"text"), signed)
        assert not key.public.agrees_bare(b"short", signed)

    @given(junk=st.binary(max_size=200))
    def test_junk_raises_nothing_unforeseen(self, junk: bytes):
        """Whatever a stranger sends as signature or cipher text."""
        for forms in (*CIPHER_FORMS, Forms(signature=SignatureForm.RAW)):
            key = sm2.PublicKey.parse(EXAMPLE_PUBLIC, forms=forms)
            assert not key.agrees(b"text", junk)
            with pytest.raises(sm2.NotUnwrapped):
                sm2.PrivateKey(public=key, secret=bytes.fromhex(EXAMPLE_SECRET)).unwrap(junk)

    @pytest.mark.parametrize(
        "text",
        ["", "00" * 64, "xy" * 64, EXAMPLE_PUBLIC[:-1], EXAMPLE_PUBLIC[:-1] + "4", "05" + EXAMPLE_PUBLIC, "ff" * 64],
    )
    def test_a_public_key_off_the_curve_is_refused(self, text: str):
        """A point that is none could give the other side's secret away bit by bit."""
        with pytest.raises(ValueError, match="128 hexadecimal digits"):
            sm2.PublicKey.parse(text)

    @pytest.mark.parametrize("text", ["", EXAMPLE_SECRET, "11" * 32 + EXAMPLE_PUBLIC, "00" * 32 + EXAMPLE_PUBLIC])
    def test_halves_that_are_no_pair_are_refused(self, text: str):
        """Found at set-up, and told without showing either."""
        with pytest.raises(ValueError) as refused:
            sm2.PrivateKey.parse(text)
        assert EXAMPLE_PUBLIC not in str(refused.value)

    def test_a_secret_is_not_printed(self):
        """Not in repr, and the public half may be."""
        assert EXAMPLE_SECRET not in repr(sm2.PrivateKey.parse(EXAMPLE)).lower()
        assert repr(bytes.fromhex(EXAMPLE_SECRET)) not in repr(sm2.PrivateKey.parse(EXAMPLE))


def test_without_the_extra_the_remedy_is_named(monkeypatch: pytest.MonkeyPatch):
    """A deployment that configures SM2 and has no library for it is told which one to install."""

    def absent(name: str) -> ModuleType:
        raise ImportError(name)

    monkeypatch.setattr(importlib, "import_module", absent)
    assert not sm2.available()
    with pytest.raises(sm2.SmMissing, match=r"pip install 'cotransfer\[sm\]'"):
        sm2.PublicKey(raw=bytes.fromhex(EXAMPLE_PUBLIC)).wrap(b"key")
