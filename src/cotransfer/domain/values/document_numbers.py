"""The check of each kind of document number. Never says whether a document was issued.

Own rules instead of a place table: people get numbers in places that were renamed since, and residents from
Hong Kong, Macao and Taiwan have address codes that such tables do not know.
Each function takes a number in capitals without white space and gives it back in the form we keep, or raises `Invalid`.
"""

import datetime
import re
from collections.abc import Callable

from cotransfer.domain.faults import Fault, Invalid
from cotransfer.domain.values.documents import DocumentType
from cotransfer.domain.values.text import check_length

CITIZEN_RIGHT = "An identity number has 17 digits and a check character, such as 11010519491231002X."
PERMIT_RIGHT = "A residence permit's number has 18 characters and begins with 81, 82 or 83, such as 810000199408230021."
CREDIT_RIGHT = "A unified social credit code has 18 characters without I, O, S, V, Z, such as 91530100MA0000007F."
ORGANISATION_RIGHT = "An organisation code has 8 characters and a check character, such as MA000000-7."
LICENCE_RIGHT = "A business licence bears a credit code or an old number of 15 digits, such as 91530100MA0000007F."
PASSPORT_RIGHT = "A passport number has 5 to 20 capitals, digits, ( ) and -, such as E12345678."
OFFICER_RIGHT = (
    "An officer's or soldier's card number has 5 to 20 Chinese characters, capitals, digits, ( ) and -,"
    " such as 南字第01234567号."
)
HOUSEHOLD_RIGHT = (
    "A household register has the holder's identity number, or one of its own of 5 to 20 characters,"
    " such as 昆户字第012345号."
)
OTHER_RIGHT = (
    "A document number has 5 to 20 Chinese characters, capitals, digits, ( ) - and ., such as 事证第153010000123号."
)

CITIZEN_LENGTH = 18
CITIZEN = re.compile(r"[0-9]{17}[0-9X]")
CITIZEN_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
CITIZEN_CHECKS = "10X98765432"
EARLIEST_BIRTH = 1900
RESIDENCE_PERMITS = ("81", "82", "83")
LONGEST_HOME_CARD = 14

CREDIT_ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
CREDIT = re.compile(rf"[{CREDIT_ALPHABET}]{{2}}[0-9]{{6}}[{CREDIT_ALPHABET}]{{10}}")
ORGANISATION = re.compile(r"[0-9A-Z]{8}[0-9X]")
ORGANISATION_WEIGHTS = (3, 7, 9, 10, 5, 8, 4, 2)
REGISTRATION_LENGTH = 15
REGISTRATION = re.compile(r"[0-9]{15}")

SHORTEST, LONGEST = 5, 20
CHINESE = r"\u3007\u4e00-\u9fff"  # 〇 stands apart from the other Chinese characters.
PLAIN = re.compile(r"[A-Z0-9()-]+")
OFFICER = re.compile(rf"[{CHINESE}A-Z0-9()-]+")
PRINTED = re.compile(rf"[{CHINESE}A-Z0-9().-]+")


def check_citizen(field: str, number: str, on: datetime.date) -> str:
    """公民身份号码 (GB 11643): six digits of a place, a birth date, three digits, and ISO 7064 MOD 11-2."""
    check_length(field, number, CITIZEN_RIGHT, least=CITIZEN_LENGTH, most=CITIZEN_LENGTH)
    if not CITIZEN.fullmatch(number):
        raise Invalid(Fault(field, "characters", "It is not 17 digits and a digit or X.", CITIZEN_RIGHT))
    born = _date(number[6:14])
    if born is None:
        raise Invalid(Fault(field, "not_a_date", "Characters 7 to 14 are not a date.", CITIZEN_RIGHT))
    if born.year < EARLIEST_BIRTH or born > on:
        wrong = f"The birth date in characters 7 to 14 is before {EARLIEST_BIRTH} or still to come."
        raise Invalid(Fault(field, "birth_out_of_range", wrong, CITIZEN_RIGHT))
    total = sum(int(digit) * weight for digit, weight in zip(number[:17], CITIZEN_WEIGHTS, strict=True))
    if number[17] != CITIZEN_CHECKS[total % 11]:
        raise Invalid(Fault(field, "check_digit", "Its check character does not fit the rest.", CITIZEN_RIGHT))
    return number


def check_hmt(field: str, number: str, on: datetime.date) -> str:
    """A residence permit, which bears a citizen's number, or the place's own shorter card, which is free."""
    if len(number) <= LONGEST_HOME_CARD:
        return _check_free(field, number, PLAIN, PERMIT_RIGHT)
    if not number.startswith(RESIDENCE_PERMITS):
        wrong = "It is not the number of a residence permit; a mainland number belongs to the type identity_card."
        raise Invalid(Fault(field, "not_a_residence_permit", wrong, PERMIT_RIGHT))
    return check_citizen(field, number, on)


def check_credit_code(field: str, code: str, _on: datetime.date) -> str:
    """统一社会信用代码 (GB 32100): 17 characters weighted with powers of 3, and their check modulo 31."""
    check_length(field, code, CREDIT_RIGHT, least=18, most=18)
    if not CREDIT.fullmatch(code):
        wrong = "It holds characters, or a place in characters 3 to 8, that no such code has."
        raise Invalid(Fault(field, "characters", wrong, CREDIT_RIGHT))
    total = sum(CREDIT_ALPHABET.index(char) * pow(3, place, 31) for place, char in enumerate(code[:17]))
    if code[17] != CREDIT_ALPHABET[-total % 31]:
        raise Invalid(Fault(field, "check_digit", "Its check character does not fit the rest.", CREDIT_RIGHT))
    return code


def check_business_licence(field: str, number: str, on: datetime.date) -> str:
    """营业执照: a credit code since 2015; before, 14 digits and their check (GS 15), which is ISO 7064 MOD 11,10."""
    if len(number) != REGISTRATION_LENGTH:
        return check_credit_code(field, number, on)
    if not REGISTRATION.fullmatch(number):
        raise Invalid(Fault(field, "characters", "It has 15 characters that are not all digits.", LICENCE_RIGHT))
    carried = 10
    for digit in number[:14]:
        carried = ((carried + int(digit)) % 10 or 10) * 2 % 11
    if (carried + int(number[14])) % 10 != 1:
        raise Invalid(Fault(field, "check_digit", "Its check character does not fit the rest.", LICENCE_RIGHT))
    return number


def check_organisation_code(field: str, printed: str, _on: datetime.date) -> str:
    """组织机构代码 (GB 11714): 8 characters and their check modulo 11; printed with a hyphen, kept without."""
    code = printed[:8] + printed[9:] if printed[8:9] == "-" else printed
    check_length(field, code, ORGANISATION_RIGHT, least=9, most=9)
    if not ORGANISATION.fullmatch(code):
        raise Invalid(Fault(field, "characters", "It holds characters that no such code has.", ORGANISATION_RIGHT))
    total = sum(int(char, 36) * weight for char, weight in zip(code[:8], ORGANISATION_WEIGHTS, strict=True))
    if code[8] != "0123456789X0"[11 - total % 11]:
        raise Invalid(Fault(field, "check_digit", "Its check character does not fit the rest.", ORGANISATION_RIGHT))
    return code


def check_household(field: str, number: str, on: datetime.date) -> str:
    """户口簿: the holder's citizen number where it looks like one, else the booklet's own, which has no check."""
    if len(number) == CITIZEN_LENGTH and number[0] in "0123456789":
        return check_citizen(field, number, on)
    return _check_free(field, number, PRINTED, HOUSEHOLD_RIGHT)


def check_officer_card(field: str, number: str, _on: datetime.date) -> str:
    """军官证（士兵证）: printed with the characters of the issuing body, and without a published check."""
    return _check_free(field, number, OFFICER, OFFICER_RIGHT)


def check_passport(field: str, number: str, _on: datetime.date) -> str:
    """护照: every state has its own numbers."""
    return _check_free(field, number, PLAIN, PASSPORT_RIGHT)


def check_other(field: str, number: str, _on: datetime.date) -> str:
    """Whatever else somebody holds, an institution's or an association's certificate among them: as it is printed."""
    return _check_free(field, number, PRINTED, OTHER_RIGHT)


Check = Callable[[str, str, datetime.date], str]
CHECKS: dict[DocumentType, tuple[Check, str]] = {
    DocumentType.IDENTITY_CARD: (check_citizen, CITIZEN_RIGHT),
    DocumentType.HMT_IDENTITY_CARD: (check_hmt, PERMIT_RIGHT),
    DocumentType.PASSPORT: (check_passport, PASSPORT_RIGHT),
    DocumentType.HOUSEHOLD_REGISTER: (check_household, HOUSEHOLD_RIGHT),
    DocumentType.OFFICER_CARD: (check_officer_card, OFFICER_RIGHT),
    DocumentType.ORGANISATION_CODE: (check_organisation_code, ORGANISATION_RIGHT),
    DocumentType.BUSINESS_LICENCE: (check_business_licence, LICENCE_RIGHT),
    DocumentType.CREDIT_CODE: (check_credit_code, CREDIT_RIGHT),
    DocumentType.OTHER: (check_other, OTHER_RIGHT),
}


def _check_free(field: str, number: str, form: re.Pattern[str], right: str) -> str:
    check_length(field, number, right, least=SHORTEST, most=LONGEST)
    if not form.fullmatch(number):
        raise Invalid(Fault(field, "characters", "It holds characters that no such number has.", right))
    return number


def _date(digits: str) -> datetime.date | None:
    try:
        return datetime.date(int(digits[:4]), int(digits[4:6]), int(digits[6:]))
    except ValueError:
        return None
