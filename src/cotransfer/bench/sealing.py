"""Personal data at rest by itself: what sealing and opening a transfer's costs, and how fast keys rotate.

Never measures with keys of a deployment: each run makes its own, and a file of its own that goes with it.
"""

import asyncio
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from cotransfer.adapters.crypto.suites import Suite
from cotransfer.adapters.keys.held import HeldKeys
from cotransfer.adapters.keys.making import make_key
from cotransfer.adapters.sql import Sealing, SqlStore, open_store, upgrade
from cotransfer.adapters.sql.codec import write_details, write_event, write_facts
from cotransfer.adapters.sql.sealed_rows import answer_place, body_place, details_place, facts_place
from cotransfer.adapters.sql.sealing import Keyring, Wrapped, data_key_row
from cotransfer.adapters.sql.statements import Statements
from cotransfer.adapters.sql.trust.data_keys import SqlDataKeys
from cotransfer.bench.core import micros
from cotransfer.bench.figures import Spread
from cotransfer.domain.events import ApplicationSubmitted
from cotransfer.domain.states import AwaitingSigning
from cotransfer.ports.keys import KeyUse
from cotransfer.testing.samples import ADDRESS, CASE

ROTATED = 5_000
"""Data keys in a rotation."""

OWN = CASE.transfer.text
ROW = "of the benchmark"
BODIES: tuple[tuple[str, bytes], ...] = (
    (facts_place(OWN), write_facts(CASE)),
    (details_place(OWN, 4, "awaiting_signing"), write_details(AwaitingSigning(CASE, ADDRESS)).body),
    (body_place(OWN, 1, "application_submitted"), write_event(ApplicationSubmitted(CASE)).body),
    (answer_place("platform", OWN), b"{" + b" " * 600 + b"}"),
)
"""What one transfer has that is sealed, and where it belongs."""


def measure(repeat: int) -> Iterator[dict[str, Any]]:
    """The lines of this part."""
    for suite in Suite:
        us = micros(_round_trip(suite), repeat)
        yield {"measure": "sealing", "what": "seal_and_open", "suite": suite.word, "us": us.line()}
    # On a thread of its own: whoever asks may be in the middle of a loop.
    with ThreadPoolExecutor(1) as aside:
        rates = [aside.submit(lambda: asyncio.run(_rotation())).result() for _ in range(repeat)]
    yield {"measure": "sealing", "what": "rotation", "keys": ROTATED, "keys_per_s": Spread.of(rates).line()}


def _round_trip(suite: Suite) -> Callable[[], object]:
    keyring = Keyring(Sealing(HeldKeys.new(KeyUse.WRAPPING), suite))

    def run() -> object:
        """A data key made and everything sealed; then, as by another process, unwrapped and everything opened."""
        key, wrapped = keyring.new(OWN)
        sealed = [(place, key.seal(body, place)) for place, body in BODIES]
        again = keyring.data_key(wrapped)
        return [again.open(body, place, ROW) for place, body in sealed]

    return run


async def _rotation() -> float:
    """Data keys wrapped anew in a second, on SQLite, rests included."""
    old, new = make_key(KeyUse.WRAPPING), make_key(KeyUse.WRAPPING)
    with tempfile.TemporaryDirectory(prefix="cotransfer-bench-") as folder:
        address = f"sqlite:///{Path(folder) / 'rotation.db'}"
        upgrade(address)
        before = Keyring(Sealing(HeldKeys({KeyUse.WRAPPING: {"1": old}})))
        both = Sealing(HeldKeys({KeyUse.WRAPPING: {"1": old, "2": new}}))
        async with open_store(address, sealing=both) as store:
            await _fill(store, [before.new(f"{nth:08}")[1] for nth in range(ROTATED)])
            began = time.perf_counter()
            done = await SqlDataKeys(store).rotate()
            return done / (time.perf_counter() - began)


async def _fill(store: SqlStore, keys: list[Wrapped]) -> None:
    at, insert = datetime.now(UTC), Statements(store.tongue).insert_data_keys
    await store.write(lambda talk: store.tongue.write(talk, insert, [data_key_row(one, at) for one in keys]).rowcount)
