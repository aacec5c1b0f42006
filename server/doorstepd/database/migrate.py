"""Brings a database to the present tables."""

import secrets
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import insert, select, text

from doorstepd.database.engine import Database
from doorstepd.database.tables import epochs

_LOCK = 7236417


async def migrate(database: Database) -> str:
    """Applies what is missing and answers the version; several processes may do this at once."""
    async with database.writing() as c:
        if not database.sqlite:
            await c.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
        version: str = await c.run_sync(_upgrade)
        if (await c.execute(select(epochs.c.epoch))).first() is None:
            await c.execute(insert(epochs), {"epoch": secrets.randbits(31), "create_time": datetime.now(UTC)})
    return version


def _upgrade(connection: Any) -> str:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    config.attributes["connection"] = connection
    head = ScriptDirectory.from_config(config).get_current_head() or ""
    if MigrationContext.configure(connection).get_current_revision() != head:
        command.upgrade(config, "head")
    return head
