"""What is found in steps 1 to 4, as the citizen may see it.

Never shows a holder's name or an account's location whole, unless it is told that a grant says so.
"""

from collections.abc import Iterable
from typing import Any, assert_never

from cotransfer.adapters.gateway.granted import only
from cotransfer.adapters.gateway.rendering import next_action
from cotransfer.adapters.gateway.texts import Texts
from cotransfer.adapters.wire.fields import CERTIFICATE_NUMBER, LOCATION, NAME, UNIT_NUMBERS
from cotransfer.adapters.wire.spelling import REGISTRY_STATE
from cotransfer.app.accounts import Finding
from cotransfer.app.properties import Linked
from cotransfer.domain.consents import Offer
from cotransfer.domain.datasets import Dataset
from cotransfer.domain.masking import Shown, masked_location, masked_name
from cotransfer.domain.matching import Matching, MatchOutcome
from cotransfer.domain.parties import NextAction
from cotransfer.domain.values import Account


def properties(linked: Iterable[tuple[Linked, frozenset[str]]], texts: Texts) -> dict[str, Any]:
    """Step 1, each home with the fields that may be shown; without one, the advice to apply at the counter."""
    listed = [only(fields, Dataset.PROPERTIES, _property(one)) for one, fields in linked]
    advice = {"code": NextAction.APPLY_AT_COUNTER.value, "text": texts.nothing_linked}
    return {"properties": listed, "advice": None if listed else advice}


def account(
    finding: Finding, texts: Texts, shown: Shown, fields: frozenset[str], offers: Iterable[Offer]
) -> dict[str, Any]:
    """Steps 3 and 4; `shown` says how much of the account itself, `fields` which parts of it, `offers` what the
    citizen has to agree to before the submission.
    """
    return {
        "account": only(fields, Dataset.ACCOUNT, _account(finding.account, shown)),
        "matching": _matching(finding.matching, texts),
        "may_submit": finding.hindrance is None,
        "next_action": next_action(_what_helps(finding), texts),
        "consents": [_offer(offer, texts) for offer in offers],
    }


def _offer(offer: Offer, texts: Texts) -> dict[str, Any]:
    text = next(one for one in offer.texts if one.language == texts.language.value)
    return {
        "receiver": offer.receiver,
        "receiver_name": offer.receiver_name,
        "contact": offer.contact,
        "purpose": offer.purpose,
        "fields": offer.fields,
        **({"optional": True} if offer.optional else {}),
        "text": text.text,
        "text_version": text.version,
        "text_digest": text.digest,
    }


def _property(linked: Linked) -> dict[str, Any]:
    home = linked.home
    return {
        "certificate_number": CERTIFICATE_NUMBER.write(home.certificate_number),
        "location": LOCATION.write(home.location),
        "unit_numbers": UNIT_NUMBERS.write(home.unit_numbers),
        "registry_status": REGISTRY_STATE.write(home.state),
        "transferable": linked.why_not is None,
        "why_not": None if linked.why_not is None else linked.why_not.code,
        "co_owned": len(home.right_holders) > 1,
    }


def _account(found: Account, shown: Shown) -> dict[str, Any]:
    return {"shown": shown.value, **_whose_and_where(found, shown), "in_arrears": found.in_arrears}


def _whose_and_where(found: Account, shown: Shown) -> dict[str, str]:
    match shown:
        case Shown.MASKED:
            return {"account_holder": masked_name(found.holder), "location": masked_location(found.location)}
        case Shown.COMPARED:
            return {}
        case Shown.FULL:
            return {"account_holder": NAME.write(found.holder), "location": LOCATION.write(found.location)}
        case _:
            assert_never(shown)


def _matching(matching: Matching, texts: Texts) -> dict[str, Any]:
    return {
        "outcome": matching.outcome.value,
        "reasons": [
            {"code": reason.code, "part": reason.part, "speaks": reason.speaks, "text": texts.reason(reason)}
            for reason in matching.reasons
        ],
    }


def _what_helps(finding: Finding) -> NextAction:
    if finding.hindrance is not None:
        return finding.hindrance.next_action
    return NextAction.SUBMIT if finding.matching.outcome is MatchOutcome.MATCH else NextAction.CONFIRM_MATCH
