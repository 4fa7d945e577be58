"""Reads what a location says behind road and estate: building, entrance (unit), storey and room.

Whatever stands between and cannot be read is kept as `wording`, so that two locations that differ in it are never taken
for one: a garage 502 is not room 502, and a basement is not the ground floor.
"""

import re

import attrs

_BUILDING_MARK = "(?:号楼|[号#]?[幢栋座]|#楼|#|楼)"
ROOM_MARK = "(?:号室|号房|室|户|房)"
_MARK = f"(?:{_BUILDING_MARK}|单元|层|{ROOM_MARK}|号(?!路))"
_BASEMENT = "负[0-9]{1,2}(?=[层楼])"
# In front of a label a digit would be part of it, and two letters are a name's end (IFC3幢 is building 3).
_LABEL = "(?:(?:(?<![A-Z0-9])[A-Z])?(?<![0-9])[0-9]{1,5}[A-Z甲乙丙丁]?|(?<![A-Z0-9])[A-Z]{1,2}|[甲乙丙丁])"
_DETAIL_START = re.compile(
    f"第?(?:{_BASEMENT}|(?:{_LABEL}-){{0,3}}{_LABEL}(?:单元|{ROOM_MARK}|(?<=[0-9A-Z])$)"
    f"|(?:(?<![A-Z0-9])(?:[A-Z]?[0-9]{{1,3}}|[A-Z])-)?{_LABEL}{_MARK})"
)
_DETAIL = re.compile(
    f"(?P<label>{_BASEMENT}|[A-Z0-9]+[甲乙丙丁]?(?:-[A-Z0-9]+)*|[甲乙丙丁]|[东西南北中](?=单元))(?P<mark>{_MARK}?)"
)
_USE = re.compile("(?:商铺|商业|铺面|铺|门面房?|车库|车位|仓库|储藏[室间]|储物间|杂物间|地下室?)+$")
_SAYS_NOTHING = re.compile("成套住宅|住宅楼?|商住楼|综合楼|自建房|房屋|复式楼?|跃层|整套|[第内的及和与]")
# Most estates have none of these as a name; alone they prove no place.
_NO_NAME = re.compile(
    "(?:职工|单位|家属)?(?:宿舍|院)|小区|(?:成套)?住宅(?:小区|楼)?|商住楼|综合楼|写字楼|自建房|公寓|别墅|内"
)


@attrs.frozen(kw_only=True, repr=False)
class Inside:
    """The estate's name and what lies in it; `number` is the house's, where none was known before."""

    estate: str | None
    number: str | None
    building: str | None
    unit: str | None
    room: str | None
    wording: str | None


def label(text: str) -> str:
    """Without leading zeros, and without a hyphen after a letter: A-03 is A3."""
    return re.sub(r"(?<=[A-Z])-(?=[0-9])", "", re.sub(r"(?<![0-9])0+(?=[0-9])", "", text))


def read_inside(text: str, number: str | None) -> Inside:
    start = _DETAIL_START.search(text)
    position = start.start() if start else len(text)
    estate = text[:position].strip("-#")
    named = _USE.sub("", estate)
    unread = [estate[len(named) :]]
    details = _Details(number=number)
    for token in _DETAIL.finditer(text, position):
        between = text[position : token.start()]
        if details.room is not None and not _is_one_more_room(between, token["label"]):
            break  # what follows is a cellar or a parking space
        # A short label without a mark is a room only at the very end: in 3幢A区502 the A is none.
        if token["mark"] or token.end() == len(text) or len(token["label"]) > len("99"):
            unread.append(between)
            position = token.end()
            details.read(token["label"], token["mark"])
    unread += [text[position:], details.unused_basement()]
    return Inside(
        estate=None if _NO_NAME.fullmatch(named) else named or None,
        number=details.number,
        building=details.building or details.building_called_storey(),
        unit=details.unit,
        room=details.room,
        wording=_SAYS_NOTHING.sub("", "".join(unread)).strip("-#") or None,
    )


def _is_one_more_room(between: str, text: str) -> bool:
    """502室、503室 and 502室和503室 are one home in two rooms."""
    return between in ("", "及", "和", "与") and len(text) > len("99") and text.isdigit()


@attrs.define(repr=False)
class _Details:
    """Gathers building, unit and room from labels in the order they are written."""

    number: str | None = None
    building: str | None = None
    unit: str | None = None
    room: str | None = None
    storey: str | None = None  # or the building: 3楼
    floor: str | None = None  # a storey beyond doubt

    def read(self, text: str, mark: str) -> None:
        match mark:
            case "层":
                self.floor = label(text)
            case "楼" if text.startswith("负"):
                self.floor = label(text)
            case "楼":
                self.storey = self.storey or label(text)
            case "单元":
                *before, unit = text.split("-")
                self.unit = label(unit)
                self.building = self.building or label("-".join(before)) or None
            case "号":
                self._read_numbered(text)
            case "" | "室" | "户" | "房" | "号室" | "号房":
                self._read_room(text)
            case _:
                self._read_building(label(text))

    def _read_building(self, building: str) -> None:
        """1号楼A座 is part A of building 1."""
        if self.building is None:
            self.building = building
        elif building != self.building:
            self.building = f"{self.building}-{building}"

    def _read_numbered(self, text: str) -> None:
        """N号 is a room in a building; a house where no number came before; else a building, or from 100 on a room."""
        if self.building or self.unit or self.storey or self.floor:
            self._read_room(text)
        elif self.number is None:
            self.number = label(text)
        elif len(text) > len("99"):
            self._read_room(text)
        else:
            self.building = label(text)

    def _read_room(self, text: str) -> None:
        """502, 3-502 (building or unit), 3-2-502, 502-1: a part of a divided home, and 502-503: two in one."""
        *before, room = text.split("-")
        rooms = [room]
        while before and _adjoin(before[-1], rooms[0]):
            rooms.insert(0, before.pop())
        if before and len(before[-1]) > len("99") and len(room) <= len("99"):
            rooms = [f"{before.pop()}-{room}"]
        rooms[0] = "-".join((*self._read_before_room(before, room), rooms[0]))
        lettered = re.fullmatch(r"([A-Z])([0-9]+)", room)
        if lettered and not self.unit:
            self.unit, rooms[-1] = lettered.groups()
        known = self.room.split("+") if self.room else []
        self.room = "+".join(sorted({*known, *(self._on_its_floor(room) for room in rooms)}))

    def _read_before_room(self, before: list[str], room: str) -> list[str]:
        """Takes building, unit and storey from what a row of numbers says before the room; leaves what is neither."""
        if before and (self.unit or len(before) > 2) and (len(room) <= len("99") or room[:-2] == before[-1]):
            self.floor = before.pop()  # 2单元5-502, 2单元5-2, 3-2-5-502
        if before and not (self.building or self.unit or self.storey):
            self.building = label(before.pop(0))
        if before and not self.unit:
            self.unit = label(before.pop())
        return before

    def _on_its_floor(self, room: str) -> str:
        """12层03号 is 1203, and 15楼C室 is 15C. A 楼 is a storey inside a building, or before 03 and C."""
        if self.storey and not self.floor and (self.building or (not self.unit and re.fullmatch("0.|[A-Z]", room))):
            self.floor, self.storey = self.storey, None
        if self.floor is None or not re.fullmatch("[0-9]{1,2}|[A-Z]", room):
            return label(room)
        if self.floor.startswith("负"):
            return f"{self.floor}-{label(room)}"
        return f"{self.floor}{room:0>2}" if room.isdigit() else f"{self.floor}{room}"

    def unused_basement(self) -> str:
        """A storey below ground that is no part of the room's number."""
        floor = self.floor or ""
        return f"{floor}层" if floor.startswith("负") and not (self.room or "").startswith(floor) else ""

    def building_called_storey(self) -> str | None:
        """3楼502 stands for building 3, 5楼502 for the fifth storey."""
        if self.storey and self.room and self.room[:-2] == self.storey:
            return None
        return self.storey


def _adjoin(one: str, other: str) -> bool:
    """502 and 503 share a storey, 501 and 601 lie one above the other."""
    return all(len(room) > len("99") and room.isdigit() for room in (one, other)) and (
        one[:-2] == other[:-2] or one[-2:] == other[-2:]
    )
