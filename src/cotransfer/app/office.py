"""Every use case over one set of ports: what a gateway, a command or another program holds in its hand."""

from collections.abc import Mapping

import attrs

from cotransfer.app.accounts import Accounts
from cotransfer.app.again import Again
from cotransfer.app.breaker import USUAL_RULES, Rules
from cotransfer.app.circuits import Breaker, Circuits
from cotransfer.app.comparing import Comparing
from cotransfer.app.consenting import Consenting, Receiver
from cotransfer.app.contained import ContainedNotifier, ContainedRegistry, ContainedUtility
from cotransfer.app.desk import GROUP_LIMIT, WAITING_LIMIT, Desk
from cotransfer.app.directory import Directory
from cotransfer.app.disclosures import Disclosures, OldEnquiries
from cotransfer.app.duties import performances
from cotransfer.app.enquiring import Enquiring, LookupTerms
from cotransfer.app.erasure import Erasure
from cotransfer.app.guarded import (
    NOTIFIER,
    REGISTRY,
    SMS,
    Gate,
    GuardedNotifier,
    GuardedRegistry,
    GuardedSms,
    GuardedUtility,
)
from cotransfer.app.housekeeping import Forgetful, Housekeeping
from cotransfer.app.patience import Patience
from cotransfer.app.properties import Properties
from cotransfer.app.rechecking import LookingAgain
from cotransfer.app.reconciling import OldFindings, Reconciling, ReconcilingTerms
from cotransfer.app.renewal import Renewal
from cotransfer.app.reports import Reports
from cotransfer.app.reversal_duties import ReversalDuties
from cotransfer.app.reversing import Reversing
from cotransfer.app.sequencing import Pace, Sequencer, Trail
from cotransfer.app.sharing import Sharing, always
from cotransfer.app.signing import Signing
from cotransfer.app.spending import Granted
from cotransfer.app.submission import Submission
from cotransfer.app.verification import Verification
from cotransfer.app.viewing import Viewing
from cotransfer.app.withdrawal import Withdrawal
from cotransfer.app.worker import USUAL_LIMITS, Limits, Worker
from cotransfer.domain.allowances import Timetable
from cotransfer.domain.case import Policy
from cotransfer.ports.agenda import Agenda
from cotransfer.ports.clock import Clock
from cotransfer.ports.consents import Consents
from cotransfer.ports.identifiers import Identifiers
from cotransfer.ports.lookups import Lookups
from cotransfer.ports.notifier import Notifier
from cotransfer.ports.reconciliations import Reconciliations
from cotransfer.ports.registry import CertificateRegistry
from cotransfer.ports.reversals import Reversals
from cotransfer.ports.transfers import Transfers


@attrs.frozen(kw_only=True)
class World:
    """The ports, each by an adapter of the deployment's choice; `transfers`, `agenda`, `consents` and `reversals` are
    of one store. Without `reversals` nothing is reversed.

    Where there is `sms`, what `notifier` (WeChat) cannot deliver goes by it, before the page alone tells.
    With `granted` and `consents` nothing leaves without a grant, a consent where one is needed, and a line in the
    audit trail; without them the program that holds the office is the gate itself.
    """

    transfers: Transfers
    agenda: Agenda
    registry: CertificateRegistry
    directory: Directory
    notifier: Notifier
    sms: Notifier | None = None
    clock: Clock
    identifiers: Identifiers
    granted: Granted | None = None
    consents: Consents | None = None
    trail: Trail | None = None
    lookups: Lookups | None = None
    reconciliations: Reconciliations | None = None
    forgetful: tuple[Forgetful, ...] = ()
    reversals: Reversals | None = None


@attrs.frozen(kw_only=True)
class Terms:
    """What a deployment decides: the rules it may bend, how long things may take, how much is done at once."""

    policy: Policy = attrs.field(factory=Policy)
    timetable: Timetable = attrs.field(factory=Timetable)
    patience: Patience = attrs.field(factory=Patience)
    limits: Limits = USUAL_LIMITS
    circuits: Rules = USUAL_RULES
    receivers: Mapping[str, Receiver] = attrs.field(factory=dict)
    pace: Pace = attrs.field(factory=Pace)
    lookups: LookupTerms = attrs.field(factory=LookupTerms)
    reconciling: ReconcilingTerms = attrs.field(factory=ReconcilingTerms)
    group_limit: int = GROUP_LIMIT
    waiting_limit: int = WAITING_LIMIT


@attrs.frozen(kw_only=True)
class Office:
    """The nine steps, ready to be called."""

    properties: Properties
    accounts: Accounts
    enquiring: Enquiring | None
    submission: Submission
    again: Again
    signing: Signing
    withdrawal: Withdrawal
    reports: Reports
    verification: Verification
    viewing: Viewing
    sequencer: Sequencer | None
    disclosures: Disclosures | None
    sharing: Sharing | None
    consenting: Consenting | None
    erasure: Erasure
    reversing: Reversing | None
    desk: Desk
    worker: Worker
    housekeeping: Housekeeping
    reconciling: Reconciling | None
    circuits: Circuits


def open_office(world: World, terms: Terms | None = None) -> Office:
    """Put the use cases together; nothing runs until it is called."""
    terms = terms or Terms()
    if world.sms is not None:
        terms = attrs.evolve(terms, timetable=terms.timetable.with_sms())
    desk = Desk(
        world.transfers,
        world.clock,
        timetable=terms.timetable,
        group_limit=terms.group_limit,
        waiting_limit=terms.waiting_limit,
    )
    sequencer = None if world.trail is None else Sequencer(world.trail, world.clock, terms.pace)
    sharing = _gate(world, desk, sequencer)
    consenting = _consenting(world, terms, desk, sharing)
    circuits = Circuits(world.clock, terms.circuits)
    world = _contained(circuits, world if sharing is None else _behind(sharing, world))
    accounts = Accounts(world.registry, world.directory, terms.policy)
    enquiring = None if world.lookups is None else Enquiring(accounts, world.lookups, desk, world.clock, terms.lookups)
    submission = Submission(enquiring or accounts, desk, world.identifiers, terms.policy, consenting)
    renewal = Renewal(world.transfers, world.clock, world.directory.renewing)
    reversing = _reversing(world, terms)
    erasure = Erasure(world.transfers, world.clock, world.reversals)
    utilities = {one.id: one.utility for one in world.directory.values()}
    looking_again = LookingAgain(utilities, world.registry, terms.timetable, terms.policy)
    return Office(
        properties=Properties(world.registry, terms.policy),
        accounts=accounts,
        enquiring=enquiring,
        submission=submission,
        again=Again(submission, world.transfers),
        signing=Signing(desk, world.transfers, sharing, renewal),
        withdrawal=Withdrawal(desk, world.transfers, world.directory.cancelling),
        reports=Reports(desk),
        verification=Verification(world.transfers, world.registry, sharing),
        viewing=Viewing(world.transfers, sharing, world.reversals),
        sequencer=sequencer,
        disclosures=None if world.trail is None else Disclosures(world.trail.audit, world.transfers),
        sharing=sharing,
        consenting=consenting,
        erasure=erasure,
        reversing=reversing,
        desk=desk,
        housekeeping=Housekeeping(world.transfers, world.clock, others=_forgetful(world, terms)),
        worker=Worker(
            agenda=world.agenda,
            transfers=world.transfers,
            desk=desk,
            performances=performances(
                utilities, world.notifier, world.clock, terms.timetable, looking_again, sms=world.sms
            ),
            clock=world.clock,
            identifiers=world.identifiers,
            patience=terms.patience,
            limits=terms.limits,
            timetable=terms.timetable,
            circuits=circuits,
            erasure=erasure,
            reversals=None if reversing is None else ReversalDuties(reversing, world.notifier, world.clock),
        ),
        reconciling=_reconciling(world, terms, desk),
        circuits=circuits,
    )


def _reconciling(world: World, terms: Terms, desk: Desk) -> Reconciling | None:
    if world.reconciliations is None:
        return None
    return Reconciling(
        directory=world.directory,
        kept=world.reconciliations,
        comparing=Comparing(world.transfers, world.agenda, desk, world.clock, terms.reconciling.grace),
        clock=world.clock,
        identifiers=world.identifiers,
        terms=terms.reconciling,
    )


def _gate(world: World, desk: Desk, sequencer: Sequencer | None) -> Sharing | None:
    if world.granted is None or world.consents is None:
        return None
    return Sharing(
        world.granted,
        world.consents,
        desk,
        world.clock,
        world.identifiers,
        may_disclose=always if sequencer is None else sequencer.may_disclose,
    )


def _reversing(world: World, terms: Terms) -> Reversing | None:
    if world.reversals is None:
        return None
    return Reversing(world.transfers, world.reversals, world.clock, terms.timetable)


def _consenting(world: World, terms: Terms, desk: Desk, sharing: Sharing | None) -> Consenting | None:
    if sharing is None or world.consents is None:
        return None
    return Consenting(
        sharing,
        world.consents,
        world.transfers,
        desk,
        world.clock,
        terms.receivers,
        world.directory.cancelling,
        by_sms=world.sms is not None,
    )


def _forgetful(world: World, terms: Terms) -> tuple[Forgetful, ...]:
    enquiries = () if world.trail is None else (OldEnquiries(world.trail.audit, terms.timetable.usual.retention),)
    findings = () if world.reconciliations is None else (OldFindings(world.reconciliations),)
    return (*world.forgetful, *enquiries, *findings)


def _behind(sharing: Sharing, world: World) -> World:
    """The same world, every counterparty in it behind the gate."""

    def gate(counterparty: str) -> Gate:
        return Gate(sharing, counterparty)

    listings = (
        attrs.evolve(one, utility=GuardedUtility(one.utility, gate(one.id.text))) for one in world.directory.values()
    )
    return attrs.evolve(
        world,
        registry=GuardedRegistry(world.registry, gate(REGISTRY)),
        directory=Directory(*listings),
        notifier=GuardedNotifier(world.notifier, gate(NOTIFIER)),
        sms=None if world.sms is None else GuardedSms(world.sms, gate(SMS)),
    )


def _contained(circuits: Circuits, world: World) -> World:
    """The same world, every counterparty in it behind its breaker, under the name that its tasks bear."""
    listings = (
        attrs.evolve(one, utility=ContainedUtility(one.utility, Breaker(circuits, one.id.text)))
        for one in world.directory.values()
    )
    return attrs.evolve(
        world,
        registry=ContainedRegistry(world.registry, Breaker(circuits, REGISTRY)),
        directory=Directory(*listings),
        notifier=ContainedNotifier(world.notifier, Breaker(circuits, NOTIFIER)),
        sms=None if world.sms is None else ContainedNotifier(world.sms, Breaker(circuits, SMS)),
    )
