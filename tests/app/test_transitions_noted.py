"""Every transition of a transfer has one entry in the audit trail, and none of them holds anything of anybody's."""

import json
from datetime import UTC, datetime
from typing import Any

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.app.world import City, message

from cotransfer.app.draft import Draft
from cotransfer.app.errand import Errand
from cotransfer.domain import events as e
from cotransfer.domain.allowances import Timetable
from cotransfer.domain.commands import Command, NoteOverdue, OpenSigning, RecordNotice, Submit, hearing
from cotransfer.domain.notes import Decision, about_transfer
from cotransfer.domain.notices import Delivered, NoticeKind
from cotransfer.domain.parties import Step
from cotransfer.domain.refusals import Refused
from cotransfer.domain.reports import Channel, Cleared, Failed, Signed, Taken
from cotransfer.domain.trails import chained, read
from cotransfer.domain.values.contact import OpenId
from cotransfer.domain.values.text import Personal
from cotransfer.testing import strategies as some
from cotransfer.testing.samples import ADDRESS, BUYER, CASE, GROUNDS, SUBMIT, TRANSFER

AT = datetime(2026, 3, 2, 9, tzinfo=UTC)


def errand(*commands: Command) -> Errand:
    """For the sample transfer."""
    return Errand(transfer=TRANSFER, commands=commands)


def personal(value: Any) -> set[str]:
    """Every text of a personal kind within a value."""
    if isinstance(value, Personal):
        return {getattr(value, "text", "")}
    if isinstance(value, tuple | list | frozenset):
        return set().union(*map(personal, value))
    if attrs.has(type(value)):
        return set().union(*(personal(getattr(value, field.name)) for field in attrs.fields(type(value))))
    return set()


def marked(submit: Submit) -> Submit:
    """With an openid that stands nowhere by accident: by itself one that was drawn may be a word of ours."""
    if submit.case.openid is None:
        return submit
    openid = OpenId(f"o-{submit.case.openid.text}-o")
    return attrs.evolve(submit, case=attrs.evolve(submit.case, openid=openid))


@given(submit=some.submissions().map(marked), commands=st.lists(some.commands(), max_size=12))
def test_one_entry_for_each_event_and_nothing_personal(submit: Submit, commands: list[Command]) -> None:
    """I11: as many entries as events, in order; I10: no name, number, address or location stands in any of them."""
    draft = Draft(submit.case.transfer, None, AT, Timetable())
    for command in (submit, *commands):
        try:
            draft.add(Errand(transfer=submit.case.transfer, commands=(command,)))
        except Refused:
            continue
    change = draft.change()
    events = change.step.events if change.step is not None else ()
    assert len(change.noted) == len(events)
    # Hashes and the transfer's own identifier are digits by chance; all the rest is words.
    said = [json.loads(link.body) for link in chained({}, change.noted)]
    words = str([{name: one[name] for name in one.keys() - {"previous", "chain", "at"}} for one in said])
    planted = {text for text in personal(submit) if len(text) > 3}
    assert planted
    assert not [text for text in planted if text in words]


class TestWhoseDoing:
    """Each entry says by a stable word what happened, and who did it."""

    def noted(self, *commands: Command) -> list[tuple[str, str, str | None]]:
        """What the trail says of the commands."""
        draft = Draft(TRANSFER, None, AT, Timetable())
        for command in commands:
            draft.add(errand(command))
        told = [note.what for note in draft.change().noted]
        return [(one.what, one.who, one.about) for one in told if isinstance(one, Decision)]

    def test_a_story(self) -> None:
        """Steps 5 to 7: the citizen, the utility by its name, the notifier, and ourselves."""
        told = self.noted(
            SUBMIT,
            hearing(Taken("W-1")),
            NoteOverdue(Step.PRE_REVIEW),
            hearing(Cleared(ADDRESS)),
            RecordNotice(NoticeKind.INVITATION, Delivered("n-1")),
            OpenSigning(),
            hearing(Signed(Channel.WECHAT)),
        )
        assert told == [
            ("transfer.submitted", "citizen", "step-5"),
            ("transfer.taken_by_utility", "kunming-water", "step-5"),
            ("transfer.deadline_passed", "us", "step-6"),
            ("transfer.pre_review_passed", "kunming-water", "step-6"),
            ("transfer.invitation_sent", "notifier", "step-7"),
            ("transfer.signing_opened", "citizen", "step-7"),
            ("transfer.signed", "kunming-water", "step-7"),
        ]

    def test_a_report_that_contradicts_is_noted_too(self) -> None:
        """Law 2: it moves nothing, but it has happened, and who must judge it later can see so."""
        told = self.noted(SUBMIT, hearing(Failed(GROUNDS)), hearing(Cleared(ADDRESS)))
        assert told[-1] == ("transfer.report_contradicts", "kunming-water", "step-6")

    def test_whose_it_is_is_said_once(self) -> None:
        """The chain is found by the right holder from its first entry on."""
        draft = Draft(TRANSFER, None, AT, Timetable())
        draft.add(errand(SUBMIT, hearing(Taken("W-1"))))
        assert [note.subject for note in draft.change().noted] == [BUYER.identity, None]
        assert {note.chain for note in draft.change().noted} == {about_transfer(TRANSFER)}


async def test_the_trail_and_the_journal_say_the_same() -> None:
    """Through the desk, with repeats and refusals: the chain of a transfer has an entry for each of its journal's."""
    city = City()
    handle = city.office.desk.handle
    await handle(attrs.evolve(errand(SUBMIT), message=message("k-1")))
    await handle(attrs.evolve(errand(SUBMIT), message=message("k-1")))
    await handle(errand(hearing(Taken("W-1"))))
    await handle(errand(hearing(Taken("W-1"))))
    with pytest.raises(Refused):
        await handle(errand(SUBMIT))
    journal = await city.store.journal(CASE.transfer)
    chain = await city.store.audit.chain(CASE.transfer.text)
    assert [type(entry.event) for entry in journal] == [e.ApplicationSubmitted, e.ApplicationTaken]
    told = [read(link.body).what for link in chain]
    assert [one.what for one in told if isinstance(one, Decision)] == [
        "transfer.submitted",
        "transfer.taken_by_utility",
    ]
    assert await city.store.audit.chains_about(BUYER.identity) == (CASE.transfer.text,)
