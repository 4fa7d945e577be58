"""The registry client keeps every law, against the simulated registry, over ASGI and over real connections."""

import datetime
from collections.abc import AsyncIterator, Sequence
from typing import Any

import httpx
import pytest
from tests.adapters.watched import Watched

from cotransfer.adapters.registry import HttpRegistry
from cotransfer.adapters.wire.client import Allowance, Line
from cotransfer.adapters.wire.contracts import contract
from cotransfer.adapters.wire.transport import SwiftTransport
from cotransfer.domain.parties import Party
from cotransfer.domain.values import (
    CertificateNumber,
    DocumentType,
    Home,
    IdentityNumber,
    Location,
    Name,
    RegistryState,
    RegistryStatus,
    Restriction,
    RightHolder,
    UnitNumber,
)
from cotransfer.ports.errors import Unintelligible
from cotransfer.sandbox import City, Pace, Property, Registry
from cotransfer.sandbox.serving import Served
from cotransfer.testing.registry import RegistryLaws
from cotransfer.testing.samples import BUYER, CERTIFICATE

CITY = City.from_seed(7)
TOKEN = "agreed"
DAY = datetime.date(2026, 11, 23)


def known(record: Property) -> Home:
    """A record of the city, in our own values."""
    return Home(
        certificate_number=CertificateNumber.parse(record.certificate_number),
        unit_numbers=tuple(map(UnitNumber.parse, record.unit_numbers)),
        location=Location.parse(record.location),
        state=RegistryState(RegistryStatus(record.status), frozenset(map(Restriction, record.restrictions))),
        right_holders=tuple(
            RightHolder(
                Name.parse(holder.name),
                IdentityNumber.parse(DocumentType(holder.document_type), holder.identity_number, on=DAY),
            )
            for holder in record.right_holders
        ),
        former_right_holders=tuple(map(Name.parse, record.former_right_holders)),
    )


def registry_over(address: str, transport: httpx.AsyncBaseTransport) -> tuple[Line, HttpRegistry]:
    """The registry at `address`, every word of it held against the contract."""
    watched = Watched(transport, contract("registry"))
    line = Line(address, name="registry", party=Party.REGISTRY, token=TOKEN, transport=watched)
    return line, HttpRegistry(line, today=lambda: DAY)


class Sandboxed(RegistryLaws):
    """What the invented city holds."""

    @pytest.fixture
    def homes(self) -> Sequence[Home]:
        """One home of each kind that matters."""
        kinds = ("co_owner", "plain", "company", "mortgaged", "seized")
        records = [CITY.someone(kind).home for kind in kinds]
        return tuple(known(record) for record in records if record is not None)


class TestOverAsgi(Sandboxed):
    @pytest.fixture
    async def registry(self) -> AsyncIterator[HttpRegistry]:
        """In this process."""
        app = Registry(CITY, token=TOKEN, pace=Pace(scale=0))
        line, registry = registry_over("http://127.0.0.1", httpx.ASGITransport(app))
        async with line:
            yield registry


class TestOverConnections(Sandboxed):
    @pytest.fixture
    async def registry(self) -> AsyncIterator[HttpRegistry]:
        """Over loopback, with the transport of production."""
        served = Served("registry", Registry(CITY, token=TOKEN, pace=Pace(scale=0)))
        await served.start()
        line, registry = registry_over(served.address, SwiftTransport(connections=4, idle_s=Allowance().idle_s))
        async with line:
            yield registry
        await served.stop()


def answering(answer: Any, status: int = 200) -> HttpRegistry:
    """A registry that always says the same."""
    transport = httpx.MockTransport(lambda _: httpx.Response(status, json=answer))
    line = Line("https://registry.example", name="registry", party=Party.REGISTRY, transport=transport)
    return HttpRegistry(line, today=lambda: DAY)


A_HOME: dict[str, Any] = {
    "certificate_number": CERTIFICATE.text,
    "unit_numbers": ["530102003004GB00012F00030502"],
    "location": "昆明市五华区翠湖东路18号",
    "registry_status": {"status": "current", "restrictions": []},
    "right_holders": [{"name": "李小满", "document_type": "identity_card", "identity_number": "530102199003071238"}],
    "former_right_holders": [],
}


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ({"registry_status": {"status": None, "restrictions": []}}, "properties.0.registry_status.status (not_text)"),
        (
            {"registry_status": {"status": "current", "restrictions": [True]}},
            "properties.0.registry_status.restrictions.0 (not_text)",
        ),
        ({"registry_status": "quite fine"}, "properties.0.registry_status (not_an_object)"),
        ({"registry_status": {"status": "current"}}, "properties.0.registry_status.restrictions (missing)"),
        ({"unit_numbers": []}, "properties.0.unit_numbers (too_few)"),
        ({"right_holders": []}, "properties.0.right_holders (too_few)"),
        ({"right_holders": [{"name": "李小满"}]}, "properties.0.right_holders.0.identity_number (missing)"),
        ({"location": 5}, "properties.0.location (not_text)"),
        ({"certificate_number": None}, "properties.0.certificate_number (not_text)"),
        ({"certificate_number": "quite fine", "location": 5}, "properties.0.location (not_text)"),
        ({"price": 1}, "properties.0.price (unknown_field)"),
    ],
)
async def test_an_answer_against_the_contract_is_unintelligible(change: dict[str, Any], fault: str) -> None:
    """Step 1: nothing is guessed; the operator learns field and fault, and never a value."""
    with pytest.raises(Unintelligible) as raised:
        await answering({"properties": [A_HOME | change]}).properties_of(BUYER.identity)
    assert fault in raised.value.what
    assert "quite fine" not in raised.value.what
    assert raised.value.party is Party.REGISTRY


async def test_a_home_of_somebody_else_is_not_passed_on() -> None:
    """Step 1: an answer about other people is the registry's mistake, and stays here."""
    other = IdentityNumber(DocumentType.IDENTITY_CARD, "11010519491231002X")
    with pytest.raises(Unintelligible, match="somebody else"):
        await answering({"properties": [A_HOME]}).properties_of(other)


async def test_another_certificate_is_not_passed_on() -> None:
    """Steps 6 and 8: the status of another certificate says nothing about this one."""
    status = {name: A_HOME[name] for name in ("certificate_number", "location", "registry_status")}
    other = CertificateNumber.parse("云(2020)五华区不动产权第0000001号")
    with pytest.raises(Unintelligible, match="another certificate"):
        await answering(status).status_of(other)


async def test_a_404_that_is_not_about_the_certificate_is_no_answer() -> None:
    """A wrong address must not read as "no such certificate"."""
    with pytest.raises(Unintelligible, match="404"):
        await answering({"code": "not_found"}, 404).status_of(CERTIFICATE)
