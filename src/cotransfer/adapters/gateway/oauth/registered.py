"""A registered client: who it is, how it proves itself, what it may ask for. Never holds a secret in clear."""

import re
from collections.abc import Iterable

import attrs

from cotransfer.adapters.gateway.clients import OPERATIONS, Client
from cotransfer.adapters.gateway.oauth.secrets import HASH
from cotransfer.adapters.wire.jose import VerifyingKey
from cotransfer.domain.datasets import Operation

SECRETS_LIMIT = 2
CLIENT_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")


@attrs.frozen(kw_only=True)
class Registered:
    """Keys (`private_key_jwt`, recommended) or hashes of secrets (`client_secret_basic`), never both.

    Several keys or two secrets are live at a time, so that one can follow the other without a break.
    `introspects_any` is for operators' clients: they may ask about everybody's tokens. Its odd method names are those
    that Authlib asks a client for. Raises `ValueError` when it cannot be right.
    """

    client: Client
    keys: tuple[VerifyingKey, ...] = ()
    secret_hashes: tuple[str, ...] = attrs.field(default=(), repr=False)
    introspects_any: bool = False

    def __attrs_post_init__(self) -> None:
        name = f'The client "{self.client.id}"'
        if not CLIENT_ID.fullmatch(self.client.id):
            raise ValueError("A client's id is 1 to 64 letters, digits, points, underscores and hyphens.")
        if bool(self.keys) == bool(self.secret_hashes):
            raise ValueError(f"{name} has neither keys nor secrets, or both. Give it one or the other.")
        if len(self.secret_hashes) > SECRETS_LIMIT or not all(HASH.fullmatch(each) for each in self.secret_hashes):
            raise ValueError(f"{name} has more than two secrets, or one that is not a hash.")
        if not self.client.scopes or not self.client.scopes <= OPERATIONS[self.client.role]:
            raise ValueError(f"{name} has no scope, or one that its role cannot have.")

    def key(self, kid: str) -> VerifyingKey | None:
        return next((key for key in self.keys if key.kid == kid), None)

    def get_client_id(self) -> str:
        return self.client.id

    def check_grant_type(self, grant_type: str) -> bool:
        return grant_type == "client_credentials"

    def get_allowed_scope(self, scope: str | None) -> str | None:
        """Exactly what was asked for, everything the client may do when nothing was, None when any of it is too much.

        Authlib's own way would quietly leave out what is too much, down to nothing.
        """
        allowed = spelt(self.client.scopes)
        if not scope:
            return " ".join(allowed)
        wanted = scope.split(" ")
        return " ".join(dict.fromkeys(wanted)) if all(word in allowed for word in wanted) else None


def spelt(scopes: Iterable[Operation]) -> list[str]:
    """Scopes as they stand in tokens, in order."""
    return sorted(operation.value for operation in scopes)
