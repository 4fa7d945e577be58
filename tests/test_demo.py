"""The demo's stories, played for real over HTTP: each must end as the scheme says."""

import io
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from rich.console import Console

from cotransfer.demo.playing import Outcome, play
from cotransfer.demo.programme import STORIES, Story
from cotransfer.demo.scene import Scene
from cotransfer.demo.stage import Stage, stage
from cotransfer.demo.telling import summary

DEMANDED = {
    "by_sms",
    "by_wechat",
    "race",
    "arrears",
    "pre_review_fails",
    "handling_fails",
    "no_property",
    "disordered",
    "lost_answer",
    "reversed",
    "who_saw",
    "consent_withdrawn",
    "grant_suspended",
    "forged_report",
    "audit_verifies",
}


@pytest_asyncio.fixture
async def set_stage() -> AsyncIterator[Stage]:
    """Counterparties and gateway, at a quick pace."""
    async with stage(pace=0.05) as ready:
        yield ready


def told(outcome: Outcome) -> str:
    """What went wrong, for a failing test."""
    return f"{outcome.broke}; not held: {[check.what for check in outcome.checks if not check.held]}"


@pytest.mark.parametrize("story", STORIES, ids=lambda story: story.code)
async def test_each_story(set_stage: Stage, story: Story) -> None:
    """Steps 1 to 9: what must come of this beginning, told over HTTP alone."""
    (outcome,) = await play(set_stage, [story])
    assert outcome.ok, told(outcome)
    assert outcome.checks, "a story that demands nothing proves nothing"


async def test_stories_after_one_another(set_stage: Stage) -> None:
    """Stories do not lean on one another: played together on one stage, all of them end as alone."""
    outcomes = await play(set_stage, STORIES)
    assert [told(outcome) for outcome in outcomes if not outcome.ok] == []
    people = [outcome.transfer for outcome in outcomes if outcome.transfer]
    assert len(set(people)) == len(people)


@pytest.mark.parametrize("code", ["by_sms", "by_wechat"])
async def test_the_nine_steps_as_one_journey(set_stage: Stage, code: str) -> None:
    """§1: all nine steps in their order, for each channel of signing."""
    (outcome,) = await play(set_stage, [story for story in STORIES if story.code == code])
    steps = [line.step for line in outcome.lines if line.step is not None]
    assert outcome.state == "completed"
    assert set(steps) == set(range(1, 10)), f"steps told: {steps}"
    assert [steps.index(step) for step in range(1, 10)] == sorted(steps.index(step) for step in range(1, 10))


def test_the_stories_that_the_demo_owes() -> None:
    """The demo shows at least these, each under its own name."""
    codes = [story.code for story in STORIES]
    assert set(codes) >= DEMANDED
    assert len(set(codes)) == len(codes)


async def test_a_story_that_breaks_off_is_told(set_stage: Stage) -> None:
    """A story's failure is its outcome, never the end of the demo, and never a success."""

    async def broken(scene: Scene) -> None:
        scene.expect("something", held=True)
        raise RuntimeError("the curtain fell")

    story = Story(code="broken", title="Broken", zh="中断", kind="plain", play=broken)
    (outcome,) = await play(set_stage, [story])
    assert not outcome.ok
    assert outcome.broke == "RuntimeError: the curtain fell"


async def test_the_summary_fits_a_newcomers_terminal(set_stage: Stage) -> None:
    """Eighty columns show every title, every end and every verdict whole; what did not hold is named."""

    async def falls_short(scene: Scene) -> None:
        scene.expect("the moon", held=False)

    good, bad = (story for story in STORIES if story.code in ("by_sms", "no_property"))
    short = Story("short", "plain", falls_short, max((one.title for one in STORIES), key=len), "未达")
    written = io.StringIO()
    summary(Console(file=written, width=80), await play(set_stage, [good, bad, short]))
    told = written.getvalue()
    assert "…" not in told
    assert all(word in told for word in (good.title, bad.title, short.title, "completed", "nothing submitted", "WRONG"))
    assert "not held: the moon" in told
    assert told.rstrip().endswith("2 of 3 stories ended as the scheme says.")
