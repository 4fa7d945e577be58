"""What somebody else calls an exchange may stand in our records only where it can do no harm there."""

import pytest

from cotransfer.domain.correlation import UNCORRELATED, Correlation, plain_id
from cotransfer.testing.samples import BUYER


class TestPlainIds:
    @pytest.mark.parametrize(
        "text",
        [
            "c-20261123-8f2a",
            "K",
            "a" * 64,
            "5f059b1d-0d1a4b2c-5e3a8c2e",
            "0193a5b2-1234-7123-8123-123456789012",
            "20261128105540123456",  # a moment and a count
            "1380013",
            "a53010219900307",
        ],
    )
    def test_a_word_is_kept(self, text: str) -> None:
        """Letters, digits, hyphens and underscores, at most 64: as the contract has it."""
        assert plain_id(text) == text

    @pytest.mark.parametrize(
        "text",
        [
            None,
            7,
            ["c-1"],
            "",
            "a" * 65,
            "c 1",
            "c-1\n",
            "c-1\r\nSet-Cookie: a=b",
            "c.1",
            "李小满",
            "\x1b[2J",
            "１２３",
        ],
    )
    def test_anything_else_is_dropped(self, text: object) -> None:
        """Never mended: half an id leads nowhere, and might still say something."""
        assert plain_id(text) is None

    @pytest.mark.parametrize(
        "text",
        [
            BUYER.identity.text,
            "53010219900307123X",
            "53010219900307123x",
            "530102900307123",
            "13888000001",
            "8613888000001",
            "u-13888000001",
            "13888000001_2",
            f"kw-{BUYER.identity.text}-1",
        ],
    )
    def test_a_persons_number_is_dropped(self, text: str) -> None:
        """A sloppy system may call an exchange after the person it is about."""
        assert plain_id(text) is None


class TestCorrelations:
    def test_whether_anything_is_known(self) -> None:
        """Either id alone is something to ask by."""
        assert not UNCORRELATED
        assert Correlation(ours="c")
        assert Correlation(theirs="t")
