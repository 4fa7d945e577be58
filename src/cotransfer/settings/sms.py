"""The section about the SMS service: the channel for what WeChat cannot deliver. Left out, only the page tells then."""

from attrs import field, frozen

from .checks import base_url, between, contact_line, doc, secret, text, wechat_word
from .oauth import Access
from .secret import Secret
from .signing import SigningWith


@frozen(kw_only=True)
class SmsTemplates:
    """The names of the templates at the service, which has the texts."""

    invitation: str = field(metadata=doc("Come and sign (step 7).", "签章通知（第 7 步）。", wechat_word))
    reminder: str | None = field(
        default=None,
        metadata=doc(
            "Signing still waits (step 7); left out: as the invitation.",
            "签章提醒（第 7 步）；不设则同签章通知。",
            wechat_word,
        ),
    )
    result: str = field(metadata=doc("How it ended (step 9).", "办理结果通知（第 9 步）。", wechat_word))


@frozen(kw_only=True)
class Sms:
    """What sends the notices that WeChat could not deliver; it keeps `contracts/v1/sms.openapi.yaml`."""

    url: str = field(metadata=doc("Where it is called.", "接口地址。", base_url))
    name: str = field(
        default="短信",
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
    templates: SmsTemplates = field(metadata=doc("The templates at the service.", "短信模板。"))
    remembers_s: float = field(
        default=82_800.0,
        metadata=doc(
            "How long after an SMS whose answer was lost it is still sent again, in seconds; the service tells "
            "repetitions for a day.",
            "短信结果不明后仍可重发的时长（秒）；该服务在一天内去重。",
            between(0, 86_340),  # A call may take half a minute, and clocks differ.
        ),
    )
