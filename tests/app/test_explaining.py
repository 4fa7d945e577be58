"""What a task is waiting for, whose fault that is, and what may help: from the task as it stands, and nothing else."""

from datetime import UTC, datetime, timedelta

import attrs
import pytest

from cotransfer.app.explaining import Awaited, Nothing, Remedy, TriedAt, explained
from cotransfer.app.patience import Patience
from cotransfer.domain.agenda import Duty
from cotransfer.domain.ledger import LEDGER_LIMIT, Failure, Revived, Tried
from cotransfer.domain.parties import Party
from cotransfer.ports.standing import Due, Held, Item, Pending, Resting, Retrying, Standing
from cotransfer.testing.samples import TRANSFER

AT = datetime(2026, 3, 2, 9, tzinfo=UTC)
PATIENCE = Patience((0, 5, 30))
AWAY = Failure(Party.UTILITY, "It is away.")


def item(standing: Standing, *numbers: int, attempts: int | None = None, failure: Failure = AWAY) -> Item:
    """A task whose attempts of these numbers failed, one a minute."""
    ledger = tuple(Tried(number, AT + timedelta(minutes=number), failure) for number in numbers)
    due = Due(TRANSFER, Duty.SEND_APPLICATION, "kunming-water", AT)
    return Item(due=due, attempts=len(numbers) if attempts is None else attempts, standing=standing, ledger=ledger)


class TestNext:
    def test_what_was_never_tried(self) -> None:
        """It is tried when it is due, and as often as patience lasts."""
        said = explained(item(Pending()), PATIENCE)
        assert (said.next, said.fault, said.silent, said.remedies) == (TriedAt(AT, more=4), None, (), (Remedy.WAIT,))

    @pytest.mark.parametrize(("attempts", "more"), [(1, 3), (2, 2), (3, 1), (4, 1), (9, 1)])
    def test_how_many_failures_are_left(self, attempts: int, more: int) -> None:
        """One more than the schedule has pauses; a revived task is tried once at the least."""
        said = explained(item(Retrying("utility: It is away."), *range(1, attempts + 1)), PATIENCE)
        assert said.next == TriedAt(AT, more=more)

    def test_somebody_is_at_it(self) -> None:
        """Its lease runs out at a time."""
        until = AT + timedelta(seconds=60)
        assert explained(item(Held(until), attempts=1), PATIENCE).next == Awaited(until)

    def test_nobody_is(self) -> None:
        """Buried, it waits for a person."""
        said = explained(item(Resting(AT, "utility: It is away."), 1, 2, 3, 4), PATIENCE)
        assert said.next == Nothing()
        assert said.remedies == (Remedy.CALL_COUNTERPARTY, Remedy.REVIVE)


class TestFault:
    @pytest.mark.parametrize("party", list(Party))
    def test_the_last_failure_is_whose_fault_it_is(self, party: Party) -> None:
        """And what may help is at that party's, at the line, or with us; then it goes on by itself."""
        said = explained(item(Retrying("x"), 1, 2, failure=Failure(party, "x")), PATIENCE)
        assert said.fault == Failure(party, "x")
        *first, last = said.remedies
        assert last is Remedy.WAIT
        expected = {
            Party.NETWORK: [Remedy.CHECK_LINE, Remedy.CALL_COUNTERPARTY],
            Party.CITIZEN: [Remedy.CHECK_OURSELVES],
            Party.PLATFORM: [Remedy.CHECK_OURSELVES],
            Party.US: [Remedy.CHECK_OURSELVES],
        }
        assert first == expected.get(party, [Remedy.CALL_COUNTERPARTY])

    def test_a_revival_is_nobodys_fault(self) -> None:
        """What somebody put back since does not hide why it failed."""
        one = item(Retrying(None), 1)
        revived = attrs.evolve(one, ledger=(*one.ledger, Revived(at=AT, who="li-na", why="mended")))
        assert explained(revived, PATIENCE).fault == AWAY

    def test_buried_before_anything_was_kept(self) -> None:
        """Of a task that an older version buried nobody knows more than its reason."""
        assert explained(item(Resting(AT, "x"), attempts=3), PATIENCE).remedies == (Remedy.REVIVE,)


class TestSilence:
    def test_attempts_of_which_nobody_heard(self) -> None:
        """Counted and not in the ledger: a worker died, or was stopped, in the middle."""
        assert explained(item(Retrying(None), 2, 4, attempts=6), PATIENCE).silent == (1, 3, 5, 6)

    def test_who_is_at_it_is_not_silent(self) -> None:
        """The attempt under way has still to be told."""
        assert explained(item(Held(AT), 1, attempts=3), PATIENCE).silent == (2,)

    def test_what_the_ledger_does_not_reach_back_to(self) -> None:
        """A full ledger has forgotten the first ones: nothing is said of them."""
        numbers = range(11, 11 + LEDGER_LIMIT)
        assert explained(item(Retrying("x"), *numbers, attempts=numbers[-1]), PATIENCE).silent == ()
        fewer = range(11, 10 + LEDGER_LIMIT)
        assert explained(item(Retrying("x"), *fewer, attempts=fewer[-1]), PATIENCE).silent == tuple(range(1, 11))
