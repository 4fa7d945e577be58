"""`cotransfer demo`: every story, over HTTP, shown while it happens."""

import asyncio
import json
import logging
import shlex
import sys
from collections.abc import Iterable
from typing import Annotated, Any

import attrs
import typer
from rich.console import Console

from cotransfer.cli.running import asked_to_end
from cotransfer.cli.saying import log_to_stderr
from cotransfer.demo.playing import Outcome, next_of, play
from cotransfer.demo.programme import STORIES, Story
from cotransfer.demo.stage import Stage, stage
from cotransfer.demo.telling import Teller, summary
from cotransfer.sandbox.acting import CITIZEN

NAMES = ", ".join(story.code for story in STORIES)


def demo(
    only: Annotated[list[str] | None, typer.Option("--story", help=f"Only this one, or several: {NAMES}.")] = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print what happened for machines, and nothing else.")
    ] = False,
    keep: Annotated[bool, typer.Option("--keep", help="Leave everything running, and say where.")] = False,
    pace: Annotated[float, typer.Option(min=0, max=10, help="Scales every wait of the counterparties.")] = 0.4,
) -> None:
    """Watch transfers go through the nine steps. Counterparties and gateway are started for it, on loopback."""
    stories = _chosen(only)
    # The stories stage refusals, each of which the gateway's log warns of: here they would only stand in the way.
    log_to_stderr(logging.ERROR)
    outcomes = asyncio.run(_run(stories, as_json=as_json, keep=keep, pace=pace))
    if not all(outcome.ok for outcome in outcomes):
        raise typer.Exit(1)


def _chosen(only: list[str] | None) -> tuple[Story, ...]:
    known = {story.code: story for story in STORIES}
    if unknown := sorted(set(only or ()) - set(known)):
        raise typer.BadParameter(f"there is no story {', '.join(unknown)}; there are {NAMES}", param_hint="--story")
    return tuple(known[code] for code in only) if only else STORIES


async def _run(stories: tuple[Story, ...], *, as_json: bool, keep: bool, pace: float) -> list[Outcome]:
    console = Console(file=sys.stderr if as_json else sys.stdout, quiet=as_json, highlight=False)
    async with stage(pace=pace) as set_stage:
        outcomes = await play(set_stage, stories, curtain=Teller(console))
        if as_json:
            print(json.dumps(_for_machines(outcomes), ensure_ascii=False), flush=True)
        else:
            summary(console, outcomes)
        if keep:
            await _say_where(set_stage, stories)
            await asked_to_end()
    return outcomes


async def _say_where(running: Stage, stories: tuple[Story, ...]) -> None:
    nth = next_of("plain", stories)
    visitor = running.city.someone("plain", nth)
    acting = await running.platform.headers(visitor)
    body = {**visitor.submission(), "consents": await running.platform.agreements(visitor)}
    gateway, identity = running.gateway, running.addresses["identity"]
    registry, water, wechat, sms = (running.addresses[name] for name in ("registry", "water", "wechat", "sms"))
    headers = " ".join(f"-H {shlex.quote(f'{name}: {value}')}" for name, value in acting.items())
    told = [
        "Everything keeps running until Ctrl-C:",
        *(f"  {name:<9} {address}" for name, address in running.addresses.items()),
        f"  database  {running.database}",
        f"Somebody who is in none of the stories (plain {nth}) applies; these headers are good for some five minutes:",
        f"  curl -s {gateway}/v1/transfers {headers} -H 'Content-Type: application/json' "
        f"-H 'Idempotency-Key: visitor-1' -d {shlex.quote(json.dumps(body, ensure_ascii=False))}",
        "and then, with the transfer of the answer:",
        f"  curl -s {gateway}/v1/transfers/TRANSFER {headers}",
        f"  cotransfer transfers show TRANSFER --config {running.settings}",
        "When the headers have ended, these are new ones, for `curl -K`:",
        f"  {identity}{CITIZEN}?kind=plain&nth={nth}",
        f"In a browser, as a citizen, to read who saw what (choose plain {nth}; any hint of the page will do):",
        f"  {gateway}/signin?as=citizen&next=/v1/me/disclosures",
        "and as an operator:",
        f"  {gateway}/signin?as=operator&next=/v1/me",
        f"What came of it elsewhere: {water}/sandbox/ledger, {water}/sandbox/sms, {wechat}/sandbox/inbox, "
        f"{sms}/sandbox/inbox",
        f"More people: {registry}/sandbox/people",
    ]
    print("\n".join(told), file=sys.stderr, flush=True)


def _for_machines(outcomes: Iterable[Outcome]) -> dict[str, Any]:
    told = [
        {
            "story": outcome.story.code,
            "title": outcome.story.title,
            "ok": outcome.ok,
            "transfer": outcome.transfer,
            "state": outcome.state,
            "seconds": round(outcome.seconds, 3),
            "broke": outcome.broke,
            "checks": [attrs.asdict(check) for check in outcome.checks],
            "timeline": [attrs.asdict(line) for line in outcome.lines],
        }
        for outcome in outcomes
    ]
    return {"ok": all(one["ok"] for one in told), "stories": told}
