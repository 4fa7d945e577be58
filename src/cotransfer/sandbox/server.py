"""Runs the simulated counterparties, one or all of them, on loopback ports inside the running event loop.

    async with Sandbox() as sandbox:
        print(sandbox.addresses)

Never leaves a port or a task behind, also when starting fails half-way.
"""

import contextlib
import time
from collections.abc import Iterable, Mapping
from types import TracebackType
from typing import Self

import httpx

from cotransfer.adapters.wire.client import Tokens
from cotransfer.sandbox.acting import acting_routes
from cotransfer.sandbox.authority import TokenDesk
from cotransfer.sandbox.city import City
from cotransfer.sandbox.identity import Identity
from cotransfer.sandbox.identity_tokens import Passports
from cotransfer.sandbox.memory import Memory
from cotransfer.sandbox.pace import Pace
from cotransfer.sandbox.platform import Platform
from cotransfer.sandbox.registry import Registry
from cotransfer.sandbox.serving import Served
from cotransfer.sandbox.signatures import MessageSigning
from cotransfer.sandbox.sms import SmsService
from cotransfer.sandbox.water import Water
from cotransfer.sandbox.water_gateway import REPORT_ATTEMPTS
from cotransfer.sandbox.wechat import WeChat
from cotransfer.sandbox.wechat_templates import TEMPLATES

COUNTERPARTIES = ("registry", "water", "wechat", "identity", "sms")


class Sandbox:
    """All counterparties share one city and one pace; `addresses` is filled once it is entered.

    `ports` maps a counterparty to its port, 0 or none taking a free one; `tokens` maps "registry", "water" and "sms" to
    the bearer token each insists on, and "identity" to the secret that the gateway's client must show there;
    `desks` gives either of the first two a token desk instead, from which the gateway has to fetch its tokens;
    `report_attempts` is how often the water company tries to deliver one report; `signing` says who signs messages and
    who expects signatures; with a `memory` they begin with what they knew when they ended, however they ended.
    Entering raises PortInUse (a CannotListen) naming the port and the remedy.
    """

    def __init__(
        self,
        *,
        city: City | None = None,
        only: Iterable[str] = COUNTERPARTIES,
        ports: Mapping[str, int] | None = None,
        tokens: Mapping[str, str] | None = None,
        desks: Mapping[str, TokenDesk] | None = None,
        templates: Mapping[str, Iterable[str]] = TEMPLATES,
        pace: Pace | None = None,
        report_attempts: int = REPORT_ATTEMPTS,
        signing: MessageSigning | None = None,
        memory: Memory | None = None,
    ) -> None:
        self._wanted = tuple(only)
        if unknown := sorted({*self._wanted, *(ports or {})} - set(COUNTERPARTIES)):
            raise ValueError(f"no counterparty is called {', '.join(unknown)}; there are {', '.join(COUNTERPARTIES)}")
        tokens, pace = tokens or {}, pace or Pace()
        self.city = city or City.from_seed()
        self._desks = dict(desks or {})
        self.registry = Registry(
            self.city, token=self._desks.get("registry") or tokens.get("registry"), pace=pace, signing=signing
        )
        self.water = Water(
            self.city.accounts,
            token=self._desks.get("water") or tokens.get("water"),
            pace=pace,
            report_attempts=report_attempts,
            signing=signing,
            diary=memory.diary("water") if memory else None,
        )
        self.wechat = WeChat(
            followers=self.city.followers,
            strangers=self.city.strangers,
            templates=templates,
            pace=pace,
            diary=memory.diary("wechat") if memory else None,
            now=time.time if memory else time.monotonic,
        )
        self.sms = SmsService(
            token=tokens.get("sms"), pace=pace, signing=signing, diary=memory.diary("sms") if memory else None
        )
        passports = Passports(self.city, key=memory.passport_key if memory else None)
        self.identity = Identity(self.city, secret=tokens.get("identity"), pace=pace, passports=passports)
        self.addresses: dict[str, str] = {}
        self._ports = dict(ports or {})
        self._memory = memory
        self._running = contextlib.AsyncExitStack()

    async def __aenter__(self) -> Self:
        async with contextlib.AsyncExitStack() as starting:
            if self._memory is not None:
                starting.callback(self._memory.close)
            starting.push_async_callback(self.water.close)
            for name in self._wanted:
                served = Served(name, self._app(name), self._ports.get(name, 0))
                starting.push_async_callback(served.stop)
                await served.start()
                self.addresses[name] = served.address
                if name in self._desks:
                    self._desks[name].address = served.address
            self.water.address = self.addresses.get("water", self.water.address)
            self.identity.address = self.addresses.get("identity", self.identity.address)
            self.water.resume()
            self._running = starting.pop_all()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._running.aclose()
        self.addresses.clear()

    def connect_gateway(self, address: str, token: str | Tokens) -> None:
        """Where the water company sends its reports, and the bearer token it shows there, or where it fetches them."""
        self.water.gateway.connect(address, token)

    def connect_platform(self, gateway: str, secret: str) -> None:
        """Let the identity provider hand out what acting as the platform takes (see `acting`): once, while it runs.
        `secret` is what the client "platform" shows at the gateway's token endpoint.
        """
        http = httpx.AsyncClient(trust_env=False, timeout=20)
        self._running.push_async_callback(http.aclose)

        def platform() -> Platform:
            identity = self.addresses["identity"]
            return Platform(http, gateway=gateway, identity=identity, secret=secret, city=self.city)

        self.identity.add(acting_routes(platform, self.city))

    @property
    def controls(self) -> dict[str, tuple[str, ...]]:
        """The paths by which each running counterparty is looked into and told what to do."""
        return {name: self._app(name).controls for name in self.addresses}

    def _app(self, name: str) -> Registry | Water | WeChat | Identity | SmsService:
        apps: dict[str, Registry | Water | WeChat | Identity | SmsService] = {
            "registry": self.registry,
            "water": self.water,
            "wechat": self.wechat,
            "identity": self.identity,
            "sms": self.sms,
        }
        return apps[name]
