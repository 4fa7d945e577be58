"""The sections about signed messages: what we sign with towards somebody, and what somebody has to sign with.

Never opens a key beyond its spelling; whether two halves are a pair is found where they are wired.
"""

import base64
import binascii
import enum
from collections.abc import Mapping, Sequence
from types import MappingProxyType

from attrs import field, frozen

from .checks import Check, doc
from .faults import Wrong
from .government import MOST_KEYS, SM2_PRIVATE, SM2_PUBLIC, Government
from .secret import Secret


class SchemeName(enum.Enum):
    """Under which name a signature stands in its header."""

    V1 = "v1"
    V1A = "v1a"
    V1SM3 = "v1sm3"
    V1SM2 = "v1sm2"


_SHARED = ("whsec_", range(24, 65), "the base64 of 24 to 64 bytes that both sides hold")
SPELLINGS: Mapping[tuple[SchemeName, bool], tuple[str, Sequence[int], str]] = MappingProxyType(
    {
        (SchemeName.V1, True): _SHARED,
        (SchemeName.V1, False): _SHARED,
        (SchemeName.V1SM3, True): _SHARED,
        (SchemeName.V1SM3, False): _SHARED,
        (SchemeName.V1A, True): ("whsk_", (32, 64), "the base64 of our private Ed25519 key"),
        (SchemeName.V1A, False): ("whpk_", (32,), "the base64 of their public Ed25519 key"),
    }
)
"""How a key begins, how many bytes follow, and what they are: by scheme, and whether it is to sign with."""


@frozen(kw_only=True)
class MessageKey:
    """One live key."""

    scheme: SchemeName = field(
        default=SchemeName.V1,
        metadata=doc(
            "v1: HMAC-SHA-256, v1sm3: HMAC-SM3, v1a: Ed25519, v1sm2: SM2 (needs the extra `sm`).",
            "签名算法：v1 为 HMAC-SHA-256，v1sm3 为 HMAC-SM3，v1a 为 Ed25519，v1sm2 为 SM2（需安装 sm 扩展）。",
        ),
    )
    key: Secret = field(
        metadata=doc(
            "`whsec_...`; for v1a `whsk_...` signs, `whpk_...` checks; for v1sm2 hexadecimal, private then public.",
            "密钥：whsec_…；v1a 签名用 whsk_…、验签用 whpk_…；v1sm2 用十六进制，私钥后接公钥。",
        )
    )


def _keys(signs: bool) -> Check:
    def check(value: tuple[MessageKey, ...]) -> None:
        if len(value) > MOST_KEYS:
            raise Wrong("There are more than two live keys.", "Take the oldest away.")
        if len({one.key.text for one in value}) < len(value):
            raise Wrong("The same key stands there twice.", "Draw a new one for the other side to change to.")
        for one in value:
            _spelled(one, signs)

    return check


def _spelled(one: MessageKey, signs: bool) -> None:
    if one.scheme is SchemeName.V1SM2:
        pattern = SM2_PRIVATE if signs else SM2_PUBLIC
        if not pattern.fullmatch(one.key.text):
            digits = "64 hexadecimal digits and the 128 of the public key" if signs else "128 hexadecimal digits"
            raise Wrong("A key of v1sm2 is not spelled as one.", f"Give {digits}.")
        return
    prefix, sizes, what = SPELLINGS[one.scheme, signs]
    if _bytes_after(prefix, one.key.text) not in sizes:
        raise Wrong(f"A key of {one.scheme.value} is not spelled as one.", f"Give {prefix} followed by {what}.")


def _bytes_after(prefix: str, text: str) -> int:
    try:
        raw = base64.b64decode(text.removeprefix(prefix).encode("utf-8", "surrogatepass"), validate=True)
    except binascii.Error:
        return -1
    return len(raw) if text.startswith(prefix) else -1


@frozen(kw_only=True)
class SigningWith:
    """What we sign with; one of `keys` and `government`."""

    keys: tuple[MessageKey, ...] = field(
        default=(),
        metadata=doc("Live keys, one or two; we sign with each.", "有效密钥，一或两把；逐一签名。", _keys(True)),
    )
    government: Government | None = field(
        default=None, metadata=doc("The government pattern instead.", "改用政务网关签名方式。")
    )


@frozen(kw_only=True)
class SignedWith:
    """What they sign with; one of `keys` and `government`."""

    required: bool = field(
        default=True,
        metadata=doc(
            "Whether what is not signed is refused; false only while they learn to.",
            "未签名的报文是否拒绝；仅在对方接入期间设为 false。",
        ),
    )
    keys: tuple[MessageKey, ...] = field(
        default=(),
        metadata=doc("Live keys, one or two; any will do.", "有效密钥，一或两把；任一验签通过即可。", _keys(False)),
    )
    government: Government | None = field(
        default=None, metadata=doc("The government pattern instead.", "改用政务网关签名方式。")
    )
