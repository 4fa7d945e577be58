"""The sections about the government gateways' pattern and its SM envelope.

Never opens a key beyond its spelling.
"""

import enum
import ipaddress
import re
from collections.abc import Mapping
from typing import Any

from attrs import field, frozen

from .checks import Check, doc
from .faults import Wrong
from .secret import Secret

MOST_KEYS = 2
SM2_PUBLIC = re.compile(r"(?:04)?[0-9A-Fa-f]{128}")
SM2_PRIVATE = re.compile(r"[0-9A-Fa-f]{64}(?:04)?[0-9A-Fa-f]{128}")
_NAME = re.compile(r"[A-Za-z0-9_.:-]{1,128}")
_PREFIX = re.compile(r"[a-z][a-z0-9_-]{0,50}")
_HEADER = re.compile(r"[a-z][a-z0-9_-]{0,63}")


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
    if len(value) > MOST_KEYS or any(len(one.text) < 16 for one in value):
        raise Wrong("There are more than two keys, or one is too short.", "Give one or two of 16 characters each.")


def _their_keys(value: tuple[str, ...]) -> None:
    if not 1 <= len(value) <= MOST_KEYS or not all(SM2_PUBLIC.fullmatch(one) for one in value):
        raise Wrong("They are not one or two public SM2 keys.", "Give 128 hexadecimal digits each.")


def _our_key(value: Secret) -> None:
    if not SM2_PRIVATE.fullmatch(value.text):
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
    shows_key: bool = field(
        default=False,
        metadata=doc(
            "Whether our public key goes along as qPubkey; nobody's is believed.",
            "是否随附我方公钥 qPubkey；对方随附的公钥不予采信。",
        ),
    )
    answers: bool = field(
        default=False, metadata=doc("Whether answers come in an envelope too.", "应答是否同样使用信封。")
    )


def _header(en: str, zh: str) -> Mapping[str, Any]:
    return doc(en, zh, _matching(_HEADER, "small letters, digits, _ and -"))


@frozen(kw_only=True)
class Headers:
    """The names of the headers, one by one; what is not named does not go along."""

    requester: str = field(metadata=_header("Who calls: gateway_appid, for one.", "请求方标识，如 gateway_appid。"))
    service: str | None = field(default=None, metadata=_header("What is called.", "服务标识。"))
    time: str = field(metadata=_header("When, in milliseconds.", "毫秒时间戳。"))
    signature: str | None = field(default=None, metadata=_header("The HMAC.", "HMAC 签名。"))
    nonce: str | None = field(default=None, metadata=_header("A number drawn once.", "一次性随机数。"))


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
        default=(),
        metadata=doc(
            "The app keys, one or two, the newest last; none where an envelope alone bears the proof.",
            "应用密钥，一或两把，新者在后；仅以信封签名证明时不填。",
            _app_keys,
        ),
    )
    mac: Mac = field(default=Mac.SHA256, metadata=doc("HMAC's hash: sha256 or sm3.", "HMAC 摘要算法：sha256 或 sm3。"))
    prefix: str = field(
        default="gjgxjhpt_",
        metadata=doc(
            "What the headers begin with.", "请求头名称前缀。", _matching(_PREFIX, "small letters, digits, _ and -")
        ),
    )
    headers: Headers | None = field(
        default=None,
        metadata=doc("Headers of other names than prefix and the national ones.", "不同于国家平台命名的请求头名称。"),
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
