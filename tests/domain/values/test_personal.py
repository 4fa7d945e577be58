"""A personal value never shows itself, and a refusal never repeats what it refused."""

import copy
import pickle
from collections.abc import Callable
from functools import partial
from typing import Any

import attrs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cotransfer.domain import values
from cotransfer.domain.faults import Invalid
from cotransfer.domain.values import (
    AccountNumber,
    CertificateNumber,
    DocumentType,
    IdentityNumber,
    Location,
    MobileNumber,
    Name,
    OpenId,
    Service,
    SigningAddress,
    TransferId,
    UnitNumber,
    UtilityId,
)
from cotransfer.domain.values.text import Personal, clean_text

from .support import TODAY

MAKE: dict[type, Callable[[str], Any]] = {
    AccountNumber: AccountNumber,
    CertificateNumber: lambda text: CertificateNumber(text=text, canonical=text, legacy=True),
    IdentityNumber: lambda text: IdentityNumber(DocumentType.PASSPORT, text),
    Location: Location,
    MobileNumber: MobileNumber,
    Name: Name,
    OpenId: OpenId,
    SigningAddress: SigningAddress,
    UnitNumber: UnitNumber,
}
HOSTS = frozenset({"sign.example.cn"})
PARSE: dict[str, Callable[[Any], object]] = {
    "account": AccountNumber.parse,
    "certificate": CertificateNumber.parse,
    "location": Location.parse,
    "mobile": MobileNumber.parse,
    "name": Name.parse,
    "openid": OpenId.parse,
    "service": Service.parse,
    "document": DocumentType.parse,
    "signing": lambda text: SigningAddress.parse(text, hosts=HOSTS),
    "transfer": TransferId.parse,
    "unit": UnitNumber.parse,
    "home": UnitNumber.parse_home,
    "utility": UtilityId.parse,
    **{kind.value: partial(IdentityNumber.parse, kind, on=TODAY) for kind in DocumentType},
}
# Marked, so that finding them in a sentence is no accident.
secrets = st.text(max_size=30).map(lambda text: f"Ж{text}Ж")
hostile = st.one_of(
    secrets,
    st.text("0123456789", min_size=9, max_size=30),
    st.text("0123456789X-() 云号第不动产权证明销", min_size=12, max_size=40),
    st.text("https://sign.example.cn@\\%2e#", min_size=12, max_size=60),
)


def refusal_of(parse: Callable[[Any], object], text: object) -> Invalid | None:
    """What `parse` has against `text`, None when it takes it."""
    try:
        parse(text)
    except Invalid as refusal:
        return refusal
    return None


def test_every_personal_value_is_tested_here():
    """Nobody adds one without its silence being proved."""
    exported = {value for name in values.__all__ if issubclass(value := getattr(values, name), Personal)}
    assert set(MAKE) == exported


@pytest.mark.parametrize("kind", MAKE, ids=lambda kind: kind.__name__)
class TestSilence:
    @given(text=secrets)
    def test_no_way_of_printing_shows_the_text(self, kind, text):
        """repr, str, format, %, containers: stars everywhere."""
        value = MAKE[kind](text)
        stars = f"{kind.__name__}(***)"
        assert [repr(value), str(value), f"{value}", f"{value!r}", "%s" % value, f"{value:}"] == [stars] * 6  # noqa: UP031
        assert f"{value:>40}" == stars.rjust(40)
        assert repr([value]) == f"[{stars}]"

    def test_the_clear_text_is_there_for_those_who_ask(self, kind):
        """Who needs the text says so by name."""
        assert MAKE[kind]("x").text == "x"

    def test_it_is_frozen_small_and_hashable(self, kind):
        """Values stand in frozen states that are compared, hashed and copied."""
        value = MAKE[kind]("x")
        assert not hasattr(value, "__dict__")
        assert hash(value) == hash(MAKE[kind]("x"))
        assert copy.deepcopy(value) == value == pickle.loads(pickle.dumps(value))
        assert value != MAKE[kind]("y")
        with pytest.raises(attrs.exceptions.FrozenInstanceError):
            value.text = "y"


class TestRefusals:
    @pytest.mark.parametrize("kind", PARSE)
    @settings(max_examples=50)
    @given(text=hostile)
    def test_a_refusal_never_repeats_the_value(self, kind, text):
        """Faults go into answers and logs: neither they nor what caused them hold the value."""
        refusal = refusal_of(PARSE[kind], text)
        if refusal is not None:
            told = f"{refusal} {refusal!r} {refusal.faults!r} {refusal.__cause__!r} {refusal.__context__!r}"
            for fault in refusal.faults:
                told = told.replace(fault.right, "")  # The sample in it is always the same, whatever was sent.
            assert text.strip() not in told
            assert all(fault.wrong.endswith(".") and fault.right.endswith(".") for fault in refusal.faults)

    @pytest.mark.parametrize("kind", PARSE)
    @settings(max_examples=50)
    @given(text=st.text() | st.integers() | st.none() | st.binary() | st.lists(st.text()))
    def test_anything_at_all_is_accepted_or_refused(self, kind, text):
        """Bad input is never an error of ours."""
        refusal = refusal_of(PARSE[kind], text)
        assert refusal is None or refusal.faults


class TestCleanText:
    def test_it_speaks_for_texts_that_are_no_value_of_their_own(self):
        """A utility's grounds are a text as well: trimmed, visible, in NFC."""
        assert clean_text("reason", " Öfen fehlen ") == "Öfen fehlen"

    def test_it_leaves_the_look_of_characters_alone(self):
        """NFC joins what belongs together and folds nothing."""
        assert clean_text("reason", "１号（e\u0301）") == "１号（é）"
