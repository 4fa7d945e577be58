"""Tells whether an account belongs to a home, and why.

The account still bears the former owner's name: it is compared with the former right holder, and a difference from the
applicant never counts against it. It never answers without its reasons, and never says *match* on too little.
"""

from collections.abc import Iterator

import attrs

from cotransfer.domain.likeness import Likeness, alike, buildings, estates, labels, numbers, roads, rooms
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
    return tuple(Reason.of(code) for code in _compare_parts(one, other))


def _compare_parts(one: ParsedLocation, other: ParsedLocation) -> Iterator[str]:
    if one.city != other.city:
        yield "city_differs"
    yield f"district_{alike(one.district, other.district)}"
    yield from _compare_place(one, other)
    yield from _compare_inside(one, other)


def _compare_inside(one: ParsedLocation, other: ParsedLocation) -> Iterator[str]:
    """A building may have no entrances (units), an estate no buildings, but a home is known by its room."""
    if one.building or other.building:
        yield f"building_{buildings(one.building, other.building, (one.estate, other.estate))}"
    if one.unit or other.unit:
        yield f"unit_{labels(one.unit, other.unit)}"
    yield f"room_{rooms(one.room, other.room)}"
    if one.wording != other.wording:
        yield "wording_differs"


def _compare_place(one: ParsedLocation, other: ParsedLocation) -> Iterator[str]:
    """Road with number, or estate, proves the place; what speaks against one may be outweighed by the other."""
    road, number = roads(one.road, other.road), numbers(one.number, other.number)
    estate, section = estates(one.estate, other.estate)
    on_no_road = one.road is None and other.road is None
    on_this_road = road in (Likeness.SAME, Likeness.SIMILAR)
    # A number counts along its road; where neither side names a road, it is the house in the estate or village.
    counted = on_this_road or (on_no_road and bool(one.number or other.number))
    if road is not Likeness.UNSTATED:
        yield f"road_{road}"
    if counted:
        yield f"number_{number}"
    if estate is not Likeness.UNSTATED:
        yield f"estate_{estate}"
    if section in (Likeness.UNSTATED, Likeness.DIFFERS):
        yield f"section_{section}"

    proven = Likeness.SAME is estate or road is number is Likeness.SAME
    denied = Likeness.DIFFERS in (road, estate) or (on_this_road and number is Likeness.DIFFERS)
    hinted = estate is Likeness.SIMILAR or (on_this_road and number is not Likeness.DIFFERS)
    another_house = on_no_road and number is Likeness.DIFFERS
    if another_house or (denied and not proven and not hinted):
        yield "place_differs"
    elif not proven or (on_no_road and counted and number is Likeness.UNSTATED):
        yield "place_unproven"


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
