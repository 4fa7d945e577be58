"""A citizen's consent, per receiver, to give their data away: what was shown, for what, which fields, when and how.

The law wants it separate for each receiver, named with its contact, purpose and the kinds of data (PIPL art. 17, 23),
and as easily withdrawn as given (art. 15). Holds no personal value; its words are in `consent_texts`.
"""

import enum
from collections.abc import Iterable, Mapping
from datetime import datetime

import attrs

from cotransfer.domain.commands import Command, Withdraw
from cotransfer.domain.consent_texts import ConsentText, texts_of
from cotransfer.domain.refusals import Refused, Why
from cotransfer.domain.states import State, Unsigned


class How(enum.Enum):
    """The way in which a consent was given."""

    H5 = "h5"
    MINI_PROGRAM = "mini_program"
    APP = "app"
    COUNTER = "counter"


@attrs.frozen(kw_only=True)
class Offer:
    """What a citizen is asked to agree to towards one receiver; `fields` are names out of `datasets.FIELDS`.

    `optional` is what may be left out: nothing that they apply for depends on it (PIPL art. 16).
    """

    receiver: str
    receiver_name: str
    contact: str
    purpose: str
    fields: tuple[str, ...]
    optional: bool = False

    @property
    def texts(self) -> tuple[ConsentText, ...]:
        """What is shown, one text a language."""
        return texts_of(self.receiver_name, self.contact, self.purpose, self.fields)


@attrs.frozen(kw_only=True)
class Agreement:
    """What the platform tells of a citizen's tap on "I agree": which text they saw, told by version and digest."""

    receiver: str
    text_version: str
    text_digest: str
    how: How


@attrs.frozen(kw_only=True)
class Consent:
    """A consent as it is kept: evidence for as long as the transfer is, and without a personal value."""

    receiver: str
    purpose: str
    fields: tuple[str, ...]
    text_version: str
    text_digest: str
    how: How
    given_at: datetime
    withdrawn_at: datetime | None = None

    @property
    def reference(self) -> str:
        """What a disclosure names it by."""
        return f"{self.receiver}/{self.text_version}/{self.text_digest[:16]}"

    def withdrawn(self, at: datetime) -> "Consent":
        """Withdrawn once; a second time changes nothing."""
        return self if self.withdrawn_at is not None else attrs.evolve(self, withdrawn_at=at)


def accepted(offers: Iterable[Offer], agreements: Iterable[Agreement], at: datetime) -> tuple[Consent, ...]:
    """The consents to `offers`, each agreed to in the very words of today; optional ones only where they were given.

    Raises `Refused`: missing for a receiver, or agreed to in words that are no longer shown.
    """
    given: Mapping[str, Agreement] = {agreement.receiver: agreement for agreement in agreements}
    wanted = (offer for offer in offers if not offer.optional or offer.receiver in given)
    return tuple(_accepted(offer, given.get(offer.receiver), at) for offer in wanted)


def _accepted(offer: Offer, agreement: Agreement | None, at: datetime) -> Consent:
    if agreement is None:
        raise Refused(Why.CONSENT_MISSING)
    if (agreement.text_version, agreement.text_digest) not in {(text.version, text.digest) for text in offer.texts}:
        raise Refused(Why.CONSENT_OUTDATED)
    return Consent(
        receiver=offer.receiver,
        purpose=offer.purpose,
        fields=offer.fields,
        text_version=agreement.text_version,
        text_digest=agreement.text_digest,
        how=agreement.how,
        given_at=at,
    )


def binding(consents: Iterable[Consent], receiver: str) -> Consent:
    """The consent that allows giving data to `receiver`; raises `Refused` when there is none, or no longer."""
    for consent in consents:
        if consent.receiver == receiver:
            if consent.withdrawn_at is not None:
                raise Refused(Why.CONSENT_WITHDRAWN)
            return consent
    raise Refused(Why.CONSENT_MISSING)


def consequence(state: State, receiver: str) -> tuple[Command, ...]:
    """What withdrawing the consent to `receiver` asks of the transfer.

    No more data go out, and what was given stays lawful. Without the utility's part nothing can come of the transfer,
    so it is taken back where it still can be (PIPL art. 15, 47); a notice less ends nothing.
    """
    is_needed = isinstance(state, Unsigned) and state.case.utility.text == receiver
    return (Withdraw(where_possible=True),) if is_needed else ()
