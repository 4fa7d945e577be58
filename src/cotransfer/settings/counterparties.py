"""The sections about whom we call and who may call us: WeChat, the utilities, the clients of the gateway."""

import enum
import re
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from types import MappingProxyType

from attrs import field, frozen

from cotransfer.domain.calendars import Span
from cotransfer.domain.rechecking import BeforeHandling
from cotransfer.domain.values import Service, UtilityId
from cotransfer.ports.utility import Capability

from .checks import (
    base_url,
    between,
    contact_line,
    doc,
    pattern,
    provider_client,
    secret,
    signing_hosts,
    slug,
    text,
    wechat_word,
)
from .deadlines import Deadlines
from .faults import Wrong
from .oauth import Access, Auth, scopes, secret_hashes
from .secret import Secret
from .signing import SignedWith, SigningWith

TEMPLATE_WORDS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "thing": ("location", "service", "phrase", "result", "certificate_number"),
        "phrase": ("phrase", "service"),
        "character_string": ("transfer",),
        "time": ("time",),
        "date": ("time",),
    }
)
"""What may stand in which kind of WeChat field. A test holds it against the adapter's own table."""

_FIELD = re.compile(r"([a-z_]+)[0-9]{1,2}")


def _template_fields(value: Mapping[str, str]) -> None:
    if not 1 <= len(value) <= 10:
        raise Wrong(
            "The template has no fields, or too many.", 'Give its 1 to 10 fields, such as {thing1 = "location"}.'
        )
    kinds = {key: found[1] if (found := _FIELD.fullmatch(key)) else "" for key in value}
    wrong = [key for key, word in value.items() if word not in TEMPLATE_WORDS.get(kinds[key], ())]
    if wrong:
        takes = "; ".join(f"{kind}: {', '.join(words)}" for kind, words in TEMPLATE_WORDS.items())
        raise Wrong(f"No such thing fits: {', '.join(wrong)}.", f"What each kind of field takes: {takes}.")


@frozen(kw_only=True)
class Template:
    """One message template of the official account."""

    template_id: str = field(metadata=doc("The template's identifier.", "模板 ID。", wechat_word))
    fields: Mapping[str, str] = field(
        metadata=doc(
            "What stands in each field: location, service, phrase, result, certificate_number, transfer, time.",
            "模板各字段填什么。",
            _template_fields,
        )
    )


@frozen(kw_only=True)
class Templates:
    """The two notices of the scheme, and the reminder of the first."""

    invitation: Template = field(metadata=doc("Come and sign (step 7).", "签章通知（第 7 步）。"))
    reminder: Template | None = field(
        default=None,
        metadata=doc(
            "Signing still waits (step 7); left out: as the invitation.", "签章提醒（第 7 步）；不设则同签章通知。"
        ),
    )
    result: Template = field(metadata=doc("How it ended (step 9).", "办理结果通知（第 9 步）。"))


@frozen(kw_only=True)
class WeChat:
    """The official account that sends notices; without this section nobody gets notices by WeChat."""

    url: str = field(
        default="https://api.weixin.qq.com", metadata=doc("Where WeChat is called.", "微信接口地址。", base_url)
    )
    name: str = field(
        default="微信",
        metadata=doc("What citizens know the channel as.", "通知渠道名称，向市民展示。", text()),
    )
    contact: str = field(
        default="",
        metadata=doc(
            "Where citizens reach the channel about their data, as consents have to say.",
            "个人信息事务联系方式，将写入同意文本。",
            contact_line,
        ),
    )
    appid: str = field(metadata=doc("The official account's appid.", "公众号 appid。", wechat_word))
    secret: Secret = field(metadata=doc("The official account's secret.", "公众号 appsecret。", secret(16)))
    templates: Templates = field(metadata=doc("The message templates.", "消息模板。"))
    remembers_s: float = field(
        default=540.0,
        metadata=doc(
            "How long after a notice whose answer was lost it is still sent again, in seconds; WeChat itself tells "
            "repetitions for 600.",
            "通知结果不明后仍可重发的时长（秒）；微信仅在 600 秒内去重。",
            between(0, 570),  # A call may take half a minute.
        ),
    )


def _by_the_clock(value: Span) -> None:
    if not isinstance(value, timedelta):
        raise Wrong("An address does not rest at night.", 'Give a time by the clock, such as "30 min" or "30 days".')


def _counties(value: tuple[str, ...]) -> None:
    if not value:
        raise Wrong("The list is empty.", 'Give county codes, or "all".')


@frozen(kw_only=True)
class UtilityEntry:
    """One utility. `counties` is None when it serves all of them."""

    id: UtilityId = field(metadata=doc("Our name for it, never changed later.", "单位标识，启用后不得更改。"))
    name: str | None = field(
        default=None,
        metadata=doc("What citizens know it as; left out: its id.", "单位名称，向市民展示；不设则为标识。", text()),
    )
    contact: str = field(
        default="",
        metadata=doc(
            "Where citizens reach it about their data, as consents have to say.",
            "个人信息事务联系方式，将写入同意文本。",
            contact_line,
        ),
    )
    kind: str = field(default="standard", metadata=doc("The adapter that speaks to it.", "所用适配器。", slug))
    service: Service = field(
        metadata=doc(
            "What it supplies: water, electricity, gas or heat.", "服务：water 水、electricity 电、gas 气、heat 暖。"
        )
    )
    counties: tuple[str, ...] | None = field(
        default=None,
        metadata=doc(
            'County codes (six digits) it serves, or "all"; left out: all.',
            '服务的县区代码（六位），或 "all"；不设即全部。',
            _counties,
        ),
    )
    url: str = field(metadata=doc("Where it is called.", "接口地址。", base_url))
    token: Secret | None = field(
        default=None,
        metadata=doc("A fixed token, where it gives out none.", "固定令牌；对方不签发令牌时使用。", secret(16)),
    )
    access: Access | None = field(
        default=None, metadata=doc("How we fetch access tokens from it.", "向其申请访问令牌的方式。")
    )
    signing: SigningWith | None = field(
        default=None,
        metadata=doc(
            "What we sign our calls with; left out: they are not signed.", "我方调用的签名方式；不设则不签名。"
        ),
    )
    signing_hosts: tuple[str, ...] = field(
        default=(),
        metadata=doc(
            "Hosts that its signing addresses may name; none: signing by its SMS only.",
            "允许的签章地址主机名；不设则仅可通过其短信签章。",
            signing_hosts,
        ),
    )
    address_life: Span | None = field(
        default=None,
        metadata=doc(
            "How long one of its signing addresses works; a tap later than that has it renewed. Left out: as long as "
            "the contract waits.",
            "签章地址的有效时长；过期后点按签章时自动换新。不设即一直有效。",
            _by_the_clock,
        ),
    )
    can: tuple[Capability, ...] = field(
        default=(),
        metadata=doc(
            "What it can do beyond the scheme's tables: take an application back, renew a signing address, list the "
            "applications that it has taken.",
            "除方案数据表外还支持：撤回申请、更新签章地址、列出已受理申请。",
        ),
    )
    deadlines: Deadlines | None = field(
        default=None,
        metadata=doc(
            "Its own deadlines, in place of the city's; each option that is left out has its default.",
            "该单位单独的时限，代替全市时限；未写的选项取默认值。",
        ),
    )
    before_handling: BeforeHandling = field(
        default=BeforeHandling.OFF,
        metadata=doc(
            "Whether arrears and certificate are looked at once more when the contract is signed: off; inform (what "
            "has changed is told); withdraw (it is also asked to take the application back, if it can).",
            "签章后办理前是否复核欠费与证书状态：off 不复核；inform 有变化时告知；withdraw 并请其撤回（须支持撤回）。",
        ),
    )
    account_pattern: str = field(
        default="[0-9A-Z-]{4,20}",
        metadata=doc("What its account numbers look like, whole.", "户号格式（正则表达式，整体匹配）。", pattern),
    )


class Role(enum.Enum):
    """What a client of the gateway is."""

    PLATFORM = "platform"
    UTILITY = "utility"


@frozen(kw_only=True)
class Client:
    """Somebody who may call the gateway."""

    id: str = field(metadata=doc("Our name for the client.", "调用方标识。", slug))
    role: Role = field(metadata=doc("platform or utility.", "角色：platform 平台或 utility 水电气暖单位。"))
    utility: UtilityId | None = field(
        default=None, metadata=doc("Which utility, when the role is utility.", "角色为 utility 时所属单位标识。")
    )
    auth: Auth = field(
        metadata=doc(
            "How the client proves itself when it fetches a token; private_key_jwt is recommended.",
            "申请令牌时的认证方式，推荐 private_key_jwt。",
        ),
    )
    jwks_file: Path | None = field(
        default=None,
        metadata=doc(
            "Its public keys (a JWK set), with private_key_jwt; several while one follows the other.",
            "其公钥文件（JWK Set），用于 private_key_jwt；更换期间可有多把。",
        ),
    )
    client_secret: Secret | None = field(
        default=None,
        metadata=doc("Its secret, with client_secret_basic; a hash is better.", "其密钥；建议改用哈希。", secret(32)),
    )
    secret_hashes: tuple[str, ...] = field(
        default=(),
        metadata=doc(
            "Hashes of its secrets, as `cotransfer clients new-secret` prints them; two while one follows the other.",
            "其密钥的哈希（由 cotransfer clients new-secret 生成）；更换期间可有两个。",
            secret_hashes,
        ),
    )
    scopes: tuple[str, ...] = field(
        default=(),
        metadata=doc(
            "What it may have tokens for; none: all of its role.",
            "可申请的操作范围；不设即该角色的全部操作。",
            scopes,
        ),
    )
    audience: str | None = field(
        default=None,
        metadata=doc(
            "What a platform is called as a client of the identity provider: it may pass on ID tokens that were issued "
            "to this client alone; left out: none.",
            "平台在身份认证方的 client_id，仅可转交签发给它自己的 ID token；不设则不可转交。",
            provider_client,
        ),
    )
    introspects_any: bool = field(
        default=False,
        metadata=doc(
            "Whether it may ask about everybody's tokens.",
            "是否可查询所有令牌，仅限运维客户端。",
        ),
    )
    signing: SignedWith | None = field(
        default=None,
        metadata=doc(
            "What the client signs its messages with; left out: it is not asked to.",
            "调用方报文的签名方式；不设则不要求签名。",
        ),
    )
