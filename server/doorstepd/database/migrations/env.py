"""What Alembic runs. The connection is ours, so that a migration is one transaction on either database."""

from alembic import context

from doorstepd.database.tables import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    render_as_batch=True,
    compare_type=False,
)
with context.begin_transaction():
    context.run_migrations()
