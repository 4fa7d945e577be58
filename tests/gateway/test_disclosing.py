"""What a citizen reads of who saw their data, and the checkpoint that every answer bears."""

from datetime import timedelta

import httpx
import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from cotransfer.adapters.gateway.disclosing import SHOWN_LIMIT, Disclosing, shown
from cotransfer.adapters.gateway.envelope import Envelope
from cotransfer.adapters.gateway.exchange import Exchange
from cotransfer.adapters.gateway.language import Language
from cotransfer.adapters.gateway.texts.disclosed import DATASETS, FIELDS, PURPOSES, word
from cotransfer.adapters.wire.contracts import schema_findings
from cotransfer.app.disclosures import Disclosed
from cotransfer.domain.datasets import FIELDS as SCHEME
from cotransfer.domain.datasets import Dataset
from cotransfer.ports.errors import Unavailable
from cotransfer.testing.audit import DISCLOSED
from cotransfer.testing.histories import AT
from cotransfer.testing.samples import TRANSFER


def test_it_is_as_the_contract_has_it():
    """Receiver, time, table, fields and purpose, with words for people; a look-up belongs to no transfer yet."""
    found = [Disclosed(AT, DISCLOSED, None), Disclosed(AT + timedelta(hours=1), DISCLOSED, TRANSFER)]
    for language in Language:
        said = shown(found, language)
        assert schema_findings("schemas/disclosures.json", said) == []
        assert [one["transfer"] for one in said["disclosures"]] == [None, TRANSFER.text]
    first = shown(found, Language.ZH)["disclosures"][0]
    assert first["dataset"] == {"code": "application", "text": "过户申请数据"}
    assert first["purpose"]["text"] == "用水过户"
    assert [one["code"] for one in first["fields"]] == list(DISCLOSED.fields)


def test_the_answer_is_bounded_and_says_so():
    """The latest; whoever reads it is told that there are more."""
    said = shown([Disclosed(AT, DISCLOSED, None)] * (SHOWN_LIMIT + 1), Language.EN)
    assert (len(said["disclosures"]), said["complete"]) == (SHOWN_LIMIT, False)
    assert shown([], Language.EN) == {"disclosures": [], "complete": True}


def test_everything_that_can_be_disclosed_has_words():
    """Every table and field of the scheme in both languages; a purpose that nobody foresaw is shown by its code."""
    assert set(DATASETS) == {dataset.value for dataset in Dataset}
    assert set(FIELDS) == {name for names in SCHEME.values() for name in names}
    assert all(len(set(words)) == 2 for table in (DATASETS, FIELDS, PURPOSES) for words in table.values())
    assert word(PURPOSES, "water-audit", Language.ZH) == {"code": "water-audit", "text": "water-audit"}


async def test_without_a_trail_nothing_is_said():
    """A gateway without an audit trail does not claim that nobody saw anything."""
    exchange = Exchange.of(Request({"type": "http", "headers": []}))
    with pytest.raises(Unavailable):
        await Disclosing(None).of_transfer(exchange)


async def test_every_answer_bears_the_latest_checkpoint():
    """Good answers and bad ones: whoever gets one is a witness. What is not there yet is not in a header."""
    headers: dict[str, str] = {}

    async def answer(_):
        return PlainTextResponse("ok")

    app = Starlette(routes=[Route("/", answer)], middleware=[Middleware(Envelope, headers_of=lambda: headers)])
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://127.0.0.1") as client:
        assert "audit-checkpoint" not in (await client.get("/")).headers
        headers["Audit-Checkpoint"] = "1 root signer signature"
        for path in ("/", "/nowhere"):
            assert (await client.get(path)).headers["audit-checkpoint"] == "1 root signer signature"


def test_the_schema_holds_back_what_is_not_told():
    """The contract has no place for a value."""
    said = shown([Disclosed(AT, DISCLOSED, None)], Language.ZH)
    said["disclosures"][0]["value"] = "李小满"
    assert schema_findings("schemas/disclosures.json", said)
