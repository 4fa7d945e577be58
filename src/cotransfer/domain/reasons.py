"""What a comparison of account and home can find, and how far each finding lets it go.

Each finding is one row: what it is about, which way it speaks, the best outcome it still allows, and how it is told.
A reason never carries a word of the texts that were compared.
"""

import enum
from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Literal

import attrs

Speaks = Literal["for", "against", "open"]


class MatchOutcome(enum.Enum):
    """Does this account belong to this home? From the best answer to the worst."""

    MATCH = "match"
    POSSIBLE = "possible"
    MISMATCH = "mismatch"


@attrs.frozen
class Reason:
    """One finding: `code` is a stable word, `part` is what was looked at."""

    code: str
    part: str
    speaks: Speaks

    @classmethod
    def of(cls, code: str) -> "Reason":
        finding = _FINDINGS[code]
        return cls(code, finding.part, finding.speaks)


def outcome_of(reasons: Iterable[Reason]) -> MatchOutcome:
    """The worst outcome that any of the reasons insists on."""
    best_first = list(MatchOutcome)
    return max(
        (_FINDINGS[reason.code].at_best for reason in reasons), key=best_first.index, default=MatchOutcome.POSSIBLE
    )


@attrs.frozen
class _Finding:
    part: str
    speaks: Speaks
    at_best: MatchOutcome
    zh: str
    en: str


_MATCH, _POSSIBLE, _MISMATCH = MatchOutcome

_FINDINGS: Mapping[str, _Finding] = {
    "city_differs": _Finding("city", "against", _MISMATCH, "不在同一城市。", "They are in different cities."),
    "district_same": _Finding("district", "for", _MATCH, "区县一致。", "Both are in the same district."),
    # Utilities leave the district out, and a development zone lies across several: no ground for doubt by itself.
    "district_unstated": _Finding(
        "district", "open", _MATCH, "至少一方的坐落未写明区县。", "At least one location names no district."
    ),
    "district_differs": _Finding("district", "against", _MISMATCH, "区县不同。", "They are in different districts."),
    "road_same": _Finding("road", "for", _MATCH, "道路一致。", "Both are on the same road."),
    "road_similar": _Finding("road", "open", _MATCH, "道路名称相近。", "The roads have similar names."),
    # One estate has gates on several roads: against, yet not the last word.
    "road_differs": _Finding("road", "against", _POSSIBLE, "道路不同。", "They are on different roads."),
    "number_same": _Finding("number", "for", _MATCH, "门牌号一致。", "Both have the same street number."),
    "number_unstated": _Finding(
        "number", "open", _MATCH, "至少一方的门牌号未写或不全。", "At least one street number is missing or incomplete."
    ),
    "number_differs": _Finding("number", "against", _POSSIBLE, "门牌号不同。", "The street numbers differ."),
    "estate_same": _Finding("estate", "for", _MATCH, "小区一致。", "Both are in the same estate."),
    "estate_similar": _Finding("estate", "open", _MATCH, "小区名称相近。", "The estates have similar names."),
    "estate_differs": _Finding("estate", "against", _POSSIBLE, "小区名称不同。", "The estates have different names."),
    # Phases, zones and village groups number their buildings each on its own.
    "section_unstated": _Finding(
        "section",
        "open",
        _POSSIBLE,
        "小区的期、区或组团，只有一方写明或写法不同。",
        "Only one location names a phase, zone or group, or they name it in different ways.",
    ),
    "section_differs": _Finding(
        "section",
        "against",
        _MISMATCH,
        "小区的期、区或组团不同。",
        "They are in different phases, zones or groups of the estate.",
    ),
    "place_unproven": _Finding(
        "place",
        "open",
        _POSSIBLE,
        "道路门牌和小区名称都不足以确认为同一地点。",
        "Neither road and number nor the estate prove that it is the same place.",
    ),
    "place_differs": _Finding("place", "against", _MISMATCH, "不是同一地点。", "It is not the same place."),
    "building_same": _Finding("building", "for", _MATCH, "楼栋一致。", "Both are in the same building."),
    "building_similar": _Finding(
        "building", "open", _POSSIBLE, "楼栋编号相近，写法不同。", "The buildings have similar labels."
    ),
    "building_unstated": _Finding(
        "building", "open", _POSSIBLE, "只有一方写明楼栋。", "Only one location names a building."
    ),
    "building_differs": _Finding("building", "against", _MISMATCH, "楼栋不同。", "They are in different buildings."),
    "unit_same": _Finding("unit", "for", _MATCH, "单元一致。", "Both have the same building entrance (unit)."),
    "unit_similar": _Finding(
        "unit", "open", _POSSIBLE, "单元编号相近，写法不同。", "The entrances (units) have similar labels."
    ),
    # Every entrance of a building has a room 502.
    "unit_unstated": _Finding(
        "unit", "open", _POSSIBLE, "只有一方写明单元。", "Only one location names an entrance (unit)."
    ),
    "unit_differs": _Finding(
        "unit", "against", _MISMATCH, "单元不同。", "They have different building entrances (units)."
    ),
    "room_same": _Finding("room", "for", _MATCH, "房号一致。", "Both have the same room number."),
    "room_similar": _Finding(
        "room",
        "open",
        _POSSIBLE,
        "房号相近，可能是其中一间或简写。",
        "One room number may be a part of the other, or short for it.",
    ),
    "room_unstated": _Finding(
        "room", "open", _POSSIBLE, "至少一方的坐落未写明房号。", "At least one location names no room."
    ),
    "room_differs": _Finding("room", "against", _MISMATCH, "房号不同。", "The room numbers differ."),
    # A garage, a shop or a basement may bear a flat's number.
    "wording_differs": _Finding(
        "wording",
        "open",
        _POSSIBLE,
        "一方另有文字（如商铺、车库、负一层），无法核对。",
        "One location has further words (such as shop, garage or basement) that cannot be compared.",
    ),
    "holder_same": _Finding(
        "holder", "for", _MATCH, "户名与原权利人一致。", "The account is in the former right holder's name."
    ),
    "holder_similar": _Finding(
        "holder",
        "for",
        _MATCH,
        "户名可见部分与原权利人相符。",
        "What is shown of the account holder's name fits the former right holder.",
    ),
    "holder_hidden": _Finding(
        "holder", "open", _MATCH, "户名已全部隐去，无法核对。", "The account holder's name is hidden entirely."
    ),
    # Families often kept an older name on the account, so this alone never refuses.
    "holder_differs": _Finding(
        "holder",
        "against",
        _POSSIBLE,
        "户名与原权利人不一致。",
        "The account is not in the former right holder's name.",
    ),
    "former_holder_unknown": _Finding(
        "holder",
        "open",
        _MATCH,
        "登记簿未提供原权利人，户名无法核对。",
        "The registry names no former right holder to compare with.",
    ),
    "co_owner_holds_account": _Finding(
        "holder",
        "open",
        _POSSIBLE,
        "户名为该房屋现在的另一权利人。",
        "The account is in the name of another present right holder.",
    ),
    "already_in_applicants_name": _Finding(
        "holder", "open", _POSSIBLE, "户名已与申请人姓名相同。", "The account is already in the applicant's name."
    ),
}

REASONS: Mapping[str, tuple[str, str]] = MappingProxyType(
    {code: (finding.zh, finding.en) for code, finding in _FINDINGS.items()}
)
"""Each reason's code, with its sentence in Chinese and in English."""
