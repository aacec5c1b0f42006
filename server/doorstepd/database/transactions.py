"""Write transactions that the driver begins and ends itself: SQLAlchemy takes many times as long as SQLite for a BEGIN.

Within, statements may be run by the driver (`Prepared`) or by SQLAlchemy.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from doorstepd.database.inline import InlineConnection


def driver_of(c: AsyncConnection) -> Any:
    """The connection under SQLAlchemy's: an InlineConnection, or asyncpg's."""
    assert c.sync_connection is not None
    return c.sync_connection.connection.driver_connection


class SqliteWriter:
    """The connection that writes. It stays open, as taking one from the pool costs more than most transactions."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine
        self._connection: AsyncConnection | None = None

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[AsyncConnection]:
        """Committed on leaving, undone by an exception; one at a time."""
        if self._connection is None:
            self._connection = await self._engine.connect()
        c = self._connection
        driver: InlineConnection = driver_of(c)
        try:
            await driver.begin_writing()
            yield c
            await (c.commit() if c.in_transaction() else driver.commit())
        except BaseException:
            await self._undo(c, driver)
            raise

    async def _undo(self, c: AsyncConnection, driver: InlineConnection) -> None:
        try:
            if c.in_transaction():
                await c.rollback()
            await driver.rollback()
        except Exception:
            await self.close()

    async def close(self) -> None:
        """Gives the connection back; the next transaction takes another."""
        connection, self._connection = self._connection, None
        if connection is not None:
            await connection.close()


@asynccontextmanager
async def postgresql_transaction(engine: AsyncEngine) -> AsyncIterator[AsyncConnection]:
    """Committed on leaving, undone by an exception. What SQLAlchemy runs in it costs a savepoint of its own."""
    async with engine.connect() as c, driver_of(c).transaction(isolation="read_committed"):
        try:
            yield c
            if c.in_transaction():
                await c.commit()
        except BaseException:
            if c.in_transaction():
                await c.rollback()
            raise
