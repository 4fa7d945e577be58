"""The sections about signed messages: what we sign with towards somebody, and what somebody has to sign with.

Never opens a key beyond its spelling; whether two halves are a pair is found where they are wired.
"""

import base64
import binascii
import enum
import ipaddress
import re
from collections.abc import Mapping, Sequence
from types import MappingProxyType

from attrs import field, frozen

from .checks import Check, doc
from .faults import Wrong
from .secret import Secret

MOST_KEYS = 2
_NAME = re.compile(r"[A-Za-z0-9_.:-]{1,128}")
_PREFIX = re.compile(r"[a-z][a-z0-9_-]{0,50}")
_SM2_PUBLIC = re.compile(r"(?:04)?[0-9A-Fa-f]{128}")
_SM2_PRIVATE = re.compile(r"[0-9A-Fa-f]{64}(?:04)?[0-9A-Fa-f]{128}")


class SchemeName(enum.Enum):
    """Under which name a signature stands in its header."""

    V1 = "v1"
    V1A = "v1a"
    V1SM3 = "v1sm3"
    V1SM2 = "v1sm2"


class Mac(enum.Enum):
    """The government pattern's hash."""

    SHA256 = "sha256"
    SM3 = "sm3"


class Covering(enum.Enum):
    """What the signature of an envelope is over."""

    DATA = "data"
    EVERYTHING = "everything"


class Signs(enum.Enum):
    """What SM2 is given to sign."""

    TEXT = "text"
    DIGEST = "digest"
    HEX = "hex"
    BARE = "bare"


class CipherOrder(enum.Enum):
    """In which order a wrapped key is written."""

    C1C3C2 = "c1c3c2"
    C1C2C3 = "c1c2c3"
    ASN1 = "asn1"


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
        pattern = _SM2_PRIVATE if signs else _SM2_PUBLIC
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


def _matching(pattern: re.Pattern[str], what: str) -> Check:
    def check(value: str) -> None:
        if not pattern.fullmatch(value):
            raise Wrong("It is not one.", f"Give {what}.")

    return check


def _networks(value: tuple[str, ...]) -> None:
    for one in value:
        try:
            ipaddress.ip_network(one)
        except ValueError:
            raise Wrong("One of them is not a network.", 'Give networks such as "10.20.0.0/16".') from None


def _app_keys(value: tuple[Secret, ...]) -> None:
    if not 1 <= len(value) <= MOST_KEYS or any(len(one.text) < 16 for one in value):
        raise Wrong("There are no keys, more than two, or one is too short.", "Give one or two of 16 characters each.")


def _their_keys(value: tuple[str, ...]) -> None:
    if not 1 <= len(value) <= MOST_KEYS or not all(_SM2_PUBLIC.fullmatch(one) for one in value):
        raise Wrong("They are not one or two public SM2 keys.", "Give 128 hexadecimal digits each.")


def _our_key(value: Secret) -> None:
    if not _SM2_PRIVATE.fullmatch(value.text):
        raise Wrong("It is not a private SM2 key.", "Give 64 hexadecimal digits and the 128 of the public key.")


@frozen(kw_only=True)
class SmEnvelope:
    """The SM2/SM4 envelope of Chinese platforms."""

    our_key: Secret = field(
        metadata=doc(
            "Our SM2 key: private, then public, hexadecimal.", "我方 SM2 密钥：私钥后接公钥，十六进制。", _our_key
        )
    )
    their_keys: tuple[str, ...] = field(
        metadata=doc("Their public SM2 keys, one or two.", "对方 SM2 公钥，一或两把。", _their_keys)
    )
    covers: Covering = field(
        default=Covering.EVERYTHING,
        metadata=doc(
            "data: as platforms have it, which leaves key, vector and address unsigned; everything: all of them.",
            "签名范围：data 为各平台惯例，不含密钥、向量与地址；everything 全部包含。",
        ),
    )
    gcm: bool = field(default=False, metadata=doc("SM4-GCM for SM4-CBC.", "以 SM4-GCM 代替 SM4-CBC。"))
    signs: Signs = field(
        default=Signs.DIGEST,
        metadata=doc(
            "What SM2 signs: text, digest, hex (the digest in hexadecimal) or bare (the digest without user id).",
            "SM2 签名对象：text 原文、digest 摘要、hex 十六进制摘要、bare 不含用户标识的摘要。",
        ),
    )
    hexadecimal: bool = field(default=False, metadata=doc("Hexadecimal for base64.", "以十六进制代替 Base64。"))
    raw_signature: bool = field(
        default=False, metadata=doc("r and s in 64 bytes for DER.", "签名以 64 字节 r、s 代替 DER。")
    )
    cipher: CipherOrder = field(
        default=CipherOrder.C1C3C2,
        metadata=doc(
            "The order in a wrapped key: c1c3c2, c1c2c3 or asn1.",
            "密钥密文排列：c1c3c2、c1c2c3 或 asn1。",
        ),
    )
    marked: bool = field(default=True, metadata=doc("Whether a point begins with 04.", "点坐标前是否带 04。"))
    user_id: str = field(
        default="1234567812345678",
        metadata=doc("The signers' user id.", "签名用户标识。", _matching(_NAME, "1 to 128 letters and digits")),
    )
    answers: bool = field(
        default=False, metadata=doc("Whether answers come in an envelope too.", "应答是否同样使用信封。")
    )


@frozen(kw_only=True)
class Government:
    """The pattern of government gateways; for partners who cannot sign as Standard Webhooks do."""

    requester: str = field(
        metadata=doc("Who calls (rid).", "请求方标识（rid）。", _matching(_NAME, "1 to 128 letters and digits"))
    )
    service: str | None = field(
        default=None,
        metadata=doc("What is called (sid).", "服务标识（sid）。", _matching(_NAME, "1 to 128 letters and digits")),
    )
    keys: tuple[Secret, ...] = field(
        metadata=doc("The app keys, one or two, the newest last.", "应用密钥，一或两把，新者在后。", _app_keys)
    )
    mac: Mac = field(default=Mac.SHA256, metadata=doc("HMAC's hash: sha256 or sm3.", "HMAC 摘要算法：sha256 或 sm3。"))
    prefix: str = field(
        default="gjgxjhpt_",
        metadata=doc(
            "What the headers begin with.", "请求头名称前缀。", _matching(_PREFIX, "small letters, digits, _ and -")
        ),
    )
    nonce: bool = field(default=False, metadata=doc("Whether a nonce goes along.", "是否携带随机数请求头。"))
    networks: tuple[str, ...] = field(
        default=(),
        metadata=doc(
            "From where such requests may come; needed unless an envelope covers everything.",
            "允许的来源网段；除非信封签名覆盖全部内容，否则必填。",
            _networks,
        ),
    )
    envelope: SmEnvelope | None = field(
        default=None, metadata=doc("Bodies in the SM envelope.", "报文体使用国密信封。")
    )


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
