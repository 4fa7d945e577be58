"""Where the homes of the invented city stand, and how differently two offices spell the same place.

The roads carry names as they are heard in Kunming; the estates are invented.
Never compares locations: that is the domain's work.
"""

import itertools
from collections.abc import Iterator
from random import Random

import attrs

DISTRICTS = {
    "五华区": "530102",
    "盘龙区": "530103",
    "官渡区": "530111",
    "西山区": "530112",
    "呈贡区": "530114",
    "晋宁区": "530115",
    "安宁市": "530181",
}
ROADS = {
    "五华区": ("人民西路", "一二一大街", "学府路", "教场北路", "龙泉路"),
    "盘龙区": ("北京路", "白云路", "穿金路", "东风东路"),
    "官渡区": ("春城路", "关上中路", "珥季路", "彩云北路"),
    "西山区": ("滇池路", "西园南路", "前卫西路", "兴苑路"),
    "呈贡区": ("彩云南路", "春融街", "石龙路"),
    "晋宁区": ("昆阳大街", "郑和路"),
    "安宁市": ("连然街", "大屏南路"),
}
ESTATE_HEADS = ("翠屿", "云栖", "茶花", "金汁", "银杏", "听雨", "望湖", "半山", "紫藤", "春晓", "鹭鸣", "海棠")
ESTATE_TAILS = ("花园", "小区", "苑", "家园", "雅居")
CHINESE_DIGITS = "零一二三四五六七八九"


@attrs.frozen(kw_only=True)
class Place:
    """One home's place in its parts; spelled out in a house style by the functions below."""

    district: str
    road: str
    number: int
    estate: str
    building: int
    entrance: int
    room: str
    parcel: int

    @property
    def county(self) -> str:
        return DISTRICTS[self.district]

    def unit_number(self, *, letter: str = "F", serial: int = 0) -> str:
        """The 28 characters of GB/T 37346; another letter than F is something that is not a home."""
        land = f"{self.county}{1 + self.number % 9:03d}{1 + self.building % 30:03d}GB{self.parcel:05d}"
        return f"{land}{letter}{self.building:04d}{serial or self.entrance * 1200 + int(self.room):04d}"


def places(random: Random) -> Iterator[Place]:
    """Places without end; no two are the same home. A few homes of each estate, then the next estate."""
    names = [(district, head + tail) for district in DISTRICTS for head in ESTATE_HEADS for tail in ESTATE_TAILS]
    random.shuffle(names)
    estates = [
        (parcel, district, estate, random.choice(ROADS[district]), random.randint(3, 398))
        for parcel, (district, estate) in enumerate(names, start=1)
    ]
    seen: set[Place] = set()
    for parcel, district, estate, road, number in itertools.cycle(estates):
        for _ in range(3):
            place = Place(
                district=district,
                road=road,
                number=number,
                estate=estate,
                building=random.randint(1, 24),
                entrance=random.randint(1, 4),
                room=str(random.randint(2, 11) * 100 + random.randint(1, 4)),
                parcel=parcel,
            )
            if place not in seen:
                seen.add(place)
                yield place


def registry_spelling(place: Place, style: int) -> str:
    """The registry's spelling: complete, but each clerk has their own house style."""
    p = place
    street = f"{p.road}{p.number}号{p.estate}"
    match style % 6:
        case 0:
            return f"昆明市{p.district}{street}{p.building}幢{p.entrance}单元{p.room}室"
        case 1:
            return f"云南省昆明市{p.district}{street}{p.building}栋{p.entrance}单元{p.room}号"
        case 2:
            return f"{p.district}{street}第{p.building}幢{p.entrance}单元{p.room}室"
        case 3:
            return full_width(f"昆明市{p.district}{street}{p.building}号楼{p.entrance}单元{p.room}室")
        case 4:
            return f"昆明市{p.district}{street}{chinese(p.building)}幢{chinese(p.entrance)}单元{p.room}室"
        case _:
            return f"昆明市 {p.district} {street} {p.building}幢 {p.entrance}单元 {p.room}室"


def water_spelling(place: Place, style: int) -> str:
    """The water company's spelling: short, as the meter readers know it."""
    p = place
    match style % 5:
        case 0:
            return f"{p.road}{p.number}号{p.estate}{p.building}栋{p.entrance}单元{p.room}"
        case 1:
            return f"{p.district}{p.estate}{p.building}幢{p.entrance}单元{p.room}号"
        case 2:
            return f"{p.estate}{p.building}栋{p.entrance}单元{p.room}室"
        case 3:
            return full_width(f"{p.estate}{p.building}幢{p.entrance}单元{p.room}室")
        case _:
            return f"{p.district}{p.road}{p.number}号{p.building}号楼{p.entrance}单元{p.room}"


def vague_spelling(place: Place) -> str:
    """What an old meter book has kept: estate and room, no building. It could be this home, or another."""
    return f"{place.estate}{place.room}室"


def full_width(text: str) -> str:
    return "".join(chr(ord(char) + 0xFEE0) if char.isdigit() and char.isascii() else char for char in text)


def chinese(number: int) -> str:
    """1 to 99 in Chinese numerals: 十, 十八, 二十四."""
    tens, ones = divmod(number, 10)
    head = {0: "", 1: "十"}.get(tens, CHINESE_DIGITS[tens] + "十")
    return head + (CHINESE_DIGITS[ones] if ones or not tens else "")
