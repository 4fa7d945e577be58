"""A signed-in citizen asks about themselves only."""

import attrs
import pytest

from cotransfer.app.citizens import must_be, their_transfer
from cotransfer.domain.refusals import Refused, Why
from cotransfer.domain.states import Completed, InPreReview, NotSubmitted, Submitted
from cotransfer.domain.values import DocumentType, IdentityNumber
from cotransfer.ports.sessions import Citizen
from cotransfer.testing.samples import BUYER, CASE

ME = Citizen(subject="https://id.example/ 1", name=BUYER.name, identity=BUYER.identity)
SOMEBODY_ELSE = attrs.evolve(ME, identity=IdentityNumber(DocumentType.IDENTITY_CARD, "530112197809172138"))
OTHER_PAPER = attrs.evolve(ME, identity=IdentityNumber(DocumentType.OTHER, BUYER.identity.text))


def test_about_oneself():
    """Who is signed in may be spoken of."""
    must_be(ME, BUYER.identity)


@pytest.mark.parametrize("citizen", [SOMEBODY_ELSE, OTHER_PAPER])
def test_about_somebody_else(citizen):
    """Another number, or the same on another kind of document, is another person."""
    with pytest.raises(Refused) as refused:
        must_be(citizen, BUYER.identity)
    assert refused.value.refusal.why is Why.NOT_YOUR_OWN


@pytest.mark.parametrize("state", [Submitted(CASE), InPreReview(CASE), Completed(CASE)])
def test_ones_own_transfer(state):
    """Whoever applied may see it, open or closed; nobody else learns that it exists."""
    their_transfer(ME, state)
    for citizen in (SOMEBODY_ELSE, OTHER_PAPER):
        with pytest.raises(Refused) as refused:
            their_transfer(citizen, state)
        assert refused.value.refusal.why is Why.UNKNOWN_TRANSFER


def test_a_transfer_that_there_is_not():
    """Refused in the same words."""
    with pytest.raises(Refused) as refused:
        their_transfer(ME, NotSubmitted())
    assert refused.value.refusal.why is Why.UNKNOWN_TRANSFER
