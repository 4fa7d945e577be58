"""Sealing with associated data: round trips, the vectors of the standards, and nothing changed ever opens."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cotransfer.adapters.crypto.hashing import keyed_hash
from cotransfer.adapters.crypto.suites import NONCE_BYTES, OVERHEAD_BYTES, Sealer, Suite, Tampered, derived

SUITES = st.sampled_from(Suite)


def sealer(suite: Suite, fill: int = 7) -> Sealer:
    """One of a key that only tests know."""
    return Sealer(suite, bytes([fill]) * suite.key_bytes)


@given(suite=SUITES, clear=st.binary(max_size=300), place=st.binary(max_size=60))
def test_what_is_sealed_opens(suite: Suite, clear: bytes, place: bytes) -> None:
    """In its own place and under its own key; the sealed form begins with the suite, and is never twice the same."""
    sealed = sealer(suite).seal(clear, place)
    assert sealer(suite).open(sealed, place) == clear
    assert (sealed[0], len(sealed)) == (suite.mark, len(clear) + OVERHEAD_BYTES)
    assert sealer(suite).seal(clear, place) != sealed


@given(suite=SUITES, clear=st.binary(max_size=80), place=st.binary(max_size=40), data=st.data())
def test_a_flipped_bit_opens_nothing(suite: Suite, clear: bytes, place: bytes, data: st.DataObject) -> None:
    """Wherever it lies: in the suite, the nonce, the ciphertext or the tag."""
    sealed = bytearray(sealer(suite).seal(clear, place))
    bit = data.draw(st.integers(0, len(sealed) * 8 - 1))
    sealed[bit // 8] ^= 1 << bit % 8
    with pytest.raises(Tampered):
        sealer(suite).open(bytes(sealed), place)


@given(suite=SUITES, place=st.binary(max_size=40), other=st.binary(max_size=40), cut=st.integers(0, 60))
def test_elsewhere_or_cut_short_it_opens_nothing(suite: Suite, place: bytes, other: bytes, cut: int) -> None:
    """Another place, another key, another suite, or less than was sealed."""
    sealed = sealer(suite).seal(b"of somebody", place)
    if other != place:
        with pytest.raises(Tampered):
            sealer(suite).open(sealed, other)
    with pytest.raises(Tampered):
        sealer(suite, 8).open(sealed, place)
    (another,) = set(Suite) - {suite}
    with pytest.raises(Tampered):
        sealer(another).open(sealed, place)
    if cut < len(sealed):
        with pytest.raises(Tampered):
            sealer(suite).open(sealed[:cut], place)


def test_sm4_gcm_as_printed_in_rfc_8998() -> None:
    """Appendix A.1, opened through our own form."""
    key = bytes.fromhex("0123456789abcdeffedcba9876543210")
    nonce = bytes.fromhex("00001234567800000000abcd")
    place = bytes.fromhex("feedfacedeadbeeffeedfacedeadbeefabaddad2")
    clear = bytes.fromhex(
        "aaaaaaaaaaaaaaaabbbbbbbbbbbbbbbbccccccccccccccccdddddddddddddddd"
        "eeeeeeeeeeeeeeeeffffffffffffffffeeeeeeeeeeeeeeeeaaaaaaaaaaaaaaaa"
    )
    sealed = bytes.fromhex(
        "17f399f08c67d5ee19d0dc9969c4bb7d5fd46fd3756489069157b282bb200735"
        "d82710ca5c22f0ccfa7cbf93d496ac15a56834cbcf98c397b4024a2691233b8d"
        "83de3541e4c2b58177e065a9bf7b62ec"
    )
    assert Sealer(Suite.SM4_GCM, key).open(bytes((2,)) + nonce + sealed, place) == clear


def test_aes_256_gcm_as_printed_by_its_authors() -> None:
    """The GCM submission's test case 16, opened through our own form."""
    key = bytes.fromhex("feffe9928665731c6d6a8f9467308308" * 2)
    nonce = bytes.fromhex("cafebabefacedbaddecaf888")
    place = bytes.fromhex("feedfacedeadbeeffeedfacedeadbeefabaddad2")
    clear = bytes.fromhex(
        "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a72"
        "1c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39"
    )
    sealed = bytes.fromhex(
        "522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa"
        "8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f662"
        "76fc6ece0f4e1768cddf8853bb2d551b"
    )
    assert Sealer(Suite.AES_256_GCM, key).open(bytes((1,)) + nonce + sealed, place) == clear


def test_a_key_of_another_length_is_a_mistake() -> None:
    """Neither cut nor filled up."""
    for suite in Suite:
        with pytest.raises(ValueError, match=str(suite.key_bytes)):
            Sealer(suite, bytes(24))


def test_a_derived_key_is_for_one_purpose_and_suite() -> None:
    """From one secret: what one has sealed the others do not open, and the same one always does."""
    secret = bytes(range(32))
    sealed = derived(secret, Suite.AES_256_GCM, b"wrap").seal(b"x", b"")
    assert derived(secret, Suite.AES_256_GCM, b"wrap").open(sealed, b"") == b"x"
    for other in (derived(secret, Suite.AES_256_GCM, b"else"), derived(secret[::-1], Suite.AES_256_GCM, b"wrap")):
        with pytest.raises(Tampered):
            other.open(sealed, b"")


def test_nonces_are_drawn_afresh() -> None:
    """A nonce that came twice under one key would lay both messages open."""
    one = sealer(Suite.AES_256_GCM)
    assert len({one.seal(b"", b"")[1 : 1 + NONCE_BYTES] for _ in range(5_000)}) == 5_000


class TestKeyedHash:
    def test_writing_differently_is_no_difference(self) -> None:
        """Width and case fold: a number typed on a Chinese keyboard is the same number."""
        assert keyed_hash(b"k", "identity", "53010219800101001x") == keyed_hash(b"k", "identity", "53010219800101001Ｘ")

    @given(one=st.text(max_size=20), other=st.text(max_size=20))
    def test_key_and_field_keep_apart(self, one: str, other: str) -> None:
        """The same value under another key or of another field is another hash, of 32 hexadecimal digits."""
        here = keyed_hash(b"key", "field", one)
        assert len(here) == 32
        assert set(here) <= set("0123456789abcdef")
        assert keyed_hash(b"other key", "field", one) != here
        assert keyed_hash(b"key", "another", other) != here
