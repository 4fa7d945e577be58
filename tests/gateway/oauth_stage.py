"""A gateway that gives out its own tokens, and clients that fetch them as partners do. Never lenient with either."""

import base64
import itertools
import json
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from datetime import timedelta
from functools import cache
from typing import Any
from urllib.parse import urlencode

import attrs
import httpx
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from starlette.applications import Starlette
from tests.gateway.stage import HOSTS, POWER, WATER, Checked, Stage, staged

from cotransfer.adapters.gateway import Trust, gateway
from cotransfer.adapters.gateway.clients import Client
from cotransfer.adapters.gateway.oauth import Authority, Place, Registered, new_secret, secret_hash
from cotransfer.adapters.keys.held import HeldKeys
from cotransfer.adapters.keys.making import make_key
from cotransfer.adapters.memory.access import MemoryAccess
from cotransfer.adapters.memory.time import ManualClock
from cotransfer.adapters.wire.jose import SigningKey, signed
from cotransfer.app.doorkeeping import Doorkeeping
from cotransfer.domain.datasets import Operation
from cotransfer.ports.keys import KeyUse

ISSUER = "https://gateway.example"
AUDIENCE = "https://gateway.example/v1"
TOKEN_URL = f"{ISSUER}/oauth/token"
ASSERTION = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
FORM = "application/x-www-form-urlencoded"
REPORTS = frozenset({Operation.REPORT_PRE_REVIEW, Operation.REPORT_SIGNING, Operation.REPORT_HANDLING})
T = "019a9d2e-7c11-7a44-8b0e-5d1f2a3b4c5d"


class Ring(HeldKeys):
    """Keys of which new ones may come while everything runs."""

    def __init__(self) -> None:
        super().__init__({use: {"k1": make_key(use)} for use in (KeyUse.INDEX, KeyUse.TOKENS)})

    def add(self, use: KeyUse, name: str) -> None:
        """A new current key, when its name comes last."""
        self._keys[use] = dict(sorted({**self._keys[use], name: make_key(use)}.items()))

    def drop(self, use: KeyUse, name: str) -> None:
        """As if its file were taken away."""
        self._keys[use] = {key: value for key, value in self._keys[use].items() if key != name}


@cache
def pair(kind: str, nth: int = 0) -> SigningKey:
    """A partner's key pair of this algorithm; the same in every test, for drawing RSA keys takes its time."""
    makers: dict[str, Callable[[], Any]] = {
        "ES256": lambda: ec.generate_private_key(ec.SECP256R1()),
        "EdDSA": ed25519.Ed25519PrivateKey.generate,
        "PS256": lambda: rsa.generate_private_key(65537, 3072),
    }
    pem = makers[kind]().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    return SigningKey.from_pem(pem, kid=f"{kind}-{nth}".lower())


@attrs.frozen(kw_only=True)
class Town:
    """A gateway with its own tokens, and everything behind it."""

    stage: Stage
    app: Starlette
    authority: Authority
    access: MemoryAccess
    door: Doorkeeping
    keys: Ring
    clock: ManualClock
    http: httpx.AsyncClient
    secrets: Mapping[str, str]
    _jtis: "itertools.count[int]" = attrs.field(factory=itertools.count)

    def claims(self, client: str = "water", **changes: Any) -> dict[str, Any]:
        """What a good assertion says now; a change to None leaves a claim out."""
        now = int(self.clock.now().timestamp())
        said = {
            "iss": client,
            "sub": client,
            "aud": TOKEN_URL,
            "iat": now,
            "exp": now + 60,
            "jti": f"j-{next(self._jtis)}",
        }
        return {name: value for name, value in {**said, **changes}.items() if value is not None}

    def assertion(
        self, client: str = "water", *, key: SigningKey | None = None, typ: str = "JWT", **changes: Any
    ) -> str:
        """A proof of `client`."""
        return signed(self.claims(client, **changes), key or pair("ES256"), typ=typ)

    async def ask(self, path: str, form: Mapping[str, str] | bytes, **headers: str) -> httpx.Response:
        """A form, as it is given; a header is named with underscores."""
        body = form if isinstance(form, bytes) else urlencode(form).encode()
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return await self.http.post(path, content=body, headers={"content-type": FORM, **named})

    async def fetch(self, client: str = "water", *, scope: str | None = None, **changes: Any) -> httpx.Response:
        """A token request with `private_key_jwt`."""
        form = {"grant_type": "client_credentials", **self.proof(client, **changes)}
        return await self.ask("/oauth/token", form if scope is None else {**form, "scope": scope})

    async def fetch_by_secret(self, client: str = "power", secret: str | None = None, **more: str) -> httpx.Response:
        """A token request with `client_secret_basic`."""
        shown = basic(client, self.secrets[client] if secret is None else secret)
        return await self.ask("/oauth/token", {"grant_type": "client_credentials", **more}, authorization=shown)

    async def token(self, client: str = "water", *, scope: str | None = None) -> str:
        """A token for `client`, however it proves itself."""
        by_key = client not in self.secrets
        more = {} if scope is None else {"scope": scope}
        response = await (self.fetch(client, scope=scope) if by_key else self.fetch_by_secret(client, **more))
        assert response.status_code == 200, response.text
        return str(response.json()["access_token"])

    def proof(self, client: str = "water", **changes: Any) -> dict[str, str]:
        """The members of a form that prove `client` by its key."""
        return {"client_assertion_type": ASSERTION, "client_assertion": self.assertion(client, **changes)}

    async def report(self, token: str, what: str = "pre-review", **headers: str) -> httpx.Response:
        """A utility's report about a transfer that there is not: 404 to whoever was let in."""
        return await self.http.post(
            f"/v1/utility/transfers/{T}/{what}",
            content=json.dumps({"result": "passed"}).encode(),
            headers={
                "content-type": "application/json",
                "idempotency-key": f"k-{next(self._jtis)}",
                "authorization": f"Bearer {token}",
                **headers,
            },
        )

    async def is_let_in(self, token: str) -> bool:
        """Whether the gateway takes the token; it is never undecided."""
        response = await self.report(token)
        assert response.status_code in {401, 404}, response.text
        return response.status_code == 404

    def move(self, seconds: float) -> None:
        """Let time go by."""
        self.clock.move(timedelta(seconds=seconds))


def basic(client: str, secret: str) -> str:
    """The header of RFC 6749 §2.3.1."""
    return "Basic " + base64.b64encode(f"{client}:{secret}".encode()).decode()


def registered(keys: Ring, secrets: Mapping[str, str]) -> list[Registered]:
    """Two utilities (one by key, one by secret), a platform, and an operator's client."""
    waters = tuple(pair(kind).public() for kind in ("ES256", "EdDSA", "PS256"))
    return [
        Registered(client=Client(id="water", utility=WATER), keys=waters),
        Registered(client=Client(id="reports-only", utility=WATER, scopes=REPORTS), keys=(pair("ES256", 1).public(),)),
        Registered(
            client=Client(id="power", utility=POWER), secret_hashes=(secret_hash(keys, "power", secrets["power"]),)
        ),
        Registered(client=Client(id="platform"), secret_hashes=(secret_hash(keys, "platform", secrets["platform"]),)),
        Registered(
            client=Client(id="operator", scopes=frozenset({Operation.SHOW_TRANSFER})),
            secret_hashes=(secret_hash(keys, "operator", secrets["operator"]),),
            introspects_any=True,
        ),
    ]


@asynccontextmanager
async def town() -> AsyncIterator[Town]:
    """A fresh one; nothing of it is shared but the partners' keys."""
    async with staged() as stage:
        keys, access = Ring(), MemoryAccess()
        secrets = {client: new_secret() for client in ("power", "platform", "operator")}
        door = Doorkeeping(access, stage.store, stage.clock)
        authority = Authority(
            registered(keys, secrets),
            place=Place(issuer=ISSUER, audience=AUDIENCE),
            keys=keys,
            door=door,
            clock=stage.clock,
        )
        app = gateway(
            stage.office,
            clients=authority.callers,
            signing_hosts=HOSTS,
            clock=stage.clock,
            keys=keys,
            trust=Trust(authority=authority),
        )
        async with httpx.AsyncClient(transport=Checked(app), base_url=ISSUER) as http:
            yield Town(
                stage=stage,
                app=app,
                authority=authority,
                access=access,
                door=door,
                keys=keys,
                clock=stage.clock,
                http=http,
                secrets=secrets,
            )
