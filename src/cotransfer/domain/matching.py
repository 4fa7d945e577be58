"""Tells whether an account belongs to a home, and why.

The account still bears the former owner's name: it is compared with the former right holder, and a difference from the
applicant never counts against it. It never answers without its reasons, and never says *match* on too little.
"""

import enum
import re
from collections.abc import Iterator

import attrs

from cotransfer.domain.locations import ParsedLocation, parse_location
from cotransfer.domain.names import NameFit, compare_names
from cotransfer.domain.reasons import REASONS, MatchOutcome, Reason, outcome_of
from cotransfer.domain.values import Account, Home, Name, RightHolder

__all__ = ["REASONS", "MatchOutcome", "Matching", "Reason", "compare_locations", "match"]


@attrs.frozen
class Matching:
    """*match* needs no question, *possible* a confirmation by the citizen, *mismatch* is refused or the utility's."""

    outcome: MatchOutcome
    reasons: tuple[Reason, ...]

    @property
    def already_holder(self) -> bool:
        """Whether the account is in the applicant's name already, as far as names can tell."""
        return any(reason.code == "already_in_applicants_name" for reason in self.reasons)


def match(account: Account, home: Home, applicant: RightHolder) -> Matching:
    """Compares places and names; the worst finding decides (step 3 and 4 of the scheme)."""
    places = compare_locations(parse_location(account.location.text), parse_location(home.location.text))
    reasons = (*places, *(Reason.of(code) for code in _compare_holder(account.holder, home, applicant)))
    return Matching(outcome_of(reasons), reasons)


def compare_locations(one: ParsedLocation, other: ParsedLocation) -> tuple[Reason, ...]:
    """What the two places have in common; the order of the two does not matter."""
    return tuple(
        Reason.of(code)
        for code in (
            f"district_{_alike(one.district, other.district)}",
            *_compare_place(one, other),
            *_compare_inside(one, other),
        )
    )


class _Likeness(enum.StrEnum):
    """How two parts of a location stand to one another."""

    SAME = "same"
    SIMILAR = "similar"
    UNSTATED = "unstated"  # by one or by both
    DIFFERS = "differs"


def _alike(one: str | None, other: str | None) -> _Likeness:
    if one is None or other is None:
        return _Likeness.UNSTATED
    return _Likeness.SAME if one == other else _Likeness.DIFFERS


def _compare_inside(one: ParsedLocation, other: ParsedLocation) -> Iterator[str]:
    """A building may have no entrances (units), an estate no buildings, but a home is known by its room."""
    if one.building or other.building:
        yield f"building_{_alike(one.building, other.building)}"
    if one.unit or other.unit:
        yield f"unit_{_alike(one.unit, other.unit)}"
    yield f"room_{_alike(one.room, other.room)}"


def _compare_place(one: ParsedLocation, other: ParsedLocation) -> Iterator[str]:
    """Road with number, or estate, proves the place; what speaks against one may be outweighed by the other."""
    road, number, estate = (
        _roads(one.road, other.road),
        _numbers(one.number, other.number),
        _estates(one.estate, other.estate),
    )
    on_no_road = one.road is None and other.road is None
    on_this_road = road in (_Likeness.SAME, _Likeness.SIMILAR)
    # A number counts along its road; where neither side names a road, it is the house in the estate or village.
    counted = on_this_road or (on_no_road and bool(one.number or other.number))
    if road is not _Likeness.UNSTATED:
        yield f"road_{road}"
    if counted:
        yield f"number_{number}"
    if estate is not _Likeness.UNSTATED:
        yield f"estate_{estate}"

    proven = _Likeness.SAME is estate or road is number is _Likeness.SAME
    denied = _Likeness.DIFFERS in (road, estate) or (on_this_road and number is _Likeness.DIFFERS)
    hinted = estate is _Likeness.SIMILAR or (on_this_road and number is not _Likeness.DIFFERS)
    another_house = on_no_road and number is _Likeness.DIFFERS
    if another_house or (denied and not proven and not hinted):
        yield "place_differs"
    elif not proven or (on_no_road and counted and number is _Likeness.UNSTATED):
        yield "place_unproven"


def _roads(one: str | None, other: str | None) -> _Likeness:
    """A road may come with its quarter in front: 关上民航路 is like 民航路."""
    alike = _alike(one, other)
    if alike is _Likeness.DIFFERS and one and other and (one.endswith(other) or other.endswith(one)):
        return _Likeness.SIMILAR
    return alike


def _numbers(one: str | None, other: str | None) -> _Likeness:
    """20号附5号 is not another number than 20号, only a more exact one."""
    alike = _alike(one, other)
    if alike is _Likeness.DIFFERS and one and other:
        (main, *annex), (other_main, *other_annex) = re.split("[附-]", one), re.split("[附-]", other)
        if main == other_main and bool(annex) != bool(other_annex):
            return _Likeness.UNSTATED
    return alike


def _estates(one: str | None, other: str | None) -> _Likeness:
    """A name that lies within the other, or is its abbreviation (云师大, 云南师范大学), may be the same estate."""
    if one is None or other is None:
        return _Likeness.UNSTATED
    shorter, longer = sorted((_estate_core(one), _estate_core(other)), key=len)
    if shorter == longer:
        return _Likeness.SAME
    characters = iter(longer)
    if len(shorter) > 1 and all(character in characters for character in shorter):
        return _Likeness.SIMILAR
    return _Likeness.DIFFERS


def _estate_core(name: str) -> str:
    """金康园小区 is called 金康园; a name that is no more than such a word stays."""
    return re.sub("(?<=..)(?:住宅小区|小区|住宅区|住宅|社区)$", "", name)


def _compare_holder(holder: Name, home: Home, applicant: RightHolder) -> Iterator[str]:
    fits = {compare_names(holder.text, former.text) for former in home.former_right_holders}
    fits_former = NameFit.SAME in fits or NameFit.SIMILAR in fits
    if fits_former:
        yield "holder_same" if NameFit.SAME in fits else "holder_similar"
    if compare_names(holder.text, applicant.name.text) is NameFit.SAME:
        yield "already_in_applicants_name"
    elif fits_former:
        return
    elif any(compare_names(holder.text, present.name.text) is NameFit.SAME for present in home.right_holders):
        yield "co_owner_holds_account"
    elif not fits:
        yield "former_holder_unknown"
    else:
        yield "holder_hidden" if NameFit.HIDDEN in fits else "holder_differs"
