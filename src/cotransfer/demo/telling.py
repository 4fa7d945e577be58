"""Tells stories in a terminal, line by line while they happen, and the summary. Never decides how one went."""

from collections.abc import Sequence

from rich.console import Console
from rich.table import Table
from rich.text import Text

from cotransfer.demo.playing import Outcome
from cotransfer.demo.programme import Story
from cotransfer.demo.scene import Line, Tell

COLOURS = {
    "citizen": "cyan",
    "gateway": "green",
    "utility": "yellow",
    "WeChat": "magenta",
    "SMS": "magenta",
    "network": "red",
    "forger": "red",
    "operator": "blue",
    "verifier": "blue",
}


class Teller:
    """A curtain for `play`."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._nth = 0

    def __call__(self, story: Story) -> Tell:
        """Announce a story."""
        self._nth += 1
        self._console.print()
        self._console.print(Text(f"{self._nth:>2}  {story.title}", style="bold"), Text(story.zh, style="dim"))
        return self._line

    def _line(self, line: Line) -> None:
        step = f"step {line.step}" if line.step else ""
        self._console.print(
            Text(f"  {line.at_s:6.2f} s  "),
            Text(f"{step:<7}", style="dim"),
            Text(f"{line.who:<8}", style=COLOURS.get(line.who, "")),
            Text(line.text),
            sep=" ",
            soft_wrap=True,
        )


def summary(console: Console, outcomes: Sequence[Outcome]) -> None:
    """One row a story; what did not hold stands below it, and the last line says it all."""
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    for heading in ("how they ended", "as", "checks", "s", ""):
        table.add_column(heading, justify="right" if heading in ("checks", "s") else "left", no_wrap=True)
    for outcome in outcomes:
        held = sum(check.held for check in outcome.checks)
        mark = Text("right", style="green") if outcome.ok else Text("WRONG", style="bold red")
        ended = outcome.state or "nothing submitted"
        table.add_row(outcome.story.title, ended, f"{held}/{len(outcome.checks)}", f"{outcome.seconds:.1f}", mark)
    console.print()
    console.print(table)
    for outcome in (one for one in outcomes if not one.ok):
        for check in (check for check in outcome.checks if not check.held):
            console.print(Text(f"{outcome.story.title}: not held: {check.what}", style="red"))
        if outcome.broke:
            console.print(Text(f"{outcome.story.title}: broke off: {outcome.broke}", style="red"))
    right = sum(outcome.ok for outcome in outcomes)
    console.print()
    console.print(Text(f"{right} of {len(outcomes)} stories ended as the scheme says.", style="bold"))
