"""The whole gateway put together over one store. Never runs anything by itself."""

import contextlib
from collections.abc import AsyncIterator, Coroutine

import attrs
from starlette.types import ASGIApp

from cotransfer.adapters.crypto.suites import Suite
from cotransfer.adapters.gateway import Trust, gateway
from cotransfer.adapters.keys.folder import KeyFolder
from cotransfer.adapters.keys.signing import KeySigner
from cotransfer.adapters.machine import RandomIdentifiers, SystemClock
from cotransfer.adapters.sql import Sealing, SqlStore, open_store
from cotransfer.adapters.sql.reconciliations import SqlReconciliations
from cotransfer.adapters.sql.trust.access import SqlAccess
from cotransfer.adapters.sql.trust.audit import SqlAudit
from cotransfer.adapters.sql.trust.data_keys import SqlDataKeys
from cotransfer.adapters.sql.trust.grants import SqlGrants
from cotransfer.adapters.sql.trust.index_keys import SqlIndexKeys
from cotransfer.adapters.sql.trust.lookups import SqlLookups
from cotransfer.adapters.sql.trust.sessions import SqlSessions
from cotransfer.app.consenting import Receiver
from cotransfer.app.directory import Directory
from cotransfer.app.doorkeeping import Doorkeeping
from cotransfer.app.granting import Granting, GrantsInForce
from cotransfer.app.guarded import NOTIFIER, SMS
from cotransfer.app.office import Office, Terms, World, open_office
from cotransfer.app.patience import Patience
from cotransfer.app.sequencing import Shown, Trail
from cotransfer.app.worker import Limits
from cotransfer.settings import Settings, SuiteName
from cotransfer.wiring.agreements import signatures
from cotransfer.wiring.callers import authority
from cotransfer.wiring.counterparties import listing, notifier, registry, sms
from cotransfer.wiring.people import sign_in
from cotransfer.wiring.timetable import calendar, timetable


@attrs.frozen(kw_only=True)
class Assembly:
    """A gateway put together: nothing runs yet."""

    office: Office
    store: SqlStore
    granting: Granting
    app: ASGIApp

    def runs(self, *, works: bool = True) -> tuple[Coroutine[None, None, None], ...]:
        """What has to run beside the interface: the gathering of the audit trail, and where this process `works`, the
        agenda, the housekeeping and the nightly reconciliation.
        """
        office = self.office
        gathering = () if office.sequencer is None else (office.sequencer.run(),)
        if not works:
            return gathering
        nightly = () if office.reconciling is None else (office.reconciling.run(),)
        return (*gathering, office.worker.run(), office.housekeeping.run(), *nightly)


@contextlib.asynccontextmanager
async def assembled(settings: Settings, *, beside: bool = False) -> AsyncIterator[Assembly]:
    """The gateway that `settings` describe; its store and lines are closed at the end. `beside` the process that owns a
    SQLite file, it is for a command, and takes no task.

    Raises the store's `Trouble` (schema, lock, address), or `KeyMissing` for a key that is wanted or wraps something
    and is not there, with a sentence that names the cause and the remedy.
    """
    async with contextlib.AsyncExitStack() as opened:
        sealing, clock = sealing_of(settings), SystemClock()
        store = open_store(settings.database.url.text, sealing=sealing, hints=not beside, administering=beside)
        opened.push_async_callback(store.close)
        await SqlDataKeys(store).check()
        await SqlIndexKeys(store).check()
        keys, shown, grants = sealing.keys, Shown(), SqlGrants(store)
        in_force = GrantsInForce(grants, clock)
        access, lookups = SqlAccess(store), SqlLookups(store, keys)
        sessions = SqlSessions(store, keys)
        world = World(
            transfers=store,
            agenda=store,
            registry=await registry(settings, opened, shown),
            directory=Directory(*[await listing(entry, opened, shown) for entry in settings.utilities]),
            notifier=await notifier(settings, opened),
            sms=await sms(settings, opened, shown),
            clock=clock,
            identifiers=RandomIdentifiers(),
            granted=in_force,
            consents=store,
            reversals=store,
            trail=Trail(audit=SqlAudit(store), signer=KeySigner(keys), shown=shown),
            lookups=lookups,
            reconciliations=SqlReconciliations(store),
            forgetful=(access, lookups, sessions, grants),
        )
        office = open_office(world, _terms(settings))
        opened.push_async_callback(office.desk.close)
        tokens = authority(settings, keys=keys, door=Doorkeeping(access, store, clock), clock=clock)
        yield Assembly(
            office=office,
            store=store,
            granting=Granting(grants, clock, in_force=in_force),
            app=gateway(
                office,
                clients=tokens.callers,
                signing_hosts={entry.id: frozenset(entry.signing_hosts) for entry in settings.utilities},
                clock=clock,
                keys=keys,
                body_limit=settings.gateway.body_limit_bytes,
                per_client=settings.gateway.per_client,
                trust=Trust(
                    authority=tokens,
                    signatures=signatures(settings.clients, first_use=access.first_use),
                    sign_in=sign_in(settings, sessions=sessions, keys=keys, access=access, clock=clock, opened=opened),
                    shown=settings.lookups.shown,
                    headers_of=shown.headers,
                ),
            ),
        )


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
        timetable=timetable(settings),
        patience=Patience(settings.worker.retry_schedule_s),
        limits=Limits(
            at_once=settings.worker.limit,
            per_counterparty=settings.worker.per_counterparty,
            lease_s=settings.worker.lease_s,
            withheld_s=settings.worker.withheld_pause_s,
        ),
        circuits=settings.circuits.rules(),
        receivers=_receivers(settings),
        pace=settings.audit.pace(),
        lookups=settings.lookups.terms(),
        reconciling=settings.reconciliation.terms(calendar(settings.working_time)),
        group_limit=settings.desk.group_limit,
        waiting_limit=settings.desk.waiting_limit,
    )


def _receivers(settings: Settings) -> dict[str, Receiver]:
    """How those who are given data are named to the citizen."""
    named = {entry.id.text: Receiver(entry.name or entry.id.text, entry.contact) for entry in settings.utilities}
    if settings.wechat is not None:
        named[NOTIFIER] = Receiver(settings.wechat.name, settings.wechat.contact)
    if settings.sms is not None:
        named[SMS] = Receiver(settings.sms.name, settings.sms.contact)
    return named
