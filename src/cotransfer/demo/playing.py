"""Plays stories one after another, each with a person of its own. Never lets one story's failure hide another's."""

import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator

import attrs

from cotransfer.demo.programme import Story
from cotransfer.demo.scene import Check, Line, Scene, Tell
from cotransfer.demo.stage import Stage


@attrs.frozen(kw_only=True)
class Outcome:
    """How a story went: its timeline, what the scheme demanded of it, and the error that broke it off, if any."""

    story: Story
    transfer: str | None
    state: str | None
    lines: tuple[Line, ...]
    checks: tuple[Check, ...]
    broke: str | None
    seconds: float

    @property
    def ok(self) -> bool:
        """Whether everything that the scheme demands was there."""
        return self.broke is None and bool(self.checks) and all(check.held for check in self.checks)


async def play(
    stage: Stage, stories: Iterable[Story], *, curtain: Callable[[Story], Tell] = lambda _: lambda _: None
) -> list[Outcome]:
    """Play `stories`; `curtain` is called as each begins, and what it returns with each line."""
    return [await _play_one(stage, story, nth, curtain(story)) for story, nth in _cast(stories)]


def _cast(stories: Iterable[Story]) -> Iterator[tuple[Story, int]]:
    """Nobody plays in two stories."""
    taken: Counter[str] = Counter()
    for story in stories:
        yield story, taken[story.kind]
        taken[story.kind] += 1


def next_of(kind: str, stories: Iterable[Story]) -> int:
    """Which person of a kind (from 0) is the first that plays in none of these stories."""
    return sum(story.kind == kind for story in stories)


async def _play_one(stage: Stage, story: Story, nth: int, tell: Tell) -> Outcome:
    began = time.monotonic()
    scene = Scene(stage, stage.city.someone(story.kind, nth), tell)
    broke = None
    try:
        await story.play(scene)
    except Exception as error:
        broke = f"{type(error).__name__}: {error}"
    return Outcome(
        story=story,
        transfer=scene.transfer,
        state=scene.state,
        lines=tuple(scene.lines),
        checks=tuple(scene.checks),
        broke=broke,
        seconds=time.monotonic() - began,
    )
