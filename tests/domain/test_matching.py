"""Does the account belong to the home? Over 250 invented pairs from Kunming (kunming_pairs.csv), and the laws.

A row's findings are short for reason codes: `=` same, `~` similar, `?` unstated, `!` differs (room! is room_differs).
Several people in one cell are joined by +; the first of the right holders is the applicant.
"""

import csv
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cotransfer.domain.locations import ParsedLocation, parse_location
from cotransfer.domain.matching import REASONS, Matching, MatchOutcome, Reason, compare_locations, match
from cotransfer.domain.reasons import outcome_of
from cotransfer.domain.values import (
    Account,
    AccountNumber,
    CertificateNumber,
    DocumentType,
    Home,
    IdentityNumber,
    Location,
    Name,
    RegistryState,
    RegistryStatus,
    RightHolder,
)

_ENDINGS = {"=": "_same", "~": "_similar", "?": "_unstated", "!": "_differs"}

with Path(__file__).with_name("kunming_pairs.csv").open(encoding="utf-8", newline="") as file:
    PAIRS = list(csv.DictReader(file))

HOME = "昆明市盘龙区穿金路205号金康园4幢2单元301室"


def right_holder(name: str) -> RightHolder:
    """Somebody on the register."""
    return RightHolder(Name.parse(name), IdentityNumber(DocumentType.OTHER, "K1234567"))


def matched(
    home: str = HOME,
    account: str = HOME,
    former_right_holders: str = "张伟明",
    account_holder: str = "张伟明",
    right_holders: str = "李思远",
) -> Matching:
    """The matching of an account with a home, as a row of the table tells them."""
    owners = tuple(right_holder(name) for name in right_holders.split("+"))
    return match(
        Account(
            number=AccountNumber("0530112233"),
            holder=Name.parse(account_holder),
            location=Location.parse(account),
            in_arrears=False,
        ),
        Home(
            certificate_number=CertificateNumber.parse("云(2024)昆明市不动产权第0000001号"),
            unit_numbers=(),
            location=Location.parse(home),
            state=RegistryState(RegistryStatus.CURRENT, frozenset()),
            right_holders=owners,
            former_right_holders=tuple(Name.parse(name) for name in former_right_holders.split("+") if name),
        ),
        owners[0],
    )


def codes(matching: Matching) -> list[str]:
    """What was found, in order."""
    return [reason.code for reason in matching.reasons]


class TestKunming:
    @pytest.mark.parametrize("pair", PAIRS, ids=lambda pair: f"{pair['topic']}: {pair['account']}")
    def test_every_pair_comes_out_as_a_clerk_would_judge_it(self, pair: dict[str, str]):
        """Step 3 and 4: match, possible or mismatch, and for exactly these reasons."""
        matching = matched(*(pair[column] for column in list(pair)[1:6]))

        assert matching.outcome.value == pair["outcome"]
        assert codes(matching) == [
            finding[:-1] + _ENDINGS[finding[-1]] if finding[-1] in _ENDINGS else finding
            for finding in pair["findings"].split()
        ]

    @pytest.mark.parametrize("pair", PAIRS, ids=lambda pair: f"{pair['topic']}: {pair['account']}")
    def test_it_does_not_matter_which_side_is_which(self, pair: dict[str, str]):
        """Neither office's spelling is the right one."""
        one, other = parse_location(pair["home"]), parse_location(pair["account"])

        assert compare_locations(one, other) == compare_locations(other, one)

    @pytest.mark.parametrize(
        "decorate",
        [
            lambda text: (
                text
                if parse_location(text).city  # Kunming in front would make it a place in Kunming
                else f"云南省昆明市{text.removeprefix('中国').removeprefix('云南省').removeprefix('昆明市')}"
            ),
            lambda text: "".join(chr(ord(c) + 0xFEE0) if c.isascii() and c.isalnum() else c for c in text),
            lambda text: text.replace("号", "号，").replace("区", "区　").replace("幢", "幢 "),
            lambda text: text.replace("幢", "栋"),
            lambda text: text.lower() + "。",
        ],
        ids=["city in front", "full width", "separators", "another word for building", "lower case"],
    )
    def test_decorating_both_sides_alike_changes_nothing(self, decorate):
        """What both sides share in spelling is no finding."""
        for pair in PAIRS:
            one, other = parse_location(pair["home"]), parse_location(pair["account"])
            decorated = (parse_location(decorate(pair["home"])), parse_location(decorate(pair["account"])))

            assert compare_locations(*decorated) == compare_locations(one, other)

    def test_the_table_is_large_and_even(self):
        """At least two hundred and fifty pairs, and enough of each outcome that none is right by habit."""
        outcomes = Counter(pair["outcome"] for pair in PAIRS)

        assert sum(outcomes.values()) >= 250
        assert min(outcomes[outcome.value] for outcome in MatchOutcome) >= 60


class TestReasons:
    def test_every_reason_is_met_in_the_table(self):
        """No finding without a case that shows when it is given."""
        assert {code for pair in PAIRS for code in codes(matched(*(pair[c] for c in list(pair)[1:6])))} == set(REASONS)

    @pytest.mark.parametrize("code", REASONS)
    def test_each_has_a_sentence_in_both_languages(self, code: str):
        """The citizen is told why, in Chinese and in English."""
        zh, en = REASONS[code]

        assert zh.endswith("。")
        assert en.endswith(".")
        assert en.isascii()
        assert Reason.of(code).speaks in ("for", "against", "open")

    def test_nothing_compared_is_no_match(self):
        """Never silently a match: without a finding it is possible at best."""
        assert outcome_of(()) is MatchOutcome.POSSIBLE

    def test_no_reason_repeats_what_was_compared(self):
        """Reasons are logged and sent; locations and names are personal."""
        matching = matched(account="盘龙区穿金路207号银桦苑5幢1单元402室", account_holder="王晓燕")

        assert not any(secret in repr(matching) for secret in ("穿金路", "银桦苑", "王晓燕", "张伟明", "李思远", "402"))


class TestHolder:
    def test_a_difference_from_the_applicant_never_counts(self):
        """The account still bears the former owner's name (the scheme's step 3)."""
        assert matched(right_holders="李思远").outcome is MatchOutcome.MATCH
        assert matched(former_right_holders="", right_holders="李思远").outcome is MatchOutcome.MATCH

    def test_an_account_in_the_applicants_name_is_said_to_be_so(self):
        """It may be done already, or somebody of the same name: the citizen is asked."""
        matching = matched(account_holder="李思远")

        assert matching.already_holder
        assert matching.outcome is MatchOutcome.POSSIBLE

    def test_a_mask_that_fits_the_applicant_proves_nothing(self):
        """李* may be anybody called 李."""
        assert not matched(former_right_holders="李建军", account_holder="李*").already_holder

    @given(st.text(min_size=1, max_size=20).filter(lambda text: text.isprintable() and text.strip()))
    def test_a_name_alone_never_makes_a_mismatch(self, name: str):
        """Families often kept an older name on the account."""
        assert matched(account_holder=name).outcome is not MatchOutcome.MISMATCH


_PARTS = st.builds(
    ParsedLocation,
    city=st.sampled_from([None, None, None, "曲靖市"]),
    district=st.sampled_from([None, "五华区", "盘龙区"]),
    road=st.sampled_from([None, "北京路", "小坝北京路", "学府路", "北京东路", "北京路银河巷"]),
    number=st.sampled_from([None, "12", "12附1", "13"]),
    estate=st.sampled_from([None, "金康园", "金康园小区", "金康园A区", "金康园B区2期", "小区"]),
    building=st.sampled_from([None, "3", "4", "A3", "A"]),
    unit=st.sampled_from([None, "1", "2", "东"]),
    room=st.sampled_from([None, "301", "302", "301-1", "1", "负1-12", "302+303"]),
    wording=st.sampled_from([None, "车库"]),
)


class TestLaws:
    @given(_PARTS, _PARTS)
    def test_a_match_needs_room_building_unit_and_place(self, one: ParsedLocation, other: ParsedLocation):
        """Too little to compare is possible, never a match; a plain contradiction is always a mismatch."""
        outcome = outcome_of(compare_locations(one, other))

        inside = [(one.building, other.building), (one.unit, other.unit), (one.room, other.room)]
        if outcome is MatchOutcome.MATCH:
            assert one.room is not None
            assert one.city == other.city
            assert one.wording == other.wording
            assert all(a == b for a, b in inside)
            assert (one.road, one.number) == (other.road, other.number) or (one.estate and other.estate)
        numbered = [(a, b) for a, b in inside if a and b and a.isdigit() and b.isdigit() and len(a) == len(b)]
        districts = (one.district, other.district)
        if any(a and b and a != b for a, b in [districts, *numbered]) or one.city != other.city:
            assert outcome is MatchOutcome.MISMATCH

    @given(_PARTS, _PARTS)
    def test_comparing_is_symmetrical(self, one: ParsedLocation, other: ParsedLocation):
        """Neither side is the measure of the other."""
        assert compare_locations(one, other) == compare_locations(other, one)

    @given(_PARTS)
    def test_a_place_never_contradicts_itself(self, place: ParsedLocation):
        """The same text on both sides is never a mismatch."""
        assert not any(reason.speaks == "against" for reason in compare_locations(place, place))
