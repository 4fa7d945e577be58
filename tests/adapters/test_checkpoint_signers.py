"""The signer of checkpoints over a provider's keys keeps the port's laws."""

from base64 import b64decode
from collections.abc import Mapping

import pytest

from cotransfer.adapters.keys.signing import KeySigner
from cotransfer.testing.keys import KEYS
from cotransfer.testing.signers import CheckpointSignerLaws


class TestKeySigner(CheckpointSignerLaws):
    @pytest.fixture
    def signer(self) -> KeySigner:
        """Over the tests' own keys."""
        return KeySigner(KEYS)

    @pytest.fixture
    def public_keys(self, signer: KeySigner) -> Mapping[str, bytes]:
        """As an export of the trail tells them."""
        return {name: b64decode(told) for name, told in signer.public_keys().items()}
