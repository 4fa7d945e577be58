"""What a reversal is about is checked once, and tells nothing personal of itself."""

import pytest

from cotransfer.domain.faults import Invalid
from cotransfer.domain.reversals.case import (
    REVERSALS_LIMIT,
    WORDS_LIMIT,
    Complaint,
    Document,
    File,
    Ground,
    ReversalId,
    Side,
    Words,
)
from cotransfer.testing.reversals import CONTRACT, METER, QUESTION, REVERSAL
from cotransfer.testing.samples import OTHER_TRANSFER, TRANSFER

DIGEST = "AB" * 32


def faults(error: pytest.ExceptionInfo[Invalid]) -> list[tuple[str, str]]:
    """Field and code of each."""
    return [(fault.field, fault.code) for fault in error.value.faults]


class TestReversalId:
    @pytest.mark.parametrize("number", range(1, REVERSALS_LIMIT + 1))
    def test_it_is_read_as_it_is_shown(self, number: int) -> None:
        """The transfer, a hyphen and the number; capitals and blanks of whoever types are forgiven."""
        one = ReversalId(TRANSFER, number)
        assert one.text == str(one) == f"{TRANSFER.text}-{number}"
        assert ReversalId.parse(f" {one.text.upper()} ") == one

    @pytest.mark.parametrize("text", [TRANSFER.text, f"{TRANSFER.text}-0", f"{TRANSFER.text}-6", f"{TRANSFER.text}-x"])
    def test_what_ends_in_no_number_is_none(self, text: str) -> None:
        """From 1 to as many as one transfer may have."""
        with pytest.raises(Invalid) as error:
            ReversalId.parse(text)
        assert faults(error) == [("reversal", "not_a_reversal")]

    def test_it_is_one_of_a_transfer(self) -> None:
        """What stands before the number is a transfer's identifier."""
        with pytest.raises(Invalid) as error:
            ReversalId.parse("km-1")
        assert faults(error) == [("reversal", "not_a_uuid7")]

    def test_they_sort(self) -> None:
        """By transfer, then by number."""
        given = [ReversalId(OTHER_TRANSFER, 1), ReversalId(TRANSFER, 2), ReversalId(TRANSFER, 1)]
        assert sorted(given) == given[::-1]


class TestDocument:
    def test_a_digest_is_read_in_either_case(self) -> None:
        """64 hexadecimal digits, kept small."""
        document = Document.parse(Side.CITIZEN, name=" 合同.pdf ", sha256=DIGEST, place="档案 7")
        assert document == Document(Side.CITIZEN, Words("合同.pdf"), DIGEST.lower(), Words("档案 7"))

    @pytest.mark.parametrize("digest", ["ab", DIGEST + "0", "g" * 64])
    def test_what_is_no_digest_is_refused(self, digest: str) -> None:
        """Neither shorter, nor longer, nor other digits: bytes of a document are nothing that we take."""
        with pytest.raises(Invalid) as error:
            Document.parse(Side.UTILITY, name="合同.pdf", sha256=digest, place="档案 7")
        assert faults(error) == [("sha256", "not_a_digest")]

    @pytest.mark.parametrize("field", ["name", "place"])
    def test_words_have_a_limit(self, field: str) -> None:
        """The field that is too long is named."""
        given = {"name": "合同.pdf", "place": "档案 7", field: "长" * (WORDS_LIMIT + 1)}
        with pytest.raises(Invalid) as error:
            Document.parse(Side.UTILITY, sha256=DIGEST, **given)
        assert faults(error) == [(field, "too_long")]


class TestComplaint:
    @pytest.mark.parametrize("ground", list(Ground))
    def test_every_ground_may_be_explained(self, ground: Ground) -> None:
        """A named ground and a statement."""
        assert Complaint.parse(ground.value, "说明") == Complaint(ground, Words("说明"))

    @pytest.mark.parametrize("ground", [ground for ground in Ground if ground is not Ground.OTHER])
    def test_a_named_ground_speaks_for_itself(self, ground: Ground) -> None:
        """It needs no statement."""
        assert Complaint.parse(ground.value) == Complaint(ground)

    def test_another_ground_has_to_be_said(self) -> None:
        """Nobody could decide on "other"."""
        with pytest.raises(Invalid) as error:
            Complaint.parse("other")
        assert faults(error) == [("statement", "missing")]

    def test_an_unknown_ground_is_refused(self) -> None:
        """Only the named ones."""
        with pytest.raises(Invalid) as error:
            Complaint.parse("i_changed_my_mind", "说明")
        assert faults(error) == [("ground", "unknown_word")]


def test_nothing_personal_is_shown() -> None:
    """What people wrote never stands in a repr: not the statement, not a document's name, not its place."""
    shown = repr(QUESTION) + str(QUESTION)
    for words in (REVERSAL.complaint.statement, CONTRACT.name, CONTRACT.place):
        assert words is not None
        assert words.text not in shown


def test_a_file_knows_whom_it_has_heard() -> None:
    """By what they brought."""
    file = File(REVERSAL, (METER,))
    assert [file.has_heard(side) for side in Side] == [False, True, False]
