"""Keys of data, the audit trail, clients, grants, consents, look-ups and sessions.

From here on personal data is sealed, which no statement can do to what is there: a database that was filled before is
left as it is, and no release has ever filled one.
"""

import sqlalchemy as sa
from alembic import op

from cotransfer.adapters.sql.trouble import FilledInClear

revision = "0002"
down_revision = "0001"

Word = sa.Text().with_variant(sa.String(collation="C"), "postgresql")


def upgrade() -> None:
    """Make the tables of trust; raises `FilledInClear`."""
    if op.get_bind().scalar(sa.text("SELECT EXISTS (SELECT * FROM transfers) OR EXISTS (SELECT * FROM seen)")):
        raise FilledInClear
    _sealing()
    _audit()
    _access()
    _sharing()
    _people()


def _sealing() -> None:
    op.create_table(
        "data_keys",
        sa.Column("id", Word, primary_key=True),
        sa.Column("kek", Word, nullable=False),
        sa.Column("wrapped", sa.LargeBinary, nullable=False),
        sa.Column("made_at", sa.BigInteger, nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_index("data_keys_wrapped_by", "data_keys", ["kek", "id"])


def _audit() -> None:
    op.create_table(
        "audit_entries",
        sa.Column("chain", Word, primary_key=True),
        sa.Column("sequence", sa.BigInteger, primary_key=True),
        sa.Column("at", sa.BigInteger, nullable=False),
        sa.Column("body", sa.LargeBinary, nullable=False),
        sa.Column("hash", sa.LargeBinary, nullable=False),
        sa.Column("leaf", sa.BigInteger),
        sqlite_with_rowid=False,
    )
    gathered, waiting = sa.text("leaf IS NOT NULL"), sa.text("leaf IS NULL")
    op.create_index(
        "audit_gathered", "audit_entries", ["leaf"], unique=True, sqlite_where=gathered, postgresql_where=gathered
    )
    op.create_index(
        "audit_waiting", "audit_entries", ["chain", "sequence"], sqlite_where=waiting, postgresql_where=waiting
    )
    op.create_table(
        "audit_checkpoints",
        sa.Column("size", sa.BigInteger, primary_key=True),
        sa.Column("follows", sa.BigInteger, nullable=False, unique=True),
        sa.Column("at", sa.BigInteger, nullable=False),
        sa.Column("root", sa.LargeBinary, nullable=False),
        sa.Column("frontier", sa.LargeBinary, nullable=False),
        sa.Column("signer", Word, nullable=False),
        sa.Column("signature", sa.LargeBinary, nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "audit_subjects",
        sa.Column("subject", Word, primary_key=True),
        sa.Column("chain", Word, primary_key=True),
        sqlite_with_rowid=False,
    )
    op.create_index("audit_subjects_of", "audit_subjects", ["chain"])


def _access() -> None:
    op.create_table(
        "barred_clients",
        sa.Column("client", Word, primary_key=True),
        sa.Column("at", sa.BigInteger, nullable=False),
        sa.Column("who", sa.Text, nullable=False),
        sa.Column("why", sa.Text, nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "revoked_tokens",
        sa.Column("token", Word, primary_key=True),
        sa.Column("until", sa.BigInteger, nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "used_once",
        sa.Column("kind", Word, primary_key=True),
        sa.Column("nonce", Word, primary_key=True),
        sa.Column("until", sa.BigInteger, nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_index("used_once_over", "used_once", ["until"])


def _sharing() -> None:
    op.create_table(
        "grants",
        sa.Column("id", Word, primary_key=True),
        sa.Column("version", sa.BigInteger, nullable=False),
        sa.Column("counterparty", Word, nullable=False),
        sa.Column("body", sa.LargeBinary, nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "grant_days",
        sa.Column("grant", Word, primary_key=True),
        sa.Column("day", sa.Integer, primary_key=True),
        sa.Column("spent", sa.BigInteger, nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "consents",
        sa.Column("transfer", Word, primary_key=True),
        sa.Column("receiver", Word, primary_key=True),
        sa.Column("body", sa.LargeBinary, nullable=False),
        sa.Column("given_at", sa.BigInteger, nullable=False),
        sa.Column("withdrawn_at", sa.BigInteger),
        sqlite_with_rowid=False,
    )


def _people() -> None:
    op.create_table(
        "lookups",
        sa.Column("quota", Word, primary_key=True),
        sa.Column("whose", Word, primary_key=True),
        sa.Column("what", Word, primary_key=True),
        sa.Column("until", sa.BigInteger, nullable=False),
        sa.Column("spent", sa.BigInteger, nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_index("lookups_over", "lookups", ["until"])
    op.create_table(
        "sessions",
        sa.Column("id", Word, primary_key=True),
        sa.Column("subject", Word, nullable=False),
        sa.Column("body", sa.LargeBinary, nullable=False),
        sa.Column("until", sa.BigInteger, nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_index("sessions_over", "sessions", ["until"])
    op.create_index("sessions_of", "sessions", ["subject"])
