"""States and events as stored bytes: back as they were, or an error that names the row and shows nothing of it."""

import datetime
from typing import get_args

import attrs
import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cotransfer.adapters.sql import codec
from cotransfer.adapters.sql.codec import Spelt, UnreadableRow
from cotransfer.adapters.sql.moments import micros, moment
from cotransfer.adapters.sql.spelling import REPORTS
from cotransfer.domain.correlation import UNCORRELATED, Correlation
from cotransfer.domain.events import ApplicationTaken, Event
from cotransfer.domain.reports import Report
from cotransfer.domain.states import Closed, NotSubmitted, Open
from cotransfer.domain.values import CertificateNumber
from cotransfer.testing.samples import CASE

# Texts as the trusting constructors take them: anything that can be written as UTF-8.
st.register_type_strategy(str, st.text(st.characters(codec="utf-8"), max_size=20))
EVENTS = st.one_of(*map(st.from_type, get_args(Event)))
STATES = st.one_of(*map(st.from_type, get_args(Open | Closed)))


def plain(value):
    """Every field of every value, so that what equality leaves out is compared as well."""
    return type(value).__name__, attrs.asdict(value)


@given(event=EVENTS)
def test_every_event_comes_back_as_it_was(event):
    """Reading what was written gives the same event, with every field of every value."""
    written = codec.write_event(event)
    assert plain(codec.read_event("journal x 1", written)) == plain(event)


@given(state=STATES)
def test_every_state_comes_back_as_it_was(state):
    """A state and its facts, written apart, are the same state when read together."""
    written, facts = codec.write_details(state), codec.write_facts(state.case)
    assert plain(codec.read_state("transfers x", written, codec.read_facts("transfers x", facts))) == plain(state)


def test_every_kind_has_its_own_code():
    """Each event, state and report of the domain has a code, and no two share one."""
    assert set(codec.EVENTS.values()) == set(get_args(Event))
    assert set(codec.STATES.values()) == set(get_args(Open | Closed))
    assert set(REPORTS.values()) == set(get_args(Report))
    assert len(codec.STATES) == len(get_args(Open | Closed))


def test_facts_are_spelt_as_ever():
    """The stored spelling is a format: changing it takes a new number and a reader for the old one."""
    assert orjson.loads(codec.write_facts(CASE)) == {
        "form": 1,
        "transfer": CASE.transfer.text,
        "service": "water",
        "utility": "kunming-water",
        "account_number": "0871200345",
        "application": {
            "right_holder_name": "李小满",
            "identity_number": {"document_type": "identity_card", "text": "530102199003071238"},
            "mobile_number": "13888000001",
            "certificate_number": {
                "text": CASE.application.certificate_number.text,
                "canonical": CASE.application.certificate_number.canonical,
                "legacy": False,
            },
            "location": CASE.application.location.text,
            "unit_numbers": ["530102003004GB00012F00030502"],
            "registry_state": {"status": "current", "restrictions": []},
        },
        "openid": "oInvented_0001",
        "follows": None,
    }


def test_facts_from_before_attempts_were_linked():
    """What was stored before a transfer could follow another is read as one that follows none."""
    spelt = orjson.loads(codec.write_facts(CASE))
    del spelt["follows"]
    assert codec.read_facts("transfers", orjson.dumps(spelt)) == CASE


def test_nothing_is_stored_before_the_submission():
    """The state before the submission has no row."""
    with pytest.raises(TypeError):
        codec.write_details(NotSubmitted())


BODY = codec.write_event(ApplicationTaken("KM-SECRET")).body


@pytest.mark.parametrize(
    "spelt",
    [
        Spelt("application_mislaid", 1, BODY),
        Spelt("application_taken", 2, BODY),
        Spelt("application_taken", 1, BODY[:-1]),
        Spelt("application_taken", 1, b'["KM-SECRET"]'),
        Spelt("application_taken", 1, b"{}"),
        Spelt("application_taken", 1, b'{"reference":"KM-SECRET","more":1}'),
        Spelt("contract_signed", 1, b'{"channel":"KM-SECRET"}'),
        Spelt("pre_review_passed", 1, b'{"signing_address":1}'),
        Spelt("report_kept", 1, b'{"report":{"report":"KM-SECRET"},"standing":"late"}'),
        Spelt("application_taken", 1, b'{"form":2,"reference":"KM-SECRET"}'),
        Spelt("application_taken", 1, b'{"form":0,"reference":"KM-SECRET"}'),
        Spelt("application_taken", 1, b'{"form":"KM-SECRET","reference":"KM-SECRET"}'),
    ],
)
def test_a_broken_event_names_its_row_and_shows_nothing(spelt):
    """An unknown type, a future format, a missing, surplus or wrong field: an error that names the row only."""
    with pytest.raises(UnreadableRow, match="journal 0199 3") as failure:
        codec.read_event("journal 0199 3", spelt)
    assert "SECRET" not in str(failure.value)
    assert failure.value.__cause__ is None


@pytest.mark.parametrize(
    ("spelt", "facts"),
    [
        (Spelt("in_limbo", 1, b"{}"), codec.write_facts(CASE)),
        (Spelt("submitted", 9, b"{}"), codec.write_facts(CASE)),
        (Spelt("submitted", 1, b'{"grounds":"SECRET"}'), codec.write_facts(CASE)),
        (Spelt("awaiting_signing", 1, b"{}"), codec.write_facts(CASE)),
        (Spelt("submitted", 1, b"{}"), codec.write_facts(CASE)[:-1]),
        (Spelt("submitted", 1, b"{}"), b"{}"),
        (Spelt("awaiting_signing", 1, b"[]"), codec.write_facts(CASE)),
        (Spelt("submitted", 1, b'{"form":2,"grounds":"SECRET"}'), codec.write_facts(CASE)),
        (Spelt("submitted", 1, b'{"form":true}'), codec.write_facts(CASE)),
        (Spelt("submitted", 1, b"{}"), b'{"form":2,"openid":"SECRET"}'),
    ],
)
def test_a_broken_state_names_its_row_and_shows_nothing(spelt, facts):
    """What is wrong with a state is told by kind, never by content."""
    with pytest.raises(UnreadableRow, match="transfers 0199") as failure:
        codec.read_state("transfers 0199", spelt, codec.read_facts("transfers 0199", facts))
    assert "SECRET" not in str(failure.value)


def test_a_certificate_keeps_its_own_spelling():
    """Certificates are equal by their canonical form, but each is stored as it was written."""
    written = CertificateNumber(text="（旧）", canonical="(旧)", legacy=True)
    case = attrs.evolve(CASE, application=attrs.evolve(CASE.application, certificate_number=written))
    read = codec.read_state("x", Spelt("submitted", 1, b"{}"), codec.read_facts("x", codec.write_facts(case)))
    assert not isinstance(read, NotSubmitted)
    assert (read.case.application.certificate_number.text, read.case.application.certificate_number.legacy) == (
        "（旧）",
        True,
    )


@given(at=st.datetimes(timezones=st.just(datetime.UTC)))
def test_an_instant_comes_back_to_the_microsecond(at):
    """Stored instants are exact."""
    assert moment(micros(at)) == at


class TestIds:
    @pytest.mark.parametrize("ids", [Correlation(ours="c-1", theirs="kw-1"), Correlation(ours="c-1"), UNCORRELATED])
    def test_there_and_back(self, ids: Correlation) -> None:
        """Ours and theirs."""
        assert codec.read_ids(codec.write_ids(ids)) == ids

    @pytest.mark.parametrize("stored", [b"{}", b'["c-1"]', b'["c-1","t","x"]', b'["c 1",7]'])
    def test_what_cannot_be_read_is_told_as_nothing(self, stored: bytes) -> None:
        """They only explain: a newer version may say more, and the event stands all the same."""
        assert codec.read_ids(stored) == UNCORRELATED
