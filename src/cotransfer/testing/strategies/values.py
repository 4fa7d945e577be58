"""The trade's values, drawn: each would be parsed as it stands. Never a wrong one, and never a real person's."""

import datetime

from hypothesis import strategies as st

from cotransfer.adapters.wire.uuid7 import uuid7
from cotransfer.domain.reports import Grounds
from cotransfer.domain.values import (
    AccountNumber,
    CertificateNumber,
    DocumentType,
    IdentityNumber,
    Location,
    MobileNumber,
    Name,
    OpenId,
    RegistryState,
    RegistryStatus,
    Restriction,
    SigningAddress,
    TransferId,
    UnitNumber,
)

_DIGITS = "0123456789"
_CREDIT_ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_ORGANISATION_WEIGHTS = (3, 7, 9, 10, 5, 8, 4, 2)
_COUNTIES = ("530102", "530103", "530111", "530112", "530114")
_DISTRICTS = ("五华区", "盘龙区", "官渡区", "西山区", "呈贡区")
_ROADS = ("翠湖东路", "人民中路", "白云路", "春城路", "滇池路")
_SURNAMES = "王李张刘陈杨赵黄周吴"
_GIVEN = "小满秋实春生夏禾冬青云川"
_ASCII = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-"
_BIRTHS = st.dates(datetime.date(1930, 1, 1), datetime.date(2005, 12, 31))


def _digits(count: int) -> st.SearchStrategy[str]:
    return st.text(_DIGITS, min_size=count, max_size=count)


@st.composite
def identity_cards(draw: st.DrawFn) -> IdentityNumber:
    """公民身份号码 of grown-ups, with their MOD 11-2 check."""
    return IdentityNumber(DocumentType.IDENTITY_CARD, _citizen(draw, draw(st.sampled_from(_COUNTIES))))


@st.composite
def residence_permits(draw: st.DrawFn) -> IdentityNumber:
    """港澳台居民居住证: the same form under 81, 82 and 83."""
    origin = draw(st.sampled_from(("810000", "820000", "830000")))
    return IdentityNumber(DocumentType.HMT_IDENTITY_CARD, _citizen(draw, origin))


@st.composite
def credit_codes(draw: st.DrawFn) -> IdentityNumber:
    """统一社会信用代码 of companies (GB 32100), with an organisation code (GB 11714) inside that is right as well."""
    middle = "MA" + draw(_digits(6))
    total = sum(int(char, 36) * weight for char, weight in zip(middle, _ORGANISATION_WEIGHTS, strict=True))
    first_17 = f"91{draw(st.sampled_from(_COUNTIES))}{middle}" + "0123456789X0"[11 - total % 11]
    weighted = sum(_CREDIT_ALPHABET.index(char) * pow(3, place, 31) for place, char in enumerate(first_17))
    return IdentityNumber(DocumentType.CREDIT_CODE, first_17 + _CREDIT_ALPHABET[-weighted % 31])


def identity_numbers() -> st.SearchStrategy[IdentityNumber]:
    """Of people and companies, and passports, which have no check."""
    passports = _digits(8).map(lambda digits: IdentityNumber(DocumentType.PASSPORT, f"E{digits}"))
    return st.one_of(identity_cards(), residence_permits(), credit_codes(), passports)


def names() -> st.SearchStrategy[Name]:
    """Of people, two or three characters long."""
    return st.tuples(st.sampled_from(_SURNAMES), st.text(_GIVEN, min_size=1, max_size=2)).map(
        lambda parts: Name("".join(parts))
    )


def mobile_numbers() -> st.SearchStrategy[MobileNumber]:
    """13 to 19 and nine digits."""
    return st.tuples(st.sampled_from("3456789"), _digits(9)).map(lambda parts: MobileNumber("1" + "".join(parts)))


def unit_numbers() -> st.SearchStrategy[UnitNumber]:
    """Of homes in Kunming: F at the twentieth place."""
    return st.builds(
        lambda county, land, parcel, thing: UnitNumber(f"{county}{land}GB{parcel}F{thing}"),
        st.sampled_from(_COUNTIES),
        _digits(6),
        _digits(5),
        _digits(8),
    )


def certificate_numbers() -> st.SearchStrategy[CertificateNumber]:
    """Today's form, in the brackets that people use."""
    return st.builds(
        lambda brackets, year, district, number: CertificateNumber.parse(
            f"云{brackets[0]}{year}{brackets[1]}{district}不动产权第{number}号"
        ),
        st.sampled_from(("()", "（）", "〔〕", "[]")),
        st.integers(2015, 2026),
        st.sampled_from(_DISTRICTS),
        _digits(7),
    )


def locations() -> st.SearchStrategy[Location]:
    """Down to the room, as the register writes it."""
    return st.builds(
        lambda district, road, number, building, unit, room: Location(
            f"昆明市{district}{road}{number}号{building}幢{unit}单元{room}室"
        ),
        st.sampled_from(_DISTRICTS),
        st.sampled_from(_ROADS),
        st.integers(1, 400),
        st.integers(1, 40),
        st.integers(1, 6),
        st.integers(101, 3304),
    )


def registry_states(status: RegistryStatus = RegistryStatus.CURRENT) -> st.SearchStrategy[RegistryState]:
    """Of that status, with any restrictions but a cancellation, which would contradict it."""
    others = [one for one in Restriction if one is not Restriction.CANCELLED]
    return st.builds(RegistryState, st.just(status), st.frozensets(st.sampled_from(others), max_size=3))


def account_numbers() -> st.SearchStrategy[AccountNumber]:
    """Ten digits, as the water company prints them."""
    return _digits(6).map(lambda digits: AccountNumber(f"0871{digits}"))


def grounds() -> st.SearchStrategy[Grounds]:
    """A utility's own words."""
    return st.text("原户号与房屋坐落不一致合同主体权利人请核对", min_size=1, max_size=40).map(Grounds)


def signing_addresses(host: str = "sign.kmwater.example") -> st.SearchStrategy[SigningAddress]:
    """On one host."""
    path = st.text(_ASCII, min_size=4, max_size=24)
    return path.map(lambda text: SigningAddress(f"https://{host}/c/{text}"))


def transfer_ids() -> st.SearchStrategy[TransferId]:
    """Version 7, of any millisecond between 2026 and 2030."""
    return st.builds(
        lambda milliseconds, noise: TransferId(uuid7(milliseconds, noise)),
        st.integers(1_767_225_600_000, 1_893_456_000_000),
        st.integers(0, (1 << 80) - 1),
    )


def openids() -> st.SearchStrategy[OpenId]:
    """Who somebody is to a WeChat service account."""
    return st.text(_ASCII, min_size=8, max_size=28).map(OpenId)


def _citizen(draw: st.DrawFn, origin: str) -> str:
    first_17 = f"{origin}{draw(_BIRTHS):%Y%m%d}{draw(_digits(3))}"
    total = sum(int(digit) * weight for digit, weight in zip(first_17, _WEIGHTS, strict=True))
    return first_17 + "10X98765432"[total % 11]
