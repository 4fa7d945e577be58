"""The spelling tables say what the contracts say: good examples are read and written back, bad ones refused."""

import datetime
import json
from pathlib import Path
from typing import Any

import attrs
import pytest

from cotransfer.adapters.wire import fields, spelling
from cotransfer.adapters.wire.contracts import schema_findings
from cotransfer.adapters.wire.forms import Form, Terms, many
from cotransfer.adapters.wire.messages import field, message, optional
from cotransfer.adapters.wire.statuses import CERTIFICATE_STATUS
from cotransfer.domain.faults import Invalid
from cotransfer.domain.reports import (
    Channel,
    Cleared,
    ClearedForSms,
    Declined,
    Expired,
    Failed,
    Handled,
    NotHandled,
    NotTaken,
    Signed,
    Taken,
)
from cotransfer.testing.samples import ACCOUNT, ADDRESS, CASE, GROUNDS, SIGNING_HOSTS

TERMS = Terms(on=datetime.date(2026, 11, 23), hosts=SIGNING_HOSTS | {"sign.water.example"})
EXAMPLES = Path(__file__).parents[2] / "contracts" / "v1" / "examples"
TABLES: dict[str, Form[Any]] = {
    "account-number-search": spelling.ACCOUNT_QUERY,
    "account-record": spelling.ACCOUNT,
    "application": spelling.APPLICATION,
    "application-delivery": spelling.DELIVERY,
    "certificate-query": spelling.CERTIFICATE_QUERY,
    "certificate-status": CERTIFICATE_STATUS,
    "handling-result": spelling.HANDLING,
    "identity-query": spelling.IDENTITY,
    "pre-review-result": spelling.PRE_REVIEW,
    "progress": spelling.PROGRESS,
    "receipt": spelling.RECEIPT,
    "registry-status": spelling.REGISTRY_STATE,
    "signing-outcome": spelling.SIGNING,
}


def examples(kind: str) -> list[Any]:
    """Every example of the tables above."""
    found = []
    for name in TABLES:
        listed = json.loads((EXAMPLES / kind / f"{name}.json").read_text("utf-8"))
        for number, each in enumerate(listed["examples"]):
            found.append(pytest.param(name, each["instance"], id=f"{name}-{number}"))
    return found


def faults(form: Form[Any], raw: object) -> list[tuple[str, str]]:
    """Where and what is wrong."""
    with pytest.raises(Invalid) as raised:
        form.read(raw, TERMS)
    return [(fault.field, fault.code) for fault in raised.value.faults]


@pytest.mark.parametrize(("name", "instance"), examples("good"))
def test_good_examples_are_read_and_written_back(name: str, instance: Any) -> None:
    """What the contract allows we understand, and say again in the same words."""
    form = TABLES[name]
    assert form.write(form.read(instance, TERMS)) == instance


@pytest.mark.parametrize(("name", "instance"), examples("bad"))
def test_bad_examples_are_refused_or_put_right(name: str, instance: Any) -> None:
    """A value is canonical once it is one of ours: what the contract refuses never leaves us again."""
    form = TABLES[name]
    try:
        read = form.read(instance, TERMS)
    except Invalid:
        return
    assert not schema_findings(f"schemas/{name}.json", form.write(read))


@pytest.mark.parametrize("name", ["application", "progress", "identity-query"])
@pytest.mark.parametrize("instance", [None, 1, "x", [], True])
def test_a_message_is_an_object(name: str, instance: object) -> None:
    """Anything else is one fault of the whole message."""
    assert faults(TABLES[name], instance) == [("", "not_an_object")]


REPORTS = [
    (spelling.RECEIPT, Taken("W-1"), {"outcome": "taken", "reference": "W-1"}),
    (spelling.RECEIPT, NotTaken(GROUNDS), {"outcome": "not_taken", "reason": GROUNDS.text}),
    (spelling.PRE_REVIEW, Cleared(ADDRESS), {"result": "passed", "signing_address": ADDRESS.text}),
    (spelling.PRE_REVIEW, ClearedForSms(), {"result": "passed"}),
    (spelling.PRE_REVIEW, Failed(GROUNDS), {"result": "not_passed", "reason": GROUNDS.text}),
    (spelling.SIGNING, Signed(Channel.WECHAT), {"outcome": "signed", "channel": "wechat"}),
    (spelling.SIGNING, Declined(), {"outcome": "declined"}),
    (spelling.SIGNING, Expired(), {"outcome": "expired"}),
    (spelling.HANDLING, Handled(), {"result": "done"}),
    (spelling.HANDLING, NotHandled(GROUNDS), {"result": "not_done", "reason": GROUNDS.text}),
]


@pytest.mark.parametrize(("form", "report", "wire"), REPORTS)
def test_each_report_has_one_spelling(form: Form[Any], report: object, wire: dict[str, Any]) -> None:
    """Steps 5 to 8: every outcome of the domain, both ways."""
    assert form.write(report) == wire
    assert form.read(wire, TERMS) == report


@pytest.mark.parametrize(
    ("form", "wire", "expected"),
    [
        (spelling.PRE_REVIEW, {}, [("result", "missing")]),
        (spelling.PRE_REVIEW, {"result": None}, [("result", "unknown_word")]),
        (spelling.PRE_REVIEW, {"result": ["passed"]}, [("result", "unknown_word")]),
        (spelling.PRE_REVIEW, {"result": "PASSED", "x": 1}, [("result", "unknown_word"), ("x", "unknown_field")]),
        (spelling.PRE_REVIEW, {"result": "not_passed"}, [("reason", "missing")]),
        (spelling.PRE_REVIEW, {"result": "not_passed", "reason": ""}, [("reason", "missing")]),
        (spelling.PRE_REVIEW, {"result": "passed", "reason": "x"}, [("reason", "unknown_field")]),
        (spelling.PRE_REVIEW, {"result": "passed", "signing_address": None}, [("signing_address", "not_text")]),
        (
            spelling.PRE_REVIEW,
            {"result": "not_passed", "signing_address": ADDRESS.text},
            [("signing_address", "unknown_field"), ("reason", "missing")],
        ),
        (spelling.SIGNING, {"outcome": "signed"}, [("channel", "missing")]),
        (spelling.SIGNING, {"outcome": "declined", "channel": "sms"}, [("channel", "unknown_field")]),
    ],
)
def test_reports_out_of_the_tables_are_refused(
    form: Form[Any], wire: dict[str, Any], expected: list[tuple[str, str]]
) -> None:
    """A field stands only where its outcome has it, and an unknown word is never a result."""
    assert faults(form, wire) == expected


@pytest.mark.parametrize(
    ("form", "wire", "names"),
    [
        (spelling.PRE_REVIEW, {"result": "not_passed", "reason": "x", "note": 1}, "reason, result"),
        (spelling.PRE_REVIEW, {"result": "passed", "note": 1}, "result"),
        (spelling.SIGNING, {"outcome": "signed", "channel": "sms", "note": 1}, "channel, outcome"),
        (spelling.HANDLING, {"result": "done", "reason": "x"}, "result"),
    ],
)
def test_the_way_to_mend_a_report_names_its_word_too(form: Form[Any], wire: dict[str, Any], names: str) -> None:
    """Steps 6 to 8: whoever sends only the fields that we list has sent a whole report."""
    with pytest.raises(Invalid) as raised:
        form.read(wire, TERMS)
    assert [fault.right for fault in raised.value.faults] == [f"Only these fields: {names}."]


class TestAllFaultsAtOnce:
    """Whoever sent a message mends it in one go."""

    def test_of_a_whole_application(self) -> None:
        """Every field, nested and spread ones too, in one answer."""
        wire = spelling.DELIVERY.write(
            spelling.Delivery(
                transfer=CASE.transfer,
                service=CASE.service,
                account_number=CASE.account_number,
                application=CASE.application,
            )
        )
        wire["service"] = "internet"
        wire["extra"] = 1
        del wire["account_number"]
        wire["application"] |= {
            "identity_number": "530102199003071230",
            "mobile_number": "0871-5551234",
            "unit_numbers": ["1", 2],
            "registry_status": {"status": "fine", "restrictions": ["mortgage", "mortgage"], "x": 0},
        }
        assert faults(spelling.DELIVERY, wire) == [
            ("extra", "unknown_field"),
            ("service", "unknown_word"),
            ("account_number", "missing"),
            ("application.identity_number", "check_digit"),
            ("application.mobile_number", "fixed_line"),
            ("application.unit_numbers.0", "length"),
            ("application.unit_numbers.1", "not_text"),
            ("application.registry_status.x", "unknown_field"),
            ("application.registry_status.status", "unknown_word"),
            ("application.registry_status.restrictions", "repeated"),
        ]

    def test_a_fault_never_shows_the_value(self) -> None:
        """Faults go into answers and logs; what was sent may be personal, even as the name of a field."""
        with pytest.raises(Invalid) as raised:
            spelling.IDENTITY.read({"document_type": "secret-1", "李小满 530102199003071238": "secret-2"}, TERMS)
        assert "secret" not in str(raised.value)
        assert "李小满" not in str(raised.value)
        assert [(fault.field, fault.code) for fault in raised.value.faults] == [
            ("?", "unknown_field"),
            ("document_type", "unknown_word"),
            ("identity_number", "missing"),
        ]

    def test_an_identity_is_judged_by_its_document(self) -> None:
        """The number alone cannot be judged: without a known document only the document is at fault."""
        assert faults(spelling.IDENTITY, {"document_type": "x", "identity_number": "x"}) == [
            ("document_type", "unknown_word")
        ]

    def test_a_strange_field_hides_no_other_fault(self) -> None:
        """Step 1: what is wrong with the number is told beside the field that nobody knows, and so is a number that is
        no text beside a document of no known kind.
        """
        strange = {"document_type": "identity_card", "identity_number": "530102199003071230", "extra": 1}
        assert faults(spelling.IDENTITY, strange) == [("extra", "unknown_field"), ("identity_number", "check_digit")]
        assert faults(spelling.IDENTITY, {"document_type": "x", "identity_number": 7}) == [
            ("document_type", "unknown_word"),
            ("identity_number", "not_text"),
        ]


class TestForms:
    """What the tables are made of."""

    def test_an_optional_field_may_be_left_out(self) -> None:
        """Left out, not null: null is a value that nobody asked for."""

        @attrs.frozen
        class Visit:
            name: Any
            wechat_openid: Any

        form = message(Visit, field("name", fields.NAME), optional("wechat_openid", fields.OPENID))
        without = form.read({"name": "李小满"}, TERMS)
        assert without.wechat_openid is None
        assert form.write(without) == {"name": "李小满"}
        full = {"name": "李小满", "wechat_openid": "o-1"}
        assert form.write(form.read(full, TERMS)) == full
        assert faults(form, {"name": "李小满", "wechat_openid": None}) == [("wechat_openid", "not_text")]

    def test_lists_have_limits(self) -> None:
        """Everything has a limit, and a list that is none says so."""
        form = many(fields.NAME, at_least=1, at_most=2)
        assert faults(form, []) == [("", "too_few")]
        assert faults(form, ["a", "b", "c"]) == [("", "too_many")]
        assert faults(form, {"0": "a"}) == [("", "not_a_list")]

    def test_an_account_number_has_the_utilitys_own_form(self) -> None:
        """Step 3: each utility says how its numbers look."""
        terms = attrs.evolve(TERMS, account_pattern=r"[0-9]{10}")
        assert fields.ACCOUNT_NUMBER.read("0871200345", terms) == ACCOUNT.number
        with pytest.raises(Invalid):
            fields.ACCOUNT_NUMBER.read("871200345", terms)
