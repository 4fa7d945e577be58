"""A gateway over the memory adapters, and a transport that holds every exchange against the contract. Never lenient.

Everything leaves through the gate, by the scheme's own grants; `staged(gate=False)` is a program that has none.
"""

import itertools
import json
from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import attrs
import httpx
from starlette.applications import Starlette

from cotransfer.adapters.gateway import Callers, Client, Clients, SignIn, Trust, gateway
from cotransfer.adapters.gateway.crowding import PER_CLIENT
from cotransfer.adapters.gateway.oauth import Authority, Place, Registered, secret_hash
from cotransfer.adapters.keys.held import HeldKeys
from cotransfer.adapters.keys.making import make_key
from cotransfer.adapters.keys.signing import KeySigner
from cotransfer.adapters.memory.access import MemoryAccess
from cotransfer.adapters.memory.audit import MemoryAudit
from cotransfer.adapters.memory.grants import MemoryGrants
from cotransfer.adapters.memory.notifier import MemoryNotifier, MemorySms
from cotransfer.adapters.memory.reconciliations import MemoryReconciliations
from cotransfer.adapters.memory.registry import MemoryRegistry, home
from cotransfer.adapters.memory.store import MemoryStore
from cotransfer.adapters.memory.time import CountedIdentifiers, ManualClock
from cotransfer.adapters.memory.utility import MemoryUtility, account
from cotransfer.adapters.wire.contracts import ContractBroken, contract, schema_findings
from cotransfer.app.directory import Directory, Listing
from cotransfer.app.doorkeeping import Doorkeeping
from cotransfer.app.granting import Granting, GrantsInForce
from cotransfer.app.office import Office, Terms, World, open_office
from cotransfer.app.sequencing import Pace, Trail
from cotransfer.domain.case import Policy
from cotransfer.domain.consent_texts import texts_of
from cotransfer.domain.grants import (
    Grant,
    notifier_grant,
    platform_grant,
    registry_grant,
    sms_grant,
    utility_grant,
)
from cotransfer.domain.grants import Terms as GrantTerms
from cotransfer.domain.masking import Shown
from cotransfer.domain.values import RegistryStatus, Restriction, Service, UtilityId
from cotransfer.ports.keys import KeyUse
from cotransfer.ports.lookups import Lookups
from cotransfer.testing.keys import KEYS as TEST_KEYS

WATER, POWER = UtilityId("kunming-water"), UtilityId("kunming-power")
HOSTS = {WATER: frozenset({"sign.water.example"}), POWER: frozenset({"sign.power.example"})}
ADDRESS = "https://sign.water.example/c/7Qm2"

BUYER = "530102199003071238"
STRANGER = "530112197809172138"
CERTIFICATE = "云(2024)五华区不动产权第0012345号"
OLD_CERTIFICATE = "云(2014)五华区不动产权第0054321号"
FIELD = "云(2024)五华区不动产权第0077777号"
ACCOUNT, DEBTOR, ELSEWHERE, NEARBY = "0871200345", "0871200999", "0871200111", "0871200222"

PLATFORM_TOKEN, WATER_TOKEN, POWER_TOKEN = "platform-token-0001", "water-token-0000001", "power-token-0000001"
TOKENS = {"platform": PLATFORM_TOKEN, "water": WATER_TOKEN, "power": POWER_TOKEN}
CLIENTS = Clients(
    [
        Client(id="city-platform", token=PLATFORM_TOKEN),
        Client(id="water", utility=WATER, token=WATER_TOKEN),
        Client(id="power", utility=POWER, token=POWER_TOKEN),
    ]
)

KEYS = HeldKeys({KeyUse.INDEX: {"1": bytes(32)}, KeyUse.TOKENS: {"1": make_key(KeyUse.TOKENS)}})
FETCHER, FETCHERS_SECRET = "fetcher", "a-secret-of-the-tests-only-00001"

FOR_YEARS = GrantTerms(
    valid_from=datetime(2026, 1, 1, tzinfo=UTC), valid_until=datetime(2036, 1, 1, tzinfo=UTC), daily_quota=1_000_000
)
GRANTS: tuple[Grant, ...] = (
    platform_grant("platform", FOR_YEARS),
    utility_grant(WATER.text, Service.WATER, FOR_YEARS),
    utility_grant(POWER.text, Service.ELECTRICITY, FOR_YEARS),
    registry_grant("registry", FOR_YEARS),
    notifier_grant("notifier", FOR_YEARS),
)
"""The scheme's own, for everybody on the stage."""

GIVEN_TO_WATER = (
    "right_holder_name",
    "identity_number",
    "mobile_number",
    "certificate_number",
    "location",
    "unit_numbers",
    "registry_status",
    "account_number",
)
SMS_GRANT = sms_grant("sms", FOR_YEARS)
"""Of the SMS service, on a stage that has one."""

GIVEN_TO_NOTIFIER = ("recipient", "location", "certificate_number", "outcome", "reason")


def agreed(receiver: str, purpose: str, fields: tuple[str, ...]) -> dict[str, str]:
    """What the platform tells of the citizen's tap under the Chinese text, as `fields` are granted."""
    text = texts_of(receiver, "", purpose, fields)[0]
    return {"receiver": receiver, "text_version": text.version, "text_digest": text.digest, "how": "h5"}


AGREED = [
    agreed(WATER.text, "water-account-transfer", GIVEN_TO_WATER),
    agreed("notifier", "citizen-notices", GIVEN_TO_NOTIFIER),
]

IDENTITY = {"document_type": "identity_card", "identity_number": BUYER}
ENQUIRY = {"service": "water", "account_number": ACCOUNT, "certificate_number": CERTIFICATE, **IDENTITY}
SUBMISSION = {
    **ENQUIRY,
    "right_holder_name": "李小满",
    "mobile_number": "138 8800 0001",
    "confirmed_match": False,
    "wechat_openid": "oInvented_0001",
    "consents": AGREED,
}
SECRETS = (BUYER, STRANGER, CERTIFICATE, "李小满", "王秋实", "13888000001", "138 8800 0001", "翠湖", ACCOUNT)


def city() -> MemoryRegistry:
    """One home to transfer, one whose certificate is past, one that is a field."""
    return MemoryRegistry(
        [
            home(
                CERTIFICATE,
                unit="530102003004GB00012F00030502",
                location="昆明市五华区翠湖东路18号翠湖小区3幢2单元502室",
                right_holders={BUYER: "李小满"},
                former=["王秋实"],
                restrictions=[Restriction.MORTGAGE],
            ),
            home(
                OLD_CERTIFICATE,
                unit="530102003004GB00012F00030503",
                location="昆明市五华区翠湖东路18号翠湖小区3幢2单元503室",
                right_holders={BUYER: "李小满"},
                status=RegistryStatus.HISTORICAL,
            ),
            home(
                FIELD,
                unit="530102003004GB00012W00000000",
                location="昆明市五华区翠湖东路18号地块",
                right_holders={BUYER: "李小满"},
            ),
        ]
    )


def waterworks() -> MemoryUtility:
    """The account of the home, one in arrears, one of another home, one that says too little."""
    place = "五华区翠湖东路18号翠湖小区3栋2单元502"
    return MemoryUtility(
        WATER,
        [
            account(ACCOUNT, holder="王秋实", location=place),
            account(DEBTOR, holder="王秋实", location=place, in_arrears=True),
            account(ELSEWHERE, holder="王秋实", location="官渡区民航路9号9栋9单元901"),
            account(NEARBY, holder="王秋实", location="五华区翠湖东路18号翠湖小区3栋"),
        ],
    )


class Checked(httpx.AsyncBaseTransport):
    """Whatever is answered is what the contract allows; whatever succeeds was asked as the contract has it."""

    def __init__(self, app: Starlette) -> None:
        self._inner = httpx.ASGITransport(app)
        self._contract = contract("gateway")

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """One exchange, held against the contract on its way back."""
        response = await self._inner.handle_async_request(request)
        body = await response.aread()
        method, path = request.method, request.url.raw_path.decode()
        seal = response.headers
        assert seal["cache-control"] == "no-store"
        assert seal["x-content-type-options"] == "nosniff"
        try:
            self._contract.operation(method, path)
        except ContractBroken:
            assert response.status_code in {404, 405}
            assert not schema_findings("schemas/problem.json", json.loads(body))
        else:
            # RFC 6749 §3.2 wants unknown parameters ignored and empty ones taken for none, which no schema says.
            if response.is_success and not path.startswith("/oauth/"):
                asked = await request.aread() if method == "POST" else None
                self._contract.check_request(method, path, request.headers, asked)
            self._contract.check_response(method, path, response.status_code, seal, body)
        if response.is_error:
            assert not [secret for secret in SECRETS if secret in body.decode()]
        return response


@attrs.frozen(kw_only=True)
class Stage:
    """A gateway and everything behind it; without a gate there are neither `grants` nor an `audit` trail."""

    app: Starlette
    office: Office
    store: MemoryStore
    registry: MemoryRegistry
    water: MemoryUtility
    notifier: MemoryNotifier
    clock: ManualClock
    http: httpx.AsyncClient
    grants: MemoryGrants | None
    in_force: GrantsInForce | None
    audit: MemoryAudit | None
    _keys: "itertools.count[int]" = attrs.field(factory=itertools.count)

    @property
    def stored(self) -> tuple[int, int]:
        """How many transfers and how many messages the store holds."""
        return len(self.store._records), len(self.store._seen)

    async def post(
        self, path: str, body: Any, *, by: str = "platform", key: str | None = None, **headers: str
    ) -> httpx.Response:
        """A message as a good client sends it; a header is named with underscores."""
        return await self.http.post(
            path,
            content=body if isinstance(body, bytes) else json.dumps(body, ensure_ascii=False).encode(),
            headers={
                "content-type": "application/json",
                "idempotency-key": key or f"k-{next(self._keys)}",
                **authorised(by),
                **{name.replace("_", "-"): value for name, value in headers.items()},
            },
        )

    async def get(self, path: str, *, by: str = "platform", **headers: str) -> httpx.Response:
        """A look; a header is named with underscores."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return await self.http.get(path, headers={**authorised(by), **named})

    async def submit(self, **changes: Any) -> str:
        """A new transfer."""
        response = await self.post("/v1/transfers", SUBMISSION | changes)
        assert response.status_code == 201, response.text
        return str(response.json()["transfer"])

    async def report(self, transfer: str, what: str, body: Mapping[str, Any], *, by: str = "water") -> httpx.Response:
        """A utility's report."""
        return await self.post(f"/v1/utility/transfers/{transfer}/{what}", body, by=by)

    async def state(self, transfer: str) -> str:
        """Where the platform sees the transfer."""
        return str((await self.get(f"/v1/transfers/{transfer}")).json()["state"])


def authorised(by: str) -> dict[str, str]:
    """The header that lets this client in; none for somebody we do not know."""
    return {"authorization": f"Bearer {TOKENS[by]}"} if by in TOKENS else {}


def _authority(store: MemoryStore, clock: ManualClock) -> Authority:
    """Gives out tokens to one client; the callers of the stage show fixed ones all the same."""
    hashes = (secret_hash(KEYS, FETCHER, FETCHERS_SECRET),)
    return Authority(
        [Registered(client=Client(id=FETCHER), secret_hashes=hashes)],
        place=Place(issuer="https://gateway.example", audience="https://gateway.example"),
        keys=KEYS,
        door=Doorkeeping(MemoryAccess(), store, clock),
        clock=clock,
    )


@asynccontextmanager
async def staged(
    policy: Policy | None = None,
    *,
    signing_hosts: Mapping[UtilityId, frozenset[str]] = HOSTS,
    body_limit: int = 64 * 1024,
    body_timeout_s: float = 30.0,
    per_client: int = PER_CLIENT,
    keys: HeldKeys = KEYS,
    store: Any = None,
    nth_process: int = 0,
    lookups: Lookups | None = None,
    shown: Shown = Shown.MASKED,
    gate: bool = True,
    granted: Iterable[Grant] = GRANTS,
    clients: Callers = CLIENTS,
    registry: MemoryRegistry | None = None,
    water: MemoryUtility | None = None,
    notifier: MemoryNotifier | None = None,
    sms: MemorySms | None = None,
    clock: ManualClock | None = None,
    sign_in: SignIn | None = None,
) -> AsyncIterator[Stage]:
    """A fresh stage; nothing of it is shared but a `store` that is brought along, by processes of different numbers."""
    store, registry, water = store or MemoryStore(), registry or city(), water or waterworks()
    notifier, clock = notifier or MemoryNotifier(), clock or ManualClock()
    audit = store.audit if isinstance(store, MemoryStore) else MemoryAudit()
    grants = MemoryGrants(audit)
    in_force = GrantsInForce(grants, clock)
    await Granting(grants, clock, in_force=in_force).add(*granted, who="tests")
    listings = (
        Listing(id=WATER, service=Service.WATER, utility=water, address_life=timedelta(days=20)),
        Listing(id=POWER, service=Service.ELECTRICITY, utility=MemoryUtility(POWER), account_pattern="[0-9]{10}"),
    )
    world = World(
        transfers=store,
        agenda=store,
        registry=registry,
        directory=Directory(*listings),
        notifier=notifier,
        sms=sms,
        clock=clock,
        identifiers=CountedIdentifiers(first=nth_process * 1_000_000),
        lookups=lookups,
        reconciliations=MemoryReconciliations(store),
        granted=in_force if gate else None,
        consents=store if gate else None,
        reversals=store,
        trail=Trail(audit=audit, signer=KeySigner(TEST_KEYS)) if gate else None,
    )
    # Nobody gathers on a stage, whose clock is moved by years.
    office = open_office(world, Terms(policy=policy or Policy(), pace=Pace(stop_after=timedelta(days=36_500))))
    app = gateway(
        office,
        clients=clients,
        signing_hosts=signing_hosts,
        clock=clock,
        keys=keys,
        trust=Trust(authority=_authority(store, clock), shown=shown, sign_in=sign_in),
        body_limit=body_limit,
        body_timeout_s=body_timeout_s,
        per_client=per_client,
    )
    async with httpx.AsyncClient(transport=Checked(app), base_url="http://gateway.example") as http:
        yield Stage(
            app=app,
            office=office,
            store=store,
            registry=registry,
            water=water,
            notifier=notifier,
            clock=clock,
            http=http,
            grants=grants if gate else None,
            in_force=in_force if gate else None,
            audit=audit if gate else None,
        )
        await office.desk.close()
