"""How far this machine's clock is from the database's: times of several machines stand side by side in its tables.

Never sets a clock, and asks SQLite nothing: its clock is this machine's own.
"""

from datetime import UTC, datetime, timedelta

from cotransfer.adapters.sql.postgres import PostgresTongue
from cotransfer.adapters.sql.store import SqlStore
from cotransfer.adapters.sql.tongue import Talk
from cotransfer.ports.clock import Clock

_TRIES = 3
_ASK = "SELECT CAST(extract(epoch FROM clock_timestamp()) AS double precision)"


async def clock_lead_s(store: SqlStore, clock: Clock) -> float:
    """Seconds that `clock` is ahead of the database's (negative: behind), within half of the quickest round trip."""
    if not isinstance(store.tongue, PostgresTongue):
        return 0.0
    asked = [await store.look(lambda talk: _asked(talk, clock)) for _ in range(_TRIES)]
    return min(asked)[1]


def _asked(talk: Talk, clock: Clock) -> tuple[timedelta, float]:
    """How long the answer took, and the lead that it shows."""
    before = clock.now()
    ((told,),) = talk.execute(_ASK).fetchall()
    after = clock.now()
    middle = before + (after - before) / 2
    return after - before, (middle - datetime.fromtimestamp(told, UTC)).total_seconds()
