"""Every use case over one set of ports: what a gateway, a command or another program holds in its hand."""

import attrs

from cotransfer.app.accounts import Accounts
from cotransfer.app.desk import GROUP_LIMIT, WAITING_LIMIT, Desk
from cotransfer.app.directory import Directory
from cotransfer.app.duties import performances
from cotransfer.app.housekeeping import Housekeeping
from cotransfer.app.patience import Patience
from cotransfer.app.properties import Properties
from cotransfer.app.reports import Reports
from cotransfer.app.signing import Signing
from cotransfer.app.submission import Submission
from cotransfer.app.verification import Verification
from cotransfer.app.viewing import Viewing
from cotransfer.app.worker import USUAL_LIMITS, Limits, Worker
from cotransfer.domain.agenda import USUAL, Allowances
from cotransfer.domain.case import Policy
from cotransfer.ports.agenda import Agenda
from cotransfer.ports.clock import Clock
from cotransfer.ports.identifiers import Identifiers
from cotransfer.ports.notifier import Notifier
from cotransfer.ports.registry import CertificateRegistry
from cotransfer.ports.transfers import Transfers


@attrs.frozen(kw_only=True)
class World:
    """The ports, each by an adapter of the deployment's choice; `transfers` and `agenda` are of one store."""

    transfers: Transfers
    agenda: Agenda
    registry: CertificateRegistry
    directory: Directory
    notifier: Notifier
    clock: Clock
    identifiers: Identifiers


@attrs.frozen(kw_only=True)
class Terms:
    """What a deployment decides: the rules it may bend, how long things may take, how much is done at once."""

    policy: Policy = attrs.field(factory=Policy)
    allow: Allowances = USUAL
    patience: Patience = attrs.field(factory=Patience)
    limits: Limits = USUAL_LIMITS
    group_limit: int = GROUP_LIMIT
    waiting_limit: int = WAITING_LIMIT


@attrs.frozen(kw_only=True)
class Office:
    """The nine steps, ready to be called."""

    properties: Properties
    accounts: Accounts
    submission: Submission
    signing: Signing
    reports: Reports
    verification: Verification
    viewing: Viewing
    desk: Desk
    worker: Worker
    housekeeping: Housekeeping


def open_office(world: World, terms: Terms | None = None) -> Office:
    """Put the use cases together; nothing runs until it is called."""
    terms = terms or Terms()
    desk = Desk(
        world.transfers,
        world.clock,
        allow=terms.allow,
        group_limit=terms.group_limit,
        waiting_limit=terms.waiting_limit,
    )
    accounts = Accounts(world.registry, world.directory, terms.policy)
    utilities = {one.id: one.utility for one in world.directory.values()}
    return Office(
        properties=Properties(world.registry, terms.policy),
        accounts=accounts,
        submission=Submission(accounts, desk, world.identifiers, terms.policy),
        signing=Signing(desk),
        reports=Reports(desk),
        verification=Verification(world.transfers, world.registry),
        viewing=Viewing(world.transfers),
        desk=desk,
        housekeeping=Housekeeping(world.transfers, world.clock),
        worker=Worker(
            agenda=world.agenda,
            transfers=world.transfers,
            desk=desk,
            performances=performances(utilities, world.notifier, world.clock),
            clock=world.clock,
            identifiers=world.identifiers,
            patience=terms.patience,
            limits=terms.limits,
        ),
    )
