"""The gateway as `serve` puts it together, between counterparties that go astray; everything it says is kept.

Requests are handed to the application as a server would. Never searched here: `test_nothing_leaks` does that.
"""

import asyncio
import base64
import contextlib
import io
import itertools
import json
import logging
import traceback
from collections.abc import AsyncIterator, Iterator, Mapping, MutableMapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

import attrs
import pytest
import structlog
from starlette.types import Message
from tests.leaks.agreed import SECRETS, SETTINGS, SIGNS
from tests.leaks.planted import Person
from tests.leaks.town import WATER, Mailroom, Notices, Registry, Water

from cotransfer.adapters.gateway import problems, routing
from cotransfer.adapters.machine import SystemClock
from cotransfer.adapters.sql import upgrade
from cotransfer.adapters.wire.signing import Outgoing, Scheme, Signer, StandardRequests, signing_key
from cotransfer.app.directory import Listing
from cotransfer.domain.values import Service
from cotransfer.settings import load
from cotransfer.wiring import Assembly, assembled, assembly, key_folder, scheme_grants


@attrs.frozen
class Answer:
    """What came back."""

    status: int
    headers: str
    body: bytes

    @property
    def said(self) -> Any:
        """The body as JSON."""
        return json.loads(self.body)


@attrs.frozen(kw_only=True)
class House:
    """The gateway, what goes in and out of it, and what it says on the way."""

    assembly: Assembly
    settings: Path
    database: Path
    mail: Mailroom
    tokens: dict[str, str] = attrs.field(factory=dict)
    refusals: list[str] = attrs.field(factory=list)
    asked: list[str] = attrs.field(factory=list)
    errors: list[str] = attrs.field(factory=list)
    log: list[str] = attrs.field(factory=list)
    records: io.StringIO = attrs.field(factory=io.StringIO)
    keys: "itertools.count[int]" = attrs.field(factory=itertools.count)

    async def call(self, method: str, path: str, body: bytes = b"", headers: Mapping[str, str] | None = None) -> Answer:
        """One request; what is not a success is kept as a refusal."""
        raw = [(name.lower().encode(), value.encode()) for name, value in (headers or {}).items()]
        scope = {
            "type": "http",
            "asgi": {"version": "3.0"},
            "http_version": "1.1",
            "method": method,
            "scheme": "https",
            "path": path,
            "raw_path": path.encode(),
            "query_string": b"",
            "root_path": "",
            "headers": raw,
            "client": ("127.0.0.1", 1),
            "server": ("gateway.example", 443),
        }
        said: list[Message] = []

        async def receive() -> Message:
            return {"type": "http.request", "body": body, "more_body": False}

        async def send(message: Message) -> None:
            said.append(message)

        await self.assembly.app(scope, receive, send)
        answered = Answer(
            said[0]["status"], str(said[0]["headers"]), b"".join(one.get("body", b"") for one in said[1:])
        )
        self.asked.append(f"{method} {path}")
        if answered.status >= 400:
            self.refusals.append(f"{answered.status} {answered.headers} {answered.body.decode()}")
        return answered

    async def post(self, path: str, body: Any, *, by: str, key: str | None = None, signed: bool = True) -> Answer:
        """A message as a good client sends it, or one that does not sign."""
        said = body if isinstance(body, bytes) else json.dumps(body, ensure_ascii=False).encode()
        once = key or f"k-{next(self.keys)}"
        headers = {
            "Authorization": f"Bearer {self.tokens[by]}",
            "Content-Type": "application/json",
            "Idempotency-Key": once,
        }
        if by == WATER.text and signed:
            signer = StandardRequests(Signer([signing_key(Scheme.HMAC_SHA256, SIGNS)]))
            outgoing = Outgoing(method="POST", target=path, key=once, body=said, at=datetime.now(UTC))
            headers |= signer.dress(outgoing).headers
        return await self.call("POST", path, said, headers)

    async def get(self, path: str, *, by: str) -> Answer:
        """A look."""
        return await self.call("GET", path, headers={"Authorization": f"Bearer {self.tokens[by]}"})

    async def fetch_tokens(self) -> None:
        """As OAuth has it."""
        for client, secret in SECRETS.items():
            shown = base64.b64encode(f"{client}:{quote(secret, safe='')}".encode()).decode()
            form = urlencode({"grant_type": "client_credentials"}).encode()
            headers = {"Authorization": f"Basic {shown}", "Content-Type": "application/x-www-form-urlencoded"}
            answer = await self.call("POST", "/oauth/token", form, headers)
            self.tokens[client] = answer.said["access_token"]


@contextlib.asynccontextmanager
async def open_house(
    folder: Path, people: Mapping[str, Person], monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[House]:
    """A house in `folder`, its worker and its sequencer at work; `people` by identity number."""
    mail = Mailroom(people)
    _between(mail, monkeypatch)
    file, database = folder / "cotransfer.toml", folder / "cotransfer.db"
    file.write_text(SETTINGS.replace("DATABASE", str(database)), encoding="utf-8")
    settings = load(file, {})
    upgrade(settings.database.url.text)
    key_folder(settings).make_missing(SystemClock().now())
    async with assembled(settings) as together:
        await together.granting.add(*scheme_grants(settings, SystemClock().now()), who="tests")
        house = House(assembly=together, settings=file, database=database, mail=mail)
        monkeypatch.setattr(routing, "problem", _noted(house.errors))
        with listening(house.records, house.log):
            await house.fetch_tokens()
            working = [asyncio.create_task(work) for work in together.runs()]
            yield house
            for task in working:
                task.cancel()
            await asyncio.gather(*working, return_exceptions=True)


def _between(mail: Mailroom, monkeypatch: pytest.MonkeyPatch) -> None:
    async def registry(*_: object) -> Registry:
        return Registry(mail)

    async def listing(*_: object) -> Listing:
        return Listing(id=WATER, service=Service.WATER, utility=Water(mail))

    async def notifier(*_: object) -> Notices:
        return Notices(mail)

    for name, made in {"registry": registry, "listing": listing, "notifier": notifier}.items():
        monkeypatch.setattr(assembly, name, made)


def _noted(errors: list[str]) -> Any:
    """The gateway's own rendering of errors; each is written down first, with its whole traceback."""
    problem = problems.problem

    def noted(error: Exception, *rest: Any) -> Any:
        errors.append(f"{error!r} {error} {''.join(traceback.format_exception(error))}")
        return problem(error, *rest)

    return noted


@contextlib.contextmanager
def listening(records: io.StringIO, lines: list[str]) -> Iterator[None]:
    """Every line that is logged, by the libraries and by us, at the lowest level there is."""
    before, root, handler = structlog.get_config(), logging.getLogger(), logging.StreamHandler(records)
    handler.setFormatter(logging.Formatter("%(name)s %(levelname)s %(message)s %(args)s"))

    def keep(_: object, method: str, said: MutableMapping[str, Any]) -> str:
        lines.append(f"{method} {said!r} {json.dumps(said, default=repr, ensure_ascii=False)}")
        raise structlog.DropEvent

    structlog.configure(processors=[structlog.contextvars.merge_contextvars, keep])
    level = root.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    try:
        yield
    finally:
        root.setLevel(level)
        root.removeHandler(handler)
        structlog.configure(**before)
