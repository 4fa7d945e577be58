"""What every value does alike that is read from one text."""

import pytest

from cotransfer.domain.values import (
    AccountNumber,
    CertificateNumber,
    Location,
    MobileNumber,
    Name,
    OpenId,
    Service,
    TransferId,
    UnitNumber,
    UtilityId,
)

from .support import EMPTIES, NOT_TEXTS, fault_of, sample_in

WITH_SAMPLE = [AccountNumber, Location, MobileNumber, Name, OpenId, TransferId, UnitNumber, UtilityId]


@pytest.mark.parametrize("value", [*WITH_SAMPLE, CertificateNumber, Service])
class TestEvery:
    @pytest.mark.parametrize("text", NOT_TEXTS, ids=repr)
    def test_what_is_no_text_is_refused(self, value, text):
        """A number sent as a JSON number lost its leading zeros: it is not repaired."""
        assert fault_of(lambda: value.parse(text)).code == "not_text"

    @pytest.mark.parametrize("text", EMPTIES, ids=repr)
    def test_nothing_is_refused_as_missing(self, value, text):
        """An empty field is told apart from a wrong one."""
        assert fault_of(lambda: value.parse(text)).code == "missing"


@pytest.mark.parametrize("value", WITH_SAMPLE)
def test_the_sample_in_the_explanation_is_itself_right(value):
    """Whoever copies the form of our sample gets it right."""
    assert value.parse(sample_in(fault_of(lambda: value.parse(""))))
