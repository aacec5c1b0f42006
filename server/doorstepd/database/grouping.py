"""Writes that come at the same time, put together where that saves time.

SQLite has one writer and waits for the disk at each commit, so those who wait for their turn share a transaction: a
hundred short writes cost one commit. In PostgreSQL each has its own, as a shared one would hold rows locked in an
order that another process might not keep; only so many at a time, so that connections are left for readers.
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

from sqlalchemy.ext.asyncio import AsyncConnection

from doorstepd.database.engine import Database

_T = TypeVar("_T")
_MOST_TOGETHER = 64
_AT_ONCE = 12


class GroupedWrites:
    """Write transactions for many short, independent works."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._few = asyncio.Semaphore(_AT_ONCE)
        self._waiting: list[tuple[Callable[[AsyncConnection], Awaitable[Any]], asyncio.Future[Any]]] = []
        self._leader: asyncio.Task[None] | None = None

    async def run(self, work: Callable[[AsyncConnection], Awaitable[_T]]) -> _T:
        """The work's result, once it is committed. What the work raises undoes it alone, and is raised here.

        Raises Unavailable when the database cannot be reached; nothing was written then.
        """
        if not self._database.sqlite:
            async with self._few, self._database.writing() as c:
                return await work(c)
        future: asyncio.Future[_T] = asyncio.get_running_loop().create_future()
        self._waiting.append((work, future))
        if self._leader is None:
            self._leader = asyncio.create_task(self._lead(), name="grouped-writes")
        return await future

    async def _lead(self) -> None:
        try:
            while self._waiting:
                batch = self._waiting[:_MOST_TOGETHER]
                del self._waiting[:_MOST_TOGETHER]
                await self._together(batch)
        finally:
            self._leader = None

    async def _together(self, batch: list[tuple[Any, asyncio.Future[Any]]]) -> None:
        results: list[tuple[asyncio.Future[Any], Any, Exception | None]] = []
        try:
            async with self._database.writing() as c:
                for work, future in batch:
                    if not future.done():
                        results.append((future, *await _alone(c, work)))
                        await asyncio.sleep(0)  # statements do not wait here, so others would
        except Exception as error:
            results = [(future, None, error) for _, future in batch]
        for future, result, failure in results:
            if future.done():
                continue
            if failure is not None:
                future.set_exception(failure)
            else:
                future.set_result(result)


async def _alone(c: AsyncConnection, work: Callable[[AsyncConnection], Awaitable[Any]]) -> tuple[Any, Exception | None]:
    try:
        async with c.begin_nested():
            return await work(c), None
    except Exception as error:
        return None, error
