"""Transfers, their journal and agenda, messages seen, and claims."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

Word = sa.Text().with_variant(sa.String(collation="C"), "postgresql")


def upgrade() -> None:
    """Make the first tables."""
    op.create_table(
        "transfers",
        sa.Column("id", Word, primary_key=True),
        sa.Column("version", sa.BigInteger, nullable=False),
        sa.Column("state", Word, nullable=False),
        sa.Column("format", sa.Integer, nullable=False),
        sa.Column("details", sa.LargeBinary, nullable=False),
        sa.Column("facts", sa.LargeBinary, nullable=False),
        sa.Column("service", Word, nullable=False),
        sa.Column("utility", Word, nullable=False),
        sa.Column("is_open", sa.Boolean, nullable=False),
        sa.Column("submitted_at", sa.BigInteger, nullable=False),
        sa.Column("updated_at", sa.BigInteger, nullable=False),
    )
    op.create_table(
        "journal",
        sa.Column("transfer", Word, primary_key=True),
        sa.Column("sequence", sa.BigInteger, primary_key=True),
        sa.Column("at", sa.BigInteger, nullable=False),
        sa.Column("type", Word, nullable=False),
        sa.Column("format", sa.Integer, nullable=False),
        sa.Column("body", sa.LargeBinary, nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "agenda",
        sa.Column("transfer", Word, primary_key=True),
        sa.Column("duty", Word, primary_key=True),
        sa.Column("counterparty", Word, nullable=False),
        sa.Column("due_at", sa.BigInteger, nullable=False),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("lease", Word),
        sa.Column("lease_until", sa.BigInteger),
        sa.Column("buried_at", sa.BigInteger),
        sa.Column("why", sa.Text),
        sa.Column("doubt_since", sa.BigInteger),
        sqlite_with_rowid=False,
    )
    for name, columns, where in (
        ("agenda_due", ["due_at", "counterparty"], sa.text("buried_at IS NULL")),
        ("agenda_buried", ["buried_at"], sa.text("buried_at IS NOT NULL")),
    ):
        op.create_index(name, "agenda", columns, sqlite_where=where, postgresql_where=where)
    op.create_table(
        "seen",
        sa.Column("source", Word, primary_key=True),
        sa.Column("key", Word, primary_key=True),
        sa.Column("answer", sa.LargeBinary, nullable=False),
        sa.Column("transfer", Word),
        sa.Column("at", sa.BigInteger, nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_index(
        "seen_forgettable",
        "seen",
        ["at"],
        sqlite_where=sa.text("transfer IS NULL"),
        postgresql_where=sa.text("transfer IS NULL"),
    )
    op.create_table(
        "claims",
        sa.Column("claim", Word, primary_key=True),
        sa.Column("transfer", Word, nullable=False),
        sqlite_with_rowid=False,
    )
