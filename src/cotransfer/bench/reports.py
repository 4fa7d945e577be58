"""What its protection costs a report: CPU of the whole gateway for one, protected, against one that nothing protects.

The two take turns, so that a neighbour on the machine slows both. What the utility computes (its signature) is done
before, and does not count; what is done later for a report's entry in the audit trail does. Never counts waiting.
"""

import asyncio
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from starlette.types import ASGIApp, Message, Scope

from cotransfer.adapters.sql import upgrade
from cotransfer.bench.figures import Spread
from cotransfer.bench.gateways import Request, Side, protected, unprotected

TRANSFERS = 48
"""In a slice, each with three reports."""

SLICES = 4
WARM_UP = 32
UNDER_WAY = (1, 16)
TOKENS = {"one_token_for_all": 1, "another_token_each": 4 * TRANSFERS}
"""A token is good for five minutes. Proving a new one is the dearest check of all, so it is measured by itself."""


def measure(repeat: int) -> Iterator[dict[str, Any]]:
    """The lines of this part."""
    for what, tokens in TOKENS.items():
        # On a thread of its own: whoever asks may be in the middle of a loop.
        with ThreadPoolExecutor(1) as aside:
            yield from aside.submit(_run, repeat, tokens, what).result()


def _run(repeat: int, tokens: int, what: str) -> list[dict[str, Any]]:
    return asyncio.run(_measured(repeat, tokens, what))


async def _measured(repeat: int, tokens: int, what: str) -> list[dict[str, Any]]:
    with tempfile.TemporaryDirectory(prefix="cotransfer-bench-") as folder:
        first, second = (f"sqlite:///{Path(folder) / name}" for name in ("protected.db", "unprotected.db"))
        upgrade(first)
        upgrade(second)
        async with protected(first, tokens=tokens) as dressed, unprotected(second) as bare:
            for side in (dressed, bare):
                await _slice(side, WARM_UP, 1)
            return [await _line(dressed, bare, repeat, under_way, what) for under_way in UNDER_WAY]


async def _line(dressed: Side, bare: Side, repeat: int, under_way: int, what: str) -> dict[str, Any]:
    figures: dict[str, list[float]] = {"protected_us": [], "unprotected_us": [], "more_us": []}
    for _ in range(repeat):
        spent = {id(dressed): 0.0, id(bare): 0.0}
        for nth in range(SLICES):
            for side in (dressed, bare) if nth % 2 == 0 else (bare, dressed):
                spent[id(side)] += await _slice(side, TRANSFERS, under_way) / SLICES
        figures["protected_us"].append(spent[id(dressed)])
        figures["unprotected_us"].append(spent[id(bare)])
        figures["more_us"].append(spent[id(dressed)] - spent[id(bare)])
    told = {name: Spread.of(samples).line() for name, samples in figures.items()}
    return {"measure": "report", "what": what, "under_way": under_way, **told}


async def _slice(side: Side, transfers: int, under_way: int) -> float:
    """Microseconds of CPU for a report."""
    stories = [side.story(transfer) for transfer in await side.submitted(transfers)]
    await side.gathered()
    left = iter(stories)

    async def one_after_another() -> None:
        for story in left:
            for request in story:
                await hand_over(side.app, request)

    begun = time.process_time()
    async with asyncio.TaskGroup() as group:
        for _ in range(under_way):
            group.create_task(one_after_another())
    await side.gathered()
    return (time.process_time() - begun) / sum(map(len, stories)) * 1e6


async def hand_over(app: ASGIApp, request: Request) -> None:
    """One request, as a server hands it to the application. Raises `AssertionError` for a report that is not taken."""
    scope: Scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": "POST",
        "scheme": "http",
        "path": request.path,
        "raw_path": request.path.encode(),
        "query_string": b"",
        "root_path": "",
        "headers": list(request.headers),
        "client": ("127.0.0.1", 1),
        "server": ("127.0.0.1", 1),
    }
    statuses: list[int] = []

    async def receive() -> Message:
        return {"type": "http.request", "body": request.body, "more_body": False}

    async def send(message: Message) -> None:
        if message["type"] == "http.response.start":
            statuses.append(message["status"])

    await app(scope, receive, send)
    assert statuses == [200], statuses  # noqa: S101 - a refusal would be cheaper, and prove nothing
