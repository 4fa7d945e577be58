"""Under which correlation ids each event came."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Add them, sealed; of events that are there they are not known."""
    op.add_column("journal", sa.Column("brought", sa.LargeBinary))
