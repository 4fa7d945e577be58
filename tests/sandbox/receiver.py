"""A tiny stand-in for the gateway's utility side: writes down what arrives and answers as it is told.

Never judges a report; that is the gateway's work.
"""

from typing import Any

import attrs
import httpx
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

TOKEN = "utility-token"


@attrs.frozen(kw_only=True)
class Arrival:
    transfer: str
    kind: str
    body: dict[str, Any]
    key: str
    authorised: bool


class Receiver:
    """`answers` are given first, one each; after that every report is good news."""

    def __init__(self) -> None:
        self.arrivals: list[Arrival] = []
        self.questions: list[str] = []
        self.answers: list[Response] = []
        self.told: Response = JSONResponse({"registry_status": {"status": "current", "restrictions": []}})
        self.app = Starlette(
            routes=[
                Route("/v1/utility/transfers/{transfer}/{kind}", self._report, methods=["POST"]),
                Route("/v1/utility/transfers/{transfer}/{what}", self._question, methods=["GET"]),
            ]
        )

    @property
    def kinds(self) -> list[str]:
        """Which steps were reported, in the order of arrival."""
        return [arrival.kind for arrival in self.arrivals]

    @property
    def transport(self) -> httpx.ASGITransport:
        """The way in for a client in the same process."""
        return httpx.ASGITransport(app=self.app)

    async def _report(self, request: Request) -> Response:
        arrival = Arrival(
            transfer=request.path_params["transfer"],
            kind=request.path_params["kind"],
            body=await request.json(),
            key=request.headers["idempotency-key"],
            authorised=request.headers.get("authorization") == f"Bearer {TOKEN}",
        )
        self.arrivals.append(arrival)
        return self.answers.pop(0) if self.answers else JSONResponse({"news": True})

    async def _question(self, request: Request) -> Response:
        self.questions.append(request.path_params["what"])
        return self.told
