"""What the composition root joins does its work: it is there, it is asked, and what it says goes along."""

import contextlib
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

from cotransfer.adapters.keys.folder import KeyFolder
from cotransfer.adapters.sql import upgrade
from cotransfer.adapters.sql.trust.access import SqlAccess
from cotransfer.adapters.sql.trust.audit import SqlAudit
from cotransfer.adapters.wire.listening import Listener
from cotransfer.app.disclosures import lookup_chain
from cotransfer.app.freshness import FRESH
from cotransfer.app.matter import Matter, about
from cotransfer.app.sequencing import HEADER
from cotransfer.domain.notes import Decision, Note
from cotransfer.domain.values import DocumentType, IdentityNumber
from cotransfer.ports.access import Standing
from cotransfer.ports.errors import Unintelligible
from cotransfer.settings import Settings, load
from cotransfer.settings.keys import Retention
from cotransfer.wiring import Assembly, assembled, scheme_grants
from cotransfer.wiring.assembly import _terms

SOMEBODY = IdentityNumber(DocumentType.IDENTITY_CARD, "530102199003071238")
LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)
DECIDED = Decision(what="tests.ran", who="tests")


@contextlib.asynccontextmanager
async def put_together(folder: Path, registry: str = "http://127.0.0.1:9") -> AsyncIterator[Assembly]:
    """A gateway on a database and keys of its own, with everybody's grants."""
    settings = _settings(folder, registry)
    upgrade(settings.database.url.text)
    KeyFolder(folder / "keys").make_missing(datetime.now(UTC))
    async with assembled(settings) as assembly:
        await assembly.granting.add(*scheme_grants(settings, datetime.now(UTC)), who="tests")
        yield assembly


def _settings(folder: Path, registry: str) -> Settings:
    file = folder / "cotransfer.toml"
    file.write_text(
        f'[database]\nurl = "sqlite:///{folder}/trial.db"\n[keys]\nfolder = "{folder}/keys"\n'
        f'[registry]\nurl = "{registry}"\ntoken = "sixteen-characters-at-least"\n'
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


def test_what_a_process_knows_of_the_others_is_young() -> None:
    """Half of the second in which barring, revoking and suspending bite everywhere; the other half is for reading."""
    assert timedelta(seconds=0.5) >= FRESH


def test_retention_is_the_settings(tmp_path: Path) -> None:
    """How long personal data are kept is what the deployment says, for transfers and enquiries alike."""
    settings = attrs.evolve(_settings(tmp_path, "http://127.0.0.1:9"), retention=Retention(days=3))
    assert _terms(settings).allow.retention == timedelta(days=3)
