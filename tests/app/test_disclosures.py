"""A citizen reads who saw which of their data, and nobody else's."""

from datetime import UTC, datetime, timedelta

import pytest
from tests.app.world import City, nth_transfer, submitting

from cotransfer.app.disclosures import CHAINS_LIMIT, Disclosed, Disclosures, OldEnquiries, lookup_chain
from cotransfer.domain.notes import Note
from cotransfer.domain.refusals import Refused
from cotransfer.testing.audit import DISCLOSED, SOMEBODY, SOMEBODY_ELSE, decided, noting
from cotransfer.testing.histories import AT
from cotransfer.testing.samples import CASE, TRANSFER


def disclosed(chain, minutes, subject=SOMEBODY):
    """Something left, so many minutes later."""
    return Note(chain=chain, at=AT + timedelta(minutes=minutes), what=DISCLOSED, subject=subject)


@pytest.fixture
async def city():
    """With the sample transfer under way."""
    city = City()
    await city.office.desk.handle(submitting(CASE))
    return city


@pytest.fixture
def disclosures(city):
    """Over the city's trail."""
    return Disclosures(city.store.audit, city.store)


async def test_over_all_transfers_and_enquiries(city, disclosures):
    """In the order of time, each with its transfer if it was for one; decisions are no disclosures."""
    changes = [disclosed(TRANSFER.text, 3), disclosed("look-up-1", 1), decided("look-up-1"), disclosed("look-up-1", 5)]
    await city.store.commit([noting(*changes, disclosed("look-up-2", 2, SOMEBODY_ELSE))])
    found, complete = await disclosures.about(SOMEBODY)
    assert complete
    assert found == (
        Disclosed(AT + timedelta(minutes=1), DISCLOSED, None),
        Disclosed(AT + timedelta(minutes=3), DISCLOSED, TRANSFER),
        Disclosed(AT + timedelta(minutes=5), DISCLOSED, None),
    )
    assert len((await disclosures.about(SOMEBODY_ELSE))[0]) == 1


async def test_within_a_transfer(city, disclosures):
    """Those of its own chain, in order; of a transfer that there is not nothing is told, not even that."""
    assert await disclosures.of(TRANSFER) == ()
    await city.store.commit([noting(disclosed(TRANSFER.text, 1), disclosed("look-up-1", 2))])
    assert [one.at for one in await disclosures.of(TRANSFER)] == [AT + timedelta(minutes=1)]
    with pytest.raises(Refused):
        await disclosures.of(nth_transfer(9))


async def test_the_answer_is_bounded(city, disclosures):
    """Somebody of whom there is endless talk is told the latest, and that it is not all."""
    await city.store.commit([noting(*(disclosed(looked_up(nth), nth) for nth in range(CHAINS_LIMIT + 3)))])
    found, complete = await disclosures.about(SOMEBODY)
    assert (len(found), complete) == (CHAINS_LIMIT, False)
    assert found[0].at == AT + timedelta(minutes=3)


async def test_enquiries_do_not_hide_a_transfer(city, disclosures):
    """However often somebody was looked up before: chains are counted by when they began, not by what they are of."""
    earlier = [disclosed(looked_up(nth - 10**6), nth) for nth in range(CHAINS_LIMIT + 3)]
    await city.store.commit([noting(*earlier, disclosed(TRANSFER.text, 9_999))])
    found, complete = await disclosures.about(SOMEBODY)
    assert (found[-1].transfer, len(found), complete) == (TRANSFER, CHAINS_LIMIT, False)


def looked_up(minutes):
    """An enquiry's chain, begun so many minutes after the transfer."""
    begun = datetime.fromtimestamp(int(TRANSFER.text.replace("-", "")[:12], 16) / 1000, UTC)
    return lookup_chain(begun + timedelta(minutes=minutes), f"{minutes % 7}{minutes:011d}"[-12:].replace("-", "a"))


async def test_whom_an_old_enquiry_was_about_is_forgotten(city, disclosures):
    """As long after it as a transfer's data are kept after its end; the entries stay, and transfers are not touched."""
    old, late = lookup_chain(AT, "a"), lookup_chain(AT + timedelta(days=1), "b")
    await city.store.commit([noting(*(disclosed(chain, 0) for chain in (old, late, TRANSFER.text)))])
    enquiries = OldEnquiries(city.store.audit, timedelta(days=30))
    assert await enquiries.forget(AT + timedelta(days=30)) == 0
    assert await enquiries.forget(AT + timedelta(days=30, seconds=1)) == 1
    assert await city.store.audit.chains_about(SOMEBODY) == tuple(sorted((late, TRANSFER.text)))
    assert len(await city.store.audit.chain(old)) == 1
