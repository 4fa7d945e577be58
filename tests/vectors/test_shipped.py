"""What `cryptography_vectors` ships, through our own functions: every vector passes, or is of a form that we refuse.

Deviations, each with its reason:
- AES-GCM with nonces of other than 96 bits or tags of fewer than 128: we write and read only that one form.
- HKDF (RFC 5869): our derivation has a fixed label; the vectors go through a second reckoning that is held against it.
- ECDSA P-256: the signatures that NIST drew with its own random numbers can be verified but not made again.
- SM4 in the modes ECB, CFB, OFB and CTR: we have no use for them; single blocks go through CBC with a zero vector.
"""

import base64
import hashlib
import hmac
from collections.abc import Callable
from typing import Literal

import pytest
from joserfc.jwk import ECKey
from tests.vectors.nist import SHIPPED, raw, vectors

from cotransfer.adapters.crypto import ed25519, sm3, sm4
from cotransfer.adapters.crypto.macs import hmac_sha256
from cotransfer.adapters.crypto.suites import Sealer, Suite, Tampered, derived
from cotransfer.adapters.wire.jose import Opened, VerifyingKey

Count = Callable[[str], None]


class TestAesGcm:
    @pytest.mark.parametrize("direction", ["gcmDecrypt256.rsp", "gcmEncryptExtIV256.rsp"])
    def test_nist(self, direction: str, count: Count) -> None:
        """NIST's CAVS file: what is right opens to the text, what is wrong does not open."""
        opened = refused = 0
        for one in vectors(f"ciphers/AES/GCM/{direction}"):
            sealed = bytes((Suite.AES_256_GCM.mark,)) + raw(one, "IV") + raw(one, "CT") + raw(one, "TAG")
            if (one["IVLEN"], one["TAGLEN"]) != ("96", "128"):
                continue
            sealer = Sealer(Suite.AES_256_GCM, raw(one, "KEY"))
            if "FAIL" in one:
                with pytest.raises(Tampered):
                    sealer.open(sealed, raw(one, "AAD"))
                refused += 1
            else:
                assert sealer.open(sealed, raw(one, "AAD")) == raw(one, "PT")
                opened += 1
        assert opened + refused == 375
        count(f"vectors         AES-256-GCM, NIST {direction}: {opened} opened, {refused} refused")

    @pytest.mark.parametrize("direction", ["gcmDecrypt256.rsp", "gcmEncryptExtIV256.rsp"])
    def test_other_forms_do_not_open(self, direction: str, count: Count) -> None:
        """A shorter tag, or a nonce of another length, right as it may be elsewhere, is refused here."""
        tried = 0
        for one in vectors(f"ciphers/AES/GCM/{direction}"):
            if (one["IVLEN"], one["TAGLEN"]) != ("96", "128"):
                tried += 1
                sealed = bytes((Suite.AES_256_GCM.mark,)) + raw(one, "IV") + raw(one, "CT") + raw(one, "TAG")
                with pytest.raises(Tampered):
                    Sealer(Suite.AES_256_GCM, raw(one, "KEY")).open(sealed, raw(one, "AAD"))
        assert tried == 7500
        count(f"vectors         AES-256-GCM, NIST {direction}, other forms: {tried} refused")


class TestSm4:
    def test_gcm(self, count: Count) -> None:
        """RFC 8998, A.1: sealed forms and partners' envelopes alike."""
        (one,) = vectors("ciphers/SM4/rfc8998.txt")
        text = raw(one, "CIPHERTEXT") + raw(one, "TAG")
        sealed = bytes((Suite.SM4_GCM.mark,)) + raw(one, "IV") + text
        assert Sealer(Suite.SM4_GCM, raw(one, "KEY")).open(sealed, raw(one, "AAD")) == raw(one, "PLAINTEXT")
        assert sm4.gcm_seal(raw(one, "KEY"), raw(one, "IV"), raw(one, "PLAINTEXT"), raw(one, "AAD")) == text
        assert sm4.gcm_open(raw(one, "KEY"), raw(one, "IV"), text, raw(one, "AAD")) == raw(one, "PLAINTEXT")
        count("vectors         SM4-GCM, RFC 8998: 1, in both places that have it")

    def test_cbc(self, count: Count) -> None:
        """The draft's examples have no padding: ours comes behind them and changes nothing before it."""
        tried = 0
        for one in vectors("ciphers/SM4/draft-ribose-cfrg-sm4-10-cbc.txt"):
            key, iv, plain = raw(one, "KEY"), raw(one, "IV"), raw(one, "PLAINTEXT")
            sealed = sm4.cbc_seal(key, iv, plain)
            assert sealed[: len(plain)] == raw(one, "CIPHERTEXT")
            assert sm4.cbc_open(key, iv, sealed) == plain
            tried += 1
        count(f"vectors         SM4-CBC, draft-ribose-cfrg-sm4: {tried}")

    def test_blocks(self, count: Count) -> None:
        """The examples of GB/T 32907, each block by itself."""
        tried = 0
        for one in vectors("ciphers/SM4/draft-ribose-cfrg-sm4-10-ecb.txt"):
            plain, sealed = raw(one, "PLAINTEXT"), raw(one, "CIPHERTEXT")
            for at in range(0, len(plain), sm4.BLOCK_BYTES):
                block = slice(at, at + sm4.BLOCK_BYTES)
                made = sm4.cbc_seal(raw(one, "KEY"), bytes(sm4.BLOCK_BYTES), plain[block])
                assert made[: sm4.BLOCK_BYTES] == sealed[block]
                tried += 1
        count(f"vectors         SM4 blocks, draft-ribose-cfrg-sm4: {tried}")


class TestHashes:
    def test_sm3(self, count: Count) -> None:
        """The examples of the standard's publisher and more."""
        tried = 0
        for one in vectors("hashes/SM3/oscca.txt"):
            message = raw(one, "MSG")[: int(one["LEN"]) // 8]
            assert sm3.digest(message) == raw(one, "MD")
            tried += 1
        assert tried >= 4
        count(f"vectors         SM3, OSCCA: {tried}")

    def test_hmac_sha256(self, count: Count) -> None:
        """RFC 4231."""
        tried = 0
        for one in vectors("HMAC/rfc-4231-sha256.txt"):
            assert hmac_sha256(raw(one, "KEY"), raw(one, "MSG")) == raw(one, "MD")
            tried += 1
        assert tried >= 6
        count(f"vectors         HMAC-SHA-256, RFC 4231: {tried}")


def hkdf_sha256(secret: bytes, salt: bytes, info: bytes, length: int) -> bytes:
    """RFC 5869, §2.2 and §2.3, written down once more from its text."""
    key = hmac.digest(salt or bytes(32), secret, "sha256")
    made = block = b""
    for nth in range(1, length // 32 + 2):
        block = hmac.digest(key, block + info + bytes((nth,)), "sha256")
        made += block
    return made[:length]


class TestHkdf:
    def test_the_second_reckoning(self, count: Count) -> None:
        """RFC 5869, A.1 to A.3."""
        tried = 0
        for one in vectors("KDF/rfc-5869-HKDF-SHA256.txt", least=7):
            info, salt = bytes.fromhex(one["INFO"]), bytes.fromhex(one["SALT"])
            assert hkdf_sha256(raw(one, "IKM"), salt, info, int(one["L"])) == raw(one, "OKM")
            tried += 1
        assert tried == 3
        count(f"vectors         HKDF-SHA-256, RFC 5869: {tried}, held against our derivation")

    @pytest.mark.parametrize("suite", Suite)
    def test_ours(self, suite: Suite) -> None:
        """What our derivation seals, a sealer under the second reckoning's key opens."""
        secret = hashlib.sha256(b"any").digest()
        key = hkdf_sha256(secret, b"", b"cotransfer:a purpose:" + suite.word.encode(), suite.key_bytes)
        assert Sealer(suite, key).open(derived(secret, suite, b"a purpose").seal(b"text", b"here"), b"here") == b"text"


class TestEd25519:
    def test_rfc_8032(self, count: Count) -> None:
        """Its author's 1,024 examples: the same public key and signature are made, and one changed bit is refused."""
        tried = 0
        for line in (SHIPPED / "asymmetric" / "Ed25519" / "sign.input").read_text().splitlines():
            pair, public, message, signed = (bytes.fromhex(part) for part in line.split(":")[:4])
            signature = signed[:64]
            key = ed25519.Signing.of(pair[:32])
            assert key.public.raw == public
            assert key.sign(message) == signature
            assert ed25519.Verifying.of(public).agrees(message, signature)
            changed = bytes((signature[0] ^ 1,)) + signature[1:]
            assert not key.public.agrees(message, changed)
            tried += 1
        assert tried == 1024
        count(f"vectors         Ed25519, RFC 8032: {tried} made and verified")


def p256(one: dict[str, str]) -> VerifyingKey:
    """The public key of a vector as one of ours."""
    coordinates = {
        name: base64.urlsafe_b64encode(bytes.fromhex(one[field].zfill(64))).rstrip(b"=").decode()
        for name, field in (("x", "QX"), ("y", "QY"))
    }
    return VerifyingKey(kid="vector", alg="ES256", key=ECKey.import_key({"kty": "EC", "crv": "P-256", **coordinates}))


class TestEcdsa:
    @pytest.mark.parametrize(("file", "accepted", "refused"), [("SigVer.rsp", 3, 12), ("SigGen.txt", 15, 0)])
    def test_nist(self, file: Literal["SigVer.rsp", "SigGen.txt"], accepted: int, refused: int, count: Count) -> None:
        """FIPS 186-3 with P-256 and SHA-256: the right ones are right, those with something changed are not."""
        found = {True: 0, False: 0}
        for one in vectors(f"asymmetric/ECDSA/FIPS_186-3/{file}"):
            if "P-256,SHA-256" not in one:
                continue
            right = one.get("RESULT", "P").startswith("P")
            signature = bytes.fromhex(one["R"].zfill(64) + one["S"].zfill(64))
            shown = Opened(alg="ES256", kid="vector", typ=None, claims={}, message=raw(one, "MSG"), signature=signature)
            try:
                key = p256(one)
            except ValueError:  # The changed key is not a point of the curve.
                assert not right
            else:
                assert shown.is_signed_by(key) is right
            found[right] += 1
        assert (found[True], found[False]) == (accepted, refused)
        count(f"vectors         ECDSA P-256, FIPS 186-3 {file}: {found[True]} accepted, {found[False]} refused")
