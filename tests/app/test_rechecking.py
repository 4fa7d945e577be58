"""Step 8: the account and the certificate are looked at once more before handling, and nobody is held up by it."""

from collections.abc import Mapping
from datetime import timedelta

import pytest
import structlog
from tests.adapters.test_memory_registry import HOMES
from tests.app.test_duties import claimed
from tests.app.test_use_cases import refusal
from tests.app.test_withdrawal import cleared, state
from tests.app.world import ENQUIRY, REQUEST, City

from cotransfer.adapters.memory.registry import MemoryRegistry
from cotransfer.adapters.memory.utility import MemoryUtility
from cotransfer.app.breaker import Open
from cotransfer.app.circuits import CircuitOpen
from cotransfer.app.office import Terms
from cotransfer.app.rechecking import TRIES, LookingAgain
from cotransfer.domain import events as e
from cotransfer.domain.agenda import Duty
from cotransfer.domain.allowances import Allowances, Timetable
from cotransfer.domain.case import Policy
from cotransfer.domain.commands import Command, LookAgain, NoteNotLooked
from cotransfer.domain.events import Event
from cotransfer.domain.grants import NotGranted, WhyNot
from cotransfer.domain.ledger import Failure
from cotransfer.domain.notes import Decision
from cotransfer.domain.parties import Party
from cotransfer.domain.rechecking import BeforeHandling, Changed
from cotransfer.domain.refusals import Why
from cotransfer.domain.reports import Cancelled, Channel, Handled
from cotransfer.domain.states import Completed, InHandling, State, Submitted
from cotransfer.domain.trails import read
from cotransfer.domain.values import RegistryState, RegistryStatus, TransferId, UtilityId
from cotransfer.ports.errors import NotAdmitted, Unavailable, Unintelligible
from cotransfer.ports.utility import Capability
from cotransfer.testing.histories import AT
from cotransfer.testing.samples import ACCOUNT, CASE, CERTIFICATE, KUNMING_WATER

PAST = RegistryState(RegistryStatus.HISTORICAL, frozenset())
SIGNED = InHandling(CASE)


def wanted(before_handling: BeforeHandling) -> Timetable:
    """A timetable that says so for the water company alone."""
    return Timetable(own={KUNMING_WATER: Allowances(before_handling=before_handling)})


class Looking:
    """The duty, over memory adapters."""

    def __init__(self, before_handling: BeforeHandling = BeforeHandling.INFORM, *, cancels: bool = True) -> None:
        can = frozenset(Capability) if cancels else frozenset[Capability]()
        self.utility = MemoryUtility(KUNMING_WATER, [ACCOUNT], can=can)
        self.registry = MemoryRegistry(HOMES)
        self.utilities: Mapping[UtilityId, MemoryUtility] = {KUNMING_WATER: self.utility}
        self.timetable = wanted(before_handling)

    async def look(self, state: State = SIGNED, *, attempt: int = 1) -> tuple[Command, ...]:
        """Once."""
        duty = LookingAgain(self.utilities, self.registry, self.timetable, Policy())
        return await duty(state, claimed(Duty.LOOK_AGAIN, attempt))


class TestLooking:
    async def test_both_as_they_are_now(self) -> None:
        """The account at its utility, the certificate at the registry."""
        looking = Looking()
        looking.registry.restate(CASE.application.certificate_number, PAST)
        with structlog.testing.capture_logs() as logs:
            assert await looking.look() == (LookAgain(account=ACCOUNT, certificate=PAST),)
        assert logs == [
            {
                "event": "changed_before_handling",
                "log_level": "error",
                "transfer": CASE.transfer.text,
                "utility": KUNMING_WATER.text,
                "changes": ["certificate_not_current"],
                "asks_back": False,
            }
        ]

    async def test_quietly_where_nothing_has_changed(self) -> None:
        """No person is called for that."""
        with structlog.testing.capture_logs() as logs:
            (look,) = await Looking().look()
        assert isinstance(look, LookAgain)
        assert logs == []

    async def test_a_certificate_that_is_gone(self) -> None:
        """The registry knows it no more."""
        looking = Looking()
        looking.registry = MemoryRegistry()
        with structlog.testing.capture_logs():
            assert await looking.look() == (LookAgain(account=ACCOUNT, certificate=None),)

    @pytest.mark.parametrize(
        ("policy", "cancels", "asks_back"),
        [
            (BeforeHandling.WITHDRAW, True, True),
            (BeforeHandling.WITHDRAW, False, False),
            (BeforeHandling.INFORM, True, False),
        ],
    )
    async def test_asked_back_where_that_can_be_done(
        self, policy: BeforeHandling, cancels: bool, asks_back: bool
    ) -> None:
        """By policy, at a utility that takes applications back at all."""
        (look,) = await Looking(policy, cancels=cancels).look()
        assert isinstance(look, LookAgain)
        assert look.asks_back is asks_back

    @pytest.mark.parametrize("state", [Submitted(CASE), Completed(CASE)])
    async def test_pointless_before_and_after(self, state: State) -> None:
        """Only while it is being handled."""
        assert await Looking().look(state) == ()

    async def test_settings_that_have_changed_since(self) -> None:
        """Wanted no more, or at a utility that is no longer there: nobody is asked."""
        assert await Looking(BeforeHandling.OFF).look() == ()
        looking = Looking()
        looking.utilities = {}
        assert await looking.look() == ()


class TestNobodyToAsk:
    """The registry or the utility being away holds nothing up."""

    async def test_tried_again_and_then_noted(self) -> None:
        """After its tries it is noted as not looked at, with who could not be asked; the log has it, too."""
        looking = Looking()
        looking.registry.away = True
        for attempt in range(1, TRIES):
            with pytest.raises(Unavailable):
                await looking.look(attempt=attempt)
        with structlog.testing.capture_logs() as logs:
            assert await looking.look(attempt=TRIES) == (NoteNotLooked(Party.REGISTRY),)
        assert [(one["event"], one["party"]) for one in logs] == [("not_looked_again", "registry")]
        looking.registry.away, looking.utility.away = False, True
        with structlog.testing.capture_logs():
            assert await looking.look(attempt=TRIES + 1) == (NoteNotLooked(Party.NETWORK),)

    @pytest.mark.parametrize(
        ("error", "tries", "party"),
        [
            (Unintelligible(Party.UTILITY, "A poem."), 3, Party.UTILITY),
            (NotAdmitted(Party.REGISTRY, "It answered 401."), 1, Party.REGISTRY),
            (NotGranted(WhyNot.SUSPENDED), 1, Party.US),
            (NotGranted(WhyNot.NO_GRANT), 1, Party.US),
        ],
    )
    async def test_before_it_would_be_buried(self, error: Exception, tries: int, party: Party) -> None:
        """What no retry can help is noted at the try that would be its last."""
        looking = Looking()

        async def fails(*_: object) -> None:
            raise error

        looking.registry.status_of = fails  # type: ignore[method-assign,assignment]
        for attempt in range(1, tries):
            with pytest.raises(type(error)):
                await looking.look(attempt=attempt)
        with structlog.testing.capture_logs():
            assert await looking.look(attempt=tries) == (NoteNotLooked(party),)

    async def test_a_circuit_that_is_open_is_waited_for(self) -> None:
        """Nobody was called, so that was no try."""
        looking = Looking()
        last = Failure(Party.REGISTRY, "It is away.")
        circuit = Open(since=AT, failures=5, last=last, pause_s=30.0, until=AT + timedelta(seconds=30))

        async def turned_away(*_: object) -> None:
            raise CircuitOpen("registry", circuit, AT)

        looking.registry.status_of = turned_away  # type: ignore[method-assign,assignment]
        with pytest.raises(CircuitOpen):
            await looking.look(attempt=TRIES + 9)


class TestFromTheSignature:
    """The whole way: owed by the signature, done by the worker, on the timeline, and undone by policy."""

    async def events(self, before_handling: BeforeHandling, city: City, *, owes: bool = True) -> list[Event]:
        """What happened from the signature on."""
        transfer = await cleared(city)
        city.utility.set_arrears(ACCOUNT.number, owes)
        signed = city.utility.sign(transfer, Channel.SMS)
        await city.office.reports.hear(signed, transfer=transfer, utility=KUNMING_WATER)
        with structlog.testing.capture_logs():
            await city.later(seconds=1)
            for _ in range(TRIES):
                await city.later(hours=1)
        journal = [entry.event for entry in await city.store.journal(transfer)]
        return journal[journal.index(e.ContractSigned(Channel.SMS)) + 1 :]

    def city(self, before_handling: BeforeHandling) -> City:
        """Whose water company wants that."""
        return City(terms=Terms(timetable=wanted(before_handling)))

    async def test_not_wanted(self) -> None:
        """The usual: nobody is asked, and nothing is told."""
        off = BeforeHandling.OFF
        assert await self.events(off, self.city(off)) == []

    async def test_informed(self) -> None:
        """Arrears that appeared are told once; without any, that all is as it was."""
        inform = BeforeHandling.INFORM
        assert await self.events(inform, self.city(inform)) == [e.FoundChanged((Changed.IN_ARREARS,))]
        assert await self.events(inform, self.city(inform), owes=False) == [e.FoundUnchanged()]

    async def test_asked_back_too_late(self) -> None:
        """The utility will not take a signed contract back: that is told, and handling goes on."""
        withdraw = BeforeHandling.WITHDRAW
        assert await self.events(withdraw, self.city(withdraw)) == [
            e.FoundChanged((Changed.IN_ARREARS,)),
            e.WithdrawalAsked(),
            e.WithdrawalTooLate(),
        ]

    async def test_asked_back_in_time(self) -> None:
        """One that does ends it, and the citizen hears of it."""
        withdraw = BeforeHandling.WITHDRAW
        city = self.city(withdraw)

        async def takes_it_back(key: TransferId) -> Cancelled:
            return Cancelled()

        city.utility.cancel = takes_it_back  # type: ignore[method-assign]
        events = await self.events(withdraw, city)
        assert events[:3] == [
            e.FoundChanged((Changed.IN_ARREARS,)),
            e.WithdrawalAsked(),
            e.ApplicationWithdrawn(),
        ]
        assert [type(event) for event in events[3:]] == [e.NoticeSent]

    async def test_the_audit_trail_says_by_whose_doing(self) -> None:
        """We looked, and we asked it back: the citizen did not."""
        withdraw = BeforeHandling.WITHDRAW
        city = self.city(withdraw)
        await self.events(withdraw, city)
        (transfer,) = city.store._records
        links = await city.store.audit.chain(transfer.text)
        told = {what.what: what.who for link in links if isinstance(what := read(link.body).what, Decision)}
        assert told["transfer.looked_again_changed"] == told["transfer.withdrawal_asked"] == "us"
        assert told["transfer.withdrawal_too_late"] == KUNMING_WATER.text

    async def test_the_registry_is_away(self) -> None:
        """Nothing waits for it: noted, and nothing else has changed."""
        inform = BeforeHandling.INFORM
        city = self.city(inform)
        transfer = await cleared(city)
        city.registry.away = True
        signed = city.utility.sign(transfer, Channel.SMS)
        await city.office.reports.hear(signed, transfer=transfer, utility=KUNMING_WATER)
        with structlog.testing.capture_logs():
            for _ in range(TRIES):
                await city.later(hours=1)
        journal = [entry.event for entry in await city.store.journal(transfer)]
        assert journal[-1] == e.NotLookedAgain(Party.REGISTRY)
        await city.office.reports.hear(Handled(), transfer=transfer, utility=KUNMING_WATER)
        assert isinstance(await state(city, transfer), Completed)
        assert await city.store.buried() == ()


class TestAtTheSubmission:
    async def test_the_certificate_counts_as_it_is_now(self) -> None:
        """Step 1 once more: whatever was shown before, a certificate that is past at the submission refuses it."""
        city = City()
        assert (await city.office.accounts.find(ENQUIRY)).hindrance is None
        city.registry.restate(CERTIFICATE, PAST)
        assert await refusal(city.office.submission.submit(REQUEST)) is Why.CERTIFICATE_NOT_CURRENT
