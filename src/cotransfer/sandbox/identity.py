"""The simulated identity provider: OpenID Connect with authorization code and PKCE, for the city's people and a few
operators. Everybody may sign in as anybody, which is why it must never be reached from outside the machine.

Strict where a good provider is: S256 only, codes once and for 60 seconds, redirects to loopback only.
"""

import base64
import binascii
import hmac
import re
import secrets
from collections.abc import Iterable
from typing import Any
from urllib.parse import parse_qsl, unquote_plus, urlencode

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from cotransfer.sandbox.answering import HANDLERS, Fault, Problem, answer, check_shape, invalid, read_object
from cotransfer.sandbox.city import City
from cotransfer.sandbox.control import control_addresses, script_route
from cotransfer.sandbox.identity_codes import Codes
from cotransfer.sandbox.identity_page import HEADERS, choosing_page
from cotransfer.sandbox.identity_tokens import LIFE_S, NoSuchPerson, Passports
from cotransfer.sandbox.misbehaving import Misbehaving
from cotransfer.sandbox.pace import Pace
from cotransfer.sandbox.script import Script

CLIENT_ID = "cotransfer"
PLATFORM_ID = "platform"
"""The audience of the tokens that the platform's own sign-in gets."""

_REDIRECT = re.compile(r"http://(?:127\.0\.0\.1|localhost)(?::[0-9]{1,5})?/[A-Za-z0-9/_-]*", re.ASCII)
_CHALLENGE = re.compile(r"[A-Za-z0-9_-]{43}", re.ASCII)
_VERIFIER = re.compile(r"[A-Za-z0-9._~-]{43,128}", re.ASCII)


class Identity:
    """An ASGI application. `address` is its issuer, `secret` what the client "cotransfer" must show; None asks for
    none.
    """

    def __init__(
        self,
        city: City,
        *,
        secret: str | None = None,
        pace: Pace | None = None,
        address: str = "http://127.0.0.1:8084",
        passports: Passports | None = None,
        codes: Codes | None = None,
    ) -> None:
        self.script = Script()
        self.address = address
        self.passports = passports or Passports(city)
        self._city = city
        self._secret = secret
        self._codes = codes or Codes()
        self._routes = Starlette(
            routes=[
                Route("/.well-known/openid-configuration", self._discovery, methods=["GET"]),
                Route("/jwks", self._keys, methods=["GET"]),
                Route("/authorize", self._authorize, methods=["GET"]),
                Route("/token", self._token, methods=["POST"]),
                script_route(self.script),
                Route("/sandbox/signin", self._sign_in, methods=["POST"]),
            ],
            exception_handlers=HANDLERS,
        )
        self._app = Misbehaving(self._routes, script=self.script, pace=pace or Pace())

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self._app(scope, receive, send)

    @property
    def controls(self) -> tuple[str, ...]:
        """The paths under /sandbox/."""
        return control_addresses(self._routes)

    def add(self, routes: Iterable[Route]) -> None:
        """Serve these as well."""
        self._routes.router.routes.extend(routes)

    async def _discovery(self, _: Request) -> Response:
        return answer(
            {
                "issuer": self.address,
                "authorization_endpoint": f"{self.address}/authorize",
                "token_endpoint": f"{self.address}/token",
                "jwks_uri": f"{self.address}/jwks",
                "response_types_supported": ["code"],
                "subject_types_supported": ["public"],
                "id_token_signing_alg_values_supported": ["ES256"],
                "code_challenge_methods_supported": ["S256"],
                "token_endpoint_auth_methods_supported": ["client_secret_basic", "none"],
                "authorization_response_iss_parameter_supported": True,
                "scopes_supported": ["openid"],
                "claims_supported": ["sub", "name", "document_type", "identity_number", "roles"],
            }
        )

    async def _keys(self, _: Request) -> Response:
        return answer(self.passports.public_keys)

    async def _authorize(self, request: Request) -> Response:
        """The page; with a `login_hint` such as plain-0 the way back at once."""
        pairs = request.query_params.multi_items()
        asked = dict(pairs)
        if len(asked) < len(pairs) or not _is_right(asked):
            # Not sent back: a redirect that is not ours to trust leads nowhere.
            raise Problem(status=400, code="invalid_request", detail="the authorization request is not a right one")
        if "login_hint" not in asked:
            return HTMLResponse(choosing_page(self._city, asked), headers=HEADERS)
        code = self._codes.give(
            client=asked["client_id"],
            redirect_uri=asked["redirect_uri"],
            challenge=asked["code_challenge"],
            nonce=asked.get("nonce"),
            claims=self._someone("login_hint", asked["login_hint"]),
        )
        back = urlencode({"code": code, "state": asked["state"], "iss": self.address})
        return RedirectResponse(f"{asked['redirect_uri']}?{back}", 302, headers=HEADERS)

    async def _token(self, request: Request) -> Response:
        form = _form(await request.body())
        client = self._client(request, form)
        if client is None:
            return _refused("invalid_client", 401)
        verifier = form.get("code_verifier", "")
        granted = None
        if form.get("grant_type") == "authorization_code" and _VERIFIER.fullmatch(verifier):
            granted = self._codes.redeem(
                form.get("code", ""), client=client, redirect_uri=form.get("redirect_uri", ""), verifier=verifier
            )
        if granted is None:
            return _refused("invalid_grant", 400)
        access_token = secrets.token_urlsafe(24)
        id_token = self.passports.id_token(
            granted.claims, issuer=self.address, audience=client, nonce=granted.nonce, access_token=access_token
        )
        said = {"access_token": access_token, "token_type": "Bearer", "expires_in": LIFE_S, "id_token": id_token}
        return _uncached(answer(said))

    async def _sign_in(self, request: Request) -> Response:
        """`{"kind": "plain", "nth": 0}`: what the platform's own sign-in of this person would have brought its back
        end, a fresh ID token; and the hint by which a browser is signed in as them.
        """
        said = await read_object(request)
        check_shape(said, {"kind": str, "nth": int})
        hint = f"{said['kind']}-{said['nth']}"
        claims = self._someone("kind", hint)
        token = self.passports.id_token(claims, issuer=self.address, audience=PLATFORM_ID)
        return _uncached(answer({"id_token": token, "login_hint": hint}))

    def _someone(self, field: str, hint: str) -> dict[str, Any]:
        try:
            return self.passports.someone(hint)
        except NoSuchPerson as error:
            raise invalid(Fault(field=field, code="unknown", detail="Nobody is called so.", right=str(error))) from None

    def _client(self, request: Request, form: dict[str, str]) -> str | None:
        """The client that proved itself; without an agreed secret its name is enough."""
        if self._secret is None and "authorization" not in request.headers:
            return form.get("client_id") if form.get("client_id") == CLIENT_ID else None
        scheme, _, shown = request.headers.get("authorization", "").partition(" ")
        try:
            client, _, secret = base64.b64decode(shown, validate=True).decode("ascii").partition(":")
        except (ValueError, binascii.Error):
            return None
        right = self._secret is None or hmac.compare_digest(unquote_plus(secret).encode(), self._secret.encode())
        return CLIENT_ID if right and scheme.lower() == "basic" and unquote_plus(client) == CLIENT_ID else None


def _is_right(asked: dict[str, str]) -> bool:
    return (
        asked.get("response_type") == "code"
        and asked.get("client_id") == CLIENT_ID
        and "openid" in asked.get("scope", "").split(" ")
        and asked.get("code_challenge_method") == "S256"
        and _CHALLENGE.fullmatch(asked.get("code_challenge", "")) is not None
        and _REDIRECT.fullmatch(asked.get("redirect_uri", "")) is not None
        and 0 < len(asked.get("state", "")) <= 200
    )


def _form(body: bytes) -> dict[str, str]:
    """Nothing of a form that says a thing twice."""
    try:
        pairs = parse_qsl(body.decode("ascii", "replace"), keep_blank_values=True, max_num_fields=20)
    except ValueError:
        return {}
    return dict(pairs) if len({name for name, _ in pairs}) == len(pairs) else {}


def _refused(error: str, status: int) -> Response:
    return _uncached(answer({"error": error}, status))


def _uncached(response: Response) -> Response:
    response.headers["cache-control"] = "no-store"
    return response
