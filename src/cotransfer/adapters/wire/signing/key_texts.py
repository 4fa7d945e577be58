"""Keys as people exchange them: `whsec_`, `whsk_` and `whpk_` with base64 behind, as Standard Webhooks writes them.

SM2 has no such prefix; its keys are hexadecimal. Never repeats a text that it cannot read: it may be a secret.
"""

import secrets

from cotransfer.adapters.crypto import ed25519, sm2
from cotransfer.adapters.crypto.sm2_forms import Forms
from cotransfer.adapters.wire.signing import base64s
from cotransfer.adapters.wire.signing.keys import (
    CheckingKey,
    PrivateKey,
    PublicKey,
    Scheme,
    SharedKey,
    SigningKey,
)

SECRET, PRIVATE, PUBLIC = "whsec_", "whsk_", "whpk_"
LEAST_BYTES, MOST_BYTES, USUAL_BYTES = 24, 64, 32


def signing_key(scheme: Scheme, text: str, *, forms: Forms | None = None) -> SigningKey:
    """The key that `text` spells; `ValueError` with the remedy, `SmMissing` where the extra is needed."""
    match scheme:
        case Scheme.HMAC_SHA256 | Scheme.HMAC_SM3:
            return shared_key(scheme, text)
        case Scheme.ED25519:
            return PrivateKey(scheme, _edwards(text))
        case Scheme.SM2:
            return PrivateKey(scheme, sm2.PrivateKey.parse(text, forms=forms))


def checking_key(scheme: Scheme, text: str, *, forms: Forms | None = None) -> CheckingKey:
    """As `signing_key`, for the half that checks: the same secret, or the other side's public key."""
    match scheme:
        case Scheme.HMAC_SHA256 | Scheme.HMAC_SM3:
            return shared_key(scheme, text)
        case Scheme.ED25519:
            return PublicKey(scheme, ed25519.Verifying.of(_after(PUBLIC, text, ed25519.PUBLIC_BYTES)))
        case Scheme.SM2:
            key = sm2.PublicKey.parse(text, forms=forms)
            if not sm2.available():
                raise sm2.SmMissing
            return PublicKey(scheme, key)


def shared_key(scheme: Scheme, text: str) -> SharedKey:
    """A secret of 24 to 64 bytes."""
    return SharedKey(scheme, _after(SECRET, text, *range(LEAST_BYTES, MOST_BYTES + 1)))


def draw_secret() -> str:
    """A new secret of 32 bytes, as both sides write it down."""
    return SECRET + base64s.written(secrets.token_bytes(USUAL_BYTES))


def draw_pair() -> tuple[str, str]:
    """A new Ed25519 pair: the private text, which stays, and the public one, which the other side gets."""
    seed = secrets.token_bytes(ed25519.SEED_BYTES)
    return PRIVATE + base64s.written(seed), PUBLIC + base64s.written(ed25519.Signing.of(seed).public.raw)


def _edwards(text: str) -> ed25519.Signing:
    """Of the seed alone, or as some libraries keep it, with the public key behind; then the two have to be a pair."""
    raw = _after(PRIVATE, text, ed25519.SEED_BYTES, ed25519.SEED_BYTES + ed25519.PUBLIC_BYTES)
    key = ed25519.Signing.of(raw[: ed25519.SEED_BYTES])
    if raw[ed25519.SEED_BYTES :] not in (b"", key.public.raw):
        raise ValueError("The private key and the public one behind it are not a pair. Draw a new pair.")
    return key


def _after(prefix: str, text: str, *sizes: int) -> bytes:
    span = f"{min(sizes)} to {max(sizes)}" if len(sizes) > 2 else " or ".join(map(str, sizes))
    wrong = ValueError(f"The key must be {prefix} followed by the base64 of {span} bytes.")
    if not text.startswith(prefix):
        raise wrong
    try:
        raw = base64s.read(text[len(prefix) :])
    except ValueError:
        raise wrong from None
    if len(raw) not in sizes:
        raise wrong
    return raw
