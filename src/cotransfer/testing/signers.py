"""The laws of `CheckpointSigner`: a subclass brings a fixture `signer`, and the public keys that go with it.

Never looks at a private half: what a signer is worth, a verifier who knows only public keys can tell.
"""

from collections.abc import Mapping

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from cotransfer.domain.trails import statement
from cotransfer.ports.audit import CheckpointSigner

ROOT = bytes(range(32))


class CheckpointSignerLaws:
    """The law of the port's docstring, for signers with Ed25519."""

    @pytest.fixture
    def signer(self) -> CheckpointSigner:
        """The implementation under test."""
        raise NotImplementedError("A suite of laws needs a signer to prove them on.")

    @pytest.fixture
    def public_keys(self) -> Mapping[str, bytes]:
        """What a verifier is given: raw public keys, by the names of the signers."""
        raise NotImplementedError("A suite of laws needs the public keys of its signer.")

    async def test_whoever_knows_the_public_key_can_verify(
        self, signer: CheckpointSigner, public_keys: Mapping[str, bytes]
    ) -> None:
        """The signature is over the statement of this size, this root and this signer."""
        for size in (0, 1, 2**40):
            signed = await signer.sign(size, ROOT)
            known = Ed25519PublicKey.from_public_bytes(public_keys[signed.signer])
            known.verify(signed.signature, statement(size, ROOT, signed.signer))

    async def test_it_says_nothing_else(self, signer: CheckpointSigner, public_keys: Mapping[str, bytes]) -> None:
        """Another size, root or signer is another statement, and the signature none of it."""
        signed = await signer.sign(7, ROOT)
        known = Ed25519PublicKey.from_public_bytes(public_keys[signed.signer])
        for size, root, name in ((8, ROOT, signed.signer), (7, ROOT[::-1], signed.signer), (7, ROOT, "other")):
            with pytest.raises(InvalidSignature):
                known.verify(signed.signature, statement(size, root, name))
