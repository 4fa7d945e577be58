"""Every statement of the store, built once for an engine: what is looked at, what is written, in which order locked.

Rows are locked in the order of their identifiers, whoever locks them, so that two groups never wait for one another in
a circle. Never executed here.
"""

from sqlalchemy import (
    Table,
    Text,
    and_,
    bindparam,
    cast,
    delete,
    func,
    literal_column,
    null,
    select,
    update,
)

from cotransfer.adapters.sql.sealing import ANSWERS, DAY_MICROS
from cotransfer.adapters.sql.tables import agenda, claims, journal, seen, transfers
from cotransfer.adapters.sql.task_statements import TaskStatements
from cotransfer.adapters.sql.tongue import Prepared, Tongue
from cotransfer.adapters.sql.trust.tables import audit_subjects, consents, data_keys

STATE = ("id", "version", "state", "format", "details", "updated_at")
NEW_STATE = (*STATE, "facts", "service", "utility", "is_open", "submitted_at")
LATER_STATE = (*STATE, "is_open")
ENTRY = ("transfer", "sequence", "at", "type", "format", "body", "brought")
MESSAGE = ("source", "key")
SEEN = ("source", "key", "answer", "transfer", "at")
DATA_KEY = ("id", "kek", "wrapped", "made_at")
ERASED_STATE = ("id", "format", "details", "facts")
CLAIM = ("claim", "transfer")
OWED = ("transfer", "duty", "counterparty", "due_at", "attempts")
TASK = ("transfer", "duty")

KEY_OF_ANSWER = func.coalesce(
    seen.c.transfer,
    literal_column(f"'{ANSWERS}'").concat(cast(seen.c.at.op("/")(literal_column(str(DAY_MICROS))), Text)),
)
"""Which data key seals an answer: its transfer's, or that of its day."""


class Statements(TaskStatements):
    """The store's statements in one engine's SQL."""

    def __init__(self, tongue: Tongue) -> None:
        self._tongue = tongue
        self._looks()
        self._locks()
        self._writes()
        self._sealing()
        self._erasure()
        self._tasks()
        self._given_up()

    def _looks(self) -> None:
        wanted = self._tongue.listed(transfers, "id")
        self.load_transfers = self._prepared(
            select(
                transfers.c.id,
                transfers.c.version,
                transfers.c.state,
                transfers.c.format,
                transfers.c.details,
                transfers.c.facts,
                transfers.c.submitted_at,
                transfers.c.updated_at,
                transfers.c.service,
                transfers.c.utility,
                data_keys.c.kek,
                data_keys.c.wrapped,
            ).select_from(
                wanted.join(transfers, transfers.c.id == wanted.c.id).outerjoin(
                    data_keys, data_keys.c.id == transfers.c.id
                )
            ),
            ("id",),
        )
        heard = self._tongue.listed(seen, "source", "key")
        known = and_(seen.c.source == heard.c.source, seen.c.key == heard.c.key)
        self.load_seen = self._prepared(
            select(
                seen.c.source,
                seen.c.key,
                seen.c.answer,
                seen.c.at,
                KEY_OF_ANSWER,
                data_keys.c.kek,
                data_keys.c.wrapped,
            ).select_from(heard.join(seen, known).outerjoin(data_keys, data_keys.c.id == KEY_OF_ANSWER)),
            MESSAGE,
        )
        self.known_seen = self._prepared(select(seen.c.source, seen.c.key).where(known), MESSAGE)
        held = self._tongue.listed(claims, "claim")
        self.known_claims = self._prepared(
            select(claims.c.claim, claims.c.transfer).where(claims.c.claim == held.c.claim), ("claim",)
        )
        self.load_journal = self._prepared(
            select(
                journal.c.sequence,
                journal.c.at,
                journal.c.type,
                journal.c.format,
                journal.c.body,
                journal.c.brought,
                data_keys.c.kek,
                data_keys.c.wrapped,
            )
            # Without its data key nothing of a journal can be read: an erased one is not there.
            .join(data_keys, data_keys.c.id == journal.c.transfer)
            .where(journal.c.transfer == bindparam("transfer"))
            .order_by(journal.c.sequence)
        )

    def _locks(self) -> None:
        moved = self._tongue.listed(transfers, "id")
        self.lock_transfers = self._prepared(
            select(
                transfers.c.id,
                transfers.c.version,
                transfers.c.is_open,
                transfers.c.format,
                data_keys.c.kek,
                data_keys.c.wrapped,
            )
            .select_from(
                moved.join(transfers, transfers.c.id == moved.c.id).outerjoin(
                    data_keys, data_keys.c.id == transfers.c.id
                )
            )
            .order_by(transfers.c.id)
            .with_for_update(of=transfers),
            ("id",),
        )
        finished = self._tongue.listed(agenda, "transfer")
        self.lock_tasks = self._prepared(
            select(agenda.c.transfer, agenda.c.duty, agenda.c.lease)
            .where(agenda.c.transfer == finished.c.transfer)
            .order_by(agenda.c.transfer, agenda.c.duty)
            .with_for_update(of=agenda),
            ("transfer",),
        )

    def _writes(self) -> None:
        tongue = self._tongue
        self.insert_transfers = self._prepared(tongue.insert(transfers, *NEW_STATE).on_conflict_do_nothing(), NEW_STATE)
        new = tongue.given(transfers, *LATER_STATE)
        self.update_transfers = self._prepared(
            update(transfers)
            .values({name: new[name] for name in LATER_STATE if name != "id"})
            .where(transfers.c.id == new["id"]),
            LATER_STATE,
        )
        # Who lost the race for a new transfer has lost its journal as well: that must not be an error of its own.
        self.insert_journal = self._prepared(tongue.insert(journal, *ENTRY).on_conflict_do_nothing(), ENTRY)
        self.insert_seen = self._prepared(tongue.insert(seen, *SEEN).on_conflict_do_nothing(), SEEN)
        self.forget_seen = self._prepared(
            delete(seen).where(seen.c.transfer.is_(None), seen.c.at < bindparam("before"))
        )
        self.insert_claims = self._prepared(tongue.insert(claims, *CLAIM).on_conflict_do_nothing(), CLAIM)
        ended = tongue.given(claims, *CLAIM)
        self.delete_claims = self._prepared(
            delete(claims).where(claims.c.claim == ended["claim"], claims.c.transfer == ended["transfer"]),
            CLAIM,
        )
        done = tongue.given(agenda, *TASK)
        self.delete_tasks = self._prepared(
            delete(agenda).where(agenda.c.transfer == done["transfer"], agenda.c.duty == done["duty"]),
            TASK,
        )
        owed = tongue.insert(agenda, *OWED)
        self.upsert_tasks = self._prepared(
            owed.on_conflict_do_update(
                index_elements=[agenda.c.transfer, agenda.c.duty],
                set_={
                    "counterparty": owed.excluded.counterparty,
                    "due_at": owed.excluded.due_at,
                    "attempts": owed.excluded.attempts,
                    **dict.fromkeys(("lease", "lease_until", "buried_at", "why", "doubt_since", "ledger"), null()),
                },
            ),
            OWED,
        )
        self.notify = self._prepared(select(func.pg_notify(bindparam("channel"), bindparam("sender"))))

    def _sealing(self) -> None:
        wanted = self._tongue.listed(data_keys, "id")
        self.load_data_keys = self._prepared(
            select(data_keys.c.id, data_keys.c.kek, data_keys.c.wrapped).where(data_keys.c.id == wanted.c.id), ("id",)
        )
        self.insert_data_keys = self._prepared(
            self._tongue.insert(data_keys, *DATA_KEY).on_conflict_do_nothing(), DATA_KEY
        )
        self.forget_data_keys = self._prepared(
            delete(data_keys).where(data_keys.c.id >= literal_column(f"'{ANSWERS}'"), data_keys.c.id < bindparam("day"))
        )

    def _erasure(self) -> None:
        """By transfer: its data key, its values, who it was about, and whatever was still to be done."""
        given = self._tongue.given(transfers, *ERASED_STATE)
        self.erase_transfers = self._prepared(
            update(transfers)
            .values(
                # Whoever decided on what it was before finds that it has moved on.
                version=transfers.c.version + literal_column("1"),
                **{name: given[name] for name in ERASED_STATE if name != "id"},
            )
            .where(transfers.c.id == given["id"]),
            ERASED_STATE,
        )
        rest = ((data_keys, "id"), (audit_subjects, "chain"), (consents, "transfer"), (agenda, "transfer"))
        self.erase_rest = tuple(self._deletion(table, name) for table, name in rest)

    def _deletion(self, table: Table, name: str) -> Prepared:
        given = self._tongue.given(table, name)
        return self._prepared(delete(table).where(table.c[name] == given[name]), (name,))
