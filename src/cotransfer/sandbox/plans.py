"""What the water company and its customer will do about one account: a `Plan`, success by SMS unless told otherwise.

Never does anything itself: `water_handling` plays a plan out.
"""

import enum
from collections.abc import Mapping
from typing import Any

import attrs


class Signing(enum.Enum):
    """Who signs, and how it comes about. The signing page works in any case, while the contract is unsigned."""

    BY_SMS = "by_sms"  # The customer follows the link of the SMS, on their own.
    BY_WECHAT = "by_wechat"  # The customer follows the address that the gateway was given, on their own.
    BOTH = "both"  # Both links are used at the same time, and both signatures are reported.
    DECLINED = "declined"  # The customer refuses to sign.
    EXPIRED = "expired"  # Nobody signs until the contract lapses.
    ON_THE_PAGE = "on_the_page"  # Nobody signs until somebody presses the button of the signing page.


class Delivery(enum.Enum):
    """In which order, and how often, the reports reach the gateway."""

    IN_ORDER = "in_order"
    TWICE = "twice"  # Each report at once, then again under the same idempotency key.
    REPEATED = "repeated"  # Each report at once, then again under another idempotency key.
    LATE = "late"  # The pre-review report comes last, after the result.
    REVERSED = "reversed"  # All at the end, the last one first.
    JUMBLED = "jumbled"  # All at the end: backwards, then forwards again under other keys.
    SILENT = "silent"  # No report at all: the gateway must ask for progress.


@attrs.frozen(kw_only=True)
class Plan:
    """One line per decision; a reason that is not None means "no, because". Delays in seconds at pace 1."""

    not_taken: str | None = None
    pre_review_fails: str | None = None
    signing_address: bool = True  # False: the link goes out by SMS only, the gateway is not given one.
    signing: Signing = Signing.BY_SMS
    falls_behind: bool = False  # The account comes into arrears as the contract is signed.
    handling_fails: str | None = None
    delivery: Delivery = Delivery.IN_ORDER
    checks_certificate: bool = True  # Asks the gateway for the certificate's status at pre-review and at handling.
    fetches_identity: bool = True  # Asks the gateway for the identity data before the contract is drawn up.
    by_hand: bool = False  # Each step waits for POST /sandbox/applications/{transfer}/go instead of its delay.
    pre_review_after_s: float = 0.5
    signing_after_s: float = 0.5
    handling_after_s: float = 0.5

    @classmethod
    def from_json(cls, said: Mapping[str, Any]) -> "Plan":
        """Raises ValueError naming the word that is not understood."""
        fields = attrs.fields_dict(cls)
        if unknown := sorted(set(said) - set(fields)):
            raise ValueError(f"a plan has no {', '.join(unknown)}; it has {', '.join(fields)}")
        read = {name: _read(name, fields[name].type, value) for name, value in said.items()}
        return cls(**read)

    def to_json(self) -> dict[str, Any]:
        return attrs.asdict(self, value_serializer=lambda *it: it[2].value if isinstance(it[2], enum.Enum) else it[2])


def _read(name: str, kind: Any, value: Any) -> Any:
    if isinstance(kind, type) and issubclass(kind, enum.Enum):
        words = [member.value for member in kind]
        if value not in words:
            raise ValueError(f"{name} is one of {', '.join(words)}")
        return kind(value)
    fits = {
        bool: isinstance(value, bool),
        float: isinstance(value, int | float) and not isinstance(value, bool) and value >= 0,
    }.get(kind, value is None or isinstance(value, str))
    if not fits:
        raise ValueError(
            f"{name} must be {'true or false' if kind is bool else 'seconds' if kind is float else 'a text'}"
        )
    return value
