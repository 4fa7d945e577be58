"""The rounds of reconciliation, and what they found."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"

Word = sa.Text().with_variant(sa.String(collation="C"), "postgresql")


def upgrade() -> None:
    """Make its two tables."""
    op.create_table(
        "reconciliation_rounds",
        sa.Column("utility", Word, primary_key=True),
        sa.Column("name", Word, primary_key=True),
        sa.Column("began_at", sa.BigInteger, nullable=False),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("lease", Word, nullable=False),
        sa.Column("lease_until", sa.BigInteger, nullable=False),
        sa.Column("ended_at", sa.BigInteger),
        sa.Column("compared", sa.BigInteger, nullable=False),
        sa.Column("party", Word),
        sa.Column("what", sa.Text),
        sa.Column("again_at", sa.BigInteger),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "reconciliation_findings",
        sa.Column("utility", Word, primary_key=True),
        sa.Column("transfer", Word, primary_key=True),
        sa.Column("divergence", Word, nullable=False),
        sa.Column("here", Word),
        sa.Column("there", Word),
        sa.Column("turn", Word, nullable=False),
        sa.Column("remedy", Word, nullable=False),
        sa.Column("done", Word, nullable=False),
        sa.Column("first_seen", sa.BigInteger, nullable=False),
        sa.Column("last_seen", sa.BigInteger, nullable=False),
        sa.Column("closed_at", sa.BigInteger),
        sqlite_with_rowid=False,
    )
