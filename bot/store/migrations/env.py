"""Runs the migrations on the connection that bot.store.schema hands in."""

from __future__ import annotations

from alembic import context

from bot.store.models import Base

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Base.metadata,
    transactional_ddl=True,  # SQLite too can take back a table: a half-made migration leaves nothing
)
with context.begin_transaction():
    context.run_migrations()
