"""Reach is counted per commune; a primary key grows only by making the table anew."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Keep what was counted, with the commune unknown."""
    op.rename_table("reach", "reach_before")
    _reach("pk_reach_by_commune", sa.Column("locality", sa.String(length=16), nullable=False))
    columns = "day, card, audience, locality, count"
    op.execute(f"INSERT INTO reach ({columns}) SELECT day, card, audience, '', count FROM reach_before")  # noqa: S608
    op.drop_table("reach_before")


def downgrade() -> None:
    """Keep what was counted, the communes added up."""
    op.rename_table("reach", "reach_before")
    _reach("pk_reach")
    op.execute(
        "INSERT INTO reach (day, card, audience, count)"
        " SELECT day, card, audience, SUM(count) FROM reach_before GROUP BY day, card, audience"
    )
    op.drop_table("reach_before")


def _reach(key: str, *more: sa.Column[str]) -> None:
    names = ["day", "card", "audience", *(column.name for column in more)]
    op.create_table(
        "reach",
        sa.Column("day", sa.String(length=10), nullable=False),
        sa.Column("card", sa.String(length=64), nullable=False),
        sa.Column("audience", sa.String(length=24), nullable=False),
        *more,
        sa.Column("count", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint(*names, name=key),
    )
