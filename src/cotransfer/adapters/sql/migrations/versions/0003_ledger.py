"""What became of each task so far."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Add the ledger; of tasks that are there nothing is known yet."""
    op.add_column("agenda", sa.Column("ledger", sa.Text))
