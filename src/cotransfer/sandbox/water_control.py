"""The water company's addresses under /sandbox/: what it has sent and done, and how it is told what to do.

Beside the orders every counterparty knows, its script understands "plans", "pay", "fall_behind" and "gateway".
"""

from collections.abc import Callable
from typing import Any

import attrs
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from cotransfer.adapters.wire.base_address import checked_address
from cotransfer.sandbox.answering import Problem, answer, check_shape, read_object
from cotransfer.sandbox.control import each, misunderstood, script_route
from cotransfer.sandbox.joining import reporting_by_secret
from cotransfer.sandbox.plans import Plan
from cotransfer.sandbox.script import Script
from cotransfer.sandbox.water_book import Book
from cotransfer.sandbox.water_gateway import Gateway
from cotransfer.sandbox.water_handling import Handling


def control_routes(script: Script, book: Book, handling: Handling, gateway: Gateway) -> list[Route]:
    async def sms(request: Request) -> Response:
        return answer({"sms": [attrs.asdict(message) for message in handling.outbox]})

    async def ledger(request: Request) -> Response:
        return answer(shown_ledger(book, gateway))

    async def go(request: Request) -> Response:
        """One step further for a case that is handled by hand; {"plan": …} changes its plan first."""
        case = book.cases.get(request.path_params["transfer"])
        if case is None:
            raise Problem(status=404, code="application_unknown", detail="no application of this transfer is on record")
        body = await read_object(request)
        if body:
            check_shape(body, {"plan": dict})
            book.plan(case.transfer, _changed(case.plan, body["plan"]))
        case.go.release()
        return answer(case.progress)

    words = {
        "plans": each(lambda said: _plan(book, said)),
        "pay": each(lambda said: _on_account(book, said, book.pay)),
        "fall_behind": each(lambda said: _on_account(book, said, book.fall_behind)),
        "gateway": lambda said: _connect(gateway, said),
    }
    return [
        script_route(script, words),
        Route("/sandbox/sms", sms, methods=["GET"]),
        Route("/sandbox/ledger", ledger, methods=["GET"]),
        Route("/sandbox/applications/{transfer}/go", go, methods=["POST"]),
    ]


def shown_ledger(book: Book, gateway: Gateway) -> dict[str, Any]:
    """What has come in, what came of it, and what went out; no personal data."""
    return {
        "applications": [
            {
                "transfer": case.transfer,
                "account_number": case.account_number,
                "received": case.received,
                "outcome": case.answer["outcome"],
                "open": case.open,
            }
            for case in book.cases.values()
        ],
        "effects": [attrs.asdict(effect) for effect in book.effects],
        "reports": [attrs.asdict(sending) for sending in gateway.sendings],
        "questions": [attrs.asdict(question) for question in gateway.questions],
    }


def _plan(book: Book, said: Any) -> Callable[[], None]:
    match said:
        case {"account_number": str(key), "plan": dict(plan)} | {"transfer": str(key), "plan": dict(plan)} if (
            len(said) == 2
        ):
            read = Plan.from_json(plan)
            return lambda: book.plan(key, read)
    raise ValueError('a plan is said as {"account_number" or "transfer": …, "plan": {…}}')


def _changed(plan: Plan, said: dict[str, Any]) -> Plan:
    try:
        return Plan.from_json({**plan.to_json(), **said})
    except ValueError as error:
        raise misunderstood("plan", error) from error


def _on_account(book: Book, said: Any, deed: Callable[[str], None]) -> Callable[[], None]:
    if not isinstance(said, str) or book.account(said) is None:
        raise ValueError("the water company has no account with this number")
    return lambda: deed(said)


def _connect(gateway: Gateway, said: Any) -> Callable[[], None]:
    match said:
        case {"address": str(address), "token": str(token)} if len(said) == 2 and address.startswith("http"):
            return lambda: gateway.connect(address, token)
        case {"address": str(address), "secret": str(secret)} if len(said) == 2 and address.startswith("http"):
            checked_address(address)
            return lambda: gateway.connect(address, reporting_by_secret(address, secret))
    raise ValueError('the gateway is said as {"address": "http://…", "secret": …}, or with a "token" that it gave out')
