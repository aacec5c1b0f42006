"""Removes what was kept for as long as it may be: look-ups and bells' reasons 30 days, expected times 90, places a day,
what carriers said of numbers without an order three.

Each worker does it once an hour; several at once only find less to do.
"""

import asyncio
import contextlib
import random
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import structlog
from sqlalchemy import Column, String, Table, cast, delete, select, tuple_, update
from sqlalchemy.ext.asyncio import AsyncConnection

from doorstepd.broadcast import NewestFixes
from doorstepd.database import Database
from doorstepd.database.tables import bell_reasons, early_reports, eta_history, lookups, merchants, reminders
from doorstepd.intake import early_reports as early
from doorstepd.logs import describe_failure
from doorstepd.positions import eta_store
from doorstepd.reminders import reason_store

log = structlog.get_logger(__name__)

LOOKUPS_KEPT = timedelta(days=30)
PLACES_KEPT = timedelta(hours=24)
_EVERY_S = 3600.0
_AT_ONCE = 1000


@dataclass(frozen=True, slots=True)
class Rule:
    """Rows of a table go when the time in this column is `kept` ago."""

    table: Table
    time: Column[datetime]
    kept: timedelta


RULES = (
    Rule(bell_reasons, bell_reasons.c.decide_time, reason_store.KEPT),
    Rule(eta_history, eta_history.c.made_time, eta_store.KEPT),
    Rule(early_reports, early_reports.c.receive_time, early.KEPT),
    Rule(lookups, lookups.c.lookup_time, LOOKUPS_KEPT),
)


class Retention:
    """One a process."""

    def __init__(self, database: Database, newest: NewestFixes) -> None:
        self._database = database
        self._newest = newest
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begins, at a moment of the hour that differs between processes."""
        self._task = asyncio.create_task(self._run(), name="retention")

    async def stop(self) -> None:
        """Ends; what is left is removed by the next."""
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task

    async def remove(self, now: datetime) -> int:
        """Removes what is due, a thousand rows a transaction so that nobody waits for it; how many rows."""
        removed = 0
        for rule in RULES:
            while gone := await self._part(rule, now):
                removed += gone
                await asyncio.sleep(0)
        while gone := await self._reasons_of_rings(now):
            removed += gone
        await self._places(now)
        return removed

    async def _run(self) -> None:
        await asyncio.sleep(random.uniform(0, _EVERY_S))
        while True:
            try:
                removed = await self.remove(datetime.now(UTC))
                log.info("retention.removed", rows=removed)
            except Exception as error:
                log.warning("retention.failed", **describe_failure(error))
            await asyncio.sleep(_EVERY_S)

    async def _part(self, rule: Rule, now: datetime) -> int:
        key = rule.table.primary_key.columns
        old = select(*key).where(rule.time < now - rule.kept).limit(_AT_ONCE)
        async with self._database.writing() as c:
            return await _count(c, delete(rule.table).where(tuple_(*key).in_(old)))

    async def _reasons_of_rings(self, now: datetime) -> int:
        """That a bell rang stays in the customer's history; how near the courier was does not."""
        key = reminders.primary_key.columns
        told = cast(reminders.c.reason, String) != "{}"
        old = select(*key).where(reminders.c.ring_time < now - reason_store.KEPT, told).limit(_AT_ONCE)
        async with self._database.writing() as c:
            return await _count(c, update(reminders).where(tuple_(*key).in_(old)).values(reason={}))

    async def _places(self, now: datetime) -> None:
        async with self._database.reading() as c:
            ids = (await c.execute(select(merchants.c.merchant_id))).scalars().all()
        for merchant_id in ids:
            await self._newest.forget(merchant_id, (now - PLACES_KEPT).timestamp())


async def _count(c: AsyncConnection, statement: object) -> int:
    return int((await c.execute(statement)).rowcount)  # type: ignore[call-overload]
