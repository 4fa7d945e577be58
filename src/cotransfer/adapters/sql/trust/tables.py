"""The tables of trust: keys, clients, grants, consents, sessions, look-ups, and the audit trail.

Times are whole microseconds since 1970 in UTC, as everywhere. Nothing here holds a personal value in clear: it is
sealed, or a keyed hash of it.
"""

from sqlalchemy import BigInteger, Column, Index, Integer, LargeBinary, Table, Text

from cotransfer.adapters.sql.tables import Word, metadata

data_keys = Table(
    "data_keys",
    metadata,
    Column("id", Word, primary_key=True),  # the transfer's identifier, or of what else is sealed under it
    Column("kek", Word, nullable=False),  # the key that wraps it
    Column("wrapped", LargeBinary, nullable=False),
    Column("made_at", BigInteger, nullable=False),
    sqlite_with_rowid=False,
)
Index("data_keys_wrapped_by", data_keys.c.kek, data_keys.c.id)

audit_entries = Table(
    "audit_entries",
    metadata,
    Column("chain", Word, primary_key=True),  # the transfer's identifier, or of what else has a chain of its own
    Column("sequence", BigInteger, primary_key=True),  # from 1 without a gap
    Column("at", BigInteger, nullable=False),
    Column("body", LargeBinary, nullable=False),  # canonical JSON, with the hash of the entry before it in the chain
    Column("hash", LargeBinary, nullable=False),  # SHA-256(0x00 || body): the leaf of the tree, the link of the chain
    Column("leaf", BigInteger),  # its place in the tree, from 0; none until it is gathered
    sqlite_with_rowid=False,
)
Index(
    "audit_gathered",
    audit_entries.c.leaf,
    unique=True,
    sqlite_where=audit_entries.c.leaf.is_not(None),
    postgresql_where=audit_entries.c.leaf.is_not(None),
)
Index(
    "audit_waiting",
    audit_entries.c.chain,
    audit_entries.c.sequence,
    sqlite_where=audit_entries.c.leaf.is_(None),
    postgresql_where=audit_entries.c.leaf.is_(None),
)

audit_checkpoints = Table(
    "audit_checkpoints",
    metadata,
    Column("size", BigInteger, primary_key=True),  # leaves under the root
    Column("follows", BigInteger, nullable=False, unique=True),  # size of the one before: of two rivals one is stored
    Column("at", BigInteger, nullable=False),
    Column("root", LargeBinary, nullable=False),
    Column("frontier", LargeBinary, nullable=False),  # hashes of the complete subtrees, the largest first
    Column("signer", Word, nullable=False),
    Column("signature", LargeBinary, nullable=False),
    sqlite_with_rowid=False,
)

audit_subjects = Table(
    "audit_subjects",
    metadata,
    Column("subject", Word, primary_key=True),  # as in `claims`: an index key's name, and a hash of an identity number
    Column("chain", Word, primary_key=True),
    sqlite_with_rowid=False,
)
Index("audit_subjects_of", audit_subjects.c.chain)

grants = Table(
    "grants",
    metadata,
    Column("id", Word, primary_key=True),
    Column("version", BigInteger, nullable=False),
    Column("counterparty", Word, nullable=False),
    Column("body", LargeBinary, nullable=False),
    sqlite_with_rowid=False,
)

grant_days = Table(
    "grant_days",
    metadata,
    Column("grant", Word, primary_key=True),
    Column("day", Integer, primary_key=True),  # days since 1970 in the scheme's time zone
    Column("spent", BigInteger, nullable=False),
    sqlite_with_rowid=False,
)

barred_clients = Table(
    "barred_clients",
    metadata,
    Column("client", Word, primary_key=True),
    Column("at", BigInteger, nullable=False),
    Column("who", Text, nullable=False),
    Column("why", Text, nullable=False),
    sqlite_with_rowid=False,
)

revoked_tokens = Table(
    "revoked_tokens",
    metadata,
    Column("token", Word, primary_key=True),  # its jti
    Column("until", BigInteger, nullable=False),
    sqlite_with_rowid=False,
)

used_once = Table(
    "used_once",
    metadata,
    Column("kind", Word, primary_key=True),
    Column("nonce", Word, primary_key=True),
    Column("until", BigInteger, nullable=False),
    sqlite_with_rowid=False,
)
Index("used_once_over", used_once.c.until)

consents = Table(
    "consents",
    metadata,
    Column("transfer", Word, primary_key=True),
    Column("receiver", Word, primary_key=True),
    Column("body", LargeBinary, nullable=False),
    Column("given_at", BigInteger, nullable=False),
    Column("withdrawn_at", BigInteger),
    sqlite_with_rowid=False,
)

lookups = Table(
    "lookups",
    metadata,
    Column("quota", Word, primary_key=True),  # which limit it counts towards
    Column("whose", Word, primary_key=True),  # a keyed hash: of a citizen, a certificate; or a client's name
    Column("what", Word, primary_key=True),  # a keyed hash of the account number; "" where only a number counts
    Column("until", BigInteger, nullable=False),  # when it stops counting
    Column("spent", BigInteger, nullable=False),
    sqlite_with_rowid=False,
)
Index("lookups_over", lookups.c.until)

sessions = Table(
    "sessions",
    metadata,
    Column("id", Word, primary_key=True),  # a hash of what the browser or the platform shows
    Column("subject", Word, nullable=False),  # a keyed hash of who is signed in
    Column("body", LargeBinary, nullable=False),  # sealed under what is shown
    Column("until", BigInteger, nullable=False),
    sqlite_with_rowid=False,
)
Index("sessions_over", sessions.c.until)
Index("sessions_of", sessions.c.subject)
