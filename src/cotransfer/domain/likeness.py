"""How two parts of a location stand to one another: roads, numbers, estates, and the labels inside an estate.

Knows how two offices may write the same thing (D区5幢, D5幢; 东单元, 1单元). That is *similar* then, not *same*.
"""

import enum
import re
from itertools import product, takewhile


class Likeness(enum.StrEnum):
    SAME = "same"
    SIMILAR = "similar"
    UNSTATED = "unstated"  # by one or by both
    DIFFERS = "differs"


def alike(one: str | None, other: str | None) -> Likeness:
    if one is None or other is None:
        return Likeness.UNSTATED
    return Likeness.SAME if one == other else Likeness.DIFFERS


# ------------------------------------------------------------------------------------------------------ along the road

_ROAD_WORD = re.compile("(?:大道|大街|[路街巷弄里])(?:延长线)?$")
_DIRECTION = re.compile("[东西南北中](?=(?:大道|大街|[路街])$)|[东西南北中]段$")


def roads(one: str | None, other: str | None) -> Likeness:
    """A road may come with its quarter in front, a lane with its road, and 人民路 may be any of 人民东路 to 人民西路.

    But 人民东路 is not 人民西路, and 北京路延长线 is not 北京路.
    """
    said = alike(one, other)
    if said is not Likeness.DIFFERS or not one or not other:
        return said
    shorter, longer = sorted((one, other), key=len)
    with_quarter = longer.endswith(shorter) or _share_their_end(one, other)
    with_lane = longer.startswith(shorter) and longer[-1] in "巷弄里"
    without_direction = _DIRECTION.sub("", longer) == shorter
    return Likeness.SIMILAR if with_quarter or with_lane or without_direction else Likeness.DIFFERS


def _share_their_end(one: str, other: str) -> bool:
    """关上中心区关兴路 and 关上关兴路: each has a quarter in front of a road's whole name. 东二环路, 北二环路: not."""
    same = len(list(takewhile(lambda pair: pair[0] == pair[1], zip(reversed(one), reversed(other), strict=False))))
    name = _ROAD_WORD.sub("", one[len(one) - same :])
    return len(name) > 1 and min(len(one), len(other)) - same > 1


def numbers(one: str | None, other: str | None) -> Likeness:
    """20号附5号 is not another number than 20号, only a more exact one; 20-26号 may be all the houses between."""
    said = alike(one, other)
    if said is not Likeness.DIFFERS or not one or not other:
        return said
    (main, annex), (other_main, other_annex) = _main_and_annex(one), _main_and_annex(other)
    if main == other_main and (not annex or not other_annex or annex[1:] == other_annex[1:]):
        return Likeness.UNSTATED
    if _within(main, other_main, annex) or _within(other_main, main, other_annex):
        return Likeness.UNSTATED
    return said


def _main_and_annex(number: str) -> tuple[int, str]:
    main = "".join(takewhile(str.isdigit, number))
    annex = number[len(main) :]
    return int(main or "0"), re.sub("^号?(?=[甲乙丙丁]$)", "号", annex)


def _within(first: int, number: int, annex: str) -> bool:
    """Whether 20-26号, or 20号 (原26号), speaks of this number too."""
    last = int(annex[1:]) if annex[1:].isdigit() else 0
    return first < number <= last if annex.startswith("附") else annex.startswith("原") and number == last


# ------------------------------------------------------------------------------------------------------------- estates

_OWN_NAME, _KIND = "[A-Z]|[0-9]{1,3}|[东西南北中]", "期|区|组团|地块|[组排队社院]|(?<=[东西南北])苑"
_SECTION = re.compile(f"({_OWN_NAME})({_KIND})")
_SECTIONS = re.compile(f"(?<=..)(?:(?:{_OWN_NAME})(?:{_KIND}))+$")


def estates(one: str | None, other: str | None) -> tuple[Likeness, Likeness | None]:
    """How the estates are alike, and their sections (二期, A区, 3组), if one has any.

    A name that lies within the other, or is its abbreviation (云师大, 云南师范大学), may be the same estate.
    """
    if one is None or other is None:
        return Likeness.UNSTATED, None
    (name, parts), (other_name, other_parts) = _name_and_sections(one), _name_and_sections(other)
    shorter, longer = sorted((name, other_name), key=len)
    characters = iter(longer)
    if shorter != longer and not (len(shorter) > 1 and all(character in characters for character in shorter)):
        return Likeness.DIFFERS, None
    named = Likeness.SAME if shorter == longer else Likeness.SIMILAR
    if parts == other_parts:
        return named, Likeness.SAME if parts else None
    if any(parts[kind] != other_parts[kind] for kind in parts.keys() & other_parts.keys()):
        return Likeness.DIFFERS, Likeness.DIFFERS
    return Likeness.SIMILAR, Likeness.UNSTATED


def _name_and_sections(estate: str) -> tuple[str, dict[str, str]]:
    """金康园小区 is called 金康园; a name that is no more than such a word stays."""
    found = _SECTIONS.search(estate)
    sections = found.group() if found else ""
    name = re.sub("(?<=..)(?:住宅小区|小区|住宅区|住宅|社区)$", "", estate.removesuffix(sections))
    return name, {kind: own for own, kind in _SECTION.findall(sections)}


# -------------------------------------------------------------------------------------------- labels inside an estate

_PIECE = re.compile("负?[0-9]+|[A-Z甲乙丙丁东西南北中]")
_SERIES = ("ABCDEFGHIJKLMNOPQRSTUVWXYZ", "甲乙丙丁", "东西南北中")


def buildings(one: str | None, other: str | None, zones: tuple[str | None, str | None]) -> Likeness:
    """5幢 in D区 may be D5幢, but never A5幢."""
    said = labels(one, other)
    if said is Likeness.SIMILAR:
        letters = {
            letter
            for building, estate in zip((one, other), zones, strict=True)
            if (letter := _first_letter(building) or _zone(estate))
        }
        return Likeness.DIFFERS if len(letters) > 1 else said
    return said


def _first_letter(building: str | None) -> str:
    return "".join(re.findall("^[A-Z](?=[0-9])", building or ""))


def _zone(estate: str | None) -> str:
    return "".join(re.findall("([A-Z])(?:区|组团|地块|院)", estate or "")[-1:])


def labels(one: str | None, other: str | None) -> Likeness:
    """3 and 3-1 or A3 may be the same; so may labels of different series, A座 and 1幢, 东单元 and 1单元."""
    said = alike(one, other)
    if said is not Likeness.DIFFERS or not one or not other:
        return said
    pieces, other_pieces = set(_PIECE.findall(one)), set(_PIECE.findall(other))
    if pieces <= other_pieces or other_pieces <= pieces:
        return Likeness.SIMILAR
    return said if _series(one) == _series(other) or len(pieces | other_pieces) > 2 else Likeness.SIMILAR


def _series(text: str) -> int:
    return next((place for place, series in enumerate(_SERIES) if text in series), len(_SERIES))


def rooms(one: str | None, other: str | None) -> Likeness:
    """Of two rooms in one home, or of a divided home, one may be meant; 2号 is short for 502, 23号 perhaps for 203."""
    said = alike(one, other)
    if said is not Likeness.DIFFERS or not one or not other:
        return said
    pairs = product(one.split("+"), other.split("+"))
    return Likeness.SIMILAR if any(_may_be_one_room(*pair) for pair in pairs) else said


def _may_be_one_room(one: str, other: str) -> bool:
    pieces, other_pieces = set(_PIECE.findall(one)), set(_PIECE.findall(other))
    if pieces <= other_pieces or other_pieces <= pieces:
        return True
    shorter, longer = sorted(map(_in_digits, (one, other)), key=len)
    if shorter == longer:
        return True
    if not longer.isdigit() or not len(shorter) <= len("99") < len(longer):
        return False
    return longer.endswith(shorter.zfill(2)) or longer == f"{shorter[:-1]}0{shorter[-1]}"


def _in_digits(room: str) -> str:
    """15C is the third door of storey 15."""
    return re.sub("(?<=[0-9])[A-Z]$", lambda letter: f"{_SERIES[0].index(letter.group()) + 1:02}", room)
