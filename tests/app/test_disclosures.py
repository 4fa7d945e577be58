"""A citizen reads who saw which of their data, and nobody else's."""

from datetime import timedelta

import pytest
from tests.app.world import City, nth_transfer, submitting

from cotransfer.app.disclosures import CHAINS_LIMIT, Disclosed, Disclosures
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
    found = await disclosures.about(SOMEBODY)
    assert found == (
        Disclosed(AT + timedelta(minutes=1), DISCLOSED, None),
        Disclosed(AT + timedelta(minutes=3), DISCLOSED, TRANSFER),
        Disclosed(AT + timedelta(minutes=5), DISCLOSED, None),
    )
    assert len(await disclosures.about(SOMEBODY_ELSE)) == 1


async def test_within_a_transfer(city, disclosures):
    """Those of its own chain, in order; of a transfer that there is not nothing is told, not even that."""
    assert await disclosures.of(TRANSFER) == ()
    await city.store.commit([noting(disclosed(TRANSFER.text, 1), disclosed("look-up-1", 2))])
    assert [one.at for one in await disclosures.of(TRANSFER)] == [AT + timedelta(minutes=1)]
    with pytest.raises(Refused):
        await disclosures.of(nth_transfer(9))


async def test_the_answer_is_bounded(city, disclosures):
    """Somebody of whom there is endless talk is told the latest."""
    await city.store.commit([noting(*(disclosed(f"look-up-{nth:04}", nth) for nth in range(CHAINS_LIMIT + 3)))])
    found = await disclosures.about(SOMEBODY)
    assert len(found) == CHAINS_LIMIT
    assert found[0].at == AT + timedelta(minutes=3)
