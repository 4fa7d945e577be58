"""Reversals of transfers, each with its journal."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"

Word = sa.Text().with_variant(sa.String(collation="C"), "postgresql")


def upgrade() -> None:
    """Make the two tables; nobody has questioned a transfer so far."""
    op.create_table(
        "reversals",
        sa.Column("transfer", Word, primary_key=True),
        sa.Column("number", sa.Integer, primary_key=True),
        sa.Column("version", sa.BigInteger, nullable=False),
        sa.Column("state", Word, nullable=False),
        sa.Column("is_open", sa.Boolean, nullable=False),
        sa.Column("utility", Word, nullable=False),
        sa.Column("opened_at", sa.BigInteger, nullable=False),
        sa.Column("updated_at", sa.BigInteger, nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_index("reversals_opened", "reversals", ["opened_at"])
    op.create_table(
        "reversal_journal",
        sa.Column("transfer", Word, primary_key=True),
        sa.Column("number", sa.Integer, primary_key=True),
        sa.Column("sequence", sa.BigInteger, primary_key=True),
        sa.Column("at", sa.BigInteger, nullable=False),
        sa.Column("type", Word, nullable=False),
        sa.Column("format", sa.Integer, nullable=False),
        sa.Column("body", sa.LargeBinary, nullable=False),
        sqlite_with_rowid=False,
    )
