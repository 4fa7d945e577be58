"""What the composition root joins does its work: it is there, it is asked, and what it says goes along."""

import asyncio
import contextlib
import secrets
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import attrs
import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from tests.gateway.stage import ENQUIRY, WATER, city, waterworks

from cotransfer.adapters.keys.folder import KeyFolder
from cotransfer.adapters.memory.registry import MemoryRegistry
from cotransfer.adapters.sql import upgrade
from cotransfer.adapters.sql.trust.access import SqlAccess
from cotransfer.adapters.sql.trust.audit import SqlAudit
from cotransfer.adapters.wire.listening import Listener
from cotransfer.app.directory import Listing
from cotransfer.app.disclosures import lookup_chain
from cotransfer.app.freshness import FRESH
from cotransfer.app.matter import Matter, about
from cotransfer.app.sequencing import HEADER
from cotransfer.domain.notes import Decision, Note
from cotransfer.domain.values import DocumentType, IdentityNumber, Service
from cotransfer.ports.access import Standing
from cotransfer.ports.errors import Unintelligible
from cotransfer.settings import Settings, load
from cotransfer.settings.keys import Retention
from cotransfer.wiring import Assembly, assembled, scheme_grants
from cotransfer.wiring import assembly as composition
from cotransfer.wiring.assembly import _terms

SOMEBODY = IdentityNumber(DocumentType.IDENTITY_CARD, "530102199003071238")
LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)
PLATFORMS = secrets.token_hex(32)
ENQUIRERS = f"""
[gateway]
per_client = 1

[lookups]
shown = "compared"

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
    folder: Path, registry: str = "http://127.0.0.1:9", *, more: str = ""
) -> AsyncIterator[Assembly]:
    """A gateway on a database and keys of its own, with everybody's grants."""
    settings = _settings(folder, registry, more)
    upgrade(settings.database.url.text)
    KeyFolder(folder / "keys").make_missing(datetime.now(UTC))
    async with assembled(settings) as assembly:
        await assembly.granting.add(*scheme_grants(settings, datetime.now(UTC)), who="tests")
        yield assembly


def _settings(folder: Path, registry: str, more: str = "") -> Settings:
    file = folder / "cotransfer.toml"
    file.write_text(
        f'[database]\nurl = "sqlite:///{folder}/trial.db"\n[keys]\nfolder = "{folder}/keys"\n'
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


@pytest.fixture
async def enquiring(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[httpx.AsyncClient]:
    """The platform with its token, at a gateway between a registry and a water company that are lists."""

    async def registry(*_: object) -> MemoryRegistry:
        return city()

    async def listing(*_: object) -> Listing:
        return Listing(id=WATER, service=Service.WATER, utility=waterworks())

    monkeypatch.setattr(composition, "registry", registry)
    monkeypatch.setattr(composition, "listing", listing)
    async with put_together(tmp_path, more=ENQUIRERS) as together:
        transport = httpx.ASGITransport(together.app)
        async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:8080") as http:
            fetched = await http.post(
                "/oauth/token", auth=("platform", PLATFORMS), data={"grant_type": "client_credentials"}
            )
            http.headers["Authorization"] = f"Bearer {fetched.json()['access_token']}"
            yield http


async def test_how_much_of_an_account_is_shown_is_the_settings(enquiring: httpx.AsyncClient) -> None:
    """A deployment that only compares shows neither holder nor location, whatever the usual way is."""
    answered = await enquiring.post("/v1/accounts/search", json=ENQUIRY, headers={"Idempotency-Key": "k-1"})
    assert answered.status_code == 200, answered.text
    assert answered.json()["account"] == {"shown": "compared", "in_arrears": False}
    assert answered.json()["matching"]["outcome"] == "match"


async def test_how_much_room_a_client_has_is_the_settings(enquiring: httpx.AsyncClient) -> None:
    """Two look-ups at once, of which each takes a quarter of a second, are one too many where there is room for one."""
    both = [enquiring.post("/v1/accounts/search", json=ENQUIRY, headers={"Idempotency-Key": key}) for key in ("a", "b")]
    assert sorted(one.status_code for one in await asyncio.gather(*both)) == [200, 429]


def test_what_a_process_knows_of_the_others_is_young() -> None:
    """Half of the second in which barring, revoking and suspending bite everywhere; the other half is for reading."""
    assert timedelta(seconds=0.5) >= FRESH


def test_retention_is_the_settings(tmp_path: Path) -> None:
    """How long personal data are kept is what the deployment says, for transfers and enquiries alike."""
    settings = attrs.evolve(_settings(tmp_path, "http://127.0.0.1:9"), retention=Retention(days=3))
    assert _terms(settings).timetable.usual.retention == timedelta(days=3)
