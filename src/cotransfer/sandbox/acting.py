"""Acting as the platform by hand: `GET /sandbox/citizen`, headers for curl, and `GET /sandbox/submission`, a body.

There where the sandbox is joined to a gateway. Nobody here is real, which is why whoever asks gets a token and a
session; a true platform has nothing of the kind. Never keeps either: each answer is as fresh as it can be.
"""

from collections.abc import Callable, Iterator, Mapping

import httpx
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from cotransfer.sandbox.answering import Fault, Problem, answer, invalid
from cotransfer.sandbox.city import City
from cotransfer.sandbox.introducing import is_number, not_understood
from cotransfer.sandbox.platform import Platform
from cotransfer.sandbox.records import Someone

CITIZEN = "/sandbox/citizen"
SUBMISSION = "/sandbox/submission"
_YES_OR_NO = ("yes", "no")


def acting_routes(platform: Callable[[], Platform], city: City) -> list[Route]:
    """`platform` gives a new one each time: what an older one holds may be about to end."""

    async def citizen(request: Request) -> Response:
        """?kind=plain&nth=0: what curl takes as a file (`-K`), to act for that citizen."""
        who = _someone(request.query_params, city, ("kind", "nth"))
        try:
            headers = await platform().headers(who)
        except httpx.HTTPError as error:
            raise _trouble(error) from None
        return PlainTextResponse(curl_config(headers), headers={"cache-control": "no-store"})

    async def submission(request: Request) -> Response:
        """?kind=plain&nth=0[&by_wechat=no]: the body of their submission, with what they agreed to."""
        who = _someone(request.query_params, city, ("kind", "nth", "by_wechat"))
        if who.home is None:
            raise Problem(status=404, code="body_unknown", detail="people of this kind have no home to submit")
        by_wechat = request.query_params.get("by_wechat") != "no"
        try:
            consents = await platform().agreements(who, by_wechat=by_wechat)
        except httpx.HTTPError as error:
            raise _trouble(error) from None
        return answer({**who.submission(by_wechat=by_wechat), "consents": consents})

    return [Route(CITIZEN, citizen, methods=["GET"]), Route(SUBMISSION, submission, methods=["GET"])]


def curl_config(headers: Mapping[str, str]) -> str:
    """What `curl -K` reads; all that the gateway's calls have in common but their key."""
    said = {"Content-Type": "application/json", **headers}
    return "".join(f'header = "{name}: {value}"\n' for name, value in said.items())


def _someone(query: Mapping[str, str], city: City, words: tuple[str, ...]) -> Someone:
    """Raises Problem 422 naming all that is wrong, 404 where nobody is called so."""
    faults = list(_faults(query, city, words))
    if faults:
        raise invalid(*faults)
    kind, nth = query.get("kind", "plain"), int(query.get("nth", "0"))
    if nth >= city.kinds[kind]:
        detail = f"{city.kinds[kind]} of this kind live here, the first of them is nth=0"
        raise Problem(status=404, code="person_unknown", detail=detail)
    return city.someone(kind, nth)


def _faults(query: Mapping[str, str], city: City, words: tuple[str, ...]) -> Iterator[Fault]:
    for name, value in query.items():
        match name:
            case _ if name not in words:
                yield not_understood(name, f"What can be asked for is {', '.join(words)}.")
            case "kind" if value not in city.kinds:
                yield not_understood(name, f"One of {', '.join(city.kinds)}.")
            case "nth" if not is_number(value):
                yield not_understood(name, "A whole number; the first is 0.")
            case "by_wechat" if value not in _YES_OR_NO:
                yield not_understood(name, f"One of {', '.join(_YES_OR_NO)}.")


def _trouble(error: httpx.HTTPError) -> Problem:
    """What the gateway said of it, as far as it is not anybody's data."""
    if isinstance(error, httpx.HTTPStatusError):
        detail = f"the gateway answered {error.response.status_code}; its log says why"
        return Problem(status=502, code="gateway_refused", detail=detail)
    return Problem(status=503, code="gateway_away", detail="the gateway does not answer; start it, then ask again")
