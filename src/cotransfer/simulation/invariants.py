"""The rules that every schedule has to keep, each with its number, its sentence and its check.

Some are watched while it runs (`witness`, `gate_watch`, `attribution`); here is what is looked at when it is over.
Looks at the database with a line of its own, on which nothing goes wrong.
"""

from collections import Counter
from collections.abc import Awaitable, Callable, Mapping
from datetime import timedelta
from types import MappingProxyType
from typing import TYPE_CHECKING

from cotransfer.domain import events as e
from cotransfer.domain.agenda import Duty, closes
from cotransfer.domain.events import Event, Standing
from cotransfer.domain.notes import Decision, about_transfer
from cotransfer.domain.notices import OUTCOME_UNKNOWN, NoticeChannel, NoticeKind
from cotransfer.domain.progress import milestone
from cotransfer.domain.reports import Cancelled, Declined, Expired, Failed, Handled, NotHandled, NotTaken, Report
from cotransfer.domain.states import (
    Closed,
    Completed,
    HandlingFailed,
    NotSubmitted,
    PreReviewFailed,
    SigningLapsed,
    State,
    Withdrawn,
)
from cotransfer.domain.trails import Link, read
from cotransfer.domain.transfer import fold
from cotransfer.domain.trees import Frontier, leaf_hash
from cotransfer.domain.values import TransferId
from cotransfer.ports.audit import Audit
from cotransfer.ports.standing import ALL
from cotransfer.simulation.disks import Opened
from cotransfer.simulation.plan import START
from cotransfer.simulation.sealer import is_sealed

if TYPE_CHECKING:
    from cotransfer.simulation.city import City

RULES: Mapping[str, str] = MappingProxyType(
    {
        "I1": "What was acknowledged is stored: every acknowledged submission is found after any crash, and the "
        "utility is handed nothing else.",
        "I2": "Nothing vanishes: whatever is owed is done, or buried where an operator sees it; once faults stop, "
        "everything ends.",
        "I3": "Each effect once: one application at the utility, one answer to a message, each notice shown at most "
        "once over both channels, no two open transfers of one home or account, nothing sent again without asking "
        "first.",
        "I4": "Order is kept: a journal has no gap and no branch, and no invitation is shown after the result by "
        "the same channel.",
        "I5": "Both sides come to the same end: the utility's, and the story's.",
        "I6": "No account in arrears is submitted, no step is skipped, and the end absorbs.",
        "I7": "One signature, whichever way and however often it is reported.",
        "I8": "Nothing leaves without a grant in force, and nothing that is not written down before.",
        "I10": "Nothing personal stands in a log, in a reason, or in the audit trail.",
        "I11": "The audit trail verifies: every chain, every checkpoint, and one entry for each transition.",
        "I12": "No exception that nobody foresaw.",
        "I13": "Bounded: a transfer has each duty once at most, and nothing but erasures is left in the end.",
        "I14": "The same seed gives the same trace.",
        "I15": "Whose fault: each failed attempt names the party that the line knows failed it, its step, both "
        "correlation ids, and what helps.",
        "I16": "Looked at again before handling, what has changed is told, and nothing that has not.",
    }
)

ELSEWHERE: Mapping[str, str] = MappingProxyType(
    {
        "I9": "No unauthenticated, expired or badly signed request changes a byte: tests/attacks, tests/gateway.",
        "I14": "Compared from run to run and from process to process by tests/simulation/test_determinism.py.",
    }
)

TASKS_PER_TRANSFER = len(Duty)
JOURNAL_LIMIT = 150
"""Events of one transfer: a handful, a deadline a day, and reports that were repeated under new keys."""

_ENDS: Mapping[type[Report], type[Closed]] = MappingProxyType(
    {
        NotTaken: PreReviewFailed,
        Failed: PreReviewFailed,
        Declined: SigningLapsed,
        Expired: SigningLapsed,
        Handled: Completed,
        NotHandled: HandlingFailed,
        Cancelled: Withdrawn,
    }
)
_SHOWN_FIRST = {NoticeKind.INVITATION: 0, NoticeKind.REMINDER: 0, NoticeKind.RESULT: 1}


async def check(city: "City") -> None:
    """Blame whatever is not as it has to be."""
    opened = city.disk.open()
    for look in CHECKS:
        await look(city, opened)


async def _transfers(city: "City", opened: Opened) -> None:
    """I1, I4, I5, I6, I7: each transfer as it is stored."""
    witness, known = city.witness, city.witness.transfers
    loaded = await opened.store.load(tuple(known))
    for transfer, seen in known.items():
        if transfer in witness.erased:
            if transfer not in loaded.erased:
                witness.blame("I1", f"{transfer} was erased and is not known as such")
            continue
        record = loaded.records.get(transfer)
        if record is None:
            witness.blame("I1", f"{transfer} was committed and is not there")
            continue
        journal = await opened.store.journal(transfer)
        events = [entry.event for entry in journal]
        if events != seen.events or [entry.sequence for entry in journal] != list(range(1, len(journal) + 1)):
            witness.blame("I4", f"the journal of {transfer} is not what was committed")
        if fold(events) != record.state or record.version != len(events):
            witness.blame("I4", f"{transfer} is not where its journal leads to")
        _journal(city, transfer, events, record.state)


def _journal(city: "City", transfer: TransferId, events: list[Event], state: State) -> None:
    witness = city.witness
    ends = [nth for nth, event in enumerate(events) if closes(event)]
    if len(ends) != 1:
        witness.blame("I6", f"{transfer} ended {len(ends)} times")
    elif fold(events[: ends[0] + 1]) != state:
        witness.blame("I6", f"{transfer} went on after its end")
    if sum(isinstance(event, e.ContractSigned) for event in events) > 1:
        witness.blame("I7", f"{transfer} was signed twice")
    if any(isinstance(event, e.ReportKept) and event.standing is Standing.CONTRADICTS for event in events):
        witness.blame("I5", f"{transfer} has heard something that contradicts it")
    told = [event.kind for event in events if isinstance(event, e.NoticeSent | e.NoticeUndeliverable)]
    if NoticeKind.RESULT not in told:
        witness.blame("I2", f"{transfer} ended, and nobody told the citizen, nor why not")
    if city.plan.by_sms and _stopped_at_wechat(events):
        witness.blame("I2", f"WeChat could not deliver the result of {transfer}, and no SMS was tried")
    if len(events) > JOURNAL_LIMIT:
        witness.blame("I13", f"the journal of {transfer} has {len(events)} events")
    shown = {(notice.kind, notice.channel) for notice in witness.shown if notice.transfer == transfer}
    for event in events:
        if isinstance(event, e.NoticeSent) and (event.kind, event.channel) not in shown:
            witness.blame("I3", f"{event.kind.value} of {transfer} counts as sent and was never shown")


def _stopped_at_wechat(events: list[Event]) -> bool:
    """Whether the last word on the result is a refusal by WeChat, of something that surely was not shown."""
    fates = [one for one in events if isinstance(one, e.NoticeSent | e.NoticeUndeliverable)]
    last = next((one for one in reversed(fates) if one.kind is NoticeKind.RESULT), None)
    refused = isinstance(last, e.NoticeUndeliverable) and last.why != OUTCOME_UNKNOWN
    return refused and last is not None and last.channel is NoticeChannel.WECHAT


async def _utility(city: "City", opened: Opened) -> None:
    """I1, I3, I5: what the utility has, against what we have and what was acknowledged."""
    witness, utility = city.witness, city.utility
    if len(set(utility.booked)) != len(utility.booked):
        witness.blame("I3", "the utility was handed an application twice")
    loaded = await opened.store.load(tuple(witness.transfers))
    for transfer in witness.transfers:
        reports = utility.reports.get(transfer)
        if transfer in utility.cancelled:
            reports = [Cancelled()]
        if reports is None:
            witness.blame("I3", f"{transfer} never reached the utility")
            continue
        record = loaded.records.get(transfer)
        ends = _ENDS.get(type(reports[-1]))
        if record is not None and ends is not type(record.state):
            witness.blame("I5", f"{transfer} is {record.state.code} here, {type(reports[-1]).__name__} there")
        erased = loaded.erased.get(transfer)
        if erased is not None and (ends is None or erased.state != ends.code):
            witness.blame("I5", f"{transfer} ended as {erased.state} here, {type(reports[-1]).__name__} there")


async def _stories(city: "City", opened: Opened) -> None:
    """I1, I5, I6: every story came to its own end, and nobody has a transfer that was not asked for."""
    witness, told = city.witness, set[TransferId]()
    for citizen in city.citizens:
        ends = citizen.story.ends
        own = [key for key, seen in witness.transfers.items() if seen.account == citizen.person.account.number]
        told.update(own)
        if not set(citizen.transfers) <= set(own):
            witness.blame("I1", f"{citizen.name} was told of a transfer that is not theirs")
        if (not ends) != (not own):
            witness.blame("I6", f"{citizen.name} ({citizen.story.code}) has {len(own)} transfers")
        if len(own) > 1 and not citizen.story.impatient:
            witness.blame("I3", f"{citizen.name} submitted once and has {len(own)} transfers")
        if ends and citizen.begun.is_set() and not citizen.transfers:
            witness.blame("I1", f"{citizen.name} was never told of a transfer")
        for transfer in own:
            state = fold(witness.transfers[transfer].events)
            if ends and not isinstance(state, (*ends, NotSubmitted)):
                witness.blame("I5", f"{citizen.name} ({citizen.story.code}) ended as {state.code}")
    if set(witness.transfers) - told:
        witness.blame("I1", "there are transfers that nobody asked for")


async def _notices(city: "City", opened: Opened) -> None:
    """I3, I4: what people were shown."""
    witness, order = city.witness, dict[tuple[TransferId, NoticeChannel], int]()
    # Over both channels: a transfer has each kind of notice once.
    for (transfer, kind), count in Counter((notice.transfer, notice.kind) for notice in witness.shown).items():
        if count > 1:
            witness.blame("I3", f"the {kind.value} of {transfer} was shown {count} times")
    for notice in witness.shown:
        place, way = _SHOWN_FIRST[notice.kind], (notice.transfer, notice.channel)
        if place < order.get(way, 0):
            witness.blame("I4", f"{notice.kind.value} of {notice.transfer} was shown after the result")
        order[way] = max(place, order.get(way, 0))


async def _personal(city: "City", opened: Opened) -> None:
    """I10: every value of every person, searched for in all that is not theirs to be in."""
    witness = city.witness
    needles = [secret for one in city.people for secret in one.secrets]
    needles += [f"sign.kmwater.example/c/{transfer.text[-12:]}" for transfer in witness.transfers]
    texts = "\n".join((*witness.logged, *sorted(witness.reasons)))
    chains = [await opened.audit.chain(about_transfer(transfer)) for transfer in witness.transfers]
    trail = "\n".join(link.body.decode() for chain in chains for link in chain)
    for where, text in (("a log or a reason", texts), ("the audit trail", trail)):
        if any(needle in text for needle in needles):
            witness.blame("I10", f"something personal stands in {where}")
    for line in witness.logged:
        if "duty_broke" in line or "gathering_failed" in line:
            witness.blame("I12", line)


async def _trail(city: "City", opened: Opened) -> None:
    """I11: chains, checkpoints, and a line for every transition."""
    witness = city.witness
    for transfer, seen in witness.transfers.items():
        links = await opened.audit.chain(about_transfer(transfer))
        if not _chained(links):
            witness.blame("I11", f"the chain of {transfer} does not verify")
        told = [read(link.body).what for link in links]
        wrote = [one.what for one in told if isinstance(one, Decision) and one.what.startswith("transfer.")]
        if wrote != [f"transfer.{milestone(event).code}" for event in seen.events]:
            witness.blame("I11", f"the chain of {transfer} does not tell what happened to it")
    await _checkpoints(city, opened.audit)


async def _checkpoints(city: "City", audit: Audit) -> None:
    tree, leaves = Frontier(), 0
    while checkpoints := await audit.checkpoints(leaves):
        for one in checkpoints:
            gathered = await audit.gathered(leaves, one.size - leaves)
            tree = tree.grown(link.hash for link in gathered)
            whole = one.follows == leaves and tree.size == one.size and tree.root() == one.root
            if not whole or not is_sealed(one) or any(leaf_hash(link.body) != link.hash for link in gathered):
                city.witness.blame("I11", f"the checkpoint of {one.size} entries does not verify")
                return
            leaves = one.size


def _chained(links: tuple[Link, ...]) -> bool:
    previous = "0" * 64
    for nth, link in enumerate(links, 1):
        follows = f'"previous":"{previous}"' in link.body.decode()
        if link.sequence != nth or leaf_hash(link.body) != link.hash or not follows:
            return False
        previous = link.hash.hex()
    return True


async def _bounded(city: "City", opened: Opened) -> None:
    """I13, I2: what is left."""
    witness = city.witness
    if witness.most_tasks > TASKS_PER_TRANSFER * max(1, len(witness.transfers)):
        witness.blame("I13", f"{witness.most_tasks} tasks for {len(witness.transfers)} transfers")
    far = START + timedelta(days=10_000)
    items = await opened.store.items(ALL, at=far, limit=1_000)
    stored = {(one.due.transfer, one.due.duty) for one in items}
    if stored != set(witness.tasks):
        witness.blame("I2", f"{len(stored)} tasks are on the agenda, {len(witness.tasks)} should be")
    if city.plan.to_erasure and (stored or len(witness.erased) != len(witness.transfers)):
        witness.blame("I13", f"{len(stored)} tasks are left, and {len(witness.erased)} transfers are erased")


CHECKS: tuple[Callable[["City", Opened], Awaitable[None]], ...] = (
    _transfers,
    _utility,
    _stories,
    _notices,
    _personal,
    _trail,
    _bounded,
)
