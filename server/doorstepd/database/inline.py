"""SQLite on the event loop's own thread, for SQLAlchemy's aiosqlite dialect.

aiosqlite hands every step of every statement to another thread and back, which costs more than a hundred microseconds
each time, where the statement itself takes ten. Here statements run at once; only what may wait for the disk or for
another process, a commit and the taking of the write lock, goes to a thread.
"""

import asyncio
import contextlib
import sqlite3
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any, Self

_WAITING = ThreadPoolExecutor(max_workers=4, thread_name_prefix="sqlite")
_LONGEST_WAIT_S = 5.0
_TAKE_LOCK = "BEGIN IMMEDIATE"


class InlineCursor:
    """As much of aiosqlite's cursor as SQLAlchemy uses."""

    def __init__(self, cursor: sqlite3.Cursor) -> None:
        self._cursor = cursor

    async def __aenter__(self) -> Self:
        return self

    async def execute(self, statement: str, parameters: Sequence[Any] = ()) -> None:
        """Runs a statement."""
        self._cursor.execute(statement, parameters)

    async def executemany(self, statement: str, parameters: Sequence[Sequence[Any]]) -> None:
        """Runs a statement for each row."""
        self._cursor.executemany(statement, parameters)

    async def fetchone(self) -> Any:
        """The next row."""
        return self._cursor.fetchone()

    async def fetchmany(self, size: int | None = None) -> list[Any]:
        """The next rows."""
        return self._cursor.fetchmany(size or self._cursor.arraysize)

    async def fetchall(self) -> list[Any]:
        """All rows that are left."""
        return self._cursor.fetchall()

    async def close(self) -> None:
        """Lets go of the statement."""
        self._cursor.close()

    @property
    def description(self) -> Any:
        """The columns."""
        return self._cursor.description

    @property
    def rowcount(self) -> int:
        """Rows changed."""
        return self._cursor.rowcount

    @property
    def lastrowid(self) -> int | None:
        """The row inserted last."""
        return self._cursor.lastrowid

    @property
    def arraysize(self) -> int:
        """Rows that `fetchmany` gives unasked."""
        return self._cursor.arraysize


class InlineConnection:
    """As much of aiosqlite's connection as SQLAlchemy uses. Used by one task at a time, which the pool sees to."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._conn = connection
        self._connection: sqlite3.Connection | None = connection  # None once closed; SQLAlchemy asks

    @property
    def raw(self) -> sqlite3.Connection:
        """For statements that need nothing of SQLAlchemy's."""
        return self._conn

    def cursor(self) -> InlineCursor:
        """A new cursor."""
        return InlineCursor(self._conn.cursor())

    async def begin_writing(self) -> None:
        """Takes the write lock; where another process has it, this is waited for elsewhere.

        A deferred transaction that turned into a writer would fail at once when another writes.
        """
        if not self._free():
            await _elsewhere(partial(self._conn.execute, _TAKE_LOCK))

    def _free(self) -> bool:
        """Takes the write lock if that can be had without waiting."""
        self._conn.execute("PRAGMA busy_timeout=0")
        try:
            self._conn.execute(_TAKE_LOCK)
        except sqlite3.OperationalError:
            return False
        finally:
            self._conn.execute(f"PRAGMA busy_timeout={int(_LONGEST_WAIT_S * 1000)}")
        return True

    async def commit(self) -> None:
        """Waits for the disk, elsewhere. What only read has nothing to wait for."""
        if self._conn.total_changes == 0 or not self._conn.in_transaction:
            self._conn.commit()
        else:
            await _elsewhere(self._conn.commit)

    async def rollback(self) -> None:
        """Undoes what was not committed."""
        self._conn.rollback()

    async def create_function(self, *args: Any, **options: Any) -> None:
        """SQLAlchemy adds a few functions of its own."""
        self._conn.create_function(*args, **options)

    async def close(self) -> None:
        """Closes; again is harmless."""
        if self._connection is not None:
            self._connection = None
            self._conn.close()

    def stop(self) -> None:
        """Closes without waiting for anything."""
        self._connection = None
        self._conn.close()


async def _elsewhere(work: Callable[[], object]) -> None:
    """In a thread. Who is cancelled meanwhile, however often, waits for its end all the same: the connection is in use
    until then, and a write lock that nobody waited for would be kept."""
    begun = asyncio.get_running_loop().run_in_executor(_WAITING, work)
    try:
        await asyncio.shield(begun)
    except asyncio.CancelledError:
        while not begun.done():
            with contextlib.suppress(asyncio.CancelledError):
                await asyncio.wait([begun])
        raise


async def connect(path: str, pragmas: Sequence[str]) -> InlineConnection:
    """An open connection, set up. Transactions are begun by whoever uses it."""
    connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False, timeout=_LONGEST_WAIT_S)
    for pragma in pragmas:
        connection.execute(f"PRAGMA {pragma}")
    return InlineConnection(connection)
