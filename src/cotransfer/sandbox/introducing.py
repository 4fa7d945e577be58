"""`GET /sandbox/people`: somebody to act as, with the bodies that the platform would send for them.

Nobody here is real, which is why this may be asked at all; a true registry has nothing of the kind. Never changes
anything, and never says more than one page of people.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from cotransfer.sandbox.answering import Fault, Problem, answer, invalid
from cotransfer.sandbox.city import City
from cotransfer.sandbox.records import Someone

MOST_AT_ONCE = 100
BODIES = ("property_search", "account_search", "submission")
"""The platform's calls that a person comes with a body for."""
WORDS = ("kind", "nth", "limit", "body")


def people_route(city: City) -> Route:
    """Without a query one person of each kind; ?kind=… gives those of a kind from the `nth` on, `limit` at most, and
    &body=submission nothing but that body of the first of them, ready to be sent.
    """

    async def people(request: Request) -> Response:
        asked = _asked(request.query_params, city)
        if "kind" not in asked:
            return answer({"kinds": city.kinds, "people": [_shown(city, kind, 0) for kind in city.kinds]})
        kind, nth = asked["kind"], int(asked.get("nth", "0"))
        if nth >= city.kinds[kind]:
            detail = f"{city.kinds[kind]} of this kind live here, the first of them is nth=0"
            raise Problem(status=404, code="person_unknown", detail=detail)
        if "body" in asked:
            return answer(_body(city.someone(kind, nth), asked["body"]))
        end = min(nth + int(asked.get("limit", "1")), city.kinds[kind])
        return answer({"kinds": city.kinds, "people": [_shown(city, kind, place) for place in range(nth, end)]})

    return Route("/sandbox/people", people, methods=["GET"])


def _asked(query: Mapping[str, str], city: City) -> dict[str, str]:
    """The query, once nothing is wrong with it. Raises Problem 422 naming all that is."""
    faults = list(_faults(query, city))
    if faults:
        raise invalid(*faults)
    return dict(query)


def _faults(query: Mapping[str, str], city: City) -> Iterator[Fault]:
    for name, value in query.items():
        match name:
            case "kind" if value not in city.kinds:
                yield not_understood(name, f"One of {', '.join(city.kinds)}.")
            case "body" if value not in BODIES:
                yield not_understood(name, f"One of {', '.join(BODIES)}.")
            case "nth" if not is_number(value):
                yield not_understood(name, "A whole number; the first is 0.")
            case "limit" if not is_number(value) or not 1 <= int(value) <= MOST_AT_ONCE:
                yield not_understood(name, f"A whole number from 1 to {MOST_AT_ONCE}.")
            case _ if name not in WORDS:
                yield not_understood(name, f"What can be asked for is {', '.join(WORDS)}.")
            case _ if "kind" not in query:
                yield not_understood(name, "It says which people of a kind; give a kind with it.")


def is_number(text: str) -> bool:
    """Whether a query's word is a whole number of a sensible length."""
    return text.isascii() and text.isdecimal() and len(text) <= 9


def not_understood(field: str, right: str) -> Fault:
    """A word of a query that is wrong."""
    return Fault(field=field, code="not_understood", detail="This is not understood.", right=right)


def _shown(city: City, kind: str, nth: int) -> dict[str, Any]:
    who = city.someone(kind, nth)
    homeless = who.home is None
    return {
        "kind": kind,
        "nth": nth,
        "property_search": who.property_search(),
        "account_search": None if homeless else who.account_search(),
        "submission": None if homeless else who.submission(),
    }


def _body(who: Someone, name: str) -> dict[str, Any]:
    """Raises Problem 404 for somebody without a home."""
    if who.home is None and name != "property_search":
        raise Problem(status=404, code="body_unknown", detail="people of this kind have no home to say more about")
    match name:
        case "property_search":
            return who.property_search()
        case "account_search":
            return who.account_search()
        case _:
            return who.submission()
