"""Consent: separate per receiver, in words that are shown today, withdrawn once and for good."""

from datetime import UTC, datetime, timedelta

import attrs
import pytest

from cotransfer.domain.consents import Agreement, How, Offer, accepted, binding
from cotransfer.domain.datasets import FIELDS, Dataset
from cotransfer.domain.refusals import Refused, Why

AT = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
WATER = Offer(
    receiver="kunming-water",
    receiver_name="昆明自来水集团",
    contact="0871-12345",
    purpose="water-account-transfer",
    fields=FIELDS[Dataset.APPLICATION],
)
NOTICES = Offer(
    receiver="notifier",
    receiver_name="微信",
    contact="0755-12345",
    purpose="citizen-notices",
    fields=FIELDS[Dataset.NOTICE],
)


def agreed(offer: Offer, language: int = 0) -> Agreement:
    """A tap on "I agree" under the text in that language."""
    text = offer.texts[language]
    return Agreement(receiver=offer.receiver, text_version=text.version, text_digest=text.digest, how=How.H5)


def test_the_text_names_what_the_law_wants_named():
    """PIPL art. 17 and 23: the receiver, its contact, the purpose and every kind of data stand in each language."""
    for text in WATER.texts:
        assert WATER.receiver_name in text.text
        assert WATER.contact in text.text
    chinese, english = WATER.texts
    assert all(kind in chinese.text for kind in ("用水过户", "权利人名称", "证件号", "手机号码", "撤回"))
    assert all(kind in english.text for kind in ("water account", "identity document", "mobile number", "withdraw"))


@pytest.mark.parametrize("dataset", [*Dataset])
def test_every_field_that_leaves_has_a_name_for_people(dataset):
    """What a utility or the notifier may be given can be asked for in words."""
    if dataset in {Dataset.APPLICATION, Dataset.IDENTITY, Dataset.CERTIFICATE_STATUS, Dataset.NOTICE}:
        assert attrs.evolve(WATER, fields=FIELDS[dataset]).texts


@pytest.mark.parametrize("language", [0, 1])
def test_agreeing_in_either_language_is_consent(language):
    """The digest of either text of today is taken, and what was agreed to is kept."""
    (consent,) = accepted([WATER], [agreed(WATER, language)], AT)
    assert (consent.receiver, consent.purpose, consent.fields) == (WATER.receiver, WATER.purpose, WATER.fields)
    assert (consent.given_at, consent.withdrawn_at) == (AT, None)
    assert consent.reference.startswith("kunming-water/2026-11/")


def test_each_receiver_wants_its_own_consent():
    """Agreeing to one receiver is no consent to another (PIPL art. 23)."""
    with pytest.raises(Refused) as refused:
        accepted([WATER, NOTICES], [agreed(WATER)], AT)
    assert refused.value.refusal.why is Why.CONSENT_MISSING


@pytest.mark.parametrize(
    "changed",
    [{"text_version": "2020-01"}, {"text_digest": "0" * 64}, {"text_digest": ""}],
)
def test_words_that_are_not_shown_today_are_no_consent(changed):
    """An agreement to another version, or to other words, is outdated."""
    with pytest.raises(Refused) as refused:
        accepted([WATER], [attrs.evolve(agreed(WATER), **changed)], AT)
    assert refused.value.refusal.why is Why.CONSENT_OUTDATED


def test_other_fields_are_other_words():
    """Who agreed to fewer fields has not agreed to more."""
    fewer = attrs.evolve(WATER, fields=("mobile_number",))
    with pytest.raises(Refused):
        accepted([WATER], [agreed(fewer)], AT)


def test_a_withdrawn_consent_binds_nobody():
    """Withdrawn, nothing more goes out; and a second withdrawal changes nothing."""
    (consent,) = accepted([WATER], [agreed(WATER)], AT)
    assert binding([consent], WATER.receiver) is consent
    withdrawn = consent.withdrawn(AT + timedelta(days=1))
    assert withdrawn.withdrawn(AT + timedelta(days=2)) == withdrawn
    with pytest.raises(Refused) as refused:
        binding([withdrawn], WATER.receiver)
    assert refused.value.refusal.why is Why.CONSENT_WITHDRAWN


def test_without_consent_nothing_binds():
    """A receiver that nobody agreed to is refused."""
    (consent,) = accepted([WATER], [agreed(WATER)], AT)
    with pytest.raises(Refused) as refused:
        binding([consent], "somebody-else")
    assert refused.value.refusal.why is Why.CONSENT_MISSING
