"""The laws of `KeyProvider`: a subclass brings a fixture `keys`; and keys for tests of whatever needs some.

Never asks for a key that the fixture has not made.
"""

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from cotransfer.adapters.keys.held import HeldKeys
from cotransfer.adapters.keys.making import make_key
from cotransfer.adapters.sql import Sealing
from cotransfer.ports.keys import KEY_NAME, KeyMissing, KeyProvider, KeyUse, current

KEYS = HeldKeys(
    {
        KeyUse.WRAPPING: {"test": bytes(range(32))},
        KeyUse.INDEX: {"test": bytes(range(32, 64))},
        KeyUse.TOKENS: {"test": make_key(KeyUse.TOKENS)},
        KeyUse.AUDIT: {"test": make_key(KeyUse.AUDIT)},
    }
)
"""Known to everybody, and the same in every process where that matters: for tests alone."""

SEALING = Sealing(KEYS)
"""What a store seals with in tests."""


class KeyProviderLaws:
    """Each law of the port's docstring; `keys` has the keys "a", "b" and "c" of every use, `bare` none at all."""

    @pytest.fixture
    def keys(self) -> KeyProvider:
        """The implementation under test, with three keys of each use."""
        raise NotImplementedError("A suite of laws needs keys to prove them on.")

    @pytest.fixture
    def bare(self) -> KeyProvider:
        """The same without a key."""
        raise NotImplementedError("A suite of laws needs a provider without keys.")

    @pytest.mark.parametrize("use", KeyUse)
    def test_names_come_sorted_and_the_last_is_current(self, keys: KeyProvider, use: KeyUse) -> None:
        """Whoever asks finds the same key current."""
        assert keys.names(use) == ("a", "b", "c")
        assert current(keys, use) == "c"
        assert all(KEY_NAME.fullmatch(name) for name in keys.names(use))

    @pytest.mark.parametrize("use", KeyUse)
    def test_a_name_gives_one_key(self, keys: KeyProvider, use: KeyUse) -> None:
        """The same whenever it is asked for, and another than every other."""
        found = [keys.key(use, name) for name in keys.names(use)]
        assert found == [keys.key(use, name) for name in keys.names(use)]
        assert len(set(found)) == len(found)

    def test_raw_keys_are_of_256_bits(self, keys: KeyProvider) -> None:
        """To wrap and to index: 32 bytes."""
        for use in (KeyUse.WRAPPING, KeyUse.INDEX):
            assert all(len(keys.key(use, name)) == 32 for name in keys.names(use))

    def test_signing_keys_are_of_their_curves(self, keys: KeyProvider) -> None:
        """EC P-256 for tokens (ES256), Ed25519 for the audit trail; both as PKCS8 PEM."""
        token = load_pem_private_key(keys.key(KeyUse.TOKENS, "a"), None)
        assert isinstance(token, ec.EllipticCurvePrivateKey)
        assert token.curve.name == "secp256r1"
        assert isinstance(load_pem_private_key(keys.key(KeyUse.AUDIT, "a"), None), ed25519.Ed25519PrivateKey)

    def test_no_key_is_for_two_uses(self, keys: KeyProvider) -> None:
        """What wraps never indexes, and what signs tokens never signs the audit trail."""
        found = [keys.key(use, name) for use in KeyUse for name in keys.names(use)]
        assert len(set(found)) == len(found)

    @pytest.mark.parametrize("use", KeyUse)
    @pytest.mark.parametrize("name", ["d", "", "../a", "a/b", "A", "a\0", "a" * 200, "../wrapping/a"])
    def test_what_is_unknown_is_missing(self, keys: KeyProvider, use: KeyUse, name: str) -> None:
        """With the remedy in the sentence, and certain that nothing was done."""
        with pytest.raises(KeyMissing, match=r"\. ?[A-Z]|: [a-z]") as caught:
            keys.key(use, name)
        assert caught.value.use is use
        assert caught.value.certain

    @pytest.mark.parametrize("use", KeyUse)
    def test_none_at_all_is_told_with_the_command(self, bare: KeyProvider, use: KeyUse) -> None:
        """Who has no key yet learns how to make one."""
        assert bare.names(use) == ()
        with pytest.raises(KeyMissing, match=f"cotransfer keys new {use.value}"):
            current(bare, use)

    def test_nothing_prints_a_key(self, keys: KeyProvider) -> None:
        """Neither before nor after it was read."""
        for use in KeyUse:
            for name in keys.names(use):
                key = keys.key(use, name)
                assert key.hex() not in repr(keys)
                assert repr(key)[2:-1] not in repr(keys) + str(vars(keys).keys())
