"""Texts follow the language, codes never do; and every code there is has its text in both."""

import ast
import pkgutil
import re
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import get_args

import pytest
from tests.gateway.stage import ENQUIRY, IDENTITY, SUBMISSION, Stage

import cotransfer.adapters.gateway
import cotransfer.adapters.wire
import cotransfer.domain
import cotransfer.domain.values
from cotransfer.adapters.gateway.asking import WORD_RIGHT
from cotransfer.adapters.gateway.language import Language, chosen
from cotransfer.adapters.gateway.problems import _HTTP
from cotransfer.adapters.gateway.texts import Texts, texts_in
from cotransfer.adapters.gateway.texts.faults_zh import RIGHT, WRONG
from cotransfer.adapters.wire import strict_json
from cotransfer.adapters.wire.contract_documents import documents
from cotransfer.domain.faults import Fault
from cotransfer.domain.matching import REASONS, Reason
from cotransfer.domain.notices import NoticeKind, Phrase
from cotransfer.domain.parties import NextAction, Party
from cotransfer.domain.progress import _MILESTONES
from cotransfer.domain.refusals import Why
from cotransfer.domain.states import Closed, NotSubmitted, Open

HAN = re.compile("[\u4e00-\u9fff]")
BOTH = [texts_in(language) for language in Language]


@pytest.mark.parametrize(
    ("wish", "language"),
    [
        (None, "zh-CN"),
        ("", "zh-CN"),
        ("*", "zh-CN"),
        ("zh", "zh-CN"),
        ("zh-TW,en;q=0.9", "zh-CN"),
        ("en", "en"),
        ("EN-gb", "en"),
        ("en-US,en;q=0.9,zh-CN;q=0.8", "en"),
        ("en;q=0.5, zh;q=0.5", "zh-CN"),
        ("en;q=0.1, zh;q=0", "en"),
        ("zh;q=0, *", "en"),
        ("en;q=0", "zh-CN"),
        ("fr, de;q=0.5", "zh-CN"),
        ("en;q=7", "zh-CN"),
        ("en;;q=1,,,", "zh-CN"),
        ("nonsense in a header; ;", "zh-CN"),
        ("en," * 200, "zh-CN"),
    ],
)
def test_the_wish_is_heard(wish: str | None, language: str):
    """RFC 9110 §12.5.4; Chinese when nobody can tell."""
    assert chosen(wish).value == language


class TestNothingIsLeftUntranslated:
    @pytest.mark.parametrize("texts", BOTH)
    def test_every_problem(self, texts: Texts):
        """Every reason to refuse, every problem of the interface, every code of the contract."""
        listed = documents().open("schemas/problem.json").child("properties").child("code").child("enum").value
        assert isinstance(listed, list)
        assert set(texts.problems) == set(listed)
        assert {why.code for why in Why} | set(_HTTP) <= set(listed)

    @pytest.mark.parametrize("texts", BOTH)
    def test_every_table(self, texts: Texts):
        """Next actions, parties, states and milestones."""
        assert set(texts.next_actions) == {action.value for action in NextAction}
        assert set(texts.parties) == {party.value for party in Party}
        states = (NotSubmitted, *get_args(Open), *get_args(Closed))
        assert set(texts.states) == {state.code for state in states}
        kept = {"report_kept_late", "report_contradicts", "deadline_passed", "operator_told"}
        notices = {f"{kind.value}_{fate}" for kind in NoticeKind for fate in ("sent", "undeliverable", "in_doubt")}
        questions = {code for code in (phrase.code for phrase in Phrase) if code == "questioned" or "revers" in code}
        assert len(questions) == 6, "a reversal is shown by its state"
        assert set(texts.notices) == {phrase.code for phrase in Phrase} - questions
        assert set(texts.milestones) == {told.code for told in _MILESTONES.values()} | kept | notices

    @pytest.mark.parametrize("texts", BOTH)
    def test_every_way_a_body_cannot_be_read(self, texts: Texts):
        """Each fault of strict JSON, and those of our own reading."""
        source = Path(strict_json.__file__).read_text(encoding="utf-8")
        assert set(texts.unreadable) == {*re.findall(r'NotStrict\("(\w+)"', source), "not_an_object", "incomplete"}

    def test_chinese_is_chinese_and_english_is_not(self):
        """A text in the wrong table is worse than none."""
        zh, en = BOTH
        assert all(HAN.search(text) for text in sentences(zh))
        assert not [text for text in sentences(en) if HAN.search(text)]

    def test_every_reason_of_a_matching(self):
        """What the comparison found is told in both languages."""
        for texts, is_chinese in zip(BOTH, (True, False), strict=True):
            assert all(bool(HAN.search(texts.reason(Reason.of(code)))) is is_chinese for code in REASONS)

    def test_every_fault(self):
        """Every code and every sentence that a fault of ours can bring has its Chinese."""
        codes = {call.args[1].value for call in faults_in_our_code() if isinstance(call.args[1], ast.Constant)}
        assert len(codes) > 20
        assert codes | codes_returned() <= set(WRONG)
        rights = {call.args[3].value for call in faults_in_our_code() if isinstance(call.args[3], ast.Constant)}
        constants = {
            value
            for module in value_modules()
            for name, value in vars(module).items()
            if name.endswith(("_RIGHT", "ANY_TEXT"))
        }
        assert len(constants) > 10
        assert rights | constants | {WORD_RIGHT} <= set(RIGHT)
        assert all(HAN.search(text) for text in (*WRONG.values(), *RIGHT.values()))

    @pytest.mark.parametrize("right", ["One of: a, b.", "Send one of: a, b.", "Only these fields: a, b."])
    def test_lists_are_told_in_chinese(self, right: str):
        """The words themselves stay what they are."""
        _, told = texts_in(Language.ZH).fault(Fault("x", "unknown_word", "…", right))
        assert HAN.search(told)
        assert "a, b" in told

    def test_a_fault_from_elsewhere_is_told_in_its_own_words(self):
        """Better in English than not at all."""
        fault = Fault("x", "brand_new", "It is wrong.", "Like this.")
        assert [texts.fault(fault) for texts in BOTH] == [("It is wrong.", "Like this.")] * 2


def sentences(texts: Texts) -> Iterator[str]:
    """Every text of a language that stands in a table."""
    for wording in texts.problems.values():
        yield from (wording.title, wording.detail)
    for table in (
        texts.next_actions,
        texts.states,
        texts.milestones,
        texts.signing_ways,
        texts.notices,
        texts.parties,
        texts.unreadable,
    ):
        yield from table.values()
    yield texts.nothing_linked


UNHEARD = {"adapters/wire/grants.py"}
"""Only `cotransfer grants` reads a grant's file, and commands speak English."""


def faults_in_our_code() -> Iterator[ast.Call]:
    """Every `Fault(field, code, wrong, right)` that is written out in the domain, on the wire and in the gateway."""
    for package in (cotransfer.domain, cotransfer.adapters.wire, cotransfer.adapters.gateway):
        for file in Path(package.__path__[0]).rglob("*.py"):
            if any(file.as_posix().endswith(unheard) for unheard in UNHEARD):
                continue
            for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
                if isinstance(node, ast.Call) and ast.unparse(node.func) == "Fault" and len(node.args) == 4:
                    yield node


def codes_returned() -> set[str]:
    """Codes that come out of tables and helpers instead of standing in the call."""
    from cotransfer.adapters.wire.messages import MISSING
    from cotransfer.domain.values.contact import _why_no_mobile
    from cotransfer.domain.values.unit import PARTS

    mobiles = ("+4915112345678", "a", "08711234567", "1", "12345678901")
    return {MISSING[0], *(part[2] for part in PARTS), *(_why_no_mobile(number)[0] for number in mobiles)}


def value_modules() -> Iterator[ModuleType]:
    """Every module of values."""
    for found in pkgutil.iter_modules(cotransfer.domain.values.__path__):
        yield __import__(f"cotransfer.domain.values.{found.name}", fromlist=["_"])


class TestAnswers:
    async def test_a_problem_in_both_languages(self, stage: Stage):
        """Title, detail and next action follow the language; everything a program reads stays."""
        wrong = SUBMISSION | {"mobile_number": "0871-1234567"}
        told = {}
        for language in ("zh-CN", "en"):
            response = await stage.post("/v1/transfers", wrong, accept_language=language, x_correlation_id="c-1")
            assert response.headers["content-language"] == language
            told[language] = response.json()
        zh, en = told["zh-CN"], told["en"]
        for text in ("title", "detail"):
            assert HAN.search(zh[text])
            assert not HAN.search(en[text])
        assert zh["next_action"]["text"] != en["next_action"]["text"]
        assert (zh["errors"][0]["detail"], en["errors"][0]["detail"]) == (
            "是固定电话，无法接收短信。",
            "It is a fixed line, which receives no SMS.",
        )
        assert [zh[same] for same in ("type", "code", "status", "party", "step")] == [
            en[same] for same in ("type", "code", "status", "party", "step")
        ]

    async def test_a_transfer_in_both_languages(self, stage: Stage):
        """State, timeline and next action."""
        transfer = await stage.submit()
        zh = (await stage.get(f"/v1/transfers/{transfer}")).json()
        en = (await stage.get(f"/v1/transfers/{transfer}", accept_language="en")).json()
        assert (zh["state_text"], en["state_text"]) == ("已提交", "Submitted")
        assert zh["timeline"][0]["text"] != en["timeline"][0]["text"]
        assert zh["next_action"]["code"] == en["next_action"]["code"] == "wait"

    async def test_queries_in_both_languages(self, stage: Stage):
        """Reasons and advice."""
        en = (await stage.post("/v1/accounts/search", ENQUIRY, accept_language="en")).json()
        assert not [reason for reason in en["matching"]["reasons"] if HAN.search(reason["text"])]
        nobody = IDENTITY | {"document_type": "passport", "identity_number": "E12345678"}
        advice = (await stage.post("/v1/properties/search", nobody, accept_language="en")).json()["advice"]
        assert not HAN.search(advice["text"])

    async def test_the_party_that_is_away_is_named(self, stage: Stage):
        """Errors by blame, in words as well."""
        stage.registry.away = True
        assert "不动产登记系统" in (await stage.post("/v1/properties/search", IDENTITY)).json()["detail"]


class TestCorrelation:
    async def test_the_callers_own_goes_through(self, stage: Stage):
        """One name for the exchange in everybody's records."""
        response = await stage.get("/v1/nothing", x_correlation_id="c-20261123_8f2a")
        assert response.headers["x-correlation-id"] == response.json()["correlation_id"] == "c-20261123_8f2a"

    @pytest.mark.parametrize("asked", ["", "a" * 65, "a b", "a;b", "<script>", "张"])
    async def test_what_does_not_fit_is_replaced(self, stage: Stage, asked: str):
        """Never trusted: an identifier outside the grammar could be anything, even somebody's number."""
        response = await stage.http.get("/v1/nothing", headers=[(b"x-correlation-id", asked.encode())])
        assert re.fullmatch("[0-9a-f]{24}", response.headers["x-correlation-id"])

    async def test_one_is_drawn_for_each(self, stage: Stage):
        """Two exchanges never share one."""
        drawn = {(await stage.http.get("/healthz")).headers["x-correlation-id"] for _ in range(10)}
        assert len(drawn) == 10
