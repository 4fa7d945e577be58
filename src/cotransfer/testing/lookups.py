"""The laws of `Lookups`, for every count: a subclass brings a fixture `lookups` that is empty when a test begins.

Where several processes share a count, the fixture `others` brings more of them on the same one.
"""

import asyncio
from collections.abc import Sequence
from datetime import datetime, timedelta

import attrs
import pytest

from cotransfer.domain.lookups import Allowed, LookupLimits, Question, Quota, TooMany, Verdict, end_of_day
from cotransfer.domain.values import AccountNumber, CertificateNumber, DocumentType, IdentityNumber, UtilityId
from cotransfer.ports.lookups import Lookups
from cotransfer.testing.histories import AT

LIMITS = LookupLimits()
WIDE = LookupLimits(
    per_citizen_a_day=10**6, misses_a_day=10**6, per_certificate=10**6, per_client_a_day=10**6, client_burst=10**6
)
RACERS = 32


def question(account: int = 0, *, citizen: int = 0, certificate: int = 0, client: str = "platform") -> Question:
    """One of many; accounts lie so far apart that no two are neighbours."""
    return Question(
        client=client,
        citizen=IdentityNumber(DocumentType.OTHER, f"P{citizen:07d}"),
        certificate=CertificateNumber.parse(f"云(2024)五华区不动产权第{certificate:07d}号"),
        utility=UtilityId("kunming-water"),
        account=AccountNumber(f"{account * 1000:012d}"),
    )


async def settled(lookups: Lookups, asked: Question, limits: LookupLimits = LIMITS, *, at: datetime = AT) -> Verdict:
    """Asked, and found."""
    verdict = await lookups.ask(asked, limits, at=at)
    if isinstance(verdict, Allowed):
        await lookups.found(asked, at=at)
    return verdict


class LookupsLaws:
    """One test for each law of the port and each quota."""

    @pytest.fixture
    async def lookups(self) -> Lookups:
        """To be overridden."""
        raise NotImplementedError("A subclass brings the count.")

    @pytest.fixture
    async def others(self) -> Sequence[Lookups]:
        """More of them on the same count; where there are none, the one alone is tried."""
        return ()

    async def test_a_citizen_asks_for_so_many_accounts_a_day(self, lookups: Lookups) -> None:
        """Five different ones; the sixth is too many until midnight in China, and then there is room again."""
        for nth in range(5):
            assert isinstance(await settled(lookups, question(nth)), Allowed)
        midnight = end_of_day(AT)
        assert await settled(lookups, question(5)) == TooMany(quota=Quota.CITIZEN, until=midnight)
        assert isinstance(await settled(lookups, question(5), at=midnight - timedelta(microseconds=1)), TooMany)
        assert isinstance(await settled(lookups, question(5), at=midnight), Allowed)

    async def test_asking_again_costs_nothing(self, lookups: Lookups) -> None:
        """The same account on the same day is one look-up, however often it is asked for, even with no room left."""
        for nth in [0, 0, 1, 2, 3, 4, 0, 4, 1]:
            assert isinstance(await settled(lookups, question(nth)), Allowed)
        assert await settled(lookups, question(2)) == Allowed()
        assert isinstance(await settled(lookups, question(5)), TooMany)

    async def test_what_is_refused_counts_nothing(self, lookups: Lookups) -> None:
        """A refusal of one quota uses up none of the others."""
        one_each = attrs.evolve(WIDE, per_citizen_a_day=1, per_client_a_day=2)
        assert isinstance(await settled(lookups, question(0), one_each), Allowed)
        for nth in range(1, 9):
            assert isinstance(await settled(lookups, question(nth), one_each), TooMany)
        assert isinstance(await settled(lookups, question(1, citizen=1), one_each), Allowed)
        refused = await settled(lookups, question(2, citizen=2), one_each)
        assert refused == TooMany(quota=Quota.CLIENT, until=end_of_day(AT))

    async def test_three_misses_lock_a_citizen_for_the_day(self, lookups: Lookups) -> None:
        """What was not said to be found is a miss; after three nothing new is answered, what is known still is."""
        assert isinstance(await settled(lookups, question(0)), Allowed)
        for nth in (1, 2, 3):
            assert isinstance(await lookups.ask(question(nth), LIMITS, at=AT), Allowed)
        assert await lookups.ask(question(4), LIMITS, at=AT) == TooMany(quota=Quota.MISS, until=end_of_day(AT))
        assert await lookups.ask(question(0), LIMITS, at=AT) == Allowed()
        assert isinstance(await settled(lookups, question(4), at=end_of_day(AT)), Allowed)

    async def test_a_citizen_is_no_other(self, lookups: Lookups) -> None:
        """Nobody's look-ups count towards somebody else's."""
        for nth in range(3):
            await lookups.ask(question(nth), LIMITS, at=AT)
        assert isinstance(await lookups.ask(question(0, citizen=1), LIMITS, at=AT), Allowed)

    async def test_a_certificate_is_asked_for_so_often_in_thirty_days(self, lookups: Lookups) -> None:
        """Twenty different accounts, whichever of the co-owners asks; the first stops counting after 30 days."""
        for nth in range(20):
            at = AT + timedelta(days=nth // 5)
            assert isinstance(await settled(lookups, question(nth, citizen=nth), at=at), Allowed)
        until = AT + timedelta(days=30)
        late = AT + timedelta(days=4)
        again = await settled(lookups, question(99, citizen=99), at=late)
        assert again == TooMany(quota=Quota.CERTIFICATE, until=until)
        assert isinstance(await settled(lookups, question(7, citizen=99), at=late), Allowed)
        assert isinstance(await settled(lookups, question(99, citizen=98), at=until), Allowed)

    async def test_a_client_has_a_pace(self, lookups: Lookups) -> None:
        """A burst at once, then one for each share of the minute."""
        slow = attrs.evolve(WIDE, per_client_a_minute=60, client_burst=3)
        asked = iter(range(100))
        for _ in range(3):
            assert isinstance(await settled(lookups, question(next(asked)), slow), Allowed)
        refused = await settled(lookups, question(next(asked)), slow)
        assert refused == TooMany(quota=Quota.RATE, until=AT + timedelta(seconds=1))
        assert isinstance(await settled(lookups, question(next(asked), client="other"), slow), Allowed)
        then = AT + timedelta(seconds=1)
        assert isinstance(await settled(lookups, question(next(asked)), slow, at=then), Allowed)
        assert isinstance(await settled(lookups, question(next(asked)), slow, at=then), TooMany)

    async def test_a_run_of_numbers_is_noticed(self, lookups: Lookups) -> None:
        """Five neighbours asked for through one client within an hour, by whomever, complete a run: once."""
        for first in (0, 3, 5, 1_000, 777_777):
            alarms = [
                await self._numbered(lookups, first + 3 * nth, citizen=first + nth, client=f"client-{first}")
                for nth in range(5)
            ]
            assert alarms == [False, False, False, False, True], first

    async def test_what_is_no_run_is_left_alone(self, lookups: Lookups) -> None:
        """Not four neighbours, not numbers far apart, not those of two clients, not those of two hours."""
        hour = timedelta(hours=1)
        for nth in range(12):
            assert not await self._numbered(lookups, 500 * nth, citizen=nth, client="far")
            assert not await self._numbered(lookups, nth, citizen=100 + nth, client=f"client-{nth // 4}")
            assert not await self._numbered(lookups, nth, citizen=200 + nth, client="slow", at=AT + nth // 4 * hour)

    @staticmethod
    async def _numbered(lookups: Lookups, number: int, *, citizen: int, client: str, at: datetime = AT) -> bool:
        """Whether this number completes a run."""
        asked = question(citizen=citizen, certificate=citizen, client=client)
        verdict = await settled(lookups, attrs.evolve(asked, account=AccountNumber(f"0871{number:08d}")), WIDE, at=at)
        assert isinstance(verdict, Allowed)
        return verdict.alarm

    @pytest.mark.parametrize(
        ("limits", "most"),
        [
            (attrs.evolve(WIDE, per_citizen_a_day=5), 5),
            (attrs.evolve(WIDE, misses_a_day=3), 3),
            (attrs.evolve(WIDE, per_certificate=7), 7),
            (attrs.evolve(WIDE, per_client_a_day=9), 9),
            (attrs.evolve(WIDE, client_burst=4), 4),
        ],
        ids=["citizen", "miss", "certificate", "client", "rate"],
    )
    async def test_racers_never_exceed_a_limit(
        self, lookups: Lookups, others: Sequence[Lookups], limits: LookupLimits, most: int
    ) -> None:
        """32 at once, from as many processes as there are: exactly as many pass as the limit says."""
        places = (lookups, *others)
        verdicts = await asyncio.gather(
            *(places[nth % len(places)].ask(question(nth), limits, at=AT) for nth in range(RACERS))
        )
        assert sum(isinstance(verdict, Allowed) for verdict in verdicts) == most

    async def test_racers_with_one_question_cost_one(self, lookups: Lookups, others: Sequence[Lookups]) -> None:
        """The same question from everywhere at once is one look-up."""
        places = (lookups, *others)
        one = attrs.evolve(WIDE, per_citizen_a_day=1)
        verdicts = await asyncio.gather(
            *(places[nth % len(places)].ask(question(), one, at=AT) for nth in range(RACERS))
        )
        assert all(isinstance(verdict, Allowed) for verdict in verdicts)
        assert sum(bool(verdict.news) for verdict in verdicts if isinstance(verdict, Allowed)) == 1

    async def test_racers_in_many_orders_never_wait_in_a_circle(
        self, lookups: Lookups, others: Sequence[Lookups]
    ) -> None:
        """Citizens, certificates and clients in every combination at once: all are answered."""
        places = (lookups, *others)
        asked = [
            question(nth, citizen=nth % 3, certificate=nth % 4, client=f"client-{nth % 2}") for nth in range(RACERS)
        ]
        verdicts = await asyncio.gather(
            *(places[nth % len(places)].ask(one, WIDE, at=AT) for nth, one in enumerate(asked))
        )
        assert all(isinstance(verdict, Allowed) for verdict in verdicts)

    async def test_what_is_over_is_forgotten(self, lookups: Lookups) -> None:
        """Nothing is kept longer than it counts, and what counts is kept."""
        for nth in range(3):
            await settled(lookups, question(nth))
        assert await lookups.forget(AT) == 0
        assert await lookups.forget(end_of_day(AT)) > 0
        left = attrs.evolve(WIDE, per_certificate=3)
        assert isinstance(await settled(lookups, question(3), left, at=end_of_day(AT)), TooMany)
        assert await lookups.forget(AT + timedelta(days=31)) > 0
        assert await lookups.forget(AT + timedelta(days=31)) == 0
