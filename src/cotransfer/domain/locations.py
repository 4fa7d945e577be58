"""Reads a location (坐落) as Kunming writes it into parts that can be compared.

The text itself is kept elsewhere, verbatim; this form exists only for comparing, and is never stored, shown or sent.
Any text is read without error; what is not recognised is None. The rules were measured against the city's habits:
栋/幢/座/号楼 mean the same, Chinese numerals are numbers only right before a counting word (三家村 stays), the city may
be missing, an old district name counts as today's, and a development zone is no district.
"""

import re
import unicodedata

import attrs

from cotransfer.domain.numerals import with_arabic_numbers

LONGEST_TEXT = 200

_HAN = "\u4e00-\u9fff〇"
_DISTRICTS = {
    "呈贡新区": "呈贡区",
    "呈贡县": "呈贡区",
    "晋宁县": "晋宁区",
    "石林彝族自治县": "石林县",
    "禄劝彝族苗族自治县": "禄劝县",
    "寻甸回族彝族自治县": "寻甸县",
}
_DISTRICTS |= {name: name for name in ("五华区", "盘龙区", "官渡区", "西山区", "东川区", "呈贡区", "晋宁区", "安宁市")}
_DISTRICTS |= {name: name for name in ("富民县", "宜良县", "石林县", "嵩明县", "禄劝县", "寻甸县")}
_DISTRICT = "|".join(_DISTRICTS)
_ZONE = (
    "(?:国家级?)?(?:经济技术开发区|经济开发区|经开区|高新技术产业开发区|高新技术开发区|高新区"
    "|(?:滇池)?(?:国家级?)?旅游度假区|滇池度假区|度假区|空港经济区|空港区|阳宗海风景名胜区|阳宗海度假区)"
)
_REGION = re.compile(
    f"中国|云南省|云南(?=昆明|{_DISTRICT})|昆明市(?!场)|昆明(?={_DISTRICT}|{_ZONE})|(?P<district>{_DISTRICT})|{_ZONE}"
)
_SUBDISTRICT = re.compile(f"[{_HAN}]{{2,5}}?(?:街道办事处|街道办|街道|办事处)")
_TOWN = re.compile(f"[{_HAN}]{{2,3}}?(?<![小古水])[镇乡](?=[{_HAN}])")
_COMMUNITY = re.compile(f"[{_HAN}]{{2,6}}?(?:(?:社区)?居民?委员?会|村民?委员?会|社区(?=[{_HAN}]{{2}}))")

_ROAD = re.compile(
    f"(?:[0-9]{{1,3}}号|[{_HAN}])[{_HAN}]{{0,11}}?(?:大道|大街|路(?!口)|街(?!道)|巷)(?:延长线|[东西南北中]段)?"
)
_ESTATE_NAMED_AFTER_ROAD = re.compile("小区|住宅|社区|花园|新村|家园|公寓|大厦|广场|苑")
_CROSSING = re.compile(f"[与和][{_HAN}]{{1,12}}?(?:交叉口|交汇处|路口)")
_NUMBER = re.compile(
    "(?P<number>[0-9]{1,5}(?:-[0-9]{1,4})?)[号#](?![楼幢栋座])(?:大?院)?(?:附(?P<annex>[0-9]{1,4})号?)?"
    "|(?P<bare>[0-9]{1,5})(?=$|(?:-[0-9]+){3}$)"
)

_BUILDING_MARK = "(?:号楼|[号#]?[幢栋座]|#楼|#|楼)"
_ROOM_MARK = "(?:号室|号房|室|户|房)"
_MARK = f"(?:{_BUILDING_MARK}|单元|层|{_ROOM_MARK}|号(?!路))"
# 文林街12-3-502 may begin with a street number or with a building: only the room is certain.
_UNCLEAR_BEFORE_ROOM = re.compile(f"(?:[0-9]{{1,5}}-){{1,2}}(?=[0-9]{{3,5}}{_ROOM_MARK}?$)")
# In front of a label a digit would be part of it, and two letters are a name's end (IFC3幢 is building 3).
_LABEL = "(?:(?:(?<![A-Z0-9])[A-Z])?(?<![0-9])[0-9]{1,5}[A-Z甲乙丙丁]?|(?<![A-Z0-9])[A-Z]{1,2}|[甲乙丙丁])"
_DETAIL_START = re.compile(
    f"第?(?:(?:{_LABEL}-){{0,3}}{_LABEL}(?:单元|{_ROOM_MARK}|(?<=[0-9A-Z])$)"
    f"|(?:(?<![A-Z0-9])(?:[A-Z]?[0-9]{{1,3}}|[A-Z])-)?{_LABEL}{_MARK})"
)
_DETAIL = re.compile(
    f"(?P<label>[A-Z0-9]+[甲乙丙丁]?(?:-[A-Z0-9]+)*|[甲乙丙丁]|[东西南北中](?=单元))(?P<mark>{_MARK}?)"
)


@attrs.frozen(kw_only=True, repr=False)
class ParsedLocation:
    """A location's parts, None where the text names none; labels have no leading zeros and upper-case letters."""

    district: str | None = None
    road: str | None = None
    number: str | None = None
    estate: str | None = None
    building: str | None = None
    unit: str | None = None
    room: str | None = None

    def __repr__(self) -> str:
        return "ParsedLocation(***)"  # where somebody lives is personal


def parse_location(text: str) -> ParsedLocation:
    """The parts of a location. A text too long to be one has none."""
    rest = _tidy(text) if len(text) <= LONGEST_TEXT else ""
    if len(rest) > LONGEST_TEXT:
        return ParsedLocation()
    district, rest = _read_region(rest)
    road, number, rest = _read_road(rest)
    start = _DETAIL_START.search(rest)
    cut = start.start() if start else len(rest)
    estate = rest[:cut].strip("-#") or None
    details = _Details(number=number)
    for token in _DETAIL.finditer(rest, cut):
        # A short label without a mark is a room only at the very end: in 3幢A区502 the A is none.
        if token["mark"] or token.end() == len(rest) or len(token["label"]) > len("99"):
            details.read(token["label"], token["mark"])
        if details.room is not None:
            break  # what follows is a cellar or a parking space
    return details.parsed(district=district, road=road, estate=estate)


def _tidy(text: str) -> str:
    """One spelling: NFKC, upper case, Arabic numbers; separators only between letters or digits, as a hyphen."""
    plain = unicodedata.normalize("NFKC", text.replace("○", "〇")).upper()
    joined = re.sub(r"(?<=[A-Z0-9])(?:[^\w#]|_)+(?=[A-Z0-9])", "-", plain)
    return with_arabic_numbers(re.sub(r"[^\w#-]|_|(?<![A-Z0-9])-|-(?![A-Z0-9])", "", joined))


def _read_region(text: str) -> tuple[str | None, str]:
    """The district, and the text from the road or estate on."""
    district = None
    position = 0
    while found := _REGION.match(text, position):
        district = district or _DISTRICTS.get(found["district"] or "")
        position = found.end()
    for smaller in (_SUBDISTRICT, _TOWN, _COMMUNITY):
        # Without a district in front, 镇 and 乡 are as often a fancy estate's name.
        if (smaller is not _TOWN or district) and (found := smaller.match(text, position)):
            position = found.end()
    return district, text[position:]


def _read_road(text: str) -> tuple[str | None, str | None, str]:
    """Road, number, and what follows them."""
    found = _ROAD.match(text)
    if found is None or _ESTATE_NAMED_AFTER_ROAD.match(text, found.end()):
        return None, None, text
    road = found.group()
    if len(road) > len("昆明某路"):
        road = road.removeprefix("昆明")
    position = found.end()
    if crossing := _CROSSING.match(text, position):
        position = crossing.end()
    numbered = _NUMBER.match(text, position)
    if numbered is None:
        unclear = _UNCLEAR_BEFORE_ROOM.match(text, position)
        return road, None, text[unclear.end() if unclear else position :]
    number = _label(numbered["number"] or numbered["bare"])
    if numbered["annex"]:
        number = f"{number}附{_label(numbered['annex'])}"
    return road, number, text[numbered.end() :].lstrip("-")


def _label(text: str) -> str:
    """Without leading zeros, and without a hyphen after a letter: A-03 is A3."""
    return re.sub(r"(?<=[A-Z])-(?=[0-9])", "", re.sub(r"(?<![0-9])0+(?=[0-9])", "", text))


@attrs.define
class _Details:
    """Gathers building, unit and room from labels in the order they are written."""

    number: str | None = None
    building: str | None = None
    unit: str | None = None
    room: str | None = None
    storey: str | None = None

    def read(self, label: str, mark: str) -> None:
        match mark:
            case "楼":
                self.storey = self.storey or _label(label)
            case "层":
                pass
            case "单元":
                *before, unit = label.split("-")
                self.unit = _label(unit)
                self.building = self.building or _label("-".join(before)) or None
            case "号":
                self._read_numbered(label)
            case "" | "室" | "户" | "房" | "号室" | "号房":
                self._read_room(label)
            case _:
                self.building = self.building or _label(label)

    def _read_numbered(self, label: str) -> None:
        """N号 is a room in a building; a house where no number came before; else a building, or from 100 on a room."""
        if self.building or self.unit or self.storey:
            self._read_room(label)
        elif self.number is None:
            self.number = _label(label)
        elif len(label) > len("99"):
            self._read_room(label)
        else:
            self.building = _label(label)

    def _read_room(self, label: str) -> None:
        """502, 3-502 (building or unit), 3-2-502, and 502-1: a part of a divided home."""
        *before, room = label.split("-")
        if before and len(before[-1]) > len("99") and len(room) <= len("99"):
            room = f"{before.pop()}-{room}"
        if before and not self.unit:
            if self.building is None and self.storey is None:
                self.building = _label(before.pop(0))
            self.unit = _label(before[-1]) if before else None
        lettered = re.fullmatch(r"([A-Z])([0-9]+)", room)
        if lettered and not self.unit:
            self.unit, room = lettered.groups()
        self.room = _label(room)

    def parsed(self, *, district: str | None, road: str | None, estate: str | None) -> ParsedLocation:
        return ParsedLocation(
            district=district,
            road=road,
            number=self.number,
            estate=estate,
            building=self.building or self._building_called_storey(),
            unit=self.unit,
            room=self.room,
        )

    def _building_called_storey(self) -> str | None:
        """3楼502 stands for building 3, 5楼502 for the fifth storey."""
        if self.storey and self.room and self.room[:-2] == self.storey:
            return None
        return self.storey
