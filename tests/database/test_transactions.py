"""What `reading` and `writing` promise, on both databases."""

import asyncio
from datetime import UTC, datetime, timedelta, timezone

import pytest
from databases import opened
from sqlalchemy import func, insert, select
from sqlalchemy.exc import StatementError

from doorstepd.database import Database
from doorstepd.database.tables import customers
from doorstepd.errors import Unavailable

NOON = datetime(2026, 11, 7, 12, 0, 0, 123456, UTC)


def customer(number, time=NOON, settings=None):
    return {"merchant_id": "m", "customer_id": f"c{number}", "settings": settings or {}, "create_time": time}


async def count(c):
    return (await c.execute(select(func.count()).select_from(customers))).scalar_one()


async def test_a_write_that_raises_leaves_nothing(database):
    async def write_and_fail():
        async with database.writing() as c:
            await c.execute(insert(customers), customer(1))
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await write_and_fail()
    async with database.reading() as c:
        assert await count(c) == 0


async def test_a_cancelled_write_leaves_nothing_and_the_next_one_goes_on(database):
    inside = asyncio.Event()

    async def half():
        async with database.writing() as c:
            await c.execute(insert(customers), customer(1))
            inside.set()
            await asyncio.sleep(60)

    task = asyncio.create_task(half())
    await inside.wait()
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    async with database.writing() as c:
        await c.execute(insert(customers), customer(2))
    async with database.reading() as c:
        assert (await c.execute(select(customers.c.customer_id))).scalars().all() == ["c2"]


async def test_everything_read_in_one_transaction_is_of_one_moment(url):
    async with opened(url) as one, opened(url) as other, one.reading() as c:
        before = await count(c)
        async with other.writing() as w:
            await w.execute(insert(customers), customer(1))
        assert (before, await count(c)) == (0, 0)


async def test_writers_of_several_processes_take_turns(url):
    async def write(database: Database, numbers):
        for number in numbers:
            async with database.writing() as c:
                await c.execute(insert(customers), customer(number))

    async with opened(url) as one, opened(url) as two:
        await asyncio.gather(
            *(write(one, range(n, 40, 8)) for n in range(4)), *(write(two, range(n, 40, 8)) for n in range(4, 8))
        )
        async with one.reading() as c:
            assert await count(c) == 40


async def test_instants_come_back_as_they_were_in_utc(database):
    shanghai = NOON.astimezone(timezone(timedelta(hours=8)))
    old = datetime(1969, 7, 20, 20, 17, 40, 1, UTC)
    async with database.writing() as c:
        await c.execute(insert(customers), [customer(1, shanghai), customer(2, old)])
    async with database.reading() as c:
        found = (await c.execute(select(customers.c.create_time).order_by(customers.c.customer_id))).scalars().all()
    assert found == [NOON, old]
    assert all(one.utcoffset() == timedelta(0) for one in found)


async def test_a_naive_time_is_refused(database):
    async with database.writing() as c:
        with pytest.raises(StatementError, match="naive"):
            await c.execute(insert(customers), customer(1, datetime(2026, 11, 7)))


async def test_json_comes_back_as_it_was(database):
    settings = {"名": ["张", 1, None, 1.5], "quiet": {"from": "22:00"}}
    async with database.writing() as c:
        await c.execute(insert(customers), customer(1, settings=settings))
    async with database.reading() as c:
        assert (await c.execute(select(customers.c.settings))).scalar_one() == settings


async def test_a_database_that_is_away_is_unavailable_and_not_an_error_of_ours(tmp_path):
    urls = (
        "postgresql+asyncpg://nobody@127.0.0.1:1/none",
        f"postgresql+asyncpg://nobody@/none?host={tmp_path}/nowhere",
    )
    for url in urls:
        async with opened(url) as database:
            with pytest.raises(Unavailable):
                async with database.reading():
                    pass
            with pytest.raises(Unavailable):
                async with database.writing():
                    pass
            with pytest.raises(Unavailable):
                await database.fetch_alone("SELECT 1", ())
