"""证件号: each kind of document has its own check (GB 11643, GB 32100, GB 11714, GS 15, or none published)."""

import datetime

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from cotransfer.adapters.wire.contracts import schema_findings
from cotransfer.domain.faults import Invalid
from cotransfer.domain.values import DocumentType, IdentityNumber

from .support import (
    CREDIT_ALPHABET,
    EMPTIES,
    NOT_TEXTS,
    TODAY,
    fault_of,
    sample_in,
    with_credit_check,
    with_licence_check,
    with_person_check,
)

T = DocumentType
ORDINARY = with_person_check("53010219900307001")
WITH_X = "11010519491231002X"
COMPANY = "91110000600037341L"

ACCEPTED = [
    (T.IDENTITY_CARD, ORDINARY, ORDINARY, "an ordinary number"),
    (T.IDENTITY_CARD, WITH_X, WITH_X, "X as its check"),
    (T.IDENTITY_CARD, "11010519491231002x", WITH_X, "a small x"),
    (T.IDENTITY_CARD, "１１０１０５１９４９１２３１００２Ｘ", WITH_X, "full-width"),
    (T.IDENTITY_CARD, "１１０１０５１９４９１２３１００２ｘ", WITH_X, "full-width and small"),
    (T.IDENTITY_CARD, " 110105 19491231 002X\n", WITH_X, "blanks"),
    (T.IDENTITY_CARD, "110105　19491231　002X", WITH_X, "ideographic blanks"),
    (T.IDENTITY_CARD, with_person_check("53010219000101001"), None, "the first day of 1900"),
    (T.IDENTITY_CARD, with_person_check("53010220261123001"), None, "born on the very day"),
    (T.IDENTITY_CARD, with_person_check("53010220000229001"), None, "a leap day"),
    (T.IDENTITY_CARD, with_person_check("53030219850307001"), None, "a county younger than its people"),
    (T.IDENTITY_CARD, with_person_check("53011519900307001"), None, "Jinning, a district only since 2016"),
    (T.IDENTITY_CARD, with_person_check("53012119900307001"), None, "Chenggong county, which is no more"),
    (T.IDENTITY_CARD, "810000199408230021", None, "a Hong Kong resident's permit"),
    (T.IDENTITY_CARD, with_person_check("82000019900307001"), None, "a Macao resident's permit"),
    (T.IDENTITY_CARD, with_person_check("83000019900307001"), None, "a Taiwan resident's permit"),
    (T.HMT_IDENTITY_CARD, "810000199408230021", None, "a Hong Kong resident's permit"),
    (T.HMT_IDENTITY_CARD, with_person_check("82000019900307001"), None, "a Macao resident's permit"),
    (T.HMT_IDENTITY_CARD, with_person_check("83000019900307001"), None, "a Taiwan resident's permit"),
    (T.HMT_IDENTITY_CARD, "Z683365（5）", "Z683365(5)", "a Hong Kong card, full-width brackets"),
    (T.HMT_IDENTITY_CARD, "1234567(8)", None, "a Macao card"),
    (T.HMT_IDENTITY_CARD, "a123456789", "A123456789", "a Taiwan card"),
    (T.HOUSEHOLD_REGISTER, WITH_X, None, "a household register bears the citizen's number"),
    (T.PASSPORT, "E12345678", None, "a passport"),
    (T.PASSPORT, "e1234 5678", "E12345678", "a passport, small with a blank"),
    (T.PASSPORT, "AB123", None, "the shortest"),
    (T.PASSPORT, "A" * 20, None, "the longest"),
    (T.HOUSEHOLD_REGISTER, "053012345", None, "the household booklet's own number"),
    (T.OFFICER_CARD, "(2019)-01234567", None, "an officer's card"),
    (T.HOUSEHOLD_REGISTER, "昆户字第012345号", None, "the booklet's own number, with the office's name"),
    (T.HOUSEHOLD_REGISTER, "No.053012345", "NO.053012345", "the booklet's own number, with a stop"),
    (T.HOUSEHOLD_REGISTER, "№053012345", "NO053012345", "the booklet's own number, with the sign for numbers"),
    (T.HOUSEHOLD_REGISTER, "昆户字第〇12345号", None, "the booklet's own number, with a Chinese zero"),
    (T.HOUSEHOLD_REGISTER, "昆户字第0123456789012号", None, "a booklet's own number as long as a citizen's"),
    (T.OFFICER_CARD, "南字第０１２３４５６７号", "南字第01234567号", "an officer's card as it is printed"),
    (T.OFFICER_CARD, "士字第二〇一九〇一二三号", None, "a soldier's card in Chinese numerals"),
    (T.OTHER, "N–2021–77", "N-2021-77", "dashes of another kind"),
    (T.OTHER, "事证第153010000123号", None, "a public institution's certificate"),
    (T.OTHER, "云民社证字第012345号", None, "an association's certificate"),
    (T.OTHER, "云民社证字（二〇一二）第3号", "云民社证字(二〇一二)第3号", "a Chinese zero in brackets"),
    (T.OTHER, "No.12345", "NO.12345", "a stop"),
    (T.CREDIT_CODE, COMPANY, None, "a company"),
    (T.CREDIT_CODE, "91110000 600037341l", COMPANY, "a company, small with a blank"),
    (T.CREDIT_CODE, "９１１１００００６０００３７３４１Ｌ", COMPANY, "a company, full-width"),
    (T.CREDIT_CODE, "91530100MA0000007F", None, "an invented company"),
    (T.BUSINESS_LICENCE, COMPANY, None, "a licence bears the credit code"),
    (T.BUSINESS_LICENCE, "110108000000016", None, "the example of GS 15, from before 2015"),
    (T.BUSINESS_LICENCE, " 530100 100012345", with_licence_check("53010010001234"), "an old licence with blanks"),
    (T.ORGANISATION_CODE, "60003734-1", "600037341", "printed with a hyphen"),
    (T.ORGANISATION_CODE, "600037341", None, "without its hyphen"),
    (T.ORGANISATION_CODE, "ma000000-7", "MA0000007", "letters"),
    (T.ORGANISATION_CODE, "00000006-X", "00000006X", "X as its check"),
    (T.ORGANISATION_CODE, "00000000-0", "000000000", "a sum of 11 is written 0"),
]
REFUSED = [
    (T.OFFICER_CARD, "南字_01234567", "characters", "a character that no card bears"),
    (T.HOUSEHOLD_REGISTER, "053", "too_short", "no booklet's number"),
    (T.IDENTITY_CARD, "110105491231002", "too_short", "the 15 digits of before 1999"),
    (T.IDENTITY_CARD, WITH_X[:-1], "too_short", "the check is missing"),
    (T.IDENTITY_CARD, WITH_X + "0", "too_long", "one too many"),
    (T.IDENTITY_CARD, "110105194912310021", "check_digit", "a wrong check"),
    (T.IDENTITY_CARD, "110105194912310 20X", "check_digit", "two digits swapped"),
    (T.IDENTITY_CARD, with_person_check("53010219900230001"), "not_a_date", "30 February"),
    (T.IDENTITY_CARD, with_person_check("53010219010229001"), "not_a_date", "no leap year"),
    (T.IDENTITY_CARD, with_person_check("53010219901301001"), "not_a_date", "a thirteenth month"),
    (T.IDENTITY_CARD, with_person_check("53010219900001001"), "not_a_date", "month zero"),
    (T.IDENTITY_CARD, with_person_check("53010219900100001"), "not_a_date", "day zero"),
    (T.IDENTITY_CARD, with_person_check("53010200000101001"), "not_a_date", "year zero"),
    (T.IDENTITY_CARD, with_person_check("53010220991231001"), "birth_out_of_range", "born in 2099"),
    (T.IDENTITY_CARD, with_person_check("53010220261124001"), "birth_out_of_range", "born tomorrow"),
    (T.IDENTITY_CARD, with_person_check("53010218991231001"), "birth_out_of_range", "born in 1899"),
    (T.IDENTITY_CARD, "11010519491231X02X", "characters", "X inside"),
    (T.IDENTITY_CARD, "11010519491231002Y", "characters", "another letter as its check"),
    (T.IDENTITY_CARD, "١١٠١٠٥١٩٤٩١٢٣١٠٠٢X", "characters", "digits of another script"),
    (T.IDENTITY_CARD, "110105-19491231-02X", "too_long", "hyphens"),
    (T.IDENTITY_CARD, "11010519491231\u200b002X", "control_characters", "a zero-width blank"),
    (T.IDENTITY_CARD, COMPANY, "characters", "a company's code as a person's"),
    (T.HOUSEHOLD_REGISTER, "110105194912310021", "check_digit", "a wrong check in the register"),
    (T.HMT_IDENTITY_CARD, WITH_X, "not_a_residence_permit", "a mainland number"),
    (T.HMT_IDENTITY_CARD, "810000199408230020", "check_digit", "a wrong check on a permit"),
    (T.HMT_IDENTITY_CARD, "81000019940823002", "too_short", "a permit with a hole"),
    (T.HMT_IDENTITY_CARD, with_person_check("81000020991231001"), "birth_out_of_range", "a permit from 2099"),
    (T.HMT_IDENTITY_CARD, "A123", "too_short", "a home card with a hole"),
    (T.HMT_IDENTITY_CARD, "A123456[7]", "characters", "brackets of another kind"),
    (T.PASSPORT, "E123", "too_short", "too short"),
    (T.PASSPORT, "E" * 21, "too_long", "too long"),
    (T.PASSPORT, "护照12345678", "characters", "Chinese"),
    (T.PASSPORT, "E12345_78", "characters", "an underscore"),
    (T.PASSPORT, "E.12345678", "characters", "a stop"),
    (T.OTHER, "E1234/5678", "characters", "a stroke"),
    (T.OTHER, "云民社证字第" + "1" * 15, "too_long", "too long"),
    (T.OFFICER_CARD, "南.01234567", "characters", "a stop on an officer's card"),
    (T.CREDIT_CODE, "911100006000373410", "check_digit", "a wrong check"),
    (T.CREDIT_CODE, "91110000600037341I", "characters", "I is never in a code"),
    (T.CREDIT_CODE, "9111000O600037341L", "characters", "O for 0 in the place"),
    (T.CREDIT_CODE, "91110000Z00037341L", "characters", "Z is never in a code"),
    (T.CREDIT_CODE, COMPANY[:-1], "too_short", "a hole"),
    (T.BUSINESS_LICENCE, "110108000000017", "check_digit", "a wrong check on an old licence"),
    (T.BUSINESS_LICENCE, "11010800000001X", "characters", "an old licence has digits only"),
    (T.BUSINESS_LICENCE, "5301001000123", "too_short", "the 13 digits of before 2007"),
    (T.CREDIT_CODE, "110108000000016", "too_short", "an old licence is no credit code"),
    (T.BUSINESS_LICENCE, COMPANY + "L", "too_long", "one too many"),
    (T.ORGANISATION_CODE, "60003734-2", "check_digit", "a wrong check"),
    (T.ORGANISATION_CODE, "60003734", "too_short", "the check is missing"),
    (T.ORGANISATION_CODE, "6000373-41", "too_long", "a hyphen elsewhere"),
    (T.ORGANISATION_CODE, "60003734-A", "characters", "a letter as its check"),
]

days = st.dates(datetime.date(1900, 1, 1), TODAY)
person_numbers = st.builds(
    lambda place, born, order: with_person_check(f"{place:06d}{born:%Y%m%d}{order:03d}"),
    st.integers(110000, 839999),
    days,
    st.integers(0, 999),
)
credit_codes = st.builds(
    lambda head, place, body: with_credit_check(f"{head}{place:06d}{body}"),
    st.text(CREDIT_ALPHABET, min_size=2, max_size=2),
    st.integers(110000, 659999),
    st.text(CREDIT_ALPHABET, min_size=9, max_size=9),
)


def parse(text: object, document_type: DocumentType = T.IDENTITY_CARD) -> IdentityNumber:
    """As of a fixed day."""
    return IdentityNumber.parse(document_type, text, on=TODAY)


class TestTables:
    @pytest.mark.parametrize(
        ("kind", "text", "kept", "why"), ACCEPTED, ids=[f"{k.value}: {w}" for k, _, _, w in ACCEPTED]
    )
    def test_right_numbers_are_kept_in_one_form(self, kind, text, kept, why):
        """Capitals without white space, whatever width they came in; and parsing again changes nothing."""
        number = parse(text, kind)
        assert number == IdentityNumber(kind, kept or text), why
        assert parse(number.text, kind) == number

    @pytest.mark.parametrize(
        ("kind", "text", "kept", "why"), ACCEPTED, ids=[f"{k.value}: {w}" for k, _, _, w in ACCEPTED]
    )
    def test_right_numbers_may_go_out(self, kind, text, kept, why):
        """What we take we also hand on: every number that we keep is one that the contracts allow."""
        query = {"document_type": kind.value, "identity_number": parse(text, kind).text}
        assert not schema_findings("schemas/identity-query.json", query), why

    @pytest.mark.parametrize(
        ("kind", "text", "code", "why"), REFUSED, ids=[f"{k.value}: {w}" for k, _, _, w in REFUSED]
    )
    def test_wrong_numbers_are_refused_with_what_is_wrong(self, kind, text, code, why):
        """The fault names the field and the kind of mistake, but never repeats the number."""
        fault = fault_of(lambda: parse(text, kind))
        assert (fault.field, fault.code) == ("identity_number", code), why
        assert text not in fault.wrong

    @pytest.mark.parametrize("kind", T)
    def test_the_sample_in_each_explanation_is_itself_right(self, kind):
        """Whoever copies the form of our sample gets it right."""
        assert parse(sample_in(fault_of(lambda: parse("", kind))), kind).document_type is kind

    @pytest.mark.parametrize("kind", T)
    @pytest.mark.parametrize("text", NOT_TEXTS, ids=repr)
    def test_what_is_no_text_is_refused(self, kind, text):
        """A number sent as a JSON number lost its leading zeros: it is not repaired."""
        assert fault_of(lambda: parse(text, kind)).code == "not_text"

    @pytest.mark.parametrize("kind", T)
    @pytest.mark.parametrize("text", EMPTIES, ids=repr)
    def test_nothing_is_refused_as_missing(self, kind, text):
        """An empty field is told apart from a wrong one."""
        assert fault_of(lambda: parse(text, kind)).code == "missing"


class TestCitizenNumbers:
    @given(person_numbers)
    def test_every_number_with_a_real_date_and_its_check_is_accepted(self, text):
        """Own rule: shape, real date, MOD 11-2; the place is never looked up."""
        assert parse(text).text == text

    @given(person_numbers, st.integers(0, 17), st.sampled_from("0123456789X"))
    def test_any_single_changed_character_is_refused(self, text, at, char):
        """MOD 11-2 finds every single error (ISO 7064)."""
        assume(text[at] != char)
        with pytest.raises(Invalid):
            parse(text[:at] + char + text[at + 1 :])

    @given(person_numbers, st.integers(0, 16))
    def test_any_two_neighbours_swapped_are_refused(self, text, at):
        """MOD 11-2 finds every swap of neighbours (ISO 7064)."""
        assume(text[at] != text[at + 1])
        with pytest.raises(Invalid):
            parse(text[:at] + text[at + 1] + text[at] + text[at + 2 :])

    @given(person_numbers, days)
    def test_nobody_is_born_after_the_given_day(self, text, on):
        """The day is an argument: the domain has no clock."""
        born = datetime.datetime.strptime(text[6:14], "%Y%m%d").date()  # noqa: DTZ007 -- a date has no zone
        if born <= on:
            assert IdentityNumber.parse(T.IDENTITY_CARD, text, on=on).text == text
        else:
            fault = fault_of(lambda: IdentityNumber.parse(T.IDENTITY_CARD, text, on=on))
            assert fault.code == "birth_out_of_range"


class TestCreditCodes:
    @given(credit_codes)
    def test_every_code_with_its_check_is_accepted(self, text):
        """GB 32100: alphabet and modulo 31."""
        assert parse(text, T.CREDIT_CODE).text == text

    @given(credit_codes, st.integers(0, 17), st.sampled_from(CREDIT_ALPHABET))
    def test_any_single_changed_character_is_refused(self, text, at, char):
        """31 is prime, so no single error stays unseen."""
        assume(text[at] != char)
        with pytest.raises(Invalid):
            parse(text[:at] + char + text[at + 1 :], T.CREDIT_CODE)


class TestOldLicences:
    @given(st.from_regex(r"[0-9]{14}", fullmatch=True), st.integers(0, 14), st.sampled_from("0123456789"))
    def test_the_check_finds_any_single_changed_digit(self, body, at, digit):
        """GS 15: MOD 11,10 finds every single error (ISO 7064)."""
        text = with_licence_check(body)
        assert parse(text, T.BUSINESS_LICENCE).text == text
        assume(text[at] != digit)
        with pytest.raises(Invalid):
            parse(text[:at] + digit + text[at + 1 :], T.BUSINESS_LICENCE)


class TestOnRecord:
    @pytest.mark.parametrize(
        ("kind", "text", "kept", "why"), ACCEPTED, ids=[f"{k.value}: {w}" for k, _, _, w in ACCEPTED]
    )
    def test_a_right_number_is_the_same_on_record(self, kind, text, kept, why):
        """Whoever applies is found in the register by equality, however the register spells the number."""
        assert IdentityNumber.as_recorded(kind, text) == parse(text, kind), why

    @pytest.mark.parametrize(
        ("kind", "text", "kept"),
        [
            (T.IDENTITY_CARD, "530102900307123", "530102900307123"),
            (T.IDENTITY_CARD, "11010519491231 0020", "110105194912310020"),
            (T.IDENTITY_CARD, with_person_check("53010220991231001"), None),
            (T.BUSINESS_LICENCE, "企独滇总字第000123号", None),
            (T.PASSPORT, "护照_e1", "护照_E1"),
            (T.OTHER, "1", None),
            (T.OTHER, "1" * 100, None),
            (T.OTHER, "", ""),
            (T.OTHER, " ", ""),
        ],
    )
    def test_a_wrong_number_stays_as_it_stands(self, kind, text, kept):
        """Old rows have 15 digits, slips of the pen, other papers' numbers or none; no applicant's ever equals one."""
        recorded = IdentityNumber.as_recorded(kind, text)
        assert (recorded.document_type, recorded.text) == (kind, text if kept is None else kept)
        with pytest.raises(Invalid):
            parse(recorded.text, kind)

    @pytest.mark.parametrize(
        ("text", "code"), [("1" * 101, "too_long"), ("530102\x00", "control_characters"), (None, "not_text")]
    )
    def test_what_is_no_number_at_all_is_refused(self, text, code):
        """A register may be old, but not everything is a number."""
        fault = fault_of(lambda: IdentityNumber.as_recorded(T.IDENTITY_CARD, text))
        assert (fault.field, fault.code) == ("identity_number", code)

    def test_a_citizens_number_had_15_digits_once(self):
        """Before 1999: no century, no check. It may be two people's, so it is told apart and never taken for equal."""
        assert parse(WITH_X).before_1999 == IdentityNumber(T.IDENTITY_CARD, "110105491231002")
        assert parse(WITH_X).before_1999 != parse(WITH_X)
        assert parse(WITH_X, T.HOUSEHOLD_REGISTER).before_1999 is not None

    @pytest.mark.parametrize("number", [parse("E12345678", T.PASSPORT), parse(COMPANY, T.CREDIT_CODE)])
    def test_other_numbers_never_had(self, number):
        """Only the citizen's number was lengthened."""
        assert number.before_1999 is None

    def test_nobody_born_later_had_one(self):
        """Whoever was born in this century got 18 digits at once, or never had a card of 15."""
        assert parse(with_person_check("53010220000307001")).before_1999 is None


class TestIdentity:
    def test_another_kind_of_document_is_another_identity(self):
        """The same digits in a household register and on a card are not compared as one."""
        assert parse(WITH_X) != parse(WITH_X, T.HOUSEHOLD_REGISTER)

    def test_the_same_number_is_equal_and_hashes_alike(self):
        """Numbers stand in frozen states and sets."""
        assert len({parse(WITH_X), parse("11010519491231002x")}) == 1

    def test_the_field_can_be_named_by_the_caller(self):
        """A message with several numbers says which one is wrong."""
        fault = fault_of(lambda: IdentityNumber.parse(T.PASSPORT, "", on=TODAY, field="agent_number"))
        assert fault.field == "agent_number"

    def test_the_constructor_trusts(self):
        """What was checked once is read back from the store as it is, old registry rows of 15 digits included."""
        assert IdentityNumber(T.IDENTITY_CARD, "110105491231002").text == "110105491231002"


class TestDocumentTypes:
    def test_each_has_the_registers_code_and_title(self):
        """The code table of 证件种类, entry by entry."""
        assert {kind.code: kind.zh for kind in T} == {
            "1": "身份证",
            "2": "港澳台身份证",
            "3": "护照",
            "4": "户口簿",
            "5": "军官证（士兵证）",
            "6": "组织机构代码",
            "7": "营业执照",
            "8": "统一社会信用代码",
            "99": "其他",
        }

    def test_three_of_them_are_organisations(self):
        """An organisation applies by the number of its own, never by a person's."""
        assert {kind for kind in T if kind.is_organisation} == {T.ORGANISATION_CODE, T.BUSINESS_LICENCE, T.CREDIT_CODE}

    @pytest.mark.parametrize("kind", T)
    def test_the_contracts_word_is_understood(self, kind):
        """Words on the wire are the enumeration's values."""
        assert T.parse(f" {kind.value}") is kind

    @pytest.mark.parametrize("text", ["1", "身份证", "IDENTITY_CARD", "identity card", "driving_licence"])
    def test_other_words_are_refused_and_not_repeated(self, text):
        """An unknown word is answered with the known ones, not with itself."""
        fault = fault_of(lambda: T.parse(text))
        assert (fault.field, fault.code) == ("document_type", "unknown_word")
        assert "identity_card, hmt_identity_card" in fault.right
