"""What the platform may ask, field by field, as people enter it. Never knows how a value is spelled: the wire does."""

import re
from collections.abc import Mapping
from typing import TypeVar

from cotransfer.adapters.wire.fields import CERTIFICATE_NUMBER, MOBILE_NUMBER, NAME, SERVICE, YES_OR_NO, as_it_is
from cotransfer.adapters.wire.forms import Form, Terms, collecting, complain, leaf, many, word
from cotransfer.adapters.wire.messages import field, message, optional, spread
from cotransfer.adapters.wire.spelling import IDENTITY
from cotransfer.app.accounts import Enquiry
from cotransfer.app.again import Changes
from cotransfer.app.submission import Request
from cotransfer.domain.consents import Agreement, How
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

AGREEMENTS_LIMIT = 10

_DIGEST = re.compile(r"[0-9a-f]{64}")


def _short_word(raw: object, _: Terms) -> str:
    word = plain_text("", raw, WORD_RIGHT)
    if not _WORD.fullmatch(word):
        raise Invalid(Fault("", "not_a_word", "It is not a name of ours.", WORD_RIGHT))
    return word


def _digest(raw: object, _: Terms) -> str:
    if isinstance(raw, str) and _DIGEST.fullmatch(raw):
        return raw
    raise Invalid(Fault("", "not_a_digest", "It is not a SHA-256 digest.", "Send the text_digest as it was shown."))


WORD_RIGHT = "Send the word as the answer to the account's search gave it, such as kunming-water or 2026-11."
_WORD = re.compile(r"[a-z0-9][a-z0-9-]{0,60}")
_SHORT_WORD = leaf(_short_word, as_it_is)
_AGREEMENT = message(
    Agreement,
    field("receiver", _SHORT_WORD),
    field("text_version", _SHORT_WORD),
    field("text_digest", leaf(_digest, as_it_is)),
    field("how", word(How)),
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
        optional("consents", many(_AGREEMENT, at_most=AGREEMENTS_LIMIT), of="agreements"),
    )
)
ANOTHER_ATTEMPT: Form[Changes] = _entered(
    message(
        Changes,
        optional("account_number", leaf(_account_number, as_it_is)),
        optional("mobile_number", MOBILE_NUMBER),
        field("confirmed_match", YES_OR_NO, of="confirmed"),
        optional("wechat_openid", leaf(_openid, lambda openid: openid.text), of="openid"),
        optional("consents", many(_AGREEMENT, at_most=AGREEMENTS_LIMIT), of="agreements"),
    )
)
TAP: Form[Tap] = message(Tap)
