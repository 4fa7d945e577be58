"""Invented people and organisations, with document numbers whose check characters are right.

Never draws on anybody real: names are shuffled characters, and every number follows from the given random source alone.
The check digits are computed here on their own, so that the city is an independent witness of the domain's rules.
"""

from collections.abc import Callable
from datetime import date, timedelta
from random import Random

import attrs

SURNAMES = "赵钱孙李周吴郑王冯陈蒋沈韩杨朱秦许何吕张孔曹严金魏陶姜谢邹苏潘葛范彭鲁韦马苗方俞任袁柳史唐薛雷贺倪汤"
GIVEN = "安宁静远明山川云溪晓春秋雨晴岚青松柏竹梅兰芳华文博知行思齐若水清和平凡子衿望舒"
TRADES = ("滇味餐饮", "云岭茶业", "春城文化传播", "翠湖书店", "滇池苗木", "高原物流", "彩云印刷", "西山建材")
ORIGINS = ("530102", "530103", "530111", "530112", "530114", "530302", "532901", "510104", "500103", "430102")

PERSON_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
CREDIT_ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"


@attrs.frozen(kw_only=True)
class Holder:
    """Somebody who may own a home. `document_type` is one of the contracts' words (identity_card, credit_code …)."""

    name: str
    document_type: str
    identity_number: str


def with_person_check(first_17: str) -> str:
    """A citizen identity number (GB 11643): 17 digits and their ISO 7064 MOD 11-2 check character."""
    total = sum(int(digit) * weight for digit, weight in zip(first_17, PERSON_WEIGHTS, strict=True))
    return first_17 + "10X98765432"[total % 11]


def with_credit_check(first_17: str) -> str:
    """A unified social credit code (GB 32100): 17 characters and their check character, modulo 31."""
    total = sum(CREDIT_ALPHABET.index(char) * pow(3, place, 31) for place, char in enumerate(first_17))
    return first_17 + CREDIT_ALPHABET[-total % 31]


def with_organisation_check(first_8: str) -> str:
    """An organisation code (GB 11714), the middle of a credit code: 8 characters and their check, modulo 11."""
    weights = (3, 7, 9, 10, 5, 8, 4, 2)
    total = sum(int(char, 36) * weight for char, weight in zip(first_8, weights, strict=True))
    return first_8 + "0123456789X0"[11 - total % 11]


class Registrar:
    """Draws people one after another; no two share a document number or a mobile number."""

    def __init__(self, random: Random) -> None:
        self._random = random
        self._issued: set[str] = set()

    def name(self) -> str:
        length = self._random.choice((1, 2, 2))
        return self._random.choice(SURNAMES) + "".join(self._random.sample(GIVEN, length))

    def person(self) -> Holder:
        return self._holder("identity_card", lambda: self._citizen_number(self._random.choice(ORIGINS)))

    def hmt_resident(self) -> Holder:
        """Somebody from Hong Kong, Macao or Taiwan with a residence permit: address codes 81, 82 and 83."""
        origin = self._random.choice(("810000", "820000", "830000"))
        return self._holder("hmt_identity_card", lambda: self._citizen_number(origin))

    def foreigner(self) -> Holder:
        return self._holder("passport", lambda: f"E{self._digits(8)}")

    def company(self) -> Holder:
        number = self._once(lambda: with_credit_check("91530100" + with_organisation_check("MA" + self._digits(6))))
        name = f"昆明{self.name()}{self._random.choice(TRADES)}有限公司"
        return Holder(name=name, document_type="credit_code", identity_number=number)

    def mobile_number(self) -> str:
        return self._once(lambda: f"1{self._random.choice('3578')}{self._digits(9)}")

    def wechat_openid(self) -> str:
        alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-"
        return "o6_" + "".join(self._random.choices(alphabet, k=25))

    def _holder(self, document_type: str, number: Callable[[], str]) -> Holder:
        return Holder(name=self.name(), document_type=document_type, identity_number=self._once(number))

    def _citizen_number(self, origin: str) -> str:
        born = date(1945, 1, 1) + timedelta(days=self._random.randrange(365 * 57))
        return with_person_check(f"{origin}{born:%Y%m%d}{self._digits(3)}")

    def _digits(self, count: int) -> str:
        return "".join(self._random.choices("0123456789", k=count))

    def _once(self, draw: Callable[[], str]) -> str:
        """Draws again until the number is one nobody else has."""
        number = draw()
        while number in self._issued:
            number = draw()
        self._issued.add(number)
        return number
