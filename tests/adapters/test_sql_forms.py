"""A body says its form: older ones are brought up to date as they are read, newer ones refused aloud."""

import contextlib
import shutil
from pathlib import Path
from typing import Any, get_args

import attrs
import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cotransfer.adapters.sql import SqlStore, UnreadableRow, codec, open_store, upgrade
from cotransfer.adapters.sql.forms import FORM, UPGRADES, Fields, Forms, TooNew, Upgrade
from cotransfer.adapters.sql.sqlite import MODULE
from cotransfer.domain import events as e
from cotransfer.domain.case import Case
from cotransfer.domain.consents import Consent
from cotransfer.domain.events import ApplicationSubmitted, ApplicationTaken, Event, PreReviewNotPassed
from cotransfer.domain.notices import NoticeKind
from cotransfer.domain.states import Closed, InPreReview, Open, PreReviewFailed
from cotransfer.ports.transfers import Change, Committed
from cotransfer.testing.consents import CONSENT
from cotransfer.testing.histories import History, history
from cotransfer.testing.keys import SEALING
from cotransfer.testing.samples import GROUNDS

KINDS = frozenset((*get_args(Event), *get_args(Open | Closed), Case, Consent))


def noting(step: int) -> Upgrade:
    """An upgrade that leaves its number behind."""
    return lambda fields: {**fields, "steps": [*fields["steps"], step]}


def chain(length: int) -> Forms:
    """So many upgrades of one kind."""
    return Forms({Case: tuple(noting(step) for step in range(1, length + 1))})


class TestChain:
    @given(data=st.data(), newest=st.integers(1, 12))
    def test_each_older_form_has_one_way(self, data: st.DataObject, newest: int) -> None:
        """From form n every upgrade from n on is made, once and in turn, and none before it."""
        form = data.draw(st.integers(1, newest))
        read = chain(newest - 1).read(Case, {FORM: form, "steps": []})
        assert read == {"steps": list(range(form, newest))}

    @given(newest=st.integers(1, 12))
    def test_what_says_no_form_is_in_the_first(self, newest: int) -> None:
        """What was stored before bodies said their form is read as form 1."""
        assert chain(newest - 1).read(Case, {"steps": []}) == {"steps": list(range(1, newest))}

    @given(newest=st.integers(1, 12), ahead=st.integers(1, 9))
    def test_a_newer_form_is_no_guess(self, newest: int, ahead: int) -> None:
        """No upgrade is tried on it; the error says both numbers."""
        with pytest.raises(TooNew, match=rf"form {newest + ahead}, .* up to {newest}$"):
            chain(newest - 1).read(Case, {FORM: newest + ahead})

    @pytest.mark.parametrize("form", [0, -1, 1.0, "1", True, None, [1]])
    def test_a_form_is_a_whole_number_from_one(self, form: object) -> None:
        """Anything else is no form of ours."""
        with pytest.raises(ValueError, match="no form"):
            chain(3).read(Case, {FORM: form, "steps": []})

    @given(newest=st.integers(1, 12))
    def test_what_is_written_is_read_without_an_upgrade(self, newest: int) -> None:
        """The present form is the one that is written."""
        forms = chain(newest - 1)
        assert forms.mark(Case, {"steps": []}) == {FORM: newest, "steps": []}
        assert forms.read(Case, forms.mark(Case, {"steps": []})) == {"steps": []}

    def test_kinds_have_chains_of_their_own(self) -> None:
        """A change of one kind's form is none of another's."""
        forms = Forms({Case: (noting(1),), Consent: (noting(1), noting(2))})
        assert [forms.present(kind) for kind in (Case, Consent, ApplicationTaken)] == [2, 3, 1]
        assert forms.read(ApplicationTaken, {"steps": []}) == {"steps": []}


class TestTable:
    """The upgrades that this version has."""

    def test_upgrades_are_of_what_is_stored(self) -> None:
        """A key that is no stored kind would be an upgrade that is never made."""
        assert set(UPGRADES) <= KINDS

    @pytest.mark.parametrize(
        ("kind", "then", "now"),
        [
            (e.NoticeSent, {"kind": "result", "reference": "n-1"}, e.NoticeSent(NoticeKind.RESULT, "n-1")),
            (
                e.NoticeUndeliverable,
                {"kind": "invitation", "why": "not_following"},
                e.NoticeUndeliverable(NoticeKind.INVITATION, "not_following"),
            ),
        ],
    )
    def test_an_older_notice_went_by_wechat(self, kind: type[Event], then: Fields, now: Event) -> None:
        """Before a notice told its channel there was one only."""
        code = codec.write_event(now).code
        for body in (then, {FORM: 1, **then}):
            assert codec.read_event("journal 1", codec.Spelt(code, codec.FORMAT, orjson.dumps(body))) == now
        assert codec.FORMS.present(kind) == 2
        assert orjson.loads(codec.write_event(now).body) == {FORM: 2, **then, "channel": "wechat"}

    def test_no_field_is_called_as_the_form_is(self) -> None:
        """The form's place in a body is its own."""
        assert [kind for kind in KINDS if FORM in attrs.fields_dict(kind)] == []

    def test_whoever_holds_a_case_is_upgraded_with_it(self) -> None:
        """A submission tells the case that the facts are: one form of it, one number of changes."""
        assert codec.FORMS.present(ApplicationSubmitted) >= codec.FORMS.present(Case)


# ------------------------------------------------------------------------------------------- a store, and two versions


def referred(fields: Fields) -> Fields:
    """An invented change: a bare reference becomes one with its office."""
    return {"reference": f"KM/{fields['reference']}"}


def renamed(fields: Fields) -> Fields:
    """Another one: grounds were once called a reason."""
    return {"grounds": fields["reason"]}


LATER = Forms({ApplicationTaken: (referred,), Case: (lambda fields: {**fields, "openid": None},)})
"""As a later version might read: a taken application's reference has changed, and a case's openid was dropped."""


@attrs.frozen
class BeforeForms(Forms):
    """As bodies were written before they said their form."""

    def mark(self, kind: type, fields: Fields) -> Fields:
        """Nothing but the fields."""
        return fields


@pytest.fixture(scope="session")
def tables(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Made once and copied for each test."""
    path = tmp_path_factory.mktemp("forms") / "tables.db"
    upgrade(f"sqlite:///{path}")
    return path


@pytest.fixture
def file(tables: Path, tmp_path: Path) -> Path:
    """A fresh file."""
    return Path(shutil.copy(tables, tmp_path / "cotransfer.db"))


def opened(file: Path) -> SqlStore:
    """The store in `file`, as a process that has just begun sees it: nothing read before is remembered."""
    return open_store(f"sqlite:///{file}", sealing=SEALING, inline=True)


def stored(file: Path) -> list[Any]:
    """Every byte of what is stored of transfers."""
    with contextlib.closing(MODULE.connect(file)) as connection:
        asked = ("SELECT * FROM transfers ORDER BY id", "SELECT * FROM journal ORDER BY transfer, sequence")
        return [connection.execute(sql).fetchall() for sql in (*asked, "SELECT * FROM consents")]


async def submitted(file: Path, *, taken: int = 1) -> list[History]:
    """Two transfers, of which the utility has taken the first `taken`."""
    made = [history(), history()]
    async with opened(file) as store:
        consents = tuple((one.transfer, CONSENT) for one in made)
        changes = [attrs.evolve(one.submit(), consents=consents[nth : nth + 1]) for nth, one in enumerate(made)]
        assert set(await store.commit(changes)) == {Committed()}
        for one in made[:taken]:
            assert await store.commit([one.move(ApplicationTaken("7"))]) == (Committed(),)
    return made


class TestOlderRows:
    @pytest.mark.parametrize("before", [BeforeForms(), Forms()], ids=["saying no form", "in form 1"])
    async def test_they_are_read_as_the_present_has_them_and_left_as_they_are(
        self, file: Path, monkeypatch: pytest.MonkeyPatch, before: Forms
    ) -> None:
        """State, facts, journal and consents are brought up to date in memory; on the disk not a byte changes."""
        monkeypatch.setattr(codec, "FORMS", before)
        one, other = await submitted(file)
        there = stored(file)
        monkeypatch.setattr(codec, "FORMS", LATER)
        case = attrs.evolve(one.case, openid=None)
        async with opened(file) as store:
            loaded = await store.load([one.transfer, other.transfer])
            assert loaded.records[one.transfer].state == InPreReview(case)
            journal = [entry.event for entry in await store.journal(one.transfer)]
            assert journal == [ApplicationSubmitted(one.case), ApplicationTaken("KM/7")]
            assert await store.consents_of(one.transfer) == (CONSENT,)
        assert stored(file) == there

    async def test_a_transfer_under_way_goes_on_over_a_change_of_form(
        self, file: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """What is written from now on is in the new form, what is there stays in the old, and all is read together."""
        one, _ = await submitted(file)
        later = attrs.evolve(LATER, upgrades={**LATER.upgrades, PreReviewFailed: (renamed,)})
        monkeypatch.setattr(codec, "FORMS", later)
        async with opened(file) as store:
            assert await store.commit([one.move(ApplicationTaken("KM/8"), PreReviewNotPassed(GROUNDS))]) == (
                Committed(),
            )
            events = [entry.event for entry in await store.journal(one.transfer)]
            assert events[1:] == [ApplicationTaken("KM/7"), ApplicationTaken("KM/8"), PreReviewNotPassed(GROUNDS)]
            record = (await store.load([one.transfer])).records[one.transfer]
            assert record.state == PreReviewFailed(attrs.evolve(one.case, openid=None), GROUNDS)


class TestNewerRows:
    async def test_an_older_program_says_what_to_run_and_reads_the_rest(
        self, file: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """A newer form is refused with the numbers and the remedy; the rows around it stay readable and go on."""
        newer = Forms({InPreReview: (dict,), ApplicationTaken: (dict,), Consent: (dict,)})
        monkeypatch.setattr(codec, "FORMS", newer)
        one, other = await submitted(file)
        there = stored(file)
        monkeypatch.undo()
        says = r"form 2, and this version of cotransfer knows forms up to 1\. A newer version .* has written it: run"
        async with opened(file) as store:
            loaded = await store.load([one.transfer, other.transfer])
            assert set(loaded.records) == {other.transfer}
            with pytest.raises(UnreadableRow, match=f"transfers {one.transfer.text} cannot be read: it is in {says}"):
                loaded.record(one.transfer)
            with pytest.raises(UnreadableRow, match=f"journal {one.transfer.text} 2 cannot be read: it is in {says}"):
                await store.journal(one.transfer)
            with pytest.raises(UnreadableRow, match=f"consents {one.transfer.text} kunming-water .* {says}"):
                await store.consents_of(one.transfer)
            assert len(await store.journal(other.transfer)) == 1
            assert stored(file) == there
            assert await store.commit([other.move(ApplicationTaken("8"))]) == (Committed(),)
        monkeypatch.setattr(codec, "FORMS", newer)
        async with opened(file) as store:
            assert set((await store.load([one.transfer, other.transfer])).records) == {one.transfer, other.transfer}

    async def test_an_event_or_state_of_a_newer_version_is_told_as_such(
        self, file: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """What opens under a name that we do not know was written by a newer version: that is the remedy."""
        one, other = await submitted(file)
        monkeypatch.delitem(codec.EVENTS, "application_taken")
        monkeypatch.delitem(codec.STATES, "in_pre_review")
        async with opened(file) as store:
            loaded = await store.load([one.transfer, other.transfer])
            with pytest.raises(UnreadableRow, match=r"of a kind that this version does not know\. A newer version"):
                loaded.record(one.transfer)
            with pytest.raises(UnreadableRow, match=r"of a type that this version does not know\. A newer version"):
                await store.journal(one.transfer)
            assert set(loaded.records) == {other.transfer}

    async def test_a_skeleton_of_a_newer_kind_is_told_as_such(
        self, file: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Erased, its last state is a word: one that we do not know is no reason to guess, and spoils nobody else."""
        one, other = await submitted(file)
        async with opened(file) as store:
            assert await store.commit([one.move(PreReviewNotPassed(GROUNDS))]) == (Committed(),)
            assert await store.commit([Change(erases=one.transfer)]) == (Committed(),)
            monkeypatch.delitem(codec.STATES, "pre_review_failed")
            loaded = await store.load([one.transfer, other.transfer])
            assert (set(loaded.records), dict(loaded.erased)) == ({other.transfer}, {})
            with pytest.raises(UnreadableRow, match="A newer version"):
                loaded.record(one.transfer)

    @pytest.mark.parametrize("body", [b"{", b'{"form":1}', b'{"form":1,"channel":"fax"}'])
    def test_what_is_neither_is_told_with_both_remedies(self, body: bytes) -> None:
        """A body that cannot be told from damage: the newest version first, then the backup."""
        with pytest.raises(UnreadableRow, match=r"run the newest .*; where that is this one, restore the row"):
            codec.read_event("journal x 1", codec.Spelt("application_taken", 1, body))


class TestTheFormIsSealed:
    """Beside the seal anybody who can write to the database could change it, and have a body upgraded twice."""

    def test_it_is_in_the_body(self) -> None:
        """Of every event, state and case."""
        bodies = (
            codec.write_event(e.SigningOpened()).body,
            codec.write_details(PreReviewFailed(history().case, GROUNDS)).body,
            codec.write_facts(history().case),
        )
        assert [orjson.loads(body)[FORM] for body in bodies] == [1, 1, 1]

    @pytest.mark.parametrize("number", [2, 9])
    async def test_what_stands_in_clear_beside_it_changes_no_reading(self, file: Path, number: int) -> None:
        """The number in clear says how a body is packed: another one is refused, none leads to an upgrade."""
        one, other = await submitted(file)
        with contextlib.closing(MODULE.connect(file, isolation_level=None)) as connection:
            for table, key in (("transfers", "id"), ("journal", "transfer")):
                connection.execute(f"UPDATE {table} SET format = ? WHERE {key} = ?", (number, one.transfer.text))
        async with opened(file) as store:
            loaded = await store.load([one.transfer, other.transfer])
            assert set(loaded.records) == {other.transfer}
            packed = f"packed in format {number}, and this version knows 1"
            with pytest.raises(UnreadableRow, match=packed):
                loaded.record(one.transfer)
            with pytest.raises(UnreadableRow, match=packed):
                await store.journal(one.transfer)
