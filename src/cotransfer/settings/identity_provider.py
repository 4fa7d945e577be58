"""The sections about who vouches for people: the citizens' identity provider, and the operators'.

Without them nobody signs in. Never fetches what a provider says about itself: that happens when somebody signs in.
"""

import json
import re
from collections.abc import Iterator, Mapping
from datetime import timedelta

from attrs import field, frozen

from cotransfer.domain.operators import OperatorRole
from cotransfer.domain.values import DocumentType

from .checks import base_url, between, doc, provider_client, secret, text
from .faults import Wrong
from .secret import Secret

_SCOPE = re.compile(r"[!-~]+(?: [!-~]+)*")
_JWK = ("kty", "crv", "x", "y", "d")


def _scope(value: str) -> None:
    if not _SCOPE.fullmatch(value) or "openid" not in value.split(" "):
        raise Wrong('The scope does not contain "openid".', 'Give words with one blank between them: "openid profile".')


def _private_jwk(value: Secret) -> None:
    try:
        key = json.loads(value.text)
    except ValueError:
        key = None
    if not isinstance(key, dict) or key.get("crv") != "P-256" or not all(isinstance(key.get(n), str) for n in _JWK):
        raise Wrong("It is not a private key.", "Give an EC key of curve P-256 as a JWK in one line, with its d.")


@frozen(kw_only=True)
class ClaimNames:
    """What the provider calls things in its ID tokens."""

    name: str = field(default="name", metadata=doc("The claim that holds the name.", "姓名所在的声明。", text(100)))
    document_type: str = field(
        default="document_type",
        metadata=doc("The claim that holds the kind of document.", "证件种类所在的声明。", text(100)),
    )
    always_identity_card: bool = field(
        default=False,
        metadata=doc("Whether every number is that of an identity card.", "是否一律为身份证，不读取证件种类。"),
    )
    identity_number: str = field(
        default="identity_number",
        metadata=doc("The claim that holds the identity number.", "证件号所在的声明。", text(100)),
    )
    document_types: Mapping[str, DocumentType] | None = field(
        default=None,
        metadata=doc(
            'The provider\'s words for kinds of documents, such as {"01" = "identity_card"}; left out: ours.',
            "证件种类代码对照；不设则与本系统一致。",
        ),
    )


@frozen(kw_only=True)
class OpenIdProvider:
    """One issuer, and what we are to it."""

    issuer: str = field(metadata=doc("The provider's issuer, letter by letter.", "身份认证方的 issuer。", base_url))
    client_id: str = field(metadata=doc("What we are called there.", "本网关的 client_id。", provider_client))
    client_secret: Secret | None = field(
        default=None, metadata=doc("What we show at its token endpoint.", "本网关的 client_secret。", secret(16))
    )
    client_key: Secret | None = field(
        default=None,
        metadata=doc(
            "In place of a secret: a private key (EC P-256) as a JWK in one line, for private_key_jwt.",
            "用于 private_key_jwt 的私钥（JWK，单行），代替 client_secret。",
            _private_jwk,
        ),
    )
    scope: str = field(default="openid", metadata=doc("What is asked for.", "请求的 scope。", _scope))
    allow_rs256: bool = field(
        default=False,
        metadata=doc(
            "Whether ID tokens signed with RS256 are taken beside ES256, PS256 and EdDSA.",
            "除 ES256、PS256、EdDSA 外，是否接受 RS256 签名。",
        ),
    )
    claims: ClaimNames = field(factory=ClaimNames, metadata=doc("What its claims are called.", "声明名称对照。"))

    @property
    def algorithms(self) -> frozenset[str]:
        """By which an ID token may be signed."""
        return frozenset({"ES256", "PS256", "EdDSA"} | ({"RS256"} if self.allow_rs256 else set()))

    @property
    def private_jwk(self) -> Mapping[str, str] | None:
        """The client's key, as a JWK."""
        if self.client_key is None:
            return None
        return {name: value for name, value in json.loads(self.client_key.text).items() if isinstance(value, str)}


@frozen(kw_only=True)
class IdentityProvider(OpenIdProvider):
    """Who vouches for citizens."""

    session_min: float = field(
        default=30.0,
        metadata=doc("Longest sign-in of a citizen, in minutes.", "市民登录最长时间（分钟）。", between(1, 1440)),
    )
    idle_min: float = field(
        default=15.0,
        metadata=doc(
            "After how many minutes without use it ends sooner.", "多长时间无操作即退出（分钟）。", between(1, 1440)
        ),
    )


@frozen(kw_only=True)
class Operators:
    """Who works for the city."""

    provider: OpenIdProvider | None = field(
        default=None,
        metadata=doc(
            "Who vouches for operators; left out: the citizens' provider.", "工作人员的认证方；不设则与市民相同。"
        ),
    )
    roles_claim: str = field(
        default="roles", metadata=doc("The claim that holds an operator's roles.", "角色所在的声明。", text(100))
    )
    role_words: Mapping[str, OperatorRole] | None = field(
        default=None,
        metadata=doc(
            'The provider\'s words for read, act and administer, such as {desk = "act"}; left out: these three.',
            "角色名称对照；不设则为 read、act、administer。",
        ),
    )
    session_h: float = field(
        default=8.0,
        metadata=doc("Longest sign-in of an operator, in hours.", "工作人员登录最长时间（小时）。", between(0.1, 24)),
    )
    idle_min: float = field(
        default=30.0,
        metadata=doc(
            "After how many minutes without use it ends sooner.", "多长时间无操作即退出（分钟）。", between(1, 1440)
        ),
    )

    @property
    def life(self) -> tuple[timedelta, timedelta]:
        """The whole, and without use."""
        return timedelta(hours=self.session_h), timedelta(minutes=self.idle_min)


def between_providers(
    citizens: IdentityProvider | None, operators: Operators | None, *, can_tell: bool
) -> Iterator[tuple[str, str, str]]:
    """One proof of ourselves at each provider; operators have a provider.

    `can_tell` is False where a section is there but wrong in itself.
    """
    staff = None if operators is None else operators.provider
    for key, one in (("identity_provider", citizens), ("operators.provider", staff)):
        if one is not None and one.client_secret is not None and one.client_key is not None:
            yield f"{key}.client_key", "There is a secret as well.", "Give either client_secret or client_key."
    if can_tell and operators is not None and operators.provider is None and citizens is None:
        yield "operators.provider", "Nobody vouches for operators.", "Add [operators.provider] or [identity_provider]."
