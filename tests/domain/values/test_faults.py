"""A fault says where, what and how it would be right; a refusal lists all of them."""

import pickle

from cotransfer.domain.faults import Fault, Invalid

NAME = Fault("name", "missing", "It is empty.", "A name has characters.")
PHONE = Fault("mobile_number", "length", "It does not have 11 digits.", "Such as 13900001234.")


class TestFault:
    def test_it_is_told_from_further_out_with_a_dotted_name(self):
        """At the edges a field is named by its whole path."""
        assert NAME.under("applicant").under("body") == Fault(
            "body.applicant.name", "missing", "It is empty.", "A name has characters."
        )

    def test_it_reads_as_one_sentence_after_its_field(self):
        """Somebody who reads a log line knows the field, what is wrong, and what would be right."""
        assert str(NAME) == "name: It is empty. A name has characters."


class TestInvalid:
    def test_it_lists_every_fault_on_a_line_of_its_own(self):
        """A malformed message reports all its faults at once."""
        assert str(Invalid(NAME, PHONE)).splitlines() == [str(NAME), str(PHONE)]

    def test_it_keeps_the_faults_in_their_order(self):
        """The order of the faults is the order of the fields."""
        assert Invalid(NAME, PHONE).faults == (NAME, PHONE)

    def test_it_is_a_value_error(self):
        """Whoever knows nothing of us still catches a wrong value as what it is."""
        assert isinstance(Invalid(NAME), ValueError)

    def test_all_its_faults_move_under_a_prefix_together(self):
        """An edge that parses a part prefixes the part's faults."""
        assert Invalid(NAME, PHONE).under("application").faults == (
            NAME.under("application"),
            PHONE.under("application"),
        )

    def test_it_survives_pickling(self):
        """A refusal may cross a process boundary."""
        assert pickle.loads(pickle.dumps(Invalid(NAME, PHONE))).faults == (NAME, PHONE)
