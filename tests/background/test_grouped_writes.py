"""Many short writes at once: each stands or falls alone."""

import asyncio
from datetime import UTC, datetime

import pytest
from databases import opened
from sqlalchemy import insert, select

from doorstepd.database.grouping import GroupedWrites
from doorstepd.database.tables import customers
from doorstepd.errors import Unavailable

NOW = datetime(2026, 11, 12, tzinfo=UTC)


def adding(name: str, fails: bool = False):
    async def work(c):
        row = {"merchant_id": "m", "customer_id": name, "settings": {}, "create_time": NOW}
        await c.execute(insert(customers), row)
        if fails:
            raise ZeroDivisionError
        return name

    return work


async def names(database) -> set[str]:
    async with database.reading() as c:
        return set((await c.execute(select(customers.c.customer_id))).scalars())


async def test_of_many_at_once_those_that_fail_leave_nothing_and_the_others_stay(url):
    async with opened(url) as database:
        writes = GroupedWrites(database)
        works = [adding(f"c{n}", fails=n % 5 == 0) for n in range(200)]
        outcomes = await asyncio.gather(*map(writes.run, works), return_exceptions=True)
        assert [isinstance(one, ZeroDivisionError) for one in outcomes] == [n % 5 == 0 for n in range(200)]
        assert await names(database) == {f"c{n}" for n in range(200) if n % 5}


async def test_what_was_answered_is_committed_and_seen_by_another_process(url):
    async with opened(url) as one, opened(url) as two:
        writes = GroupedWrites(one)

        async def told(name):
            await writes.run(adding(name))
            return name in await names(two)

        assert all(await asyncio.gather(*(told(f"c{n}") for n in range(30))))


async def test_processes_on_one_database_write_side_by_side(url):
    async with opened(url) as one, opened(url) as two:
        groups = [GroupedWrites(one), GroupedWrites(two)]
        await asyncio.gather(*(groups[n % 2].run(adding(f"c{n}")) for n in range(60)))
        assert len(await names(one)) == 60


async def test_a_caller_who_leaves_takes_nobody_along(url):
    async with opened(url) as database:
        writes = GroupedWrites(database)
        tasks = [asyncio.create_task(writes.run(adding(f"c{n}"))) for n in range(20)]
        await asyncio.sleep(0)
        tasks[3].cancel()
        outcomes = await asyncio.gather(*tasks, return_exceptions=True)
        assert [isinstance(one, asyncio.CancelledError) for one in outcomes].count(True) == 1
        assert {f"c{n}" for n in range(20) if n != 3} <= await names(database)


@pytest.mark.parametrize("kind", ["sqlite"])
async def test_all_who_wait_are_told_when_the_database_is_away(url, monkeypatch):
    async with opened(url) as database:

        def away():
            raise Unavailable

        monkeypatch.setattr(database, "writing", away)
        writes = GroupedWrites(database)
        outcomes = await asyncio.gather(*(writes.run(adding(f"c{n}")) for n in range(5)), return_exceptions=True)
        assert all(isinstance(one, Unavailable) for one in outcomes)
        monkeypatch.undo()
        assert await writes.run(adding("later")) == "later"
