"""Whatever a notice says, every field keeps WeChat's limit."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cotransfer import settings
from cotransfer.adapters.wechat.templates import (
    FILLINGS,
    LIMITS,
    Template,
    keeps_limit,
    without_end,
    without_middle,
)
from cotransfer.adapters.wire.contracts import schema_findings
from cotransfer.domain.notices import Notice, NoticeKind, Phrase
from cotransfer.domain.reports import Grounds
from cotransfer.domain.values import CertificateNumber, Location, MobileNumber, OpenId, Service, TransferId
from cotransfer.sandbox.wechat_templates import KINDS
from cotransfer.settings.counterparties import TEMPLATE_WORDS

PAIRS = [(kind, word) for kind, words in FILLINGS.items() for word in words]

notices = st.builds(
    Notice,
    key=st.text(max_size=50),
    kind=st.sampled_from(NoticeKind),
    phrase=st.sampled_from(Phrase),
    transfer=st.uuids(version=4).map(lambda it: TransferId(str(it))),
    service=st.sampled_from(Service),
    certificate_number=st.builds(
        CertificateNumber, text=st.text(max_size=60), canonical=st.text(max_size=60), legacy=st.booleans()
    ),
    location=st.text(max_size=250).map(Location),
    mobile_number=st.just(MobileNumber("13888000001")),
    openid=st.none() | st.just(OpenId("oInvented_0001")),
    grounds=st.none() | st.text(max_size=500).map(Grounds),
)
times = st.datetimes(datetime(1970, 1, 2), datetime(9999, 12, 30), timezones=st.just(UTC))  # noqa: DTZ001 - bounds are naive


@given(notices, times)
def test_every_field_keeps_its_limit(notice: Notice, at: datetime):
    """Nothing in a notice, however long or strange, oversteps a limit: ours, the sandbox's, the contract's."""
    for start in range(0, len(PAIRS), 9):
        numbered = {f"{kind}{nth}": word for nth, (kind, word) in enumerate(PAIRS[start : start + 9])}
        fields = Template("TPL", numbered).filled(notice, at)
        assert [key for key, text in fields.items() if not keeps_limit(key, text)] == []
        assert [key for key, text in fields.items() if not KINDS[key.rstrip("0123456789")](text)] == []
        message = {"touser": "o1", "template_id": "TPL", "data": {key: {"value": text} for key, text in fields.items()}}
        assert schema_findings("wechat.openapi.yaml#/components/schemas/TemplateMessage", message) == []


@given(st.text(max_size=300), st.integers(3, 40))
def test_shortening_shows_what_it_leaves_out(text: str, room: int):
    """A shortened text has the room it is given at most, one line, and an ellipsis where something is missing."""
    for shortened in (without_middle(text, room), without_end(text, room)):
        assert 1 <= len(shortened.encode("utf-16-le")) // 2 <= room
        assert shortened.isprintable()


@pytest.mark.parametrize(
    ("long", "short"),
    [
        ("五华区翠湖东路18号3幢2单元502室", "五华区翠湖东路18号3幢2单元502室"),
        ("昆明市五华区翠湖东路18号翠湖小区3幢2单元502室", "昆明市五华区翠湖东路…3幢2单元502室"),
        ("五华区\n翠湖　东路", "五华区 翠湖 东路"),
        ("\u200b\n", "—"),
        ("𠮷" * 20, "𠮷𠮷𠮷𠮷𠮷…𠮷𠮷𠮷𠮷"),
    ],
)
def test_a_location_loses_its_middle(long: str, short: str):
    """District and room tell a home; what lies between is left out."""
    assert without_middle(long) == short


@pytest.mark.parametrize(
    ("key", "text", "keeps"),
    [
        ("thing1", "字" * 20, True),
        ("thing1", "字" * 21, False),
        ("thing1", "𠮷" * 11, False),
        ("thing1", "", False),
        ("thing1", "two\nlines", False),
        ("phrase2", "待签章", True),
        ("phrase2", "待签章了没有", False),
        ("phrase2", "signed", False),
        ("phrase2", "已办结1", False),
        ("name1", "张*", True),
        ("name1", "字" * 11, False),
        ("name1", "A" * 20, True),
        ("name1", "A" * 21, False),
        ("character_string1", "019aaf3e6b007c219d5e0123456789ab", True),
        ("character_string1", "0" * 33, False),
        ("character_string1", "云2024", False),
        ("number1", "1234.56", True),
        ("number1", "1" * 33, False),
        ("symbol1", "#!", True),
        ("symbol1", "######", False),
        ("time1", "2026年3月2日 17:00", True),
        ("time1", "17:00", True),
        ("time1", "25:00", False),
        ("date1", "2026年3月2日", True),
        ("date1", "yesterday", False),
        ("amount1", "¥12.50", True),
        ("amount1", "¥12345678901", False),
        ("phone_number1", "138****0001", True),
        ("phone_number1", "1" * 18, False),
        ("first", "anything", False),
        ("thing", "no number", False),
        ("thing123", "long number", False),
    ],
)
def test_the_limits_are_wechats(key: str, text: str, keeps: bool):
    """The platform's table of field kinds, at its edges."""
    assert keeps_limit(key, text) is keeps


@pytest.mark.parametrize(
    "fields",
    [
        {"phrase1": "location"},
        {"character_string1": "certificate_number"},
        {"name1": "location"},
        {"first": "location"},
        {"thing1": "no_such_word"},
        {},
        {f"thing{nth}": "service" for nth in range(11)},
    ],
)
def test_a_template_that_cannot_be_filled_is_refused(fields: dict[str, str]):
    """It is found out when the notifier is built, not when somebody waits for a notice."""
    with pytest.raises(ValueError, match="template"):
        Template("TPL", fields)


def test_settings_know_the_same_words():
    """What settings let through, the adapter can fill, and the other way round."""
    assert {kind: set(words) for kind, words in FILLINGS.items()} == {
        kind: set(words) for kind, words in TEMPLATE_WORDS.items()
    }
    assert set(FILLINGS) <= set(LIMITS)
    assert settings.Template.__attrs_attrs__
