"""The sections about access tokens: those that the gateway gives out, and those that it fetches to call others.

Never reads a key: where a key's file is, is said here; what is in it is found where it is wired.
"""

import enum
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

from attrs import field, frozen

from cotransfer.domain.datasets import Operation

from .checks import base_url, between, doc, secret, text
from .faults import Wrong
from .secret import Secret

_HASH_LENGTH = 64
MOST_SECRETS = 2


class Auth(enum.Enum):
    """How a client proves itself at a token endpoint; the first is recommended."""

    PRIVATE_KEY_JWT = "private_key_jwt"
    CLIENT_SECRET_BASIC = "client_secret_basic"  # noqa: S105 - the name of a way


def origin(value: str) -> None:
    """An address with nothing after its host: everything else stands below it at known places."""
    base_url(value)
    if urlsplit(value).path:
        raise Wrong("The address has a path.", 'Give it as "https://gateway.example", without a slash at its end.')


def scopes(value: tuple[str, ...]) -> None:
    known = [operation.value for operation in Operation]
    if not set(value) <= set(known):
        raise Wrong("There is no such operation.", f"Known here: {', '.join(sorted(known))}.")


def secret_hashes(value: tuple[str, ...]) -> None:
    fits = all(len(each) == _HASH_LENGTH and not set(each) - set("0123456789abcdef") for each in value)
    if len(value) > MOST_SECRETS or not fits:
        raise Wrong(
            "One of them is no hash, or there are more than two.",
            "Give what `cotransfer clients new-secret` printed: one, or two while one follows the other.",
        )


@frozen(kw_only=True)
class OAuth:
    """The tokens that the gateway gives out."""

    issuer: str = field(
        default="http://127.0.0.1:8080",
        metadata=doc(
            "Where clients reach the gateway; tokens name it as their issuer.",
            "各方访问本网关的地址，即令牌的签发方。",
            origin,
        ),
    )
    audience: str | None = field(
        default=None,
        metadata=doc(
            "What tokens are for; left out: the issuer. Another only where several gateways share an issuer.",
            "令牌的受众；不设则与签发方相同。",
            base_url,
        ),
    )
    token_life_s: int = field(
        default=300, metadata=doc("Seconds a token lives.", "令牌有效期（秒）。", between(30, 300))
    )

    @property
    def resource(self) -> str:
        """What tokens are for."""
        return self.audience or self.issuer


@frozen(kw_only=True)
class Access:
    """How we fetch access tokens from a counterparty. With a key of ours (recommended), or with a secret of theirs."""

    token_url: str = field(metadata=doc("Its token endpoint.", "对方的令牌地址。", base_url))
    client_id: str = field(metadata=doc("What it calls us.", "对方分配的客户端标识。", text(200)))
    client_key_file: Path | None = field(
        default=None,
        metadata=doc(
            "Our private key, PKCS8 PEM: EC P-256, Ed25519 or RSA of 3072 bits and more.",
            "我方私钥文件（PKCS8 PEM）：EC P-256、Ed25519 或不少于 3072 位的 RSA。",
        ),
    )
    client_key_id: str | None = field(
        default=None,
        metadata=doc("The kid under which it knows our key.", "对方登记的公钥 kid。", text(128)),
    )
    client_secret: Secret | None = field(
        default=None, metadata=doc("The secret it gave us.", "对方分配的密钥。", secret(16))
    )
    scope: str | None = field(
        default=None,
        metadata=doc(
            "What to ask for, to the word; a token for more is not taken.",
            "申请的范围；超出范围的令牌不予使用。",
            text(500),
        ),
    )


def lacking(access: Access) -> Iterator[tuple[str, str, str]]:
    """What does not go together in it."""
    if (access.client_key_file is None) == (access.client_secret is None):
        yield "client_key_file", "We prove ourselves in no way, or in two.", "Give client_key_file or client_secret."
    if access.client_key_file is not None and access.client_key_id is None:
        yield "client_key_id", "It is missing.", "Name the key as the counterparty knows it (its kid)."
