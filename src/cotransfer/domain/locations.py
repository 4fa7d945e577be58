"""Reads a location (坐落) as Kunming writes it into parts that can be compared.

The text itself is kept elsewhere, verbatim; this form exists only for comparing, and is never stored, shown or sent.
Any text is read without error; what is not recognised is None. The rules were measured against the city's habits:
栋/幢/座/号楼 mean the same, Chinese numerals are numbers only right before a counting word (三家村 stays), the city may
be missing, an old district name counts as today's, and a development zone is no district.
"""

import re
import unicodedata

import attrs

from cotransfer.domain.insides import ROOM_MARK, label, read_inside
from cotransfer.domain.numerals import with_arabic_numbers
from cotransfer.domain.regions import read_region

LONGEST_TEXT = 200

_HAN = "\u4e00-\u9fff〇"
_ROAD = re.compile(
    f"(?:[0-9]{{1,3}}号|[{_HAN}])[{_HAN}]{{0,11}}?(?:大道|大街|路(?!口)|街(?!道)|巷)(?:延长线|[东西南北中]段)?"
)
_LANE = re.compile(f"(?:[0-9]{{1,3}}|[{_HAN}]{{1,6}}?)[巷弄里](?=[甲乙丙丁附支]?[0-9])")
_ESTATE_NAMED_AFTER_ROAD = re.compile("小区|住宅|社区|花园|新村|家园|公寓|大厦|广场|苑")
_CROSSING = re.compile(f"[与和][{_HAN}]{{1,12}}?(?:交叉口|交汇处|路口)")
_NUMBER = re.compile(
    "(?P<before>[甲乙丙丁附支]?)(?P<number>[0-9]{1,5})(?:-(?P<part>[0-9]{1,4}))?[号#](?![楼幢栋座])(?:大?院)?"
    "(?:(?P<kind>[附支之])(?P<annex>[0-9]{1,4})号?|(?P<stem>[甲乙丙丁])(?![号楼幢栋座单室])|原(?P<former>[0-9]{1,5})号)?"
    "|(?P<bare>[0-9]{1,5})(?=$|(?:-[0-9]+){3}$)"
)
# 文林街12-3-502 may begin with a street number or with a building: only the room is certain.
_UNCLEAR_BEFORE_ROOM = re.compile(f"(?:[0-9]{{1,5}}-){{1,2}}(?=[0-9]{{3,5}}{ROOM_MARK}?$)")


@attrs.frozen(kw_only=True, repr=False)
class ParsedLocation:
    """A location's parts, None where the text names none; labels have no leading zeros and upper-case letters.

    `city` is one other than Kunming; `wording` is what stands beside building and room and could not be read.
    """

    city: str | None = None
    district: str | None = None
    road: str | None = None
    number: str | None = None
    estate: str | None = None
    building: str | None = None
    unit: str | None = None
    room: str | None = None
    wording: str | None = None

    def __repr__(self) -> str:
        return "ParsedLocation(***)"  # where somebody lives is personal


def parse_location(text: str) -> ParsedLocation:
    """The parts of a location. A text too long to be one has none."""
    tidy = _tidy(text) if len(text) <= LONGEST_TEXT else ""
    if len(tidy) > LONGEST_TEXT:
        return ParsedLocation()
    region = read_region(tidy)
    road, number, rest = _read_road(tidy[region.end :])
    inside = read_inside(rest, number)
    return ParsedLocation(city=region.city, district=region.district, road=road, **attrs.asdict(inside, recurse=False))


def _tidy(text: str) -> str:
    """One spelling: NFKC, upper case, Arabic numbers; separators only between letters or digits, as a hyphen."""
    plain = unicodedata.normalize("NFKC", text.replace("○", "〇")).upper()
    below = re.sub("(?<![A-Z0-9])-(?=[1-3一二三][层楼])", "负", plain)
    joined = re.sub(r"(?<=[A-Z0-9])(?:[^\w#]|_)+(?=[A-Z0-9])", "-", below)
    tidy = with_arabic_numbers(re.sub(r"[^\w#-]|_|(?<![A-Z0-9])-|-(?![A-Z0-9])", "", joined))
    return re.sub("地下(?=[1-9][层楼])|(?<![A-Z0-9])B(?=[1-9]层)", "负", tidy)


def _read_road(text: str) -> tuple[str | None, str | None, str]:
    """Road (with the lane off it), number, and what follows them."""
    found = _ROAD.match(text)
    if found is None or _ESTATE_NAMED_AFTER_ROAD.match(text, found.end()):
        return None, None, text
    road = found.group()
    if len(road) > len("昆明某路"):
        road = road.removeprefix("昆明")
    position = found.end()
    if crossing := _CROSSING.match(text, position):
        position = crossing.end()
    elif lane := _LANE.match(text, position):
        road, position = road + lane.group(), lane.end()
    numbered = _NUMBER.match(text, position)
    if numbered is None:
        unclear = _UNCLEAR_BEFORE_ROOM.match(text, position)
        return road, None, text[unclear.end() if unclear else position :]
    return road, _number(numbered), text[numbered.end() :].lstrip("-")


def _number(found: re.Match[str]) -> str:
    """20号附5号 and 20-5号 are 20附5; 5号甲 is 5甲, and 甲5号, which may mean the same, 5号甲."""
    number = label(found["number"] or found["bare"])
    if found["before"]:
        number += f"号{found['before']}"
    if found["part"]:
        number += f"附{label(found['part'])}"
    if found["annex"]:
        number += f"{found['kind']}{label(found['annex'])}"
    if found["former"]:
        number += f"原{label(found['former'])}"
    return number + (found["stem"] or "")
