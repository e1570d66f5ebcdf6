"""A case that accuses somebody of the place goes past the officers there."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """No case that is there already does."""
    op.add_column("case", sa.Column("past_officers", sa.Boolean(), server_default=sa.false(), nullable=False))


def downgrade() -> None:
    """From then on the officers of the place see these cases too."""
    op.drop_column("case", "past_officers")
