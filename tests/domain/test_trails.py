"""Notes and their chains: canonical, linked, readable, and without a personal value by construction."""

import json
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cotransfer.adapters.wire.strict_json import dumps
from cotransfer.domain.datasets import FIELDS, Dataset, Operation
from cotransfer.domain.notes import Decision, Disclosure, Note
from cotransfer.domain.trails import Tip, chained, read
from cotransfer.domain.trees import leaf_hash

AT = datetime(2026, 3, 2, 17, 0, 0, 5, tzinfo=timezone(timedelta(hours=8)))
WORDS = st.from_regex(r"[a-z][a-z0-9._:/-]{0,20}", fullmatch=True)


@st.composite
def disclosures(draw):
    """Any."""
    dataset = draw(st.sampled_from(Dataset))
    return Disclosure(
        to=draw(WORDS),
        operation=draw(st.sampled_from(Operation)),
        dataset=dataset,
        fields=tuple(draw(st.lists(st.sampled_from(FIELDS[dataset]), min_size=1, unique=True))),
        purpose=draw(WORDS),
        grant=draw(st.none() | WORDS),
        consent=draw(st.none() | WORDS),
        count=draw(st.integers(0, 10**9)),
    )


DECISIONS = st.builds(Decision, what=WORDS, who=WORDS, about=st.none() | WORDS, why=st.none() | WORDS)
MOMENTS = st.datetimes(min_value=datetime(2000, 1, 1), max_value=datetime(2200, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 - naive by contract
NOTES = st.builds(Note, chain=st.sampled_from(["a", "b"]), at=MOMENTS, what=disclosures() | DECISIONS)


@given(notes=st.lists(NOTES, max_size=6))
def test_an_entry_says_all_of_its_note_and_is_canonical(notes):
    """RFC 8785: sorted keys, no blanks, ASCII; what is read back is what was noted; the hash is of the very bytes."""
    for note, link in zip(notes, chained({}, notes), strict=True):
        said = json.loads(link.body)
        assert link.body == dumps(said)
        assert link.body.isascii()
        assert b"\n" not in link.body
        told = read(link.body)
        assert (told.chain, told.sequence, told.at, told.what) == (note.chain, link.sequence, note.at, note.what)
        assert link.hash == leaf_hash(link.body)


@given(notes=st.lists(NOTES, max_size=8), cut=st.integers(0, 8))
def test_a_chain_may_be_gone_on_with_at_any_time(notes, cut):
    """From the tips of what there is, the rest is chained as if all had come at once."""
    first = chained({}, notes[:cut])
    tips = {link.chain: Tip(link.sequence, link.hash) for link in first}
    assert first + chained(tips, notes[cut:]) == chained({}, notes)


def test_the_first_follows_nothing_and_the_next_the_first():
    """Zeros before the first entry, and then the hash of the one before; times are told in UTC."""
    note = Note(chain="a", at=AT, what=Decision(what="grant.added", who="operator-7"))
    first, second = (json.loads(link.body) for link in chained({}, [note, note]))
    assert first["previous"] == "0" * 64
    assert second["previous"] == chained({}, [note])[0].hash.hex()
    assert first["at"] == "2026-03-02T09:00:00.000005Z"
    assert "about" not in first


@pytest.mark.parametrize(
    "word",
    [
        "李小满",
        "530102199003071238",
        "53010219900307123X",
        "530102900307123",
        "13888000001",
        "8613888000001",
        "holder:530102199003071238",
        "0871 200345",
        "a" * 129,
        "",
        "a@b.example",
        "x\n",
    ],
)
def test_no_word_of_a_note_is_personal(word):
    """A name, a citizen's or a telephone number, free text: none can be made a word of a note at all."""
    what = Decision(what="a", who="b")
    good = Disclosure(
        to="a", operation=Operation.FIND_ACCOUNT, dataset=Dataset.ACCOUNT_QUERY, fields=("account_number",), purpose="p"
    )
    whole = Note(chain="a", at=AT, what=what)
    parts: dict[Any, list[str]] = {
        whole: ["chain"],
        what: ["what", "who", "about", "why"],
        good: ["to", "purpose", "grant", "consent"],
    }
    for made, name in ((made, name) for made, names in parts.items() for name in names):
        with pytest.raises(ValueError, match="stable words") as caught:
            attrs.evolve(made, **{name: word})
        assert not word or word not in str(caught.value)


def test_identifiers_and_digests_are_words():
    """A transfer's identifier may be all digits, and so may a part of a digest: those are nobody's numbers."""
    for word in ("01997c5e-8000-7000-8000-138880000012", "5" * 64, "2026-11/" + "a1" * 32, "20261123084419"):
        Decision(what="a", who="b", about=word)


def test_a_disclosure_names_fields_of_its_table():
    """Never a value, and never a field that the scheme has not."""
    with pytest.raises(ValueError, match="fields of its dataset"):
        Disclosure(
            to="a",
            operation=Operation.FIND_ACCOUNT,
            dataset=Dataset.ACCOUNT_QUERY,
            fields=("mobile_number",),
            purpose="p",
        )


@pytest.mark.parametrize(
    "body",
    [
        b'{"v":2}',
        b'{"v":1}',
        b"{}",
        b'{"v":1,"previous":"","chain":"a","sequence":1,"kind":"x","at":"2026-01-01T00:00:00Z"}',
    ],
)
def test_what_is_no_entry_is_not_read(body):
    """Another spelling, or a part of one, is told apart from an entry."""
    with pytest.raises(ValueError, match="audit trail"):
        read(body)
