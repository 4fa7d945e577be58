"""The register's old rows: each stays or is left out by itself, and none takes the applicant's other homes away."""

import datetime
import json
from pathlib import Path
from typing import Any

import httpx
import pytest
from structlog.testing import capture_logs

from cotransfer.adapters.registry import HttpRegistry, records
from cotransfer.adapters.wire.client import Line
from cotransfer.adapters.wire.forms import Form, Terms
from cotransfer.domain.case import Policy
from cotransfer.domain.homes import chosen, holder, obstacle
from cotransfer.domain.parties import Party
from cotransfer.domain.refusals import Why
from cotransfer.domain.values import (
    CertificateNumber,
    DocumentType,
    Home,
    IdentityNumber,
    RegistryState,
    RegistryStatus,
    Restriction,
)
from cotransfer.ports.errors import Unintelligible
from cotransfer.testing.samples import BUYER, CERTIFICATE, HOME

DAY = datetime.date(2026, 11, 23)
TERMS = Terms(on=DAY)
EXAMPLES = Path(__file__).parents[2] / "contracts" / "v1" / "examples" / "good"
TABLES: dict[str, Form[Any]] = {
    "certificate-status": records.CERTIFICATE_STATUS,
    "former-right-holder": records.FORMER_RIGHT_HOLDER,
    "registry-property": records.HOME,
    "registry-status": records.STATE,
    "right-holder": records.RIGHT_HOLDER,
}
APPLICANT = {"name": "李小满", "document_type": "identity_card", "identity_number": BUYER.identity.text}
RECORD: dict[str, Any] = records.HOME.write(HOME)
LATER = RECORD | {"certificate_number": "云(2025)盘龙区不动产权第0000777号"}


def good_examples(*names: str) -> list[Any]:
    """The instances of these examples."""
    return [
        pytest.param(name, each["instance"], id=f"{name}-{number}")
        for name in names
        for number, each in enumerate(json.loads((EXAMPLES / f"{name}.json").read_text("utf-8"))["examples"])
    ]


def answering(answer: dict[str, Any]) -> HttpRegistry:
    """A registry that always says this."""
    transport = httpx.MockTransport(lambda _: httpx.Response(200, json=answer))
    line = Line("https://registry.example", name="registry", party=Party.REGISTRY, transport=transport)
    return HttpRegistry(line, today=lambda: DAY)


async def homes_beside(**old: Any) -> tuple[Home, ...]:
    """What is answered when an old row with these fields stands before a plain one."""
    return await answering({"properties": [RECORD | old, LATER]}).properties_of(BUYER.identity)


@pytest.mark.parametrize(("name", "instance"), good_examples(*TABLES))
def test_what_the_contract_shows_is_understood(name: str, instance: Any) -> None:
    """Steps 1, 6 and 8: nothing that the contract allows is lost in reading."""
    form = TABLES[name]
    assert form.write(form.read(instance, TERMS)) == instance


@pytest.mark.parametrize(("name", "instance"), good_examples("registry-property-list"))
def test_what_the_contract_lists_is_understood(name: str, instance: Any) -> None:
    """Step 1: every home of the list, in its order."""
    assert list(records.RECORDS.read(instance, TERMS)) == [
        records.HOME.read(home, TERMS) for home in instance["properties"]
    ]


class TestRightHolders:
    @pytest.mark.parametrize(
        ("document_type", "number"),
        [
            ("identity_card", "530102550307123"),
            ("identity_card", "530102199003071230"),
            ("identity_card", "530102199013071230"),
            ("business_licence", "530100100012340"),
            ("business_licence", "企独滇总字第000123号"),
            ("credit_code", "530100000012345"),
            ("organisation_code", "00000000-9"),
            ("other", "事证第153010000123号"),
            ("officer_card", "参_1"),
            ("identity_card", "530102199003071230、530102550307123"),
            ("identity_card", ""),
        ],
    )
    async def test_a_co_owners_old_number_takes_nothing_away(self, document_type: str, number: str):
        """Step 1: what the register has on file of others is not the applicant's to mend."""
        co_owner = {"name": "王老五", "document_type": document_type, "identity_number": number}
        home, other = await homes_beside(right_holders=[co_owner, APPLICANT])
        assert home.right_holders[0].identity == IdentityNumber(DocumentType(document_type), number)
        assert holder(home, BUYER.identity).identity == BUYER.identity
        assert other.certificate_number == CertificateNumber.parse(LATER["certificate_number"])

    async def test_the_applicant_is_found_however_the_number_is_spelled(self):
        """Step 1: right numbers are compared in one form, blanks and width aside."""
        spelled = APPLICANT | {"identity_number": "５３０１０２ 19900307 1238"}
        assert len(await homes_beside(right_holders=[spelled])) == 2

    async def test_the_applicants_own_old_number_leaves_that_home_out(self):
        """Step 1: 15 digits may be somebody else's as well, so that home is for the counter, and only that one."""
        old = APPLICANT | {"identity_number": "530102900307123"}
        with capture_logs() as logs:
            (home,) = await homes_beside(right_holders=[old])
        assert home.certificate_number.text == LATER["certificate_number"]
        assert [log["why"] for log in logs] == ["right_holders (number_before_1999)"]

    async def test_another_persons_home_is_still_unintelligible(self):
        """Step 1: mild reading never makes one person another."""
        wrong = APPLICANT | {"identity_number": "530102199003071230"}
        with pytest.raises(Unintelligible, match="somebody else"):
            await homes_beside(right_holders=[wrong])


class TestCertificates:
    @pytest.mark.parametrize("number", ["昆房字第200512345号", "五房字第0512345号", "房产证字第 0512345 号"])
    async def test_an_old_certificate_stays_and_can_be_named(self, number: str):
        """Steps 1 and 2: what the register shows, the citizen can choose, in the same words."""
        home, _ = homes = await homes_beside(certificate_number=number)
        assert home.certificate_number.legacy
        assert chosen(homes, CertificateNumber.parse(number)) is home

    @pytest.mark.parametrize(
        ("old", "why"),
        [
            (
                {"certificate_number": "云(2021)五华区不动产证明第0123456号"},
                "certificate_number (proof_not_certificate)",
            ),
            ({"certificate_number": "昆房他证字第0123456号"}, "certificate_number (proof_not_certificate)"),
            ({"certificate_number": f"{CERTIFICATE.text}(销)"}, "certificate_number (cancelled)"),
            ({"certificate_number": "昆房字第200512345号（注销）"}, "certificate_number (cancelled)"),
            ({"certificate_number": "0123456"}, "certificate_number (shape)"),
            ({"certificate_number": ""}, "certificate_number (missing)"),
            ({"unit_numbers": ["昆房丘12-3"]}, "unit_numbers.0 (length)"),
            ({"location": ""}, "location (missing)"),
            (
                {"right_holders": [APPLICANT, APPLICANT | {"document_type": "work_pass"}]},
                "right_holders.1.document_type (unknown_word)",
            ),
            (
                {"certificate_number": "0123456", "location": "五华"},
                "certificate_number (shape), location (too_short)",
            ),
        ],
    )
    async def test_a_home_that_cannot_be_made_out_is_left_out_by_itself(self, old: dict[str, Any], why: str):
        """Step 1: the others stay; the log has the kind of fault for the operator, and never a value."""
        with capture_logs() as logs:
            (home,) = await homes_beside(**old)
        assert home.certificate_number.text == LATER["certificate_number"]
        (log,) = logs
        assert len(log.pop("correlation_id")) == 24
        assert log == {"event": "home_left_out", "log_level": "warning", "party": "registry", "why": why}

    async def test_nothing_left_is_no_home(self):
        """Step 1: whoever holds a registration proof only is sent to the counter, not to an error."""
        proof = RECORD | {"certificate_number": "云(2021)五华区不动产证明第0123456号"}
        assert await answering({"properties": [proof]}).properties_of(BUYER.identity) == ()

    async def test_a_broken_record_is_never_left_out(self):
        """Step 1: an answer of the wrong shape is the registry's fault, even where a value is wrong as well."""
        with pytest.raises(Unintelligible, match=r"properties.0.price \(unknown_field\)"):
            await homes_beside(certificate_number="0123456", price=1)

    def test_a_list_of_records_is_never_said(self):
        """We ask for it, and pass on homes: nothing of ours writes the register's answer."""
        with pytest.raises(AssertionError, match="never said"):
            records.RECORDS.write((HOME,))


class TestStatuses:
    @pytest.mark.parametrize("status", ["quite fine", "争议", "", "7", 7])
    async def test_an_unknown_status_is_unknown_and_refused(self, status: object):
        """Step 1: shown as unknown, and not to be transferred; never an error, never taken for current."""
        home, _ = await homes_beside(registry_status={"status": status, "restrictions": []})
        assert home.state.status is RegistryStatus.UNKNOWN
        assert obstacle(home.state, home.unit_numbers, Policy()) is Why.CERTIFICATE_NOT_CURRENT

    @pytest.mark.parametrize(
        ("status", "meant"), [("1", "current"), (1, "current"), ("现势", "current"), (2, "historical")]
    )
    async def test_the_registers_own_codes_are_understood(self, status: object, meant: str):
        """Step 1: 权属状态 by its digit or its Chinese word."""
        home, _ = await homes_beside(registry_status={"status": status, "restrictions": []})
        assert home.state.status is RegistryStatus(meant)

    async def test_unknown_restrictions_are_shown_as_others(self):
        """Step 1: never dropped, and two of them are no repetition."""
        told = {"status": "current", "restrictions": ["mortgage", "现势查封", "信托", "冻结", 9]}
        home, _ = await homes_beside(registry_status=told)
        assert home.state == RegistryState(
            RegistryStatus.CURRENT, frozenset({Restriction.MORTGAGE, Restriction.SEIZURE, Restriction.OTHER})
        )
        assert obstacle(home.state, home.unit_numbers, Policy()) is None

    async def test_a_check_tells_the_unknown_as_unknown(self):
        """Steps 6 and 8: the utility learns that we do not know, instead of nothing."""
        told = {name: RECORD[name] for name in ("certificate_number", "location")}
        told["registry_status"] = {"status": "争议", "restrictions": ["信托"]}
        status = await answering(told).status_of(CERTIFICATE)
        assert status is not None
        assert status.registry_state == RegistryState(RegistryStatus.UNKNOWN, frozenset({Restriction.OTHER}))
