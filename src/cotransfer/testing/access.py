"""The laws of `Access`, for every store: a subclass brings a fixture `access` that is empty when a test begins."""

import asyncio
from datetime import timedelta

import pytest

from cotransfer.ports.access import Access, Barred, Standing
from cotransfer.testing.histories import AT

LATER = AT + timedelta(minutes=5)


class AccessLaws:
    """One test for each law of the port."""

    @pytest.fixture
    async def access(self) -> Access:
        """To be overridden."""
        raise NotImplementedError("A subclass brings the access.")

    async def test_at_first_nobody_is_shut_out(self, access: Access) -> None:
        """An empty store bars nobody and has revoked nothing."""
        assert await access.standing() == Standing()
        assert tuple(await access.barred()) == ()

    async def test_who_is_barred_is_shut_out_until_admitted(self, access: Access) -> None:
        """What `bar` and `admit` have answered is what `standing` shows."""
        assert await access.bar("water", who="operator", why="leaked", at=AT)
        await access.bar("power", who="operator", why="ended", at=AT)
        assert (await access.standing()).barred == {"water", "power"}
        assert await access.admit("water")
        assert (await access.standing()).barred == {"power"}

    async def test_barring_twice_keeps_the_first_reason(self, access: Access) -> None:
        """Barring is idempotent: who did it, when and why is told as it was first."""
        await access.bar("water", who="operator", why="leaked", at=AT)
        assert not await access.bar("water", who="other", why="again", at=LATER)
        assert tuple(await access.barred()) == (Barred(client="water", at=AT, who="operator", why="leaked"),)

    async def test_the_barred_are_listed_in_order(self, access: Access) -> None:
        """The list is the same whoever reads it: by identifier."""
        for client in ("water", "gas", "power"):
            await access.bar(client, who="operator", why="ended", at=AT)
        assert [one.client for one in await access.barred()] == ["gas", "power", "water"]

    async def test_admitting_twice_is_admitting_once(self, access: Access) -> None:
        """Who was not barred is not admitted, and nothing changes."""
        assert not await access.admit("water")
        await access.bar("water", who="operator", why="leaked", at=AT)
        assert (await access.admit("water"), await access.admit("water")) == (True, False)

    async def test_a_revoked_token_stays_revoked(self, access: Access) -> None:
        """A token is revoked by its identifier, once; another one is untouched."""
        assert await access.revoke("t-1", LATER)
        assert not await access.revoke("t-1", LATER)
        assert (await access.standing()).revoked == {"t-1"}

    async def test_a_nonce_is_used_once(self, access: Access) -> None:
        """The second use is told from the first; another kind or another nonce is something else."""
        assert await access.first_use("assertion", "n", LATER)
        assert not await access.first_use("assertion", "n", LATER)
        assert await access.first_use("message", "n", LATER)
        assert await access.first_use("assertion", "m", LATER)

    async def test_of_many_at_once_one_is_first(self, access: Access) -> None:
        """However many come at the same time with one nonce, exactly one is answered True."""
        answers = await asyncio.gather(*(access.first_use("assertion", "n", LATER) for _ in range(20)))
        assert sorted(answers) == [*[False] * 19, True]

    async def test_only_what_has_ended_is_forgotten(self, access: Access) -> None:
        """`forget` takes away what ended before, to the microsecond, and no barred client."""
        await access.bar("water", who="operator", why="leaked", at=AT)
        await access.revoke("old", AT)
        await access.revoke("young", LATER)
        await access.first_use("assertion", "old", AT)
        await access.first_use("assertion", "young", LATER)
        assert await access.forget(AT) == 0
        assert await access.forget(AT + timedelta(microseconds=1)) == 2
        assert await access.standing() == Standing(frozenset({"water"}), frozenset({"young"}))
        assert not await access.first_use("assertion", "young", LATER)
        assert await access.first_use("assertion", "old", LATER)
