"""The guarded look-up: rationed, bound to who is signed in, the same for what there is not and what is not theirs."""

import asyncio
import random
from datetime import timedelta
from statistics import median

import attrs
import pytest
from structlog.testing import capture_logs

from cotransfer.adapters.memory.lookups import MemoryLookups
from cotransfer.adapters.memory.registry import MemoryRegistry
from cotransfer.adapters.memory.store import MemoryStore
from cotransfer.adapters.memory.time import ManualClock
from cotransfer.adapters.memory.utility import MemoryUtility
from cotransfer.app.accounts import Accounts, Asker, Enquiry
from cotransfer.app.desk import Desk
from cotransfer.app.directory import Directory, Listing
from cotransfer.app.enquiring import CHAIN, Enquiring, LookupTerms
from cotransfer.domain.case import Policy
from cotransfer.domain.faults import Invalid
from cotransfer.domain.lookups import LookupLimits, Quota
from cotransfer.domain.matching import MatchOutcome
from cotransfer.domain.notes import Decision
from cotransfer.domain.parties import Party
from cotransfer.domain.refusals import Refused, Why
from cotransfer.domain.values import (
    AccountNumber,
    CertificateNumber,
    DocumentType,
    IdentityNumber,
    Location,
    Name,
    Service,
)
from cotransfer.ports.errors import Unavailable
from cotransfer.testing.lookups import WIDE
from cotransfer.testing.samples import ACCOUNT, BUYER, CERTIFICATE, HOME, KUNMING_WATER

PLATFORM = Asker("platform")
UNKNOWN, ELSEWHERE = "0871999999", "0871200111"
STRANGERS = attrs.evolve(
    ACCOUNT,
    number=AccountNumber(ELSEWHERE),
    holder=Name("赵别人"),
    location=Location("官渡区民航路9号9栋9单元901"),
)
NEIGHBOURS = [
    attrs.evolve(ACCOUNT, number=AccountNumber(f"08713000{nth:02d}"), in_arrears=nth % 2 == 0) for nth in range(30)
]
ENQUIRY = Enquiry(
    service=Service.WATER,
    account_number=ACCOUNT.number.text,
    certificate_number=CERTIFICATE,
    identity=BUYER.identity,
)


class SlowUtility(MemoryUtility):
    """Takes its time to look, by the clock of the test; a little more where it finds something."""

    def __init__(self, clock: ManualClock, **accounts) -> None:
        super().__init__(KUNMING_WATER, **accounts)
        self.asked = 0
        self._clock = clock
        self.draw = lambda: 0.0
        self.extra_s = 0.0

    async def find_account(self, number):
        """Look, slowly."""
        self.asked += 1
        found = await super().find_account(number)
        await self._clock.sleep(self.draw() + (self.extra_s if found else 0))
        return found


class Counter:
    """Everything behind a guarded look-up."""

    def __init__(self, terms: LookupTerms | None = None, policy: Policy | None = None) -> None:
        self.clock = ManualClock()
        self.utility = SlowUtility(self.clock, accounts=[ACCOUNT, STRANGERS, *NEIGHBOURS])
        self.store = MemoryStore()
        self.desk = Desk(self.store, self.clock)
        listing = Listing(id=KUNMING_WATER, service=Service.WATER, utility=self.utility, account_pattern="[0-9]{10}")
        self.registry = MemoryRegistry([HOME])
        self.lookups = MemoryLookups()
        self.enquiring = Enquiring(
            Accounts(self.registry, Directory(listing), policy or Policy()),
            self.lookups,
            self.desk,
            self.clock,
            terms or LookupTerms(),
        )

    async def ask(self, number: str = ACCOUNT.number.text, *, by: Asker = PLATFORM, **changes):
        """One look-up."""
        return await self.enquiring.find(attrs.evolve(ENQUIRY, account_number=number, **changes), by=by)

    async def refused(self, number: str = ACCOUNT.number.text, **more) -> Refused:
        """One that is refused, and how."""
        with pytest.raises(Refused) as raised:
            await self.ask(number, **more)
        return raised.value


async def test_the_citizens_own_account_is_found():
    """Steps 3 and 4, and no waiting: what is shown anyway is no secret."""
    counter = Counter()
    before = counter.clock.now()
    assert (await counter.ask()).matching.outcome is MatchOutcome.MATCH
    assert counter.clock.now() == before


async def test_somebody_always_asks():
    """A look-up from outside that names nobody is a mistake of ours, and is not answered."""
    with pytest.raises(ValueError, match="Nobody asks"):
        await Counter().enquiring.find(ENQUIRY)


async def test_whoever_is_signed_in_asks_for_their_own_homes_only():
    """Bound to the citizen: a platform that names another identity is refused before anything is asked."""
    counter = Counter()
    other = IdentityNumber(DocumentType.IDENTITY_CARD, "530112197809172138")
    assert (await counter.refused(by=Asker("platform", other))).refusal.why is Why.NOT_RIGHT_HOLDER
    assert await counter.ask(by=Asker("platform", BUYER.identity))
    assert counter.utility.asked == 1


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"certificate_number": CertificateNumber.parse("云(2024)五华区不动产权第9912345号")}, Refused),
        ({"identity": IdentityNumber(DocumentType.IDENTITY_CARD, "530112197809172138")}, Refused),
        ({"service": Service.GAS}, Refused),
        ({"account_number": "AB-1234"}, Invalid),
    ],
)
async def test_what_never_reaches_the_utility_costs_nothing(changes: dict, error: type[Exception]):
    """Nobody can use up another's certificate: it counts only once the home is known to be the citizen's."""
    counter = Counter(LookupTerms(limits=LookupLimits(per_citizen_a_day=1, per_certificate=1)))
    for _ in range(3):
        with pytest.raises(error):
            await counter.enquiring.find(attrs.evolve(ENQUIRY, **changes), by=PLATFORM)
    assert counter.utility.asked == 0
    assert await counter.ask()


async def test_the_sixth_account_of_a_day_is_too_many():
    """The refusal says when to come again, and the utility is not asked; the first ones are still answered."""
    counter = Counter(LookupTerms(strangers_shown=True))
    for nth in range(5):
        await counter.ask(f"08713000{nth:02d}")
    with capture_logs() as logs:
        refused = await counter.refused("0871300005")
    assert refused.refusal.why is Why.TOO_MANY_LOOKUPS
    assert refused.retry_after_s == timedelta(hours=7).total_seconds()  # 17:00 in China
    assert counter.utility.asked == 5
    assert logs == [
        {"event": "lookup_refused", "log_level": "warning", "client": "platform", "quota": Quota.CITIZEN.value}
    ]
    assert await counter.ask("0871300000")
    counter.clock.move(timedelta(hours=7))
    assert await counter.ask("0871300005")


@pytest.mark.parametrize("number", [UNKNOWN, ELSEWHERE])
async def test_three_misses_lock_for_the_day(number: str):
    """What there is not and what is a stranger's are misses alike; the own account, asked before, stays in reach."""
    counter = Counter()
    await counter.ask()
    for miss in ("0871999991", "0871999992", number):
        assert (await counter.refused(miss)).refusal.why is Why.ACCOUNT_UNKNOWN
    assert (await counter.refused("0871300001")).refusal.why is Why.TOO_MANY_LOOKUPS
    assert await counter.ask()


async def test_a_line_that_is_down_is_no_miss():
    """Nothing was learnt, so nothing is held against the citizen; and the same account costs nothing again."""
    counter = Counter()
    counter.utility.away = True
    for nth in range(4):
        with pytest.raises(Unavailable):
            await counter.ask(f"08713000{nth:02d}")
    counter.utility.away = False
    for nth in range(4):
        assert await counter.ask(f"08713000{nth:02d}")


async def test_unknown_and_not_theirs_are_one_answer():
    """The same exception with the same contents, whatever stands at the utility."""
    counter = Counter(LookupTerms(limits=WIDE))
    unknown, strangers = await counter.refused(UNKNOWN), await counter.refused(ELSEWHERE)
    assert unknown.refusal == strangers.refusal
    assert (str(unknown), unknown.retry_after_s) == (str(strangers), strangers.retry_after_s)


@pytest.mark.parametrize(
    ("terms", "policy"),
    [(LookupTerms(strangers_shown=True), Policy()), (LookupTerms(), Policy(mismatch_to_utility=True))],
    ids=["setting", "policy"],
)
async def test_a_deployment_may_show_a_mismatch(terms: LookupTerms, policy: Policy):
    """Where the utility decides about mismatches the citizen has to see them; each still counts as a miss."""
    counter = Counter(terms, policy)
    assert (await counter.ask(ELSEWHERE)).matching.outcome is MatchOutcome.MISMATCH
    for miss in ("0871999991", "0871999992"):
        await counter.refused(miss)
    assert (await counter.refused("0871300001")).refusal.why is Why.TOO_MANY_LOOKUPS


async def durations(counter: Counter, trials: int) -> dict[str, list[float]]:
    """How long the refusal of each kind took, in milliseconds of the test's clock, turn by turn."""
    taken: dict[str, list[float]] = {UNKNOWN: [], ELSEWHERE: []}
    for nth in range(trials):
        number = (UNKNOWN, ELSEWHERE)[nth % 2]
        began = counter.clock.now()
        await counter.refused(number)
        taken[number].append((counter.clock.now() - began) / timedelta(milliseconds=1))
    return taken


@pytest.mark.parametrize(("step_s", "told_apart"), [(0.25, False), (0.0, True)], ids=["as set", "unpadded"])
async def test_a_stop_watch_cannot_tell_them_apart(step_s: float, told_apart: bool, count):
    """Over 10,000 trials the medians differ by less than a millisecond, though the utility takes 5 ms longer to find.

    Without the step they do not, so the measurement would see it.
    """
    counter = Counter(LookupTerms(limits=WIDE, step_s=step_s))
    chance = random.Random(8)
    counter.utility.draw = lambda: chance.lognormvariate(-3.5, 0.4)
    counter.utility.extra_s = 0.005
    taken = await durations(counter, 10_000)
    difference = abs(median(taken[UNKNOWN]) - median(taken[ELSEWHERE]))
    assert (difference >= 1.0) is told_apart
    count(
        f"look-ups: medians of unknown and not theirs differ by {difference:.3f} ms over 10,000 trials, step {step_s} s"
    )


async def test_a_run_of_numbers_raises_an_alarm():
    """The security log and the audit trail learn which client it was; no number is in either."""
    counter = Counter(LookupTerms(limits=attrs.evolve(WIDE, run=5), strangers_shown=True))
    with capture_logs() as logs:
        for nth in range(8):
            await counter.ask(f"08713000{nth * 2:02d}")
    assert logs == [{"event": "lookups_alarm", "log_level": "warning", "client": "platform", "why": "run_of_numbers"}]
    await counter.desk.close()


async def test_an_alarm_is_noted_and_what_cannot_be_noted_is_not_answered(monkeypatch: pytest.MonkeyPatch):
    """The note goes through the desk; when the trail cannot be written, no account is shown."""
    counter = Counter(LookupTerms(limits=attrs.evolve(WIDE, run=2), strangers_shown=True))
    noted = []

    async def note(notes):
        noted.extend(notes)

    monkeypatch.setattr(counter.desk, "note", note)
    await counter.ask("0871300000")
    await counter.ask("0871300001")
    ((one),) = noted
    assert (one.chain, one.what) == (CHAIN, Decision(what="lookups.alarm", who="platform", why="run_of_numbers"))

    async def fails(_):
        raise Unavailable(Party.US, "The store is away.", certain=True)

    monkeypatch.setattr(counter.desk, "note", fails)
    asked = counter.utility.asked
    await counter.ask("0871300002")
    with pytest.raises(Unavailable):
        await counter.ask("0871300003")
    assert counter.utility.asked == asked + 1


async def test_many_at_once_miss_no_more_than_they_may():
    """Twenty guesses thrown at once: the utility is asked three times."""
    counter = Counter()
    await asyncio.gather(*(counter.refused(f"08719999{nth:02d}") for nth in range(20)))
    assert counter.utility.asked == 3
