"""The tables, in the words of both engines; the migrations make them, and a test holds the two against each other.

Times are whole microseconds since 1970 in UTC: one meaning on both engines, comparable and indexable as they stand,
exact for every `datetime`, and no time zone can creep in. There are no foreign keys: every row of a transfer is
written in the transaction that writes the transfer, only its erasure deletes any, and checking each row again would be
paid for at every step. Nothing here holds a personal value in clear: it is sealed under the transfer's data key (see
`trust.tables`), or a keyed hash of it.
"""

from sqlalchemy import BigInteger, Boolean, Column, Index, Integer, LargeBinary, MetaData, String, Table, Text

metadata = MetaData()

Word = Text().with_variant(String(collation="C"), "postgresql")
"""Identifiers and codes: compared byte by byte, whatever language the database speaks."""

transfers = Table(
    "transfers",
    metadata,
    Column("id", Word, primary_key=True),
    Column("version", BigInteger, nullable=False),
    Column("state", Word, nullable=False),  # the state's code
    Column("format", Integer, nullable=False),  # how `details` and `facts` are packed; 0 once they are erased
    Column("details", LargeBinary, nullable=False),  # sealed: what this state holds beside the facts
    Column("facts", LargeBinary, nullable=False),  # sealed: the case, written once
    Column("service", Word, nullable=False),
    Column("utility", Word, nullable=False),
    Column("is_open", Boolean, nullable=False),
    Column("submitted_at", BigInteger, nullable=False),
    Column("updated_at", BigInteger, nullable=False),
)

journal = Table(
    "journal",
    metadata,
    Column("transfer", Word, primary_key=True),
    Column("sequence", BigInteger, primary_key=True),
    Column("at", BigInteger, nullable=False),
    Column("type", Word, nullable=False),  # the event's code
    Column("format", Integer, nullable=False),  # how `body` is packed
    Column("body", LargeBinary, nullable=False),  # sealed
    Column("brought", LargeBinary),  # sealed: the correlation ids of what brought it, ours and theirs; NULL: none known
    sqlite_with_rowid=False,
)

agenda = Table(
    "agenda",
    metadata,
    Column("transfer", Word, primary_key=True),
    Column("duty", Word, primary_key=True),
    Column("counterparty", Word, nullable=False),
    Column("due_at", BigInteger, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("lease", Word),
    Column("lease_until", BigInteger),
    Column("buried_at", BigInteger),
    Column("why", Text),
    Column("doubt_since", BigInteger),  # when the first attempt began that may have had an effect
    Column("ledger", Text),  # what became of it so far, as JSON; written only when something went wrong
    sqlite_with_rowid=False,
)
Index(
    "agenda_due",
    agenda.c.due_at,
    agenda.c.counterparty,
    sqlite_where=agenda.c.buried_at.is_(None),
    postgresql_where=agenda.c.buried_at.is_(None),
)
Index(
    "agenda_buried",
    agenda.c.buried_at,
    sqlite_where=agenda.c.buried_at.is_not(None),
    postgresql_where=agenda.c.buried_at.is_not(None),
)

seen = Table(
    "seen",
    metadata,
    Column("source", Word, primary_key=True),
    Column("key", Word, primary_key=True),
    Column("answer", LargeBinary, nullable=False),  # sealed: the digest of what was asked, and what was answered
    Column("transfer", Word),  # what the message moved, if anything
    Column("at", BigInteger, nullable=False),  # when it was answered
    sqlite_with_rowid=False,
)
Index(
    "seen_forgettable",
    seen.c.at,
    sqlite_where=seen.c.transfer.is_(None),
    postgresql_where=seen.c.transfer.is_(None),
)

claims = Table(
    "claims",
    metadata,
    Column("claim", Word, primary_key=True),  # the index key's name, a blank, and a hash under it in hexadecimal digits
    Column("transfer", Word, nullable=False),
    sqlite_with_rowid=False,
)

reconciliation_rounds = Table(
    "reconciliation_rounds",
    metadata,
    Column("utility", Word, primary_key=True),
    Column("name", Word, primary_key=True),  # the night's date, or the moment at which it was asked for
    Column("began_at", BigInteger, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("lease", Word, nullable=False),
    Column("lease_until", BigInteger, nullable=False),
    Column("ended_at", BigInteger),
    Column("compared", BigInteger, nullable=False),  # transfers
    Column("party", Word),  # at whom it failed, if it did
    Column("what", Text),
    Column("again_at", BigInteger),  # when one that failed may begin anew
    sqlite_with_rowid=False,
)

reconciliation_findings = Table(
    "reconciliation_findings",
    metadata,
    Column("utility", Word, primary_key=True),
    Column("transfer", Word, primary_key=True),
    Column("divergence", Word, nullable=False),
    Column("here", Word),  # our state's code; none where it is missing here
    Column("there", Word),  # the stage that was stated; none where it is missing there
    Column("turn", Word, nullable=False),
    Column("remedy", Word, nullable=False),
    Column("done", Word, nullable=False),
    Column("first_seen", BigInteger, nullable=False),
    Column("last_seen", BigInteger, nullable=False),
    Column("closed_at", BigInteger),
    sqlite_with_rowid=False,
)

reversals = Table(
    "reversals",
    metadata,
    Column("transfer", Word, primary_key=True),
    Column("number", Integer, primary_key=True),  # from 1: the transfer's first, second, … reversal
    Column("version", BigInteger, nullable=False),
    Column("state", Word, nullable=False),  # the state's code
    Column("is_open", Boolean, nullable=False),
    Column("utility", Word, nullable=False),
    Column("opened_at", BigInteger, nullable=False),
    Column("updated_at", BigInteger, nullable=False),
    sqlite_with_rowid=False,
)
Index("reversals_opened", reversals.c.opened_at)

reversal_journal = Table(
    "reversal_journal",
    metadata,
    Column("transfer", Word, primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("sequence", BigInteger, primary_key=True),
    Column("at", BigInteger, nullable=False),
    Column("type", Word, nullable=False),  # the event's code
    Column("format", Integer, nullable=False),  # how `body` is packed
    Column("body", LargeBinary, nullable=False),  # sealed under the transfer's data key
    sqlite_with_rowid=False,
)
