"""The laws of `Consents`, for every store: a subclass brings a fixture `store` that is empty when a test begins."""

from datetime import timedelta
from typing import Protocol

import attrs

from cotransfer.domain import events as e
from cotransfer.domain.consents import Consent, How
from cotransfer.ports.consents import Consents
from cotransfer.ports.transfers import Change, Committed, Transfers
from cotransfer.testing.histories import AT, history
from cotransfer.testing.samples import GROUNDS

CONSENT = Consent(
    receiver="kunming-water",
    purpose="water-account-transfer",
    fields=("right_holder_name", "identity_number"),
    text_version="2026-11",
    text_digest="7f" * 32,
    how=How.H5,
    given_at=AT,
)


class Store(Transfers, Consents, Protocol):
    """What one adapter is: consents are written with the transfers."""


class ConsentsLaws:
    """One test for each law of the port."""

    async def test_a_consent_is_found_with_its_transfer_alone(self, store: Store) -> None:
        """Given with one transfer, it is none of another's."""
        begun, other = history(), history()
        await store.commit([attrs.evolve(begun.submit(), consents=((begun.transfer, CONSENT),)), other.submit()])
        assert await store.consents_of(begun.transfer) == (CONSENT,)
        assert await store.consents_of(other.transfer) == ()

    async def test_each_receiver_has_its_own(self, store: Store) -> None:
        """Consent is separate per receiver (PIPL art. 23), and told in the order of the receivers."""
        begun = history()
        notifier = attrs.evolve(CONSENT, receiver="notifier", purpose="citizen-notices", fields=("recipient",))
        both = ((begun.transfer, notifier), (begun.transfer, CONSENT))
        await store.commit([attrs.evolve(begun.submit(), consents=both)])
        assert await store.consents_of(begun.transfer) == (CONSENT, notifier)

    async def test_withdrawn_once_it_stays_so(self, store: Store) -> None:
        """The first withdrawal is the one that counts, and nothing gives the consent back."""
        begun = history()
        first, second = AT + timedelta(hours=1), AT + timedelta(hours=2)
        for consent in (CONSENT, CONSENT.withdrawn(first), CONSENT.withdrawn(second), CONSENT):
            assert await store.commit([Change(consents=((begun.transfer, consent),))]) == (Committed(),)
        assert await store.consents_of(begun.transfer) == (CONSENT.withdrawn(first),)

    async def test_what_was_agreed_to_is_never_rewritten(self, store: Store) -> None:
        """A consent is evidence: written again in other words, it keeps its own."""
        begun = history()
        other = attrs.evolve(CONSENT, text_version="2027-01", fields=("mobile_number",))
        await store.commit([Change(consents=((begun.transfer, CONSENT),))])
        await store.commit([Change(consents=((begun.transfer, other.withdrawn(AT)),))])
        assert await store.consents_of(begun.transfer) == (CONSENT.withdrawn(AT),)

    async def test_a_change_that_is_not_written_gives_none(self, store: Store) -> None:
        """A consent is part of its change: all or nothing."""
        begun, rival = history(home=990_001), history(home=990_001)
        await store.commit([begun.submit()])
        await store.commit([attrs.evolve(rival.submit(), consents=((rival.transfer, CONSENT),))])
        assert await store.consents_of(rival.transfer) == ()

    async def test_it_goes_with_its_transfer(self, store: Store) -> None:
        """Evidence for as long as the transfer is: erased, it leaves the audit trail's word that it was given."""
        begun, other = history(), history()
        for one in (begun, other):
            await store.commit([attrs.evolve(one.submit(), consents=((one.transfer, CONSENT),))])
        await store.commit([begun.move(e.PreReviewNotPassed(GROUNDS))])
        assert await store.commit([Change(erases=begun.transfer)]) == (Committed(),)
        assert await store.consents_of(begun.transfer) == ()
        assert await store.consents_of(other.transfer) == (CONSENT,)
