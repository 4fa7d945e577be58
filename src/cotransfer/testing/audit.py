"""The laws of `Audit`, for every store: a subclass brings fixtures `store` and `audit` that are empty at the start.

    class TestOurs(AuditLaws):
        @pytest.fixture
        async def store(self): ...
        @pytest.fixture
        async def audit(self, store): ...

Entries come in by the store's commits alone. Never looks behind the ports.
"""

import asyncio
from collections.abc import Sequence
from datetime import timedelta

import pytest

from cotransfer.domain import events as e
from cotransfer.domain.datasets import Dataset, Operation
from cotransfer.domain.notes import Decision, Disclosure, Note
from cotransfer.domain.trails import Link, read
from cotransfer.domain.trees import Frontier, leaf_hash
from cotransfer.domain.values import DocumentType, IdentityNumber
from cotransfer.ports.audit import Audit, Checkpoint, Pending, Signature
from cotransfer.ports.transfers import Change, Committed, Stale, Transfers
from cotransfer.testing.histories import AT, history, message
from cotransfer.testing.samples import GROUNDS

SOMEBODY = IdentityNumber(DocumentType.IDENTITY_CARD, "530102199003071238")
SOMEBODY_ELSE = IdentityNumber(DocumentType.PASSPORT, "530102199003071238")

DISCLOSED = Disclosure(
    to="kunming-water",
    operation=Operation.SUBMIT_APPLICATION,
    dataset=Dataset.APPLICATION,
    fields=("identity_number", "location"),
    purpose="water-account-transfer",
    grant="kunming-water.transfer",
    consent="1",
)


def decided(chain: str, what: str = "grant.suspended", *, subject: IdentityNumber | None = None) -> Note:
    """A note of a decision."""
    return Note(chain=chain, at=AT, what=Decision(what=what, who="operator-7"), subject=subject)


def noting(*notes: Note) -> Change:
    """A change that is only written down."""
    return Change(noted=notes)


def checkpoint(pending: Pending) -> Checkpoint:
    """The next one over what is pending, with a signature that nobody made."""
    before = pending.latest.tree if pending.latest is not None else Frontier()
    tree = before.grown(one.hash for one in pending.waiting)
    return Checkpoint(tree=tree, follows=before.size, at=AT, root=tree.root(), signed=Signature("audit-1", bytes(64)))


class AuditLaws:
    """One test for each law of the port."""

    @pytest.fixture
    async def store(self) -> Transfers:
        """To be overridden."""
        raise NotImplementedError("A subclass brings the store.")

    @pytest.fixture
    async def audit(self, store: Transfers) -> Audit:
        """To be overridden."""
        raise NotImplementedError("A subclass brings the audit trail of the store.")

    async def test_what_is_noted_is_read_back(self, store: Transfers, audit: Audit) -> None:
        """A note that was committed is an entry of its chain, with everything it said and when."""
        note = Note(chain="one", at=AT, what=DISCLOSED, subject=SOMEBODY)
        assert await store.commit([noting(note, decided("one"))]) == (Committed(),)
        first, second = await audit.chain("one")
        assert [(one.chain, one.sequence, one.at) for one in (first, second)] == [("one", 1, AT), ("one", 2, AT)]
        told = read(first.body)
        assert (told.chain, told.sequence, told.at, told.what) == ("one", 1, AT, DISCLOSED)
        assert read(second.body).what == decided("one").what

    async def test_a_chain_is_whole_whoever_writes_it(self, store: Transfers, audit: Audit) -> None:
        """Entries count from 1, each names the hash of the one before, over changes, groups and transfers."""
        one = history()
        await store.commit([noting(decided("a"), decided("b"), decided("a")), noting(decided("a"))])
        await store.commit([one.submit(), noting(decided("b")), noting(decided("a"))])
        assert [len(await self._whole(audit, chain)) for chain in "ab"] == [4, 2]
        assert await audit.chain("nobodys") == ()

    async def test_what_is_not_committed_is_not_noted(self, store: Transfers, audit: Audit) -> None:
        """A stale change leaves no entry, and its neighbours' entries are whole without it."""
        one = history()
        await store.commit([one.submit(seen=(message("platform", "heard"),))])
        stale = Change(seen=(message("platform", "heard"),), noted=(decided("a", "never.happened"),))
        outcomes = await store.commit([noting(decided("a")), stale, noting(decided("a"))])
        assert outcomes == (Committed(), Stale(), Committed())
        assert [read(one.body).what for one in await self._whole(audit, "a")] == [decided("a").what] * 2

    async def test_many_at_once_make_one_chain(self, store: Transfers, audit: Audit) -> None:
        """Whoever is slower writes after whoever was quicker: no entry is lost, none has the number of another."""
        await asyncio.gather(*(store.commit([noting(decided("all"), decided(f"own-{nth}"))]) for nth in range(12)))
        assert len(await self._whole(audit, "all")) == 12

    async def test_a_chain_is_found_by_whom_it_is_about(self, store: Transfers, audit: Audit) -> None:
        """By the number and the kind of document together; forgotten when it is unlinked, though the entries stay."""
        await store.commit([noting(decided("mine", subject=SOMEBODY), decided("theirs", subject=SOMEBODY_ELSE))])
        await store.commit([noting(decided("mine", subject=SOMEBODY), decided("nobodys"))])
        await store.commit([noting(decided("also-mine", subject=SOMEBODY))])
        assert await audit.chains_about(SOMEBODY) == ("also-mine", "mine")
        assert await audit.chains_about(SOMEBODY_ELSE) == ("theirs",)
        await audit.unlink("mine")
        assert await audit.chains_about(SOMEBODY) == ("also-mine",)
        assert len(await audit.chain("mine")) == 2

    async def test_what_is_old_is_unlinked_by_name(self, store: Transfers, audit: Audit) -> None:
        """From the first name up to but without the last; the others are found as before."""
        await store.commit([noting(*(decided(f"c{nth}", subject=SOMEBODY) for nth in range(4)))])
        assert await audit.unlink_between("c1", "c3") == 2
        assert await audit.unlink_between("c1", "c3") == 0
        assert await audit.chains_about(SOMEBODY) == ("c0", "c3")
        assert len(await audit.chain("c1")) == 1

    async def test_an_erased_transfer_is_linked_to_nobody(self, store: Transfers, audit: Audit) -> None:
        """Whom it was about goes with its data; what is said of it stays."""
        one = history()
        own = one.transfer.text
        await store.commit([one.submit()])
        await store.commit([noting(decided(own, subject=SOMEBODY), decided("other", subject=SOMEBODY))])
        await store.commit([one.move(e.PreReviewNotPassed(GROUNDS))])
        assert await audit.chains_about(SOMEBODY) == (own, "other")
        assert await store.commit([Change(erases=one.transfer)]) == (Committed(),)
        assert await audit.chains_about(SOMEBODY) == ("other",)
        assert len(await audit.chain(own)) == 1
        assert await store.commit([noting(decided(own, subject=SOMEBODY))]) == (Committed(),)  # One that came too late.
        assert await audit.chains_about(SOMEBODY) == ("other",)
        assert len(await audit.chain(own)) == 2

    async def test_an_erasure_and_a_note_at_once_leave_nobody(self, store: Transfers, audit: Audit) -> None:
        """Whichever of them is first, alone or in one group, nobody is linked to the transfer when both are done."""
        for _ in range(8):
            one = history()
            await store.commit([one.submit()])
            await store.commit([one.move(e.PreReviewNotPassed(GROUNDS))])
            late = noting(decided(one.transfer.text, subject=SOMEBODY))
            await asyncio.gather(*(store.commit([change]) for change in (late, Change(erases=one.transfer), late)))
            assert len(await audit.chain(one.transfer.text)) == 2
        assert await audit.chains_about(SOMEBODY) == ()

    async def test_gathering_gives_every_entry_one_leaf(self, store: Transfers, audit: Audit) -> None:
        """Batch by batch all that waits is gathered, in the order of each chain, and leaves count without a gap."""
        assert await audit.pending() == Pending(None, ())
        assert await audit.latest() is None
        for nth in range(5):
            await store.commit([noting(decided("a"), decided(f"b-{nth}"), decided("a"))])
        made = []
        while (pending := await audit.pending(4)).waiting:
            made.append(checkpoint(pending))
            assert await audit.gather(made[-1], pending.waiting)
        assert [one.size for one in made] == [4, 8, 12, 15]
        assert await audit.latest() == made[-1]
        assert await audit.checkpoints(0) == tuple(made)
        assert await audit.checkpoints(4, 2) == tuple(made[1:3])
        leaves = await self._leaves(audit)
        assert [one.sequence for one in leaves if one.chain == "a"] == list(range(1, 11))
        assert Frontier().grown(one.hash for one in leaves) == made[-1].tree

    async def test_leaves_stay(self, store: Transfers, audit: Audit) -> None:
        """What is noted later comes after what is gathered, whatever its chain is called."""
        await store.commit([noting(decided("m"))])
        await self._gather(audit)
        await store.commit([noting(decided("a"), decided("m"), decided("z"))])
        await self._gather(audit)
        (first, *_) = leaves = await self._leaves(audit)
        assert (first.chain, len(leaves)) == ("m", 4)

    async def test_of_two_rivals_one_loses(self, store: Transfers, audit: Audit) -> None:
        """Two that gather the same, or go on from the same: one wins, the other is told, and nothing is half done."""
        await store.commit([noting(*(decided(f"c-{nth}") for nth in range(6)))])
        some, more = await audit.pending(3), await audit.pending(6)
        rivals = [audit.gather(checkpoint(one), one.waiting) for one in (some, more, some)]
        assert sorted(await asyncio.gather(*rivals)) == [False, False, True]
        won = await audit.latest()
        assert won is not None
        assert len(await self._leaves(audit)) == won.size
        assert len((await audit.pending()).waiting) == 6 - won.size
        assert not await audit.gather(checkpoint(some), some.waiting)

    async def test_a_checkpoint_is_of_what_it_gathers(self, store: Transfers, audit: Audit) -> None:
        """A checkpoint of another size than its entries make is nobody's to keep: `ValueError`, and nothing is done."""
        await store.commit([noting(decided("a"), decided("b"))])
        pending = await audit.pending()
        with pytest.raises(ValueError, match="as large as"):
            await audit.gather(checkpoint(pending), pending.waiting[:1])
        assert await audit.latest() is None

    async def test_a_commit_meets_no_gathering(self, store: Transfers, audit: Audit) -> None:
        """Chains go on while their earlier entries are gathered, and what comes meanwhile waits for the next time."""
        one = history()
        await store.commit([one.submit(), noting(decided(one.transfer.text))])
        pending = await audit.pending()
        later = one.move(e.ApplicationTaken("KM-1"), at=AT + timedelta(hours=1))
        await asyncio.gather(
            audit.gather(checkpoint(pending), pending.waiting),
            store.commit([later, noting(decided(one.transfer.text))]),
        )
        assert [one.sequence for one in (await audit.pending()).waiting] == [2]
        await self._gather(audit)
        assert len(await self._whole(audit, one.transfer.text)) == 2

    async def _gather(self, audit: Audit) -> None:
        pending = await audit.pending()
        assert await audit.gather(checkpoint(pending), pending.waiting)

    async def _leaves(self, audit: Audit) -> Sequence[Link]:
        found: list[Link] = []
        while page := await audit.gathered(len(found), 4):
            found += page
        return found

    async def _whole(self, audit: Audit, chain: str) -> Sequence[Link]:
        links = await audit.chain(chain)
        assert [one.sequence for one in links] == list(range(1, len(links) + 1))
        assert [leaf_hash(one.body) for one in links] == [one.hash for one in links]
        previous = [bytes(32), *(one.hash for one in links)]
        assert all(before.hex().encode() in one.body for before, one in zip(previous, links, strict=False))
        return links
