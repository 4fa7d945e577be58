"""The laws of `Identifiers`, for whatever draws them: a subclass brings a fixture `identifiers`. Never draws itself."""

import re

import pytest

from cotransfer.domain.values import TransferId
from cotransfer.ports.identifiers import Identifiers

DRAWS = 5_000
"""Enough for many within one millisecond."""


class IdentifiersLaws:
    """Each law of the port's docstring."""

    @pytest.fixture
    def identifiers(self) -> Identifiers:
        """The implementation under test."""
        raise NotImplementedError("A suite of laws needs identifiers to prove them on.")

    def test_no_two_transfers_are_equal(self, identifiers: Identifiers) -> None:
        """No transfer's identifier is ever drawn twice."""
        assert len({identifiers.transfer() for _ in range(DRAWS)}) == DRAWS

    def test_no_two_tokens_are_equal(self, identifiers: Identifiers) -> None:
        """No token is ever drawn twice: a lease is proved by it."""
        assert len({identifiers.token() for _ in range(DRAWS)}) == DRAWS

    def test_later_transfers_sort_later(self, identifiers: Identifiers) -> None:
        """Also within one millisecond: the store writes new rows at the end of its index."""
        drawn = [identifiers.transfer().text for _ in range(DRAWS)]
        assert drawn == sorted(drawn)

    def test_transfers_are_uuids_of_version_7(self, identifiers: Identifiers) -> None:
        """What is drawn parses as what it is, whatever else was drawn before."""
        for _ in range(100):
            drawn = identifiers.transfer()
            identifiers.token()
            assert TransferId.parse(drawn.text) == drawn

    def test_a_token_fits_a_header(self, identifiers: Identifiers) -> None:
        """Tokens go where correlation identifiers go: at most 64 letters, digits, - and _."""
        assert all(re.fullmatch(r"[A-Za-z0-9_-]{1,64}", identifiers.token()) for _ in range(100))

    def test_a_chance_is_below_one(self, identifiers: Identifiers) -> None:
        """Jitter reaches from none to nearly all of it."""
        assert all(0 <= identifiers.chance() < 1 for _ in range(1000))
