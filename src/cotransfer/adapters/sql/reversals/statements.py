"""Every statement on reversals, built once for an engine. Never executed here.

Whoever writes one has locked its transfer's row: two processes never judge the same transfer's reversals at once.
"""

from sqlalchemy import Select, bindparam, select, update

from cotransfer.adapters.sql.tables import reversal_journal, reversals
from cotransfer.adapters.sql.tongue import Prepared, Tongue
from cotransfer.adapters.sql.trust.tables import data_keys

LATER = ("transfer", "number", "version", "state", "is_open", "updated_at")
NEW = (*LATER, "utility", "opened_at")
ENTRY = ("transfer", "number", "sequence", "at", "type", "format", "body")

_lines = reversals.c
_entries = reversal_journal.c


class ReversalStatements:
    """One engine's."""

    def __init__(self, tongue: Tongue) -> None:
        asked = tongue.listed(reversals, "transfer")
        self.known = Prepared(
            select(_lines.transfer, _lines.number, _lines.version, _lines.is_open).where(
                _lines.transfer == asked.c.transfer
            ),
            tongue.dialect,
            ("transfer",),
        )
        # Who lost a race has written nothing, and finds by the count that it has.
        self.insert = Prepared(tongue.insert(reversals, *NEW).on_conflict_do_nothing(), tongue.dialect, NEW)
        self.insert_journal = Prepared(
            tongue.insert(reversal_journal, *ENTRY).on_conflict_do_nothing(), tongue.dialect, ENTRY
        )
        new = tongue.given(reversals, *LATER)
        self.update = Prepared(
            update(reversals)
            .values({name: new[name] for name in LATER if name not in ("transfer", "number")})
            .where(_lines.transfer == new["transfer"], _lines.number == new["number"]),
            tongue.dialect,
            LATER,
        )
        self.of_transfer = Prepared(
            select(
                _entries.number,
                _entries.sequence,
                _entries.at,
                _entries.type,
                _entries.format,
                _entries.body,
                data_keys.c.kek,
                data_keys.c.wrapped,
            )
            # Without its data key nothing of a journal can be read: an erased one is not there.
            .join(data_keys, data_keys.c.id == _entries.transfer)
            .where(_entries.transfer == bindparam("transfer"))
            .order_by(_entries.number, _entries.sequence),
            tongue.dialect,
        )
        every = (
            select(
                _lines.transfer,
                _lines.number,
                _lines.state,
                _lines.is_open,
                _lines.utility,
                _lines.opened_at,
                _lines.updated_at,
            )
            .order_by(_lines.opened_at, _lines.transfer, _lines.number)
            .limit(bindparam("limit"))
        )
        self.lines = Prepared(every, tongue.dialect)
        self.open_lines = Prepared(_open(every), tongue.dialect)


def _open(every: "Select[tuple[object, ...]]") -> "Select[tuple[object, ...]]":
    return every.where(_lines.is_open)
