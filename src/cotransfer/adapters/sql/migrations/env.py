"""How Alembic runs here: on the transaction that `schema.upgrade` has begun. Never opens a connection of its own."""

from alembic import context

from cotransfer.adapters.sql.tables import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    transactional_ddl=True,  # True for SQLite as well: its transaction was begun in so many words.
)
with context.begin_transaction():
    context.run_migrations()
