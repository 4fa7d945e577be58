"""The control address every counterparty has: `/sandbox/script`, where it is told over HTTP how to behave.

POST {"orders": […]} adds orders (see `script`), other words are the counterparty's own; GET shows what is still
to come, DELETE forgets the orders. A message with one fault changes nothing at all.
"""

from collections.abc import Callable, Mapping
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from cotransfer.sandbox.answering import Fault, Problem, answer, invalid, read_object
from cotransfer.sandbox.script import Order, Script

# Reads what was said under a word, raising ValueError; gives back what is to be done about it.
Word = Callable[[Any], Callable[[], None]]


def script_route(script: Script, words: Mapping[str, Word] | None = None) -> Route:
    vocabulary: dict[str, Word] = {"orders": lambda said: _orders(script, said), **(words or {})}

    async def control(request: Request) -> Response:
        match request.method:
            case "POST":
                _obey(vocabulary, await read_object(request))
            case "DELETE":
                script.clear()
        return answer({"orders": [order.to_json() for order in script.orders]})

    return Route("/sandbox/script", control, methods=["GET", "POST", "DELETE"])


def control_addresses(app: Starlette) -> tuple[str, ...]:
    """The paths of a counterparty under /sandbox/, which its real likeness does not have."""
    paths = (route.path for route in app.routes if isinstance(route, Route))
    return tuple(path for path in paths if path.startswith("/sandbox/"))


def each(read: Callable[[Any], Callable[[], None]]) -> Word:
    """A word that takes a list, each item of which is read by `read`."""

    def word(said: Any) -> Callable[[], None]:
        if not isinstance(said, list):
            raise ValueError("a list is expected here")
        deeds = [read(item) for item in said]
        return lambda: _all(deeds)

    return word


def _obey(vocabulary: Mapping[str, Word], said: Mapping[str, Any]) -> None:
    if unknown := sorted(set(said) - set(vocabulary)):
        right = f"The words understood here are {', '.join(vocabulary)}."
        raise invalid(
            *(
                Fault(field=name, code="unknown_field", detail="The word is not known here.", right=right)
                for name in unknown
            )
        )
    deeds = []
    for name, value in said.items():
        try:
            deeds.append(vocabulary[name](value))
        except ValueError as error:
            raise misunderstood(name, error) from error
    _all(deeds)


def misunderstood(field: str, error: ValueError) -> Problem:
    return invalid(Fault(field=field, code="not_understood", detail="This is not understood.", right=str(error)))


def _orders(script: Script, said: Any) -> Callable[[], None]:
    def read(item: Any) -> Callable[[], None]:
        if not isinstance(item, dict):
            raise ValueError("an order is an object")
        order = Order.from_json(item)
        return lambda: script.add(order)

    return each(read)(said)


def _all(deeds: list[Callable[[], None]]) -> None:
    for deed in deeds:
        deed()
