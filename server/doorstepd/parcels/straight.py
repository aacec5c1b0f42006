"""Single statements that only read, straight to the driver.

Through SQLAlchemy a statement costs some 150 microseconds of a core, several times what SQLite takes to answer it, and
in PostgreSQL a transaction around it costs two more round trips. A single statement needs neither.
"""

import json
import sqlite3
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager
from typing import Any

import asyncpg
from sqlalchemy.ext.asyncio import AsyncConnection

from doorstepd.database import Database
from doorstepd.errors import Unavailable

Rows = Sequence[Sequence[Any]]

_PRAGMAS = ("query_only=ON", "busy_timeout=1000", "cache_size=-65536", "mmap_size=2147418112")


def placeholders(*, sqlite: bool) -> tuple[str, str]:
    """How a statement names its two parameters: the merchant, and what says of a column that it is one of the IDs."""
    return ("?1", "IN (SELECT value FROM json_each(?2))") if sqlite else ("$1", "= ANY (CAST($2 AS text[]))")


class Straight:
    """Reads of one merchant's rows by a list of IDs."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._path = database.engine.url.database if database.sqlite else None
        self._connection: sqlite3.Connection | None = None

    async def fetch(
        self, statement: str, merchant_id: str, ids: Iterable[str], among: AsyncConnection | None = None
    ) -> Rows:
        """All rows, in the transaction of `among` if given. Raises Unavailable when the database cannot be reached."""
        if among is not None:
            return await _within(among, statement, self._parameters(merchant_id, ids))
        if self._path is not None:
            return self._at_once(self._path, statement, self._parameters(merchant_id, ids))
        async with self._driver() as connection:
            found: Rows = await connection.fetch(statement, *self._parameters(merchant_id, ids))
            return found

    def _parameters(self, merchant_id: str, ids: Iterable[str]) -> tuple[str, Any]:
        return merchant_id, json.dumps(list(ids)) if self._database.sqlite else list(ids)

    def _at_once(self, path: str, statement: str, parameters: tuple[str, Any]) -> Rows:
        """In SQLite: nobody is waited for, as writers do not keep readers out."""
        try:
            if self._connection is None:
                self._connection = _opened(path)
            return self._connection.execute(statement, parameters).fetchall()
        except sqlite3.OperationalError as error:
            self.close()
            raise Unavailable from error

    @asynccontextmanager
    async def _driver(self) -> AsyncIterator[Any]:
        """A connection of the pool, as asyncpg has it: SQLAlchemy begins no transaction before its own statements."""
        async with self._database.reading() as c:
            try:
                yield (await c.get_raw_connection()).driver_connection
            except (asyncpg.PostgresConnectionError, asyncpg.InterfaceError, OSError) as error:
                await c.invalidate()
                raise Unavailable from error

    def close(self) -> None:
        """Lets go of the database; the next read opens it again."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None


async def _within(c: AsyncConnection, statement: str, parameters: tuple[str, Any]) -> Rows:
    return (await c.exec_driver_sql(statement, parameters)).fetchall()


def _opened(path: str) -> sqlite3.Connection:
    connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    for pragma in _PRAGMAS:
        connection.execute(f"PRAGMA {pragma}")
    return connection
