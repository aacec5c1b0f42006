"""What may be kept for a time is gone after it, and nothing else."""

import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from databases import opened
from sqlalchemy import func, insert, select
from valkey_process import valkey_process

from doorstepd.background.retention import Retention
from doorstepd.broadcast import Broadcast, NewestFix, NewestFixes
from doorstepd.database import Database
from doorstepd.database.tables import bell_reasons, eta_history, lookups, merchants, reminders

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
WHY = {"cause": "came_near", "distance_m": 900.0}


def days(age: float) -> datetime:
    return NOW - timedelta(days=age)


def look(age: float) -> dict[str, Any]:
    return {"merchant_id": "m", "order_id": "o", "customer_id": "c", "role": "customer", "lookup_time": days(age)}


def reason(parcel_id: str, age: float) -> dict[str, Any]:
    return {
        "merchant_id": "m",
        "parcel_id": parcel_id,
        "attempt": 1,
        "rang": True,
        "reason": WHY,
        "decide_time": days(age),
    }


def ring(parcel_id: str, age: float) -> dict[str, Any]:
    told = {"text_zh": "快到了", "text_en": "Nearly there", "reason": WHY, "ring_time": days(age)}
    return {"merchant_id": "m", "parcel_id": parcel_id, "attempt": 1, "kind": "courier_near", **told}


def expected(parcel_id: str, age: float) -> dict[str, Any]:
    times = dict.fromkeys(("made_time", "earliest_time", "expected_time", "latest_time"), days(age))
    return {"merchant_id": "m", "parcel_id": parcel_id, "attempt": 1, **times}


@asynccontextmanager
async def keeping(url: str) -> AsyncIterator[tuple[Database, NewestFixes, Retention]]:
    with valkey_process() as valkey:
        async with opened(url) as database:
            bus = Broadcast(valkey.url)
            newest = NewestFixes(bus)
            await bus.start()
            try:
                yield database, newest, Retention(database, newest)
            finally:
                await newest.close()
                await bus.stop()


async def count(database: Database, table: Any) -> int:
    async with database.reading() as c:
        return int((await c.execute(select(func.count()).select_from(table))).scalar_one())


@pytest.mark.parametrize(
    ("table", "row", "kept"),
    [
        (lookups, lambda n, age: look(age), 30),
        (bell_reasons, lambda n, age: reason(f"p{n}", age), 30),
        (eta_history, lambda n, age: expected(f"p{n}", age), 90),
    ],
)
async def test_rows_go_when_their_time_is_over(url: str, table: Any, row: Any, kept: int) -> None:
    async with keeping(url) as (database, _, retention):
        async with database.writing() as c:
            old = [row(n, kept + 0.1 + n % 300) for n in range(2500)]
            await c.execute(insert(table), [*old, row(9000, kept - 0.1), row(9001, 0)])
        assert await retention.remove(NOW) == 2500
        assert await count(database, table) == 2
        assert await retention.remove(NOW) == 0


async def test_of_an_old_ring_stays_that_it_rang_and_not_how_near(url: str) -> None:
    async with keeping(url) as (database, _, retention):
        async with database.writing() as c:
            await c.execute(insert(reminders), [ring("old", 31), ring("new", 29)])
        assert await retention.remove(NOW) == 1
        async with database.reading() as c:
            left = {row[0]: row[1] for row in await c.execute(select(reminders.c.parcel_id, reminders.c.reason))}
        assert left == {"old": {}, "new": WHY}
        assert await retention.remove(NOW) == 0


async def test_a_place_goes_after_a_day_while_others_of_the_merchant_move_on(url: str) -> None:
    async with keeping(url) as (database, newest, retention):
        async with database.writing() as c:
            shop = {"merchant_id": "m", "name": "", "webhook_secret": "s", "settings": {}, "create_time": NOW}
            await c.execute(insert(merchants), [shop])
        now = time.time()
        names = [f"k{number}" for number in range(40)]
        newest.put("m", [NewestFix(name, now - (90_000 if name < "k2" else 60), 1, b"") for name in names])
        while len(await newest.all("m")) < len(names):
            pass
        await retention.remove(datetime.now(UTC))
        assert set(await newest.all("m")) == {name for name in names if name >= "k2"}
