"""Runs the migrations on the connection that the server hands over; nothing is read from a file."""

from alembic import context

connection = context.config.attributes["connection"]
context.configure(
    connection=connection,
    target_metadata=context.config.attributes["target_metadata"],
    render_as_batch=connection.dialect.name == "sqlite",  # SQLite alters a table by writing it anew
    compare_type=True,
    compare_server_default=True,
)
with context.begin_transaction():
    context.run_migrations()
