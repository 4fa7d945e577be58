"""The words in which a consent is asked for, in Chinese and in English; who changes them changes `VERSION`.

Each text names the receiver and its contact, the purpose, every kind of data, how long it is kept and how it is
withdrawn (PIPL art. 17, 23). Never names a person.
"""

import hashlib
from collections.abc import Mapping, Sequence
from types import MappingProxyType

import attrs

VERSION = "2026-11"
"""Of the sentences below; a consent remembers it together with the digest of the whole text."""


@attrs.frozen
class ConsentText:
    """One text in one language (`zh-CN`, `en`)."""

    version: str
    language: str
    text: str

    @property
    def digest(self) -> str:
        """SHA-256 of the text in UTF-8, in hexadecimal digits."""
        return hashlib.sha256(self.text.encode()).hexdigest()


_ZH = (
    "我同意本市“互联网+不动产”平台为办理“{purpose}”，向{receiver}（联系方式：{contact}）提供我的以下信息：{fields}。"
    "{receiver}仅可将其用于上述事项，不得用于其他目的；办结后按规定期限保存，到期销毁。"
    "我可以随时在本业务页面撤回同意，撤回后不再提供信息，但不影响撤回之前已进行的处理。"
)
_EN = (
    "I agree that the city's Internet + Real Estate platform gives {receiver} (contact: {contact}) the following of "
    "my data, so that the {purpose} can be handled: {fields}. {receiver} may use them for this alone; they are kept "
    "for the time the rules set and then destroyed. I can withdraw this consent at any time on the transfer's page: "
    "from then on nothing more is given, and what was done before stays lawful."
)

_PURPOSES: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "water-account-transfer": ("用水过户", "transfer of the water account"),
        "electricity-account-transfer": ("用电过户", "transfer of the electricity account"),
        "gas-account-transfer": ("用气过户", "transfer of the gas account"),
        "heat-account-transfer": ("用热过户", "transfer of the heat account"),
        "citizen-notices": ("办理进度通知", "notices on the progress"),
    }
)
_FIELDS: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "right_holder_name": ("权利人名称", "right holder's name"),
        "identity_number": ("证件种类及证件号", "identity document and its number"),
        "mobile_number": ("手机号码", "mobile number"),
        "certificate_number": ("不动产权证号", "property certificate number"),
        "location": ("房地坐落", "location of the home"),
        "unit_numbers": ("不动产单元号", "property unit numbers"),
        "registry_status": ("登记簿状态", "status in the registry"),
        "account_number": ("原户号", "original account number"),
        "recipient": ("微信用户标识", "WeChat identifier"),
        "reason": ("不通过原因", "reason why not"),
        "outcome": ("办理进度及结果", "progress and result"),
    }
)


def texts_of(receiver: str, contact: str, purpose: str, fields: Sequence[str]) -> tuple[ConsentText, ...]:
    """The text in each language; the same arguments always give the same words."""
    return tuple(
        ConsentText(
            VERSION,
            language,
            words.format(
                receiver=receiver,
                contact=contact,
                purpose=_PURPOSES.get(purpose, (purpose, purpose))[nth],
                fields=mark.join(_FIELDS[name][nth] for name in fields),
            ),
        )
        for nth, (language, words, mark) in enumerate((("zh-CN", _ZH, "、"), ("en", _EN, ", ")))
    )
