"""Notes who looked at which order, so that a desk sees who worries. Gathered and written in batches."""

import asyncio
import contextlib
from collections import deque
from datetime import UTC, datetime
from typing import Any

import structlog
from sqlalchemy import insert

from doorstepd.access.callers import Caller
from doorstepd.database import Database
from doorstepd.database.prepared import Prepared
from doorstepd.database.tables import lookups

log = structlog.get_logger(__name__)

_EVERY_S = 1.0
_MOST = 10_000
_ADD = Prepared(insert(lookups))


class Lookups:
    """A look-up is noted without waiting; when the database is away the oldest notes are dropped, not the answers."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._waiting: deque[dict[str, Any]] = deque(maxlen=_MOST)
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begins to write."""
        self._task = asyncio.create_task(self._run(), name="lookups")

    async def stop(self) -> None:
        """Writes what waits, and ends."""
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task
        await self._write()

    def note(self, caller: Caller, order_id: str, customer_id: str) -> None:
        """The caller looked at the order."""
        self._waiting.append(
            {
                "merchant_id": caller.merchant_id,
                "order_id": order_id,
                "customer_id": customer_id,
                "role": caller.role.value,
                "lookup_time": datetime.now(UTC),
            }
        )

    async def _run(self) -> None:
        while True:
            await asyncio.sleep(_EVERY_S)
            await self._write()

    async def _write(self) -> None:
        batch = [self._waiting.popleft() for _ in range(len(self._waiting))]
        if not batch:
            return
        try:
            async with self._database.writing() as c:
                await _ADD.run(c, batch)
        except Exception as error:
            self._waiting.extendleft(reversed(batch))
            log.warning("lookups.not_written", kind=type(error).__name__, count=len(batch))
