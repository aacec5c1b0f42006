"""Single statements that only read, each without a transaction around it.

Through SQLAlchemy's a statement costs some 150 microseconds of a core, several times what SQLite takes to answer it,
and in PostgreSQL two more round trips.
"""

import sqlite3
from collections.abc import Sequence
from typing import Any

from sqlalchemy.ext.asyncio import AsyncEngine

from doorstepd.database.outages import is_outage
from doorstepd.database.transactions import driver_of
from doorstepd.errors import Unavailable

Rows = Sequence[Sequence[Any]]

_PRAGMAS = ("query_only=ON", "busy_timeout=1000", "cache_size=-65536", "mmap_size=2147418112")


class SqliteLoneReader:
    """The connection for them: nobody is waited for, as writers do not keep readers out."""

    def __init__(self, path: str) -> None:
        self._path = path
        self._connection: sqlite3.Connection | None = None

    def fetch(self, sql: str, arguments: Sequence[Any]) -> Rows:
        """Every row. Raises Unavailable when the file cannot be read; the next read opens it again."""
        try:
            if self._connection is None:
                self._connection = _opened(self._path)
            return self._connection.execute(sql, arguments).fetchall()
        except sqlite3.Error as error:
            if not is_outage(error):
                raise
            self.close()
            raise Unavailable from error

    def close(self) -> None:
        """Lets go of the file; the next read opens it again."""
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()


async def postgresql_lone_read(engine: AsyncEngine, sql: str, arguments: Sequence[Any]) -> Rows:
    """Every row. SQLAlchemy begins no transaction before its own statements, and a connection that answers no more is
    not used again."""
    async with engine.connect() as c:
        try:
            found: Rows = await driver_of(c).fetch(sql, *arguments)
        except Exception as error:
            if is_outage(error):
                await c.invalidate()
            raise
        return found


def _opened(path: str) -> sqlite3.Connection:
    connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    for pragma in _PRAGMAS:
        connection.execute(f"PRAGMA {pragma}")
    return connection
