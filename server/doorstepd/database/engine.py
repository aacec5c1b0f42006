"""One engine for SQLite and PostgreSQL, with transactions that mean the same on both."""

import asyncio
import os
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

from sqlalchemy import event
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import InvalidatePoolError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from doorstepd.database.inline import connect
from doorstepd.database.lone_reads import Rows, SqliteLoneReader, postgresql_lone_read
from doorstepd.database.outages import outages_told
from doorstepd.database.transactions import SqliteWriter, postgresql_transaction

_SQLITE_READERS = 8
_LONGEST_WAIT_S = 5.0
_PRAGMAS = ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "cache_size=-65536")


class Database:
    """A pool of connections. The only ways in are `reading()`, `writing()`, and for one statement `fetch_alone()`.

    SQLite has one writer at a time, so writers of this process queue here, where the wait is fair; those of other
    processes wait in SQLite. PostgreSQL needs no such lock.
    """

    def __init__(self, url: str, *, statement_timeout: float = 5.0, pool_size: int = 10) -> None:
        parsed = make_url(url)
        self.sqlite = parsed.get_backend_name() == "sqlite"
        self.engine = _sqlite(parsed) if self.sqlite else _postgresql(parsed, statement_timeout, pool_size)
        self.dialect = self.engine.dialect
        # PostgreSQL's usual level shows each statement another moment: a snapshot would be older than its revision.
        self._reader = self.engine if self.sqlite else self.engine.execution_options(isolation_level="REPEATABLE READ")
        self._writing, self._writer = asyncio.Lock(), SqliteWriter(self.engine)
        self._lone_reader = SqliteLoneReader(parsed.database or ":memory:") if self.sqlite else None
        # The pool's own queue lets newcomers pass those who wait: under load some would wait until they are refused.
        self._turns = asyncio.Semaphore(_SQLITE_READERS if self.sqlite else 2 * pool_size)

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[AsyncConnection]:
        """A read transaction: everything read in it is of one moment.

        Raises Unavailable when the database cannot be reached.
        """
        with outages_told():
            async with self._turn():
                if not self.sqlite:
                    async with self._reader.connect() as connection:
                        await connection.begin()
                        yield connection
                    return
                # Not `async with`: it closes in a task of its own, and this connection has nothing to wait for. So a
                # read that awaits nothing else is over before another begins.
                connection = await self._reader.connect()
                try:
                    await connection.begin()
                    yield connection
                finally:
                    await connection.close()

    @asynccontextmanager
    async def writing(self, *, by_driver: bool = False) -> AsyncIterator[AsyncConnection]:
        """A write transaction, committed on leaving, undone by an exception.

        Begun and ended `by_driver` it is cheaper where most statements are `Prepared`, and dearer where none are.
        Raises Unavailable when the database cannot be reached; nothing was written then, unless it went away during
        the commit.
        """
        with outages_told():
            if self.sqlite:
                async with self._writing, self._writer.transaction() as connection:
                    yield connection
                return
            begun = postgresql_transaction(self.engine) if by_driver else self.engine.begin()
            async with self._turn(), begun as connection:
                yield connection

    async def fetch_alone(self, sql: str, arguments: Sequence[Any]) -> Rows:
        """The rows of one statement that only reads: it sees one moment without a transaction around it, and takes a
        fraction of the time. For `Prepared`.

        Raises Unavailable when the database cannot be reached.
        """
        if self._lone_reader is not None:
            return self._lone_reader.fetch(sql, arguments)
        with outages_told():
            async with self._turn():
                return await postgresql_lone_read(self.engine, sql, arguments)

    @asynccontextmanager
    async def _turn(self) -> AsyncIterator[None]:
        """A connection is free for us. Raises PoolTimeout when none was for long."""
        if self._turns.locked():
            try:
                await asyncio.wait_for(self._turns.acquire(), _LONGEST_WAIT_S)
            except TimeoutError:
                raise PoolTimeout("every connection is in use") from None
        else:
            await self._turns.acquire()
        try:
            yield
        finally:
            self._turns.release()

    async def close(self) -> None:
        """Closes every connection."""
        await self._writer.close()
        if self._lone_reader is not None:
            self._lone_reader.close()
        await self.engine.dispose()


def _sqlite(url: URL) -> AsyncEngine:
    path = url.database or ":memory:"
    if path != ":memory:":
        os.makedirs(os.path.dirname(path) or ".", exist_ok=True)  # noqa: PTH103, PTH120
    engine = create_async_engine(
        url,
        pool_size=_SQLITE_READERS + 1,  # and the writer
        max_overflow=0,
        pool_timeout=5,
        connect_args={"async_creator_fn": lambda *_, **__: connect(path, _PRAGMAS)},
    )

    @event.listens_for(engine.sync_engine, "begin")
    def _begin(connection: Any) -> None:
        if not connection.connection.driver_connection.raw.in_transaction:  # else it is the writer's
            connection.exec_driver_sql("BEGIN")

    return engine


def _postgresql(url: URL, statement_timeout: float, pool_size: int) -> AsyncEngine:
    engine = create_async_engine(
        url,
        pool_size=pool_size,
        max_overflow=pool_size,
        pool_timeout=1,
        pool_pre_ping=False,
        connect_args={"timeout": 5, "command_timeout": statement_timeout},
    )

    @event.listens_for(engine.sync_engine, "checkout")
    def _still_open(connection: Any, _record: Any, _proxy: Any) -> None:
        if connection.driver_connection.is_closed():
            raise InvalidatePoolError  # the server went away, so the others are closed as well

    @event.listens_for(engine.sync_engine, "checkin")
    def _not_half_done(connection: Any, _record: Any) -> None:
        # Who is cancelled again while undoing leaves a transaction behind, and with it its locks.
        if connection is not None and connection.driver_connection.is_in_transaction():
            connection.driver_connection.terminate()

    return engine
