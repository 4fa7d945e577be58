"""Account look-up over HTTP is no directory: rationed, masked, and one answer for unknown and not theirs."""

from datetime import timedelta

import pytest
from tests.gateway.stage import ACCOUNT, ELSEWHERE, ENQUIRY, NEARBY, SUBMISSION, Stage, staged

from cotransfer.adapters.memory.lookups import MemoryLookups
from cotransfer.domain.datasets import Dataset
from cotransfer.domain.masking import Shown
from cotransfer.domain.notes import Disclosure
from cotransfer.domain.trails import read

PATH = "/v1/accounts/search"
UNKNOWN = "0871209999"


@pytest.fixture
async def stage():
    """One that counts."""
    async with staged(lookups=MemoryLookups()) as stage:
        yield stage


async def look(stage: Stage, number: str = ACCOUNT, **headers: str):
    """One look-up."""
    return await stage.post(PATH, ENQUIRY | {"account_number": number}, **headers)


def without_correlation(response) -> tuple:
    """All that is told, but for what is different in every answer."""
    told = {key: value for key, value in response.json().items() if key != "correlation_id"}
    seal = {key: value for key, value in response.headers.items() if key != "x-correlation-id"}
    return response.status_code, told, seal


@pytest.mark.parametrize("language", ["zh-CN", "en"])
async def test_unknown_and_not_theirs_are_one_answer(stage: Stage, language: str):
    """The same status, headers, words and length, and the same instant after the question."""
    answers, instants = [], []
    for number in (UNKNOWN, ELSEWHERE):
        began = stage.clock.now()
        answers.append(without_correlation(await look(stage, number, accept_language=language)))
        instants.append(stage.clock.now() - began)
    assert answers[0] == answers[1]
    assert answers[0][:1] == (404,)
    assert answers[0][1]["code"] == "account_unknown"
    assert instants == [timedelta(milliseconds=250)] * 2


async def test_too_many_misses_are_told_with_when_to_come_again(stage: Stage):
    """429 with `Retry-After`; nothing is stored under the key, so that the same message may come again."""
    for miss in (UNKNOWN, ELSEWHERE, "0871209998"):
        assert (await look(stage, miss)).status_code == 404
    refused = await stage.post(PATH, ENQUIRY, key="K")
    told = refused.json()
    assert (refused.status_code, told["code"], told["party"], told["step"]) == (429, "too_many_lookups", "citizen", 3)
    assert told["next_action"]["code"] == "try_later"
    assert refused.headers["retry-after"] == str(6 * 3600)
    stage.clock.move(timedelta(hours=7))
    assert (await stage.post(PATH, ENQUIRY, key="K")).status_code == 200


async def test_a_submission_is_a_look_up_and_the_same_account_costs_nothing(stage: Stage):
    """Step 5 looks afresh: no way around the limits, and no second charge for the account that was shown."""
    assert (await look(stage)).status_code == 200
    for miss in (UNKNOWN, ELSEWHERE, "0871209998"):
        tried = await stage.post("/v1/transfers", SUBMISSION | {"account_number": miss})
        assert tried.json()["code"] == "account_unknown"
    other = await stage.post("/v1/transfers", SUBMISSION | {"account_number": NEARBY})
    assert other.json()["code"] == "too_many_lookups"
    assert (await stage.post("/v1/transfers", SUBMISSION)).status_code == 201


@pytest.mark.parametrize(
    ("shown", "fields"),
    [
        (Shown.MASKED, ("account_holder", "location", "in_arrears")),
        (Shown.COMPARED, ("in_arrears",)),
        (Shown.FULL, ("account_holder", "location", "in_arrears")),
    ],
)
async def test_what_was_shown_is_what_is_written_down(shown: Shown, fields: tuple[str, ...]):
    """The citizen reads in the trail which of their data were told: what was only compared was not. The same answer
    given again is written down the same."""
    async with staged(lookups=MemoryLookups(), shown=shown) as stage:
        answers = [await stage.post(PATH, ENQUIRY, key="K") for _ in range(2)]
        assert answers[0].content == answers[1].content
        assert set(answers[0].json()["account"]) - {"shown"} == set(fields)
        assert stage.audit is not None
        told = [read(link.body).what for chain in stage.audit._chains.values() for link in chain]
        noted = [one.fields for one in told if isinstance(one, Disclosure) and one.dataset is Dataset.ACCOUNT]
        assert noted == [fields, fields]


@pytest.mark.parametrize(
    ("shown", "account"),
    [
        (Shown.MASKED, {"shown": "masked", "account_holder": "王*", "location": "五华区****3幢", "in_arrears": False}),
        (Shown.COMPARED, {"shown": "compared", "in_arrears": False}),
        (
            Shown.FULL,
            {
                "shown": "full",
                "account_holder": "王秋实",
                "location": "五华区翠湖东路18号翠湖小区3栋2单元502",
                "in_arrears": False,
            },
        ),
    ],
)
async def test_how_much_is_shown_is_the_deployments_to_say(shown: Shown, account: dict):
    """Masked, only compared, or in full; how it matches is told in each."""
    async with staged(lookups=MemoryLookups(), shown=shown) as stage:
        told = (await look(stage)).json()
        assert told["account"] == account
        assert told["matching"]["outcome"] == "match"
