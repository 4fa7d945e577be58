"""The composition root: from settings to the assembled gateway. Never decides anything a setting should."""

import contextlib
from collections.abc import AsyncIterator

import attrs
from starlette.types import ASGIApp

from cotransfer.adapters.crypto.suites import Suite
from cotransfer.adapters.gateway import gateway
from cotransfer.adapters.gateway.clients import Client, Clients
from cotransfer.adapters.keys.folder import KeyFolder
from cotransfer.adapters.machine import RandomIdentifiers, SystemClock
from cotransfer.adapters.memory.silent import SilentNotifier
from cotransfer.adapters.registry import HttpRegistry
from cotransfer.adapters.sql import Sealing, SqlStore, open_store
from cotransfer.adapters.sql.trust.data_keys import SqlDataKeys
from cotransfer.adapters.utilities import load_utility
from cotransfer.adapters.wechat import Template, WeChatNotifier, wechat_line
from cotransfer.adapters.wire.client import Allowance, Line
from cotransfer.app.directory import Directory, Listing
from cotransfer.app.office import Office, Terms, World, open_office
from cotransfer.app.patience import Patience
from cotransfer.app.worker import Limits
from cotransfer.domain.notices import NoticeKind
from cotransfer.domain.parties import Party
from cotransfer.ports.notifier import Notifier
from cotransfer.settings import Role, Settings, SuiteName, UtilityEntry


@attrs.frozen(kw_only=True)
class Assembly:
    """A gateway put together: nothing runs yet."""

    office: Office
    store: SqlStore
    app: ASGIApp


@contextlib.asynccontextmanager
async def assembled(settings: Settings) -> AsyncIterator[Assembly]:
    """The gateway that `settings` describe; its store and lines are closed at the end.

    Raises the store's `Trouble` (schema, lock, address), or `KeyMissing` for a key that is wanted or wraps something
    and is not there, with a sentence that names the cause and the remedy.
    """
    async with contextlib.AsyncExitStack() as opened:
        sealing = sealing_of(settings)
        store = open_store(settings.database.url.text, sealing=sealing)
        opened.push_async_callback(store.close)
        await SqlDataKeys(store).check()
        world = World(
            transfers=store,
            agenda=store,
            registry=HttpRegistry(await opened.enter_async_context(_registry_line(settings))),
            directory=Directory(*[await _listing(entry, opened) for entry in settings.utilities]),
            notifier=await _notifier(settings, opened),
            clock=SystemClock(),
            identifiers=RandomIdentifiers(),
        )
        office = open_office(world, _terms(settings))
        opened.push_async_callback(office.desk.close)
        app = gateway(
            office,
            clients=_clients(settings),
            signing_hosts={entry.id: frozenset(entry.signing_hosts) for entry in settings.utilities},
            clock=world.clock,
            keys=sealing.keys,
            body_limit=settings.gateway.body_limit_bytes,
        )
        yield Assembly(office=office, store=store, app=app)


def key_folder(settings: Settings) -> KeyFolder:
    """Where the keys of this deployment are."""
    return KeyFolder(settings.keys.folder_beside(settings.database.url.text))


def sealing_of(settings: Settings) -> Sealing:
    """What the store of this deployment seals with; reads no key before it is needed."""
    suites = {SuiteName.AES: Suite.AES_256_GCM, SuiteName.SM4: Suite.SM4_GCM}
    return Sealing(key_folder(settings), suites[settings.keys.suite])


def _terms(settings: Settings) -> Terms:
    return Terms(
        policy=settings.policy.policy(),
        allow=attrs.evolve(settings.deadlines.allowances(), retention=settings.retention.period()),
        patience=Patience(settings.worker.retry_schedule_s),
        limits=Limits(
            at_once=settings.worker.limit,
            per_counterparty=settings.worker.per_counterparty,
            lease_s=settings.worker.lease_s,
        ),
        group_limit=settings.desk.group_limit,
        waiting_limit=settings.desk.waiting_limit,
    )


def _registry_line(settings: Settings) -> Line:
    registry = settings.registry
    return Line(
        registry.url,
        name="registry",
        party=Party.REGISTRY,
        token=registry.token.text if registry.token else None,
        allowance=Allowance(connect_s=registry.connect_timeout_s, read_s=registry.read_timeout_s),
    )


async def _listing(entry: UtilityEntry, opened: contextlib.AsyncExitStack) -> Listing:
    line = Line(entry.url, name=entry.id.text, party=Party.UTILITY, token=entry.token.text)
    utility = load_utility(entry.kind)(
        await opened.enter_async_context(line),
        entry.id,
        signing_hosts=frozenset(entry.signing_hosts),
        account_pattern=entry.account_pattern,
    )
    return Listing(
        id=entry.id,
        service=entry.service,
        utility=utility,
        counties=frozenset(entry.counties or ()),
        account_pattern=entry.account_pattern,
    )


async def _notifier(settings: Settings, opened: contextlib.AsyncExitStack) -> Notifier:
    wechat = settings.wechat
    if wechat is None:
        return SilentNotifier()
    templates = {
        NoticeKind.INVITATION: wechat.templates.invitation,
        NoticeKind.RESULT: wechat.templates.result,
    }
    return WeChatNotifier(
        await opened.enter_async_context(wechat_line(wechat.url)),
        appid=wechat.appid,
        secret=wechat.secret.text,
        templates={kind: Template(one.template_id, one.fields) for kind, one in templates.items()},
        page_url=settings.gateway.page_url,
        clock=SystemClock(),
        remembers_s=wechat.remembers_s,
    )


def _clients(settings: Settings) -> Clients:
    return Clients(
        Client(id=one.id, utility=one.utility if one.role is Role.UTILITY else None, token=one.token.text)
        for one in settings.clients
    )
