"""The gateway twice over SQLite, in this process: with everything that protects a report, and with nothing of it.

Protected: an OAuth token and an HMAC signature are checked, a grant is asked for, what is stored is sealed and noted in
the audit trail. Unprotected: a fixed token, and none of the rest. Never served: requests are handed to the application.
"""

import asyncio
import base64
import contextlib
import functools
import itertools
import secrets
import uuid
from collections.abc import AsyncIterator, Iterator, Sequence
from datetime import timedelta
from urllib.parse import quote

import attrs
import httpx
import orjson
from starlette.types import ASGIApp
from typing_extensions import override

from cotransfer.adapters.crypto.suites import Sealer, Suite
from cotransfer.adapters.gateway import Client, Clients, Trust, gateway
from cotransfer.adapters.gateway.oauth import Authority, Place, Registered, secret_hash
from cotransfer.adapters.keys.held import HeldKeys
from cotransfer.adapters.keys.signing import KeySigner
from cotransfer.adapters.machine import SystemClock
from cotransfer.adapters.sql import Sealing, SqlStore, open_store
from cotransfer.adapters.sql.address import tongue_of
from cotransfer.adapters.sql.sealing import DataKey, Keyring, Wrapped
from cotransfer.adapters.sql.trust.access import SqlAccess
from cotransfer.adapters.sql.trust.audit import SqlAudit
from cotransfer.adapters.sql.trust.grants import SqlGrants
from cotransfer.adapters.wire.signing import (
    Outgoing,
    Policy,
    Scheme,
    Signatures,
    Signer,
    StandardCheck,
    StandardRequests,
    Verifier,
    checking_key,
    draw_secret,
    signing_key,
)
from cotransfer.app.doorkeeping import Doorkeeping
from cotransfer.app.granting import Granting, GrantsInForce
from cotransfer.app.office import Office, open_office
from cotransfer.app.sequencing import Trail
from cotransfer.bench import town
from cotransfer.domain.grants import Grant, utility_grant
from cotransfer.domain.grants.standard import Terms
from cotransfer.domain.values import Service, TransferId
from cotransfer.ports.keys import KeyUse
from cotransfer.ports.transfers import Change, Outcome

ISSUER = "https://gateway.example"
CLIENT = town.WATER.text
FIXED_TOKEN = secrets.token_urlsafe(24)
HOST = "sign.kmwater.example"


@attrs.frozen(kw_only=True)
class Request:
    """A report, ready to be handed over."""

    path: str
    headers: tuple[tuple[bytes, bytes], ...]
    body: bytes


@attrs.frozen(kw_only=True)
class Side:
    """One of the two; `office` submits transfers for it without being measured."""

    app: ASGIApp
    office: Office
    tokens: Iterator[str]
    signer: StandardRequests | None = None
    sequencing: Office | None = None
    _numbers: "itertools.count[int]" = attrs.field(factory=itertools.count)

    async def submitted(self, transfers: int) -> tuple[TransferId, ...]:
        """So many new transfers."""
        requests = map(town.request, itertools.islice(self._numbers, transfers))
        replies = await asyncio.gather(*map(self.office.submission.submit, requests))
        return tuple(reply.ruling.transfer for reply in replies if reply.ruling is not None)

    def story(self, transfer: TransferId) -> tuple[Request, ...]:
        """The three reports of a transfer that goes well."""
        address = f"https://{HOST}/c/{transfer.text[-12:]}"
        bodies = {
            "pre-review": {"result": "passed", "signing_address": address},
            "signing": {"outcome": "signed", "channel": "sms"},
            "handling": {"result": "done"},
        }
        return tuple(self._request(transfer, kind, orjson.dumps(body)) for kind, body in bodies.items())

    async def gathered(self) -> None:
        """What was written into the audit trail comes under a checkpoint."""
        if self.sequencing is not None and self.sequencing.sequencer is not None:
            await self.sequencing.sequencer.gather()

    def _request(self, transfer: TransferId, kind: str, body: bytes) -> Request:
        path, key = f"/v1/utility/transfers/{transfer.text}/{kind}", str(uuid.uuid4())
        token = next(self.tokens)
        headers = {
            "host": "gateway.example",
            "authorization": f"Bearer {token}",
            "idempotency-key": key,
            "content-type": "application/json",
            "content-length": str(len(body)),
        }
        if self.signer is not None:
            at = SystemClock().now()
            headers |= self.signer.dress(Outgoing(method="POST", target=path, key=key, body=body, at=at)).headers
        raw = tuple((name.lower().encode(), value.encode()) for name, value in headers.items())
        return Request(path=path, headers=raw, body=body)


@contextlib.asynccontextmanager
async def protected(address: str, *, tokens: int = 1) -> AsyncIterator[Side]:
    """As `serve` puts it together; `tokens` are fetched before anything is measured."""
    keys, clock = HeldKeys.new(), SystemClock()
    async with open_store(address, sealing=Sealing(keys)) as store:
        in_force = GrantsInForce(SqlGrants(store), clock)
        await Granting(SqlGrants(store), clock, in_force=in_force).add(_grant(clock), who="bench")
        world = attrs.evolve(
            town.world(store, store),
            granted=in_force,
            consents=store,
            trail=Trail(audit=SqlAudit(store), signer=KeySigner(keys)),
        )
        office, access = open_office(world), SqlAccess(store)
        secret, signs = draw_secret(), draw_secret()
        authority = Authority(
            [Registered(client=_client(), secret_hashes=(secret_hash(keys, CLIENT, secret),))],
            place=Place(issuer=ISSUER, audience=ISSUER),
            keys=keys,
            door=Doorkeeping(access, store, clock),
            clock=clock,
        )
        check = StandardCheck(Verifier([checking_key(Scheme.HMAC_SHA256, signs)]))
        trust = Trust(authority=authority, signatures=Signatures({CLIENT: Policy(check=check)}))
        hosts = {town.WATER: frozenset({HOST})}
        app = gateway(office, clients=authority.callers, signing_hosts=hosts, clock=clock, keys=keys, trust=trust)
        submitting = open_office(town.world(store, store))
        yield Side(
            app=app,
            office=submitting,
            sequencing=office,
            tokens=itertools.cycle([await _fetched(app, secret) for _ in range(tokens)]),
            signer=StandardRequests(Signer([signing_key(Scheme.HMAC_SHA256, signs)])),
        )
        await office.desk.close()
        await submitting.desk.close()


@contextlib.asynccontextmanager
async def unprotected(address: str) -> AsyncIterator[Side]:
    """The same interface over the same engine, open to whoever knows one word."""
    keys, clock = HeldKeys.new(KeyUse.WRAPPING, KeyUse.INDEX), SystemClock()
    keyring = _InClear(Sealing(keys))
    async with _Unwritten(tongue_of(address), keyring, inline=False, hints=True, ownership=None) as store:
        office = open_office(town.world(store, store))
        clients = Clients([attrs.evolve(_client(), token=FIXED_TOKEN)])
        hosts = {town.WATER: frozenset({HOST})}
        app = gateway(office, clients=clients, signing_hosts=hosts, clock=clock, keys=keys)
        yield Side(app=app, office=office, tokens=itertools.repeat(FIXED_TOKEN))
        await office.desk.close()


class _Unwritten(SqlStore):
    """Without an audit trail, as no store of a deployment is."""

    @override
    async def commit(self, changes: Sequence[Change]) -> tuple[Outcome, ...]:
        return await super().commit([attrs.evolve(change, noted=()) for change in changes])


class _Clear(Sealer):
    """Seals nothing."""

    @override
    def seal(self, clear: bytes, place: bytes) -> bytes:
        return clear

    @override
    def open(self, sealed: bytes, place: bytes) -> bytes:
        return sealed


class _InClear(Keyring):
    """Data keys that hide nothing, as no keyring of a deployment's are."""

    def __init__(self, sealing: Sealing) -> None:
        super().__init__(sealing)
        self._clear = _Clear(Suite.AES_256_GCM, bytes(Suite.AES_256_GCM.key_bytes))
        self.data_key = functools.lru_cache(maxsize=1)(lambda wrapped: DataKey(wrapped.key_id, self._clear))

    @override
    def new(self, key_id: str) -> tuple[DataKey, Wrapped]:
        return DataKey(key_id, self._clear), super().new(key_id)[1]


def _client() -> Client:
    return Client(id=CLIENT, utility=town.WATER)


def _grant(clock: SystemClock) -> Grant:
    now = clock.now()
    terms = Terms(valid_from=now - timedelta(days=1), valid_until=now + timedelta(days=1), daily_quota=1_000_000)
    return utility_grant(CLIENT, Service.WATER, terms)


async def _fetched(app: ASGIApp, secret: str) -> str:
    """A token of the gateway's own."""
    shown = base64.b64encode(f"{CLIENT}:{quote(secret, safe='')}".encode()).decode()
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url=ISSUER) as http:
        form, headers = {"grant_type": "client_credentials"}, {"Authorization": f"Basic {shown}"}
        answer = await http.post("/oauth/token", data=form, headers=headers)
    return str(answer.raise_for_status().json()["access_token"])
