"""The simulated real-estate registry: answers from the city's book, as contracts/v1/registry.openapi.yaml says.

Never changes anything, except that a script may restate a certificate (sold on, seized …) at any moment.
"""

from collections.abc import Callable
from typing import Any

import attrs
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from cotransfer.sandbox.answering import HANDLERS, Problem, answer, authorise, check_shape, read_object
from cotransfer.sandbox.authority import TokenDesk
from cotransfer.sandbox.city import City
from cotransfer.sandbox.control import control_addresses, each, script_route
from cotransfer.sandbox.introducing import people_route
from cotransfer.sandbox.misbehaving import Misbehaving
from cotransfer.sandbox.pace import Pace
from cotransfer.sandbox.people import Holder
from cotransfer.sandbox.records import Property, as_filed
from cotransfer.sandbox.script import Script
from cotransfer.sandbox.signatures import Checking, MessageSigning


class Registry:
    """An ASGI application. `token` is the bearer token it insists on, or the desk that gives them out; None: none."""

    def __init__(
        self,
        city: City,
        *,
        token: str | TokenDesk | None = None,
        pace: Pace | None = None,
        signing: MessageSigning | None = None,
    ) -> None:
        self.script = Script()
        self._city = city
        self._token = token
        self._restated: dict[str, dict[str, Any]] = {}
        expected = signing.expected.get("registry") if signing else None
        app = Starlette(
            routes=[
                Route("/v1/properties/search", self._properties, methods=["POST"]),
                Route("/v1/certificates/search", self._certificate, methods=["POST"]),
                script_route(self.script, {"restate": each(self._read_restatement)}),
                people_route(city),
                *([token.route()] if isinstance(token, TokenDesk) else ()),
            ],
            exception_handlers=HANDLERS,
        )
        self.controls = control_addresses(app)
        self._app = Misbehaving(Checking(app, expected), script=self.script, pace=pace or Pace())

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self._app(scope, receive, send)

    def restate(self, certificate_number: str, *, status: str, restrictions: tuple[str, ...] = ()) -> None:
        """From now on the certificate stands like this in the register."""
        stated = {"status": status, "restrictions": list(restrictions)}
        self._restated[as_filed(certificate_number)] = stated

    async def _properties(self, request: Request) -> Response:
        authorise(request, self._token)
        query = await read_object(request)
        check_shape(query, {"document_type": str, "identity_number": str})
        homes = self._city.homes_of(query["document_type"], query["identity_number"])
        return answer({"properties": [self._property(home) for home in homes]})

    async def _certificate(self, request: Request) -> Response:
        authorise(request, self._token)
        query = await read_object(request)
        check_shape(query, {"certificate_number": str})
        home = self._city.home_of(query["certificate_number"])
        if home is None:
            raise Problem(status=404, code="certificate_unknown", detail="no certificate with this number is on record")
        return answer(self._standing(home))

    def _property(self, home: Property) -> dict[str, Any]:
        return {
            **self._standing(home),
            "unit_numbers": list(home.unit_numbers),
            "right_holders": [_holder(holder) for holder in home.right_holders],
            "former_right_holders": [{"name": name} for name in home.former_right_holders],
        }

    def _standing(self, home: Property) -> dict[str, Any]:
        restated = self._restated.get(as_filed(home.certificate_number))
        return {
            "certificate_number": home.certificate_number,
            "location": home.location,
            "registry_status": restated or home.registry_status,
        }

    def _read_restatement(self, said: Any) -> Callable[[], None]:
        match said:
            case {"certificate_number": str(number), "status": str(status), "restrictions": list(words)}:
                return lambda: self.restate(number, status=status, restrictions=tuple(map(str, words)))
        raise ValueError("a restatement has certificate_number, status and restrictions")


def _holder(holder: Holder) -> dict[str, str]:
    return dict(attrs.asdict(holder))
