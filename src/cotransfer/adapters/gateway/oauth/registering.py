"""From what the settings hold of a client to a client that can prove itself. Never keeps a secret in clear."""

from collections.abc import Iterable

from cotransfer.adapters.gateway.clients import Client
from cotransfer.adapters.gateway.oauth.registered import Registered
from cotransfer.adapters.gateway.oauth.secrets import secret_hash
from cotransfer.adapters.wire.jose import NotAKeySet, public_keys
from cotransfer.ports.keys import KeyProvider


def registered(
    client: Client,
    *,
    keys: KeyProvider,
    jwks: bytes | None = None,
    secrets: Iterable[str] = (),
    hashes: Iterable[str] = (),
    introspects_any: bool = False,
) -> Registered:
    """`jwks` are the client's public keys, `secrets` those that stand in clear; raises `ValueError` with the client."""
    try:
        known = public_keys(jwks) if jwks is not None else ()
    except NotAKeySet as error:
        raise ValueError(f'The keys of the client "{client.id}": {error}') from None
    hashed = (*hashes, *(secret_hash(keys, client.id, secret) for secret in secrets))
    return Registered(client=client, keys=known, secret_hashes=hashed, introspects_any=introspects_any)
