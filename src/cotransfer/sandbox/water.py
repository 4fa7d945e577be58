"""The simulated water company: answers as contracts/v1/utility.openapi.yaml says, and then plays its own side.

Under /sandbox/ stand the things a test looks at or turns: the SMS outbox, the ledger, the script.
Never forgets an idempotency key; the same application again gets the same answer and makes no second effect.
"""

import secrets
from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any

import attrs
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from cotransfer.sandbox.answering import HANDLERS, Fault, Problem, answer, authorise, invalid, read_object
from cotransfer.sandbox.authority import TokenDesk
from cotransfer.sandbox.control import control_addresses
from cotransfer.sandbox.diary import Diary
from cotransfer.sandbox.misbehaving import Misbehaving
from cotransfer.sandbox.pace import Pace
from cotransfer.sandbox.plans import Plan
from cotransfer.sandbox.records import WaterAccount
from cotransfer.sandbox.script import Script
from cotransfer.sandbox.shapes import shape_of
from cotransfer.sandbox.signatures import Checking, MessageSigning
from cotransfer.sandbox.signing_page import signing_page
from cotransfer.sandbox.water_book import Book
from cotransfer.sandbox.water_control import control_routes
from cotransfer.sandbox.water_gateway import REPORT_ATTEMPTS, Gateway
from cotransfer.sandbox.water_handling import Handling

PAGE = 100
"""Applications on one page of a statement."""


class Water:
    """An ASGI application. `address` is where the signing pages are found from outside; the server sets it.

    With a `diary` it begins with what an earlier life has written there; `resume` takes up the cases under way.
    """

    def __init__(
        self,
        accounts: Iterable[WaterAccount],
        *,
        token: str | TokenDesk | None = None,
        pace: Pace | None = None,
        address: str = "http://127.0.0.1",
        report_attempts: int = REPORT_ATTEMPTS,
        draw_token: Callable[[], str] = lambda: secrets.token_urlsafe(24),
        signing: MessageSigning | None = None,
        diary: Diary | None = None,
        page: int = PAGE,
    ) -> None:
        pace, signing = pace or Pace(), signing or MessageSigning()
        self.script = Script()
        self.address = address
        self.book = Book(accounts, diary)
        self.gateway = Gateway(pace=pace, attempts=report_attempts, signer=signing.reports)
        self.handling = Handling(
            book=self.book,
            gateway=self.gateway,
            pace=pace,
            draw_token=draw_token,
            link=lambda token: f"{self.address}/sign/{token}",
        )
        self._token = token
        self._page = page
        app = Starlette(
            routes=[
                Route("/v1/accounts/search", self._account, methods=["POST"]),
                Route("/v1/applications", self._application, methods=["POST"]),
                Route("/v1/applications/search", self._statement, methods=["POST"]),
                Route("/v1/applications/{transfer}", self._progress, methods=["GET"]),
                Route("/v1/applications/{transfer}/withdrawal", self._withdrawal, methods=["POST"]),
                Route("/v1/applications/{transfer}/signing-address", self._signing_address, methods=["POST"]),
                *([token.route()] if isinstance(token, TokenDesk) else ()),
                Route("/sign/{token}", signing_page(self.handling), methods=["GET", "POST"]),
                *control_routes(self.script, self.book, self.handling, self.gateway),
            ],
            exception_handlers=HANDLERS,
        )
        self.controls = control_addresses(app)
        self._app = Misbehaving(Checking(app, signing.expected.get("water")), script=self.script, pace=pace)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self._app(scope, receive, send)

    def plan(self, key: str, plan: Plan) -> None:
        """What happens with this account number, or with this transfer."""
        self.book.plan(key, plan)

    def resume(self) -> None:
        """Go on with what was under way in an earlier life; within a running loop."""
        self.handling.resume()

    async def close(self) -> None:
        await self.handling.stop()
        await self.gateway.close()

    async def _account(self, request: Request) -> Response:
        authorise(request, self._token)
        query = await read_object(request)
        shape_of("account-number-search.json").check(query)
        account = self.book.account(query["account_number"])
        if account is None:
            raise Problem(
                status=404, code="account_unknown", detail="the water company has no account with this number"
            )
        return answer(attrs.asdict(account))

    async def _application(self, request: Request) -> Response:
        authorise(request, self._token)
        body = await read_object(request)
        key = _checked_key(request, body)
        case = self.book.cases.get(key)
        if case is None:
            case = self.book.take(key, body)
            if case.not_taken is None:
                self.handling.start(case)
        elif case.body != body:
            raise Problem(
                status=422,
                code="idempotency_key_reused",
                detail="this key has already been used for another application",
            )
        else:
            case.received += 1
            self.book.note(case)
        return answer(case.answer, 202 if case.not_taken is None else 200)

    async def _progress(self, request: Request) -> Response:
        authorise(request, self._token)
        case = self.book.cases.get(request.path_params["transfer"])
        if case is None or case.not_taken is not None:
            raise Problem(status=404, code="application_unknown", detail="no application of this transfer was taken")
        return answer(case.progress)

    async def _statement(self, request: Request) -> Response:
        authorise(request, self._token)
        query = await read_object(request)
        shape_of("application-search.json").check(query)
        changed_since = datetime.fromisoformat(query["changed_since"])
        found = self.book.stated(changed_since, query.get("cursor"), self._page + 1)
        shown = found[: self._page]
        return answer(
            {
                "applications": [{"transfer": one.transfer, "stage": one.stage, "since": one.since} for one in shown],
                "next": shown[-1].transfer if len(found) > len(shown) else None,
            }
        )

    async def _withdrawal(self, request: Request) -> Response:
        authorise(request, self._token)
        shape_of("empty.json").check(await read_object(request))
        transfer = request.path_params["transfer"]
        return answer({"outcome": "withdrawn" if self.handling.withdraw(transfer) else "too_late"})

    async def _signing_address(self, request: Request) -> Response:
        authorise(request, self._token)
        shape_of("empty.json").check(await read_object(request))
        address = self.handling.renew(request.path_params["transfer"])
        if address is None:
            raise Problem(status=404, code="nothing_to_sign", detail="no contract of this transfer waits to be signed")
        return answer({"signing_address": address})


def _checked_key(request: Request, body: dict[str, Any]) -> str:
    """The idempotency key, which is the transfer's identifier. Raises Problem 400 or 422."""
    key = request.headers.get("idempotency-key")
    if not key:
        raise Problem(status=400, code="idempotency_key_missing", detail="the header Idempotency-Key is missing")
    shape_of("application-delivery.json").check(body)
    if key != body["transfer"]:
        right = "The key of an application is the identifier of its transfer."
        raise invalid(Fault(field="transfer", code="not_the_key", detail="The field and the key differ.", right=right))
    return key
