"""A small token desk for simulated counterparties: the gateway has to fetch its tokens as it does from real ones.

Client credentials with `client_secret_basic` or `private_key_jwt`, opaque tokens that live shortly. Never for more than
one client, and never told which part of a proof was wrong.
"""

import base64
import binascii
import hmac
import secrets
import time
from collections.abc import Callable, Iterable, Mapping
from urllib.parse import parse_qsl, unquote_plus

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from cotransfer.adapters.wire.assertions import TYPE
from cotransfer.adapters.wire.jose import NotAToken, VerifyingKey, names, opened
from cotransfer.sandbox.answering import BEARER, answer

PATH = "/oauth/token"
LIFE_S = 300
LONGEST_ASSERTION_S = 300
LEEWAY_S = 30
_BASIC = "Basic "


class TokenDesk:
    """Gives tokens to `client_id`, who proves itself by `secret` or by one of `keys`.

    `address` is where the counterparty is found from outside; its server sets it. `issued` counts the tokens.
    """

    def __init__(
        self,
        client_id: str,
        *,
        secret: str | None = None,
        keys: Iterable[VerifyingKey] = (),
        life_s: int = LIFE_S,
        now: Callable[[], float] = time.time,
    ) -> None:
        self.client_id = client_id
        self.address = "http://127.0.0.1"
        self.issued = 0
        self._secret = secret
        self._keys = {key.kid: key for key in keys}
        self._life_s = life_s
        self._now = now
        self._tokens: dict[str, float] = {}
        self._used: dict[str, float] = {}

    def route(self) -> Route:
        """Where tokens are given out."""
        return Route(PATH, self._give, methods=["POST"])

    def takes(self, shown: str) -> bool:
        """Whether this Authorization header holds a token that is good now."""
        return self._tokens.get(shown.removeprefix(BEARER), 0.0) > self._now() if shown.startswith(BEARER) else False

    def spoil(self) -> None:
        """Every token given out so far is worth nothing any more, as after a restart."""
        self._tokens.clear()

    async def _give(self, request: Request) -> Response:
        try:
            pairs = parse_qsl((await request.body()).decode("ascii"), keep_blank_values=True, strict_parsing=True)
        except ValueError:
            return answer({"error": "invalid_request"}, 400)
        form = dict(pairs)
        if len(form) < len(pairs) or request.url.query:
            return answer({"error": "invalid_request"}, 400)
        if not self._is_proved(request.headers.get("authorization", ""), form):
            return answer({"error": "invalid_client"}, 401)
        if form.get("grant_type") != "client_credentials":
            return answer({"error": "unsupported_grant_type"}, 400)
        token, now = secrets.token_urlsafe(24), self._now()
        self._tokens = {known: until for known, until in self._tokens.items() if until > now} | {
            token: now + self._life_s
        }
        self.issued += 1
        said = {"access_token": token, "token_type": "Bearer", "expires_in": self._life_s}
        return answer(said | ({"scope": form["scope"]} if "scope" in form else {}))

    def _is_proved(self, shown: str, form: Mapping[str, str]) -> bool:
        if form.get("client_assertion_type") == TYPE:
            return not shown and self._proves(form.get("client_assertion", ""))
        name, secret = _name_and_secret(shown)
        right = hmac.compare_digest(secret.encode(), (self._secret or "").encode())
        return right and self._secret is not None and name == self.client_id

    def _proves(self, assertion: str) -> bool:
        """Signed by a known key, for us, for a short while, and for the first time."""
        try:
            token = opened(assertion)
        except NotAToken:
            return False
        claims, now = token.claims, self._now()
        issued, ends, jti = claims.get("iat"), claims.get("exp"), claims.get("jti")
        if not token.is_signed_by(self._keys.get(token.kid)) or type(issued) is not int or type(ends) is not int:
            return False
        fresh = issued <= now + LEEWAY_S and now - LEEWAY_S < ends <= issued + LONGEST_ASSERTION_S
        ours = names(claims.get("aud"), {self.address, self.address + PATH})
        mine = claims.get("iss") == claims.get("sub") == self.client_id
        if not (fresh and ours and mine and isinstance(jti, str)) or jti in self._used:
            return False
        self._used = {known: until for known, until in self._used.items() if until > now} | {jti: ends + LEEWAY_S}
        return True


def _name_and_secret(shown: str) -> tuple[str, str]:
    """RFC 6749 §2.3.1; two empty texts for what is not that."""
    if not shown.startswith(_BASIC):
        return "", ""
    try:
        name, _, secret = base64.b64decode(shown.removeprefix(_BASIC), validate=True).decode("utf-8").partition(":")
    except (binascii.Error, ValueError):
        return "", ""
    return unquote_plus(name), unquote_plus(secret)
