"""What the composition root joins does its work: it is there, it is asked, and what it says goes along."""

import asyncio
import base64
import contextlib
import json
import secrets
from collections.abc import AsyncIterator, Callable, Coroutine
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import attrs
import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Mount, Route
from tests.gateway.stage import ACCOUNT, ENQUIRY, NEARBY, WATER, city, waterworks

from cotransfer.adapters.crypto.suites import Suite
from cotransfer.adapters.keys.folder import KeyFolder
from cotransfer.adapters.memory.registry import MemoryRegistry
from cotransfer.adapters.sql import upgrade
from cotransfer.adapters.sql.sqlite import MODULE
from cotransfer.adapters.sql.trust.access import SqlAccess
from cotransfer.adapters.sql.trust.audit import SqlAudit
from cotransfer.adapters.wire.listening import Listener, bound
from cotransfer.app.consenting import Receiver
from cotransfer.app.directory import Listing
from cotransfer.app.disclosures import lookup_chain
from cotransfer.app.freshness import FRESH
from cotransfer.app.matter import Matter, about
from cotransfer.app.sequencing import HEADER, Shown
from cotransfer.cli import running
from cotransfer.domain.notes import Decision, Note
from cotransfer.domain.notices import Delivered, NoticeKind
from cotransfer.domain.values import DocumentType, IdentityNumber, Service
from cotransfer.ports.access import Standing
from cotransfer.ports.errors import Unintelligible
from cotransfer.sandbox.pace import Pace
from cotransfer.sandbox.sms import SmsService
from cotransfer.settings import Settings, StartRefused, load
from cotransfer.settings.keys import Retention
from cotransfer.testing.histories import history
from cotransfer.testing.notifier import a_notice
from cotransfer.wiring import Assembly, assembled, scheme_grants
from cotransfer.wiring import assembly as composition
from cotransfer.wiring.assembly import _receivers, _terms
from cotransfer.wiring.counterparties import sms

SOMEBODY = IdentityNumber(DocumentType.IDENTITY_CARD, "530102199003071238")
LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)
PLATFORMS = secrets.token_hex(32)
NOBODY = "http://127.0.0.1:9"
TWO_AND_BACK = (ACCOUNT, NEARBY, ACCOUNT)
ENQUIRERS = f"""
[gateway]
per_client = 1

[[utilities]]
id = "{WATER}"
service = "water"
url = "http://127.0.0.1:9"
token = "{secrets.token_hex(32)}"

[[clients]]
id = "platform"
role = "platform"
auth = "client_secret_basic"
client_secret = "{PLATFORMS}"
"""
DECIDED = Decision(what="tests.ran", who="tests")


@contextlib.asynccontextmanager
async def put_together(
    folder: Path, registry: str = NOBODY, *, more: str = "", suite: str = "aes-256-gcm"
) -> AsyncIterator[Assembly]:
    """A gateway on a database and keys of its own, with everybody's grants."""
    settings = _settings(folder, registry, more, suite=suite)
    upgrade(settings.database.url.text)
    KeyFolder(folder / "keys").make_missing(datetime.now(UTC))
    async with assembled(settings) as assembly:
        await assembly.granting.add(*scheme_grants(settings, datetime.now(UTC)), who="tests")
        yield assembly


def _settings(folder: Path, registry: str, more: str = "", *, suite: str = "aes-256-gcm") -> Settings:
    file = folder / "cotransfer.toml"
    file.write_text(
        f'[database]\nurl = "sqlite:///{folder}/trial.db"\n[keys]\nfolder = "{folder}/keys"\nsuite = "{suite}"\n'
        f'[registry]\nurl = "{registry}"\ntoken = "sixteen-characters-at-least"\n{more}'
    )
    return load(file, {})


async def test_what_is_over_is_forgotten(tmp_path: Path) -> None:
    """The housekeeping of a deployment reaches what only trust keeps: tokens, nonces, whom enquiries were about."""
    async with put_together(tmp_path) as assembly:
        access = SqlAccess(assembly.store)
        await access.revoke("token-that-is-over", LONG_AGO)
        await access.revoke("token-that-is-not", datetime.now(UTC) + timedelta(hours=1))
        assert await access.first_use("assertion", "n", LONG_AGO)
        chain = lookup_chain(LONG_AGO, "enquiry")
        await assembly.office.desk.note((Note(chain=chain, at=LONG_AGO, what=DECIDED, subject=SOMEBODY),))
        assert await assembly.office.housekeeping.tidy() == 3
        assert await SqlAudit(assembly.store).chains_about(SOMEBODY) == ()
        assert await access.standing() == Standing(revoked=frozenset({"token-that-is-not"}))


async def test_the_sms_service_is_called(tmp_path: Path) -> None:
    """Steps 7 and 9: a deployment with [sms] speaks to the service by its templates, has its grant, and offers it."""
    service = SmsService(token="sixteen-characters-of-sms", pace=Pace(scale=0))
    listener = Listener(Starlette(routes=[Mount("/", service)]), name="the SMS service")
    await listener.start()
    section = f'[sms]\nurl = "{listener.address}"\ntoken = "sixteen-characters-of-sms"\nname = "昆明政务短信"\n'
    section += '[sms.templates]\ninvitation = "invitation"\nresult = "result"\n'
    try:
        settings = _settings(tmp_path, NOBODY, section)
        async with contextlib.AsyncExitStack() as opened:
            channel = await sms(settings, opened, Shown())
            assert channel is not None
            assert channel.remembers_s == 82_800.0
            for kind in NoticeKind:
                notice = attrs.evolve(a_notice(), kind=kind, key=f"k.{kind.value}")
                assert isinstance(await channel.send(notice), Delivered)
    finally:
        await listener.stop()
    assert [one.template for one in service.inbox] == ["invitation", "invitation", "result"]
    assert {grant.counterparty for grant in scheme_grants(settings, LONG_AGO)} == {"registry", "sms"}
    assert _receivers(settings)["sms"] == Receiver("昆明政务短信", "")
    async with put_together(tmp_path, more=section + ENQUIRERS) as assembly:
        assert assembly.office.consenting is not None
        offers = await assembly.office.consenting.offers(
            WATER, Service.WATER, Matter(service=Service.WATER), notices=True
        )
    assert [(offer.receiver, offer.optional) for offer in offers] == [(WATER.text, False), ("sms", True)]


async def test_the_latest_checkpoint_goes_along(tmp_path: Path) -> None:
    """Every answer of ours and every call of ours carries it: whoever gets it is a witness."""
    called: list[Request] = []

    async def answer(request: Request) -> Response:
        called.append(request)
        return JSONResponse({})

    listener = Listener(Starlette(routes=[Route("/{path:path}", answer, methods=["POST"])]), name="the registry")
    await listener.start()
    try:
        async with put_together(tmp_path, listener.address) as assembly:
            office = assembly.office
            assert office.sequencer is not None
            await office.desk.note((Note(chain="tests", at=datetime.now(UTC), what=DECIDED),))
            await office.sequencer.gather()
            with about(Matter(chain="lookup:tests", subject=SOMEBODY)), pytest.raises(Unintelligible):
                await office.properties.linked_to(SOMEBODY)
            transport = httpx.ASGITransport(assembly.app)
            async with httpx.AsyncClient(transport=transport, base_url="http://gateway.example") as http:
                answered = await http.get("/healthz")
    finally:
        await listener.stop()
    assert [one.headers[HEADER] for one in called] == [answered.headers[HEADER]]
    assert answered.headers[HEADER].split(" ")[0].isdigit()


@contextlib.asynccontextmanager
async def asking(
    folder: Path, monkeypatch: pytest.MonkeyPatch, *, more: str = ""
) -> AsyncIterator[tuple[httpx.AsyncClient, dict[str, Any]]]:
    """The platform with its token, and what came with it, at a gateway between a registry and a water company that are
    lists; `more` goes on with the settings of the client, or begins other sections.
    """

    async def registry(*_: object) -> MemoryRegistry:
        return city()

    async def listing(*_: object) -> Listing:
        return Listing(id=WATER, service=Service.WATER, utility=waterworks())

    monkeypatch.setattr(composition, "registry", registry)
    monkeypatch.setattr(composition, "listing", listing)
    async with put_together(folder, more=ENQUIRERS + more) as together:
        transport = httpx.ASGITransport(together.app)
        async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:8080") as http:
            fetched = await http.post(
                "/oauth/token", auth=("platform", PLATFORMS), data={"grant_type": "client_credentials"}
            )
            http.headers["Authorization"] = f"Bearer {fetched.json()['access_token']}"
            yield http, fetched.json()


async def look(http: httpx.AsyncClient, key: str, **changes: str) -> httpx.Response:
    """One look-up of an account."""
    return await http.post("/v1/accounts/search", json=ENQUIRY | changes, headers={"Idempotency-Key": key})


@pytest.fixture
async def enquiring(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[httpx.AsyncClient]:
    """The platform alone."""
    async with asking(tmp_path, monkeypatch, more='[lookups]\nshown = "compared"\n') as (http, _):
        yield http


async def test_how_much_of_an_account_is_shown_is_the_settings(enquiring: httpx.AsyncClient) -> None:
    """A deployment that only compares shows neither holder nor location, whatever the usual way is."""
    answered = await look(enquiring, "k-1")
    assert answered.status_code == 200, answered.text
    assert answered.json()["account"] == {"shown": "compared", "in_arrears": False}
    assert answered.json()["matching"]["outcome"] == "match"


async def test_how_much_room_a_client_has_is_the_settings(enquiring: httpx.AsyncClient) -> None:
    """Two look-ups at once, of which each takes a quarter of a second, are one too many where there is room for one."""
    both = [look(enquiring, key) for key in ("a", "b")]
    assert sorted(one.status_code for one in await asyncio.gather(*both)) == [200, 429]


async def test_look_ups_are_counted_and_how_many_is_the_settings(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Step 4: the account that is one too many for the day is not answered; the same one costs nothing again."""
    async with asking(tmp_path, monkeypatch, more="[lookups]\nper_citizen_a_day = 1\nstep_ms = 0\n") as (http, _):
        answers = [await look(http, key, account_number=one) for key, one in zip("abc", TWO_AND_BACK, strict=True)]
    assert [one.status_code for one in answers] == [200, 429, 200]
    assert answers[1].json()["code"] == "too_many_lookups"


async def test_a_client_may_do_what_its_scopes_say(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A client that is registered for step 1 alone gets no further, though the platform's grant gives it all."""
    async with asking(tmp_path, monkeypatch, more='scopes = ["searchProperties"]\n') as (http, token):
        refused = await look(http, "k-1")
    assert token["scope"] == "searchProperties"
    assert (refused.status_code, refused.json()["code"]) == (403, "insufficient_scope")


async def test_how_long_a_token_lives_is_the_settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of the gateway, and no longer than that of the answer."""
    async with asking(tmp_path, monkeypatch, more="[oauth]\ntoken_life_s = 60\n") as (_, token):
        assert token["expires_in"] == 60
        claims = json.loads(base64.urlsafe_b64decode(token["access_token"].split(".")[1] + "=="))
        assert claims["exp"] - claims["iat"] == 60


@pytest.mark.parametrize(("name", "suite"), [("aes-256-gcm", Suite.AES_256_GCM), ("sm4-gcm", Suite.SM4_GCM)])
async def test_what_it_is_sealed_with_is_the_settings(tmp_path: Path, name: str, suite: Suite) -> None:
    """Each data key begins with the mark of its algorithm, as it is on the disk."""
    async with put_together(tmp_path, suite=name) as assembly:
        await assembly.store.commit([history().submit()])
        with contextlib.closing(MODULE.connect(tmp_path / "trial.db")) as connection:
            wrapped = [row[0] for row in connection.execute("SELECT wrapped FROM data_keys")]
    assert {one[0] for one in wrapped} == {suite.mark}


@pytest.mark.parametrize("run", [running._work, partial(running._serve, new=False)])
async def test_a_clock_that_is_off_starts_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, run: Callable[..., Coroutine[None, None, None]]
) -> None:
    """Leases, tokens and signatures are judged by the clock: neither the gateway nor a worker runs by a wrong one."""

    async def off(*_: object) -> float:
        return 5.0

    async def at_once() -> None:
        """Asked to end as soon as it runs, if it does."""

    monkeypatch.setattr(running, "clock_lead_s", off)
    monkeypatch.setattr(running, "asked_to_end", at_once)
    async with put_together(tmp_path):
        pass
    with bound("the gateway", "127.0.0.1", 0) as port, pytest.raises(StartRefused, match=r"5\.0 s ahead"):
        await (run(_settings(tmp_path, NOBODY), port) if isinstance(run, partial) else run(_settings(tmp_path, NOBODY)))


def test_what_a_process_knows_of_the_others_is_young() -> None:
    """Half of the second in which barring, revoking and suspending bite everywhere; the other half is for reading."""
    assert timedelta(seconds=0.5) >= FRESH


def test_retention_is_the_settings(tmp_path: Path) -> None:
    """How long personal data are kept is what the deployment says, for transfers and enquiries alike."""
    settings = attrs.evolve(_settings(tmp_path, NOBODY), retention=Retention(days=3))
    assert _terms(settings).timetable.usual.retention == timedelta(days=3)
