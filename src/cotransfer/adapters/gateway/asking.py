"""What the platform may ask, field by field, as people enter it. Never knows how a value is spelled: the wire does."""

from collections.abc import Mapping
from typing import TypeVar

from cotransfer.adapters.wire.fields import CERTIFICATE_NUMBER, MOBILE_NUMBER, NAME, SERVICE, YES_OR_NO, as_it_is
from cotransfer.adapters.wire.forms import Form, Terms, collecting, complain, leaf
from cotransfer.adapters.wire.messages import field, message, optional, spread
from cotransfer.adapters.wire.spelling import IDENTITY
from cotransfer.app.accounts import Enquiry
from cotransfer.app.submission import Request
from cotransfer.domain.faults import Fault, Invalid
from cotransfer.domain.values import IdentityNumber, OpenId
from cotransfer.domain.values.account import ACCOUNT_NUMBER_RIGHT
from cotransfer.domain.values.contact import OPENID_RIGHT
from cotransfer.domain.values.text import ANY_TEXT, plain_text

T = TypeVar("T")

ENTERED_LIMITS: Mapping[str, int] = {
    "identity_number": 40,
    "certificate_number": 100,
    "account_number": 40,
    "right_holder_name": 120,
    "mobile_number": 40,
}
"""Characters that may be entered, blanks and all; a test holds them against the contract."""


class Tap:
    """The citizen tapped a button: the message has nothing to say."""


def _entered(form: Form[T]) -> Form[T]:
    """The same message, no field of it longer than the contract lets people enter."""

    def read(raw: object, terms: Terms) -> T:
        faults = _too_long(raw)
        values: list[T] = []
        with collecting(faults):
            values.append(form.read(raw, terms))
        complain(faults)
        return values[0]

    return Form(read, form.write, form.names)


def _too_long(raw: object) -> list[Fault]:
    texts = {name: raw.get(name) for name in ENTERED_LIMITS} if isinstance(raw, dict) else {}
    return [
        Fault(name, "too_long", f"It is longer than {ENTERED_LIMITS[name]} characters.", ANY_TEXT)
        for name, text in texts.items()
        if isinstance(text, str) and len(text) > ENTERED_LIMITS[name]
    ]


def _account_number(raw: object, _: Terms) -> str:
    """An account number before it is known whose: the utility that serves the home has the say about its form."""
    return plain_text("", raw, ACCOUNT_NUMBER_RIGHT)


def _openid(raw: object, _: Terms) -> OpenId:
    """WeChat's own word, character by character: nobody types it, so nothing is forgiven."""
    openid = OpenId.parse(raw)
    if openid.text != raw:
        raise Invalid(Fault("", "characters", "It holds characters that no openid has.", OPENID_RIGHT))
    return openid


_ENQUIRY = message(
    Enquiry,
    field("service", SERVICE),
    field("account_number", leaf(_account_number, as_it_is)),
    field("certificate_number", CERTIFICATE_NUMBER),
    spread(IDENTITY, of="identity"),
)

WHOSE: Form[IdentityNumber] = _entered(IDENTITY)
ENQUIRY: Form[Enquiry] = _entered(_ENQUIRY)
SUBMISSION: Form[Request] = _entered(
    message(
        Request,
        spread(_ENQUIRY, of="enquiry"),
        field("right_holder_name", NAME),
        field("mobile_number", MOBILE_NUMBER),
        field("confirmed_match", YES_OR_NO, of="confirmed"),
        optional("wechat_openid", leaf(_openid, lambda openid: openid.text), of="openid"),
    )
)
TAP: Form[Tap] = message(Tap)
