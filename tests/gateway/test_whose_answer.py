"""An answer belongs to the citizen it was given for: the same key in another one's session is another message."""

import contextlib
from collections.abc import AsyncIterator
from datetime import timedelta

import httpx
import pytest
from tests.attacks.signin.provider import Forger
from tests.attacks.signin.stage import AUDIENCES, KEY, ORIGIN, PROVIDER
from tests.gateway.stage import BUYER, ENQUIRY, IDENTITY, STRANGER, SUBMISSION, Stage, staged

from cotransfer.adapters.gateway import SignIn
from cotransfer.adapters.gateway.signin import BackEnds, BrowserSide, Cookies, Fetch, Jar, RelyingParty, SignedIn
from cotransfer.adapters.memory.access import MemoryAccess
from cotransfer.adapters.memory.sessions import MemorySessions
from cotransfer.adapters.memory.time import ManualClock
from cotransfer.domain.parties import Party
from cotransfer.domain.values import DocumentType, IdentityNumber, Name
from cotransfer.ports.sessions import Citizen, Session

ASKED = {"/v1/properties/search": IDENTITY, "/v1/accounts/search": ENQUIRY, "/v1/transfers": SUBMISSION}


@contextlib.asynccontextmanager
async def with_sessions() -> AsyncIterator[tuple[Stage, dict[str, str]]]:
    """A stage where citizens are signed in, and what the platform shows for each."""
    clock, sessions, access = ManualClock(), MemorySessions(), MemoryAccess()
    signed_in = SignedIn(sessions, clock, Cookies(ORIGIN))
    async with Fetch(party=Party.PLATFORM, transport=Forger(clock=clock, issuer=PROVIDER.issuer).transport) as fetch:
        party = RelyingParty(PROVIDER, redirect_uri=f"{ORIGIN}/signin/callback", fetch=fetch, clock=clock)
        sign_in = SignIn(
            people=signed_in,
            browser=BrowserSide(signed_in, {"citizen": party}, jar=Jar(lambda: [KEY]), access=access),
            back_ends=BackEnds(party, sessions, audiences=AUDIENCES, access=access, clock=clock),
        )
        shown = {who: await sessions.open(_session(who, clock)) for who in (BUYER, STRANGER)}
        async with staged(clock=clock, sign_in=sign_in) as stage:
            yield stage, shown


def _session(number: str, clock: ManualClock) -> Session:
    who = Citizen(subject=number[-4:], name=Name("李小满"), identity=IdentityNumber(DocumentType.IDENTITY_CARD, number))
    at = clock.now()
    return Session(
        who=who,
        signed_in_at=at,
        until=at + timedelta(hours=1),
        idle=timedelta(hours=1),
        csrf="c",
        client="city-platform",
    )


@pytest.mark.parametrize("path", ASKED)
async def test_another_citizen_is_not_given_the_stored_answer(path: str) -> None:
    """Step 1 to 5: who is signed in is part of what a message asks, so nobody reads another's answer by its key."""
    async with with_sessions() as (stage, shown):

        async def ask(who: str) -> httpx.Response:
            return await stage.post(path, ASKED[path], key="k-once", Citizen_Session=shown[who])

        first = await ask(BUYER)
        assert first.is_success, first.text
        again = await ask(BUYER)
        assert (again.content, again.headers["idempotency-replayed"]) == (first.content, "true")
        refused = await ask(STRANGER)
        assert (refused.status_code, refused.json()["code"]) == (422, "idempotency_key_reused")
