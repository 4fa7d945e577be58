"""The laws of `Grants`, for every store: a subclass brings a fixture `grants` that is empty when a test begins.

`others` are the same grants as further processes see them; a store of one process has none.
"""

import asyncio
from datetime import timedelta

import attrs
import pytest

from cotransfer.domain.grants import (
    Active,
    Ended,
    Grant,
    GrantId,
    Side,
    Suspended,
    Suspension,
    about_grant,
    day_of,
    standard_grants,
)
from cotransfer.domain.notes import Decision, Note
from cotransfer.ports.audit import Audit
from cotransfer.ports.grants import Grants, Held
from cotransfer.testing.histories import AT

DAY, QUOTA, AT_ONCE = 20_000, 50, 32
GRANT = attrs.evolve(
    standard_grants(valid_from=AT - timedelta(days=1), valid_until=AT + timedelta(days=365), quota=QUOTA)[1],
    counties=frozenset({"530102", "530103"}),
)
SUSPENSIONS = (Suspension(Side.CITY, AT, "breach"), Suspension(Side.COUNTERPARTY, AT, "maintenance"))


def noted(grant: Grant, what: str = "grant.added") -> Note:
    """What the trail says of it."""
    return Note(chain=about_grant(grant.id), at=AT, what=Decision(what=what, who="operator-1", about=grant.id.text))


class GrantsLaws:
    """One test for each law of the port."""

    @pytest.fixture
    async def grants(self) -> Grants:
        """To be overridden."""
        raise NotImplementedError("A subclass brings the grants.")

    @pytest.fixture
    async def audit(self, grants: Grants) -> Audit:
        """To be overridden: the trail that the notes of `grants` go into."""
        raise NotImplementedError("A subclass brings the trail.")

    @pytest.fixture
    async def others(self) -> tuple[Grants, ...]:
        """To be overridden where several processes share the grants."""
        return ()

    async def test_at_first_nothing_is_granted(self, grants: Grants) -> None:
        """An empty store has no grant, and nothing was spent."""
        assert await grants.all() == ()
        assert await grants.spent(GRANT.id, DAY) == 0

    @pytest.mark.parametrize(
        "standing", [Active(), Suspended(SUSPENSIONS[:1]), Suspended(SUSPENSIONS), Ended(Side.CITY, AT, "breach")]
    )
    async def test_a_grant_is_found_as_it_was_put(self, grants: Grants, standing: object) -> None:
        """Every term of it, and by whom, when and why it was suspended or ended."""
        grant = attrs.evolve(GRANT, standing=standing)  # type: ignore[arg-type]
        assert await grants.put(grant, 0, noted(grant))
        assert await grants.all() == (Held(grant, 1),)

    async def test_what_is_not_restricted_stays_so(self, grants: Grants) -> None:
        """Without a service and counties it is for all of them, also when it is read back."""
        grant = attrs.evolve(GRANT, service=None, counties=None, fields={})
        await grants.put(grant, 0, noted(grant))
        assert await grants.all() == (Held(grant, 1),)

    async def test_grants_stand_in_the_order_of_their_names(self, grants: Grants) -> None:
        """Whatever order they were put in; a hyphen and a dot have their place, whatever language the store speaks."""
        names = ["b", "a.b", "a-b", "a", "ab"]
        for name in names:
            one = attrs.evolve(GRANT, id=GrantId(name))
            await grants.put(one, 0, noted(one))
        assert [held.grant.id.text for held in await grants.all()] == sorted(names)

    async def test_a_change_takes_the_version_it_was_decided_on(self, grants: Grants) -> None:
        """Putting counts versions; what was decided on another one changes nothing."""
        assert await grants.put(GRANT, 0, noted(GRANT))
        ended = attrs.evolve(GRANT, standing=Ended(Side.CITY, AT, "breach"))
        assert not await grants.put(ended, 0, noted(ended))
        assert not await grants.put(ended, 2, noted(ended))
        assert await grants.all() == (Held(GRANT, 1),)
        assert await grants.put(ended, 1, noted(ended))
        assert await grants.all() == (Held(ended, 2),)

    async def test_of_many_at_once_one_is_put(self, grants: Grants, others: tuple[Grants, ...]) -> None:
        """A grant cannot be changed twice on one version, however many try."""
        everybody = (grants, *others)
        for version in range(3):
            tries = [everybody[nth % len(everybody)].put(GRANT, version, noted(GRANT)) for nth in range(AT_ONCE)]
            assert sum(await asyncio.gather(*tries)) == 1
        assert await grants.all() == (Held(GRANT, 3),)

    async def test_every_change_is_in_the_trail(self, grants: Grants, audit: Audit) -> None:
        """The note is written with the grant, one after the other in the grant's own chain."""
        for version, what in enumerate(("grant.added", "grant.suspended_by_city", "grant.resumed_by_city")):
            await grants.put(GRANT, version, noted(GRANT, what))
        links = await audit.chain(about_grant(GRANT.id))
        assert [link.sequence for link in links] == [1, 2, 3]
        assert all(
            what in link.body.decode() for link, what in zip(links, ("added", "suspended", "resumed"), strict=True)
        )

    async def test_what_was_not_put_is_not_in_the_trail(self, grants: Grants, audit: Audit) -> None:
        """Nobody reads of a change that did not happen."""
        await grants.put(GRANT, 0, noted(GRANT))
        await grants.put(GRANT, 7, noted(GRANT))
        assert len(await audit.chain(about_grant(GRANT.id))) == 1

    async def test_spending_counts_up_to_the_quota(self, grants: Grants) -> None:
        """To the last one; what is refused counts for nothing, and a smaller one may still fit."""
        assert await grants.spend(GRANT.id, DAY, QUOTA - 1, QUOTA)
        assert not await grants.spend(GRANT.id, DAY, 2, QUOTA)
        assert await grants.spent(GRANT.id, DAY) == QUOTA - 1
        assert await grants.spend(GRANT.id, DAY, 1, QUOTA)
        assert not await grants.spend(GRANT.id, DAY, 1, QUOTA)
        assert await grants.spent(GRANT.id, DAY) == QUOTA

    async def test_more_than_the_quota_is_refused_at_once(self, grants: Grants) -> None:
        """Also as the first of the day."""
        assert not await grants.spend(GRANT.id, DAY, QUOTA + 1, QUOTA)
        assert await grants.spent(GRANT.id, DAY) == 0

    @pytest.mark.parametrize("amount", [0, -1])
    async def test_nothing_is_given_back(self, grants: Grants, amount: int) -> None:
        """Who could spend less than one could unlock a spent quota."""
        with pytest.raises(ValueError, match="At least one"):
            await grants.spend(GRANT.id, DAY, amount, QUOTA)

    async def test_each_grant_and_each_day_for_itself(self, grants: Grants) -> None:
        """A spent quota is one grant's, until midnight."""
        await grants.spend(GRANT.id, DAY, QUOTA, QUOTA)
        assert await grants.spend(GRANT.id, DAY + 1, 1, QUOTA)
        assert await grants.spend(GrantId("another"), DAY, 1, QUOTA)
        assert [await grants.spent(GRANT.id, day) for day in (DAY - 1, DAY, DAY + 1)] == [0, QUOTA, 1]

    async def test_days_that_are_over_are_forgotten(self, grants: Grants) -> None:
        """But for yesterday, of which somebody may still spend whose clock is behind; grants stay."""
        await grants.put(GRANT, 0, noted(GRANT))
        today = day_of(AT)
        for day in range(today - 3, today + 1):
            await grants.spend(GRANT.id, day, 1, QUOTA)
        assert await grants.forget(AT) == 2
        assert [await grants.spent(GRANT.id, day) for day in range(today - 3, today + 1)] == [0, 0, 1, 1]
        assert [one.grant for one in await grants.all()] == [GRANT]

    async def test_the_quota_is_never_overspent(self, grants: Grants, others: tuple[Grants, ...]) -> None:
        """32 spend at once, from every process: exactly as much as the quota holds is allowed, to the last one."""
        everybody = (grants, *others)
        amounts = [1 + nth % 3 for nth in range(AT_ONCE * 2)]
        spending = [
            everybody[nth % len(everybody)].spend(GRANT.id, DAY, amount, QUOTA) for nth, amount in enumerate(amounts)
        ]
        allowed = await asyncio.gather(*spending)
        spent = sum(amount for amount, may in zip(amounts, allowed, strict=True) if may)
        assert spent == await grants.spent(GRANT.id, DAY)
        assert QUOTA - 2 <= spent <= QUOTA  # Who wants three may be refused where one would still fit.

    async def test_what_one_process_has_done_the_others_see(self, grants: Grants, others: tuple[Grants, ...]) -> None:
        """A grant that was put, and what was spent of it, is found by every later call of any process."""
        await grants.put(GRANT, 0, noted(GRANT))
        await grants.spend(GRANT.id, DAY, 3, QUOTA)
        for other in others:
            assert await other.all() == (Held(GRANT, 1),)
            assert await other.spent(GRANT.id, DAY) == 3
