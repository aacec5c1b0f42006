"""Writes that come at the same time, put together: while one transaction commits, the next ones are gathered.

A commit waits for the disk and, in PostgreSQL, each statement for the network; a group pays for that once. Nobody waits
for company: a write that comes alone goes alone.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Generic, TypeVar

from sqlalchemy.ext.asyncio import AsyncConnection

from doorstepd.database.engine import Database
from doorstepd.errors import Unavailable

_MOST_TOGETHER = 64

Job = TypeVar("Job")
Done = TypeVar("Done")


class GroupedWrites(Generic[Job, Done]):
    """Short, independent writes of one kind.

    `write` carries out jobs in a transaction, in their order. Of a job that it refuses it writes nothing, and gives the
    refusal in place of a result; it raises when it cannot tell whose fault it is, and then nothing is written.
    """

    def __init__(
        self,
        database: Database,
        write: Callable[[AsyncConnection, Sequence[Job]], Awaitable[Sequence[Done | Exception]]],
    ) -> None:
        self._database = database
        self._write = write
        self._waiting: list[tuple[Job, asyncio.Future[Done]]] = []
        self._leader: asyncio.Task[None] | None = None

    async def run(self, job: Job) -> Done:
        """The job's result, once it is committed. Who gives up waiting takes nobody along.

        Raises the job's refusal, or Unavailable when the database cannot be reached; nothing was written then.
        """
        future: asyncio.Future[Done] = asyncio.get_running_loop().create_future()
        self._waiting.append((job, future))
        if self._leader is None:
            self._leader = asyncio.create_task(self._lead(), name="grouped-writes")
        return await future

    async def _lead(self) -> None:
        group: list[tuple[Job, asyncio.Future[Done]]] = []
        try:
            while self._waiting:
                group = self._waiting[:_MOST_TOGETHER]
                del self._waiting[:_MOST_TOGETHER]
                await self._together(group)
        finally:
            self._leader = None
            for _, future in group + self._waiting:
                future.cancel()  # of those that have no answer: we were stopped
            self._waiting.clear()

    async def _together(self, group: list[tuple[Job, asyncio.Future[Done]]]) -> None:
        """One transaction. A group that fails is halved, so that in the end only the job whose fault it is fails."""
        group = [(job, future) for job, future in group if not future.done()]
        if not group:
            return
        try:
            async with self._database.writing(by_driver=True) as c:
                outcomes: Sequence[Done | Exception] = await self._write(c, [job for job, _ in group])
        except Exception as error:
            if len(group) > 1 and not isinstance(error, Unavailable):
                half = len(group) // 2
                await self._together(group[:half])
                await self._together(group[half:])
                return
            outcomes = [error] * len(group)
        for (_, future), outcome in zip(group, outcomes, strict=True):
            _settle(future, outcome)


def _settle(future: asyncio.Future[Done], outcome: Done | Exception) -> None:
    if future.done():
        return
    if isinstance(outcome, Exception):
        future.set_exception(outcome)
    else:
        future.set_result(outcome)
