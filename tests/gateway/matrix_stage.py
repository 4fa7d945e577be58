"""The stage of the grant matrix: citizens signed in, counterparties that write down who asked them what, transfers
at every step, and one grant that can be made to stand in any way.
"""

import contextlib
from collections.abc import AsyncIterator, Mapping
from datetime import timedelta
from typing import Any

import attrs
import httpx
from tests.attacks.signin.provider import ISSUER, Forger
from tests.attacks.signin.stage import AUDIENCES, KEY, ORIGIN, PROVIDER
from tests.gateway.grant_states import NOW, standing
from tests.gateway.stage import (
    ADDRESS,
    BUYER,
    GRANTS,
    POWER,
    SMS_GRANT,
    STRANGER,
    SUBMISSION,
    WATER,
    Stage,
    staged,
)
from tests.gateway.watched import Told, WatchedNotifier, WatchedRegistry, WatchedSms, WatchedUtility

from cotransfer.adapters.gateway import Client, Clients, SignIn
from cotransfer.adapters.gateway.signin import BackEnds, BrowserSide, Cookies, Fetch, Jar, RelyingParty, SignedIn
from cotransfer.adapters.memory.access import MemoryAccess
from cotransfer.adapters.memory.sessions import MemorySessions
from cotransfer.adapters.memory.time import ManualClock
from cotransfer.domain.grants import Grant, day_of
from cotransfer.domain.notes import Disclosure
from cotransfer.domain.parties import Party
from cotransfer.domain.trails import read
from cotransfer.domain.values import (
    DocumentType,
    IdentityNumber,
    Name,
    UtilityId,
)
from cotransfer.ports.grants import Held
from cotransfer.ports.sessions import Citizen, Session

GAS = UtilityId("kunming-gas")
TOKENS = {who: f"{who}-token-00000000001" for who in ("platform", "visitor", "water", "power", "gas")}
CLIENTS = Clients(
    [
        Client(id="city-platform", token=TOKENS["platform"]),
        Client(id="visitor", counterparty="visitor", token=TOKENS["visitor"]),
        Client(id="water", utility=WATER, token=TOKENS["water"]),
        Client(id="power", utility=POWER, token=TOKENS["power"]),
        Client(id="gas", utility=GAS, token=TOKENS["gas"]),
    ]
)
IDS = {"platform": "city-platform", "visitor": "visitor"}
BAD_REVIEW, BAD_HANDLING = "产权人与缴费人不一致", "水表需先更换"


EVERYBODYS = (*GRANTS, SMS_GRANT)
"""Every grant that the stage may have."""


@attrs.frozen(kw_only=True)
class MatrixStage:
    """`sessions` are the buyer's, by caller, and a stranger's; `tokens` makes fresh ID tokens of the buyer."""

    stage: Stage
    told: Told
    sessions: Mapping[str, str]
    tokens: Forger

    async def call(
        self, method: str, path: str, body: Any = None, *, by: str, session: str | None = None, key: str | None = None
    ) -> httpx.Response:
        """One call, held against the contract; for the buyer unless another session is named."""
        shown = self.sessions.get(by) if session is None else session
        headers = {"authorization": f"Bearer {TOKENS[by]}"} | ({"citizen_session": shown} if shown else {})
        if method == "GET":
            return await self.stage.get(path, by="nobody", **headers)
        return await self.stage.post(path, body, by="nobody", key=key, **headers)

    def let(self, counterparty: str, state: str) -> Grant | None:
        """From now on that counterparty's grant stands so, and everybody else's is active."""
        grants, in_force = self.stage.grants, self.stage.in_force
        assert grants is not None
        assert in_force is not None
        one = next((grant for grant in EVERYBODYS if grant.counterparty == counterparty), None)
        its = standing(one, state) if one is not None else None
        held = [grant for grant in EVERYBODYS if grant.counterparty != counterparty] + ([its] if its else [])
        grants._held = {grant.id: Held(grant, 1) for grant in held}
        if its is not None and state == "quota spent":
            grants._spent[its.id, day_of(self.stage.clock.now())] = its.daily_quota
        in_force.changed()
        return its

    def noted(self, to: str, operation: str) -> list[Disclosure]:
        """What the audit trail says went to `to` by `operation`."""
        assert self.stage.audit is not None
        told = [read(link.body).what for chain in self.stage.audit._chains.values() for link in chain]
        return [one for one in told if isinstance(one, Disclosure) and (one.to, one.operation.value) == (to, operation)]

    async def submit(self, **changes: Any) -> str:
        """A new transfer of the buyer's."""
        answer = await self.call("POST", "/v1/transfers", SUBMISSION | changes, by="platform")
        assert answer.status_code == 201, answer.text
        return str(answer.json()["transfer"])

    async def report(self, transfer: str, *reports: tuple[str, dict[str, str]]) -> str:
        """The water company's, one after the other."""
        for what, body in reports:
            answer = await self.call("POST", f"/v1/utility/transfers/{transfer}/{what}", body, by="water")
            assert answer.status_code == 200, answer.text
        return transfer

    async def transfers(self) -> dict[str, str]:
        """One that waits for the signature, and two that failed: at the pre-review, and at the handling."""
        failed = await self.report(await self.submit(), ("pre-review", {"result": "not_passed", "reason": BAD_REVIEW}))
        unhandled = await self.report(
            await self.submit(),
            ("pre-review", {"result": "passed", "signing_address": ADDRESS}),
            ("signing", {"outcome": "signed", "channel": "sms"}),
            ("handling", {"result": "not_done", "reason": BAD_HANDLING}),
        )
        passed = ("pre-review", {"result": "passed", "signing_address": ADDRESS})
        waiting = await self.report(await self.submit(), passed)
        return {"waiting": waiting, "pre_review": failed, "handling": unhandled}


@contextlib.asynccontextmanager
async def matrix_stage(*, by_sms: bool = False) -> AsyncIterator[MatrixStage]:
    """A fresh one; `by_sms`: in a city with an SMS service."""
    clock, told, sessions = ManualClock(), Told(), MemorySessions()
    forger = Forger(clock=clock, issuer=ISSUER, audience="city-platform")
    signed_in = SignedIn(sessions, clock, Cookies(ORIGIN))
    async with Fetch(party=Party.PLATFORM, transport=forger.transport) as fetch:
        citizens = RelyingParty(PROVIDER, redirect_uri=f"{ORIGIN}/signin/callback", fetch=fetch, clock=clock)
        access = MemoryAccess()
        sign_in = SignIn(
            people=signed_in,
            browser=BrowserSide(signed_in, {"citizen": citizens}, jar=Jar(lambda: [KEY]), access=access),
            back_ends=BackEnds(citizens, sessions, audiences=AUDIENCES, access=access, clock=clock),
        )
        shown = {who: await sessions.open(_session(BUYER, "李小满", client)) for who, client in IDS.items()}
        shown["stranger"] = await sessions.open(_session(STRANGER, "王秋实", IDS["platform"]))
        async with staged(
            clients=CLIENTS,
            registry=WatchedRegistry(told),
            water=WatchedUtility(told),
            notifier=WatchedNotifier(told),
            sms=WatchedSms(told) if by_sms else None,
            granted=EVERYBODYS if by_sms else GRANTS,
            clock=clock,
            sign_in=sign_in,
        ) as stage:
            yield MatrixStage(stage=stage, told=told, sessions=shown, tokens=forger)


def _session(number: str, name: str, client: str) -> Session:
    identity = IdentityNumber.parse(DocumentType.IDENTITY_CARD, number, on=NOW.date())
    return Session(
        who=Citizen(subject=f"sub-{number[-4:]}", name=Name.parse(name), identity=identity),
        signed_in_at=NOW,
        until=NOW + timedelta(days=3650),
        idle=timedelta(days=3650),
        csrf="c",
        client=client,
    )
