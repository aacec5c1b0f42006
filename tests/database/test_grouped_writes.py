"""Writes that wait for each other go together, and each stands or falls alone."""

import asyncio
from contextlib import asynccontextmanager
from datetime import UTC, datetime

import pytest
from databases import opened
from sqlalchemy import insert, select

from doorstepd.database.grouping import GroupedWrites
from doorstepd.database.tables import customers
from doorstepd.errors import NotFound, Unavailable

NOW = datetime(2026, 11, 12, tzinfo=UTC)


async def add(c, names):
    """Adds customers; refuses some by name, and chokes on others."""
    for name in names:
        if not name.startswith("refused"):
            await c.execute(insert(customers), row(name))
        if name.startswith("poison"):
            raise ZeroDivisionError
    return [NotFound() if name.startswith("refused") else name for name in names]


def row(name):
    return {"merchant_id": "m", "customer_id": name, "settings": {}, "create_time": NOW}


async def kept(database) -> set[str]:
    async with database.reading() as c:
        return set((await c.execute(select(customers.c.customer_id))).scalars())


async def all_at_once(writes, names):
    return await asyncio.gather(*map(writes.run, names), return_exceptions=True)


class Counting:
    """A database that counts its write transactions, and waits with each until it may go on."""

    def __init__(self, database):
        self.database, self.transactions = database, 0
        self.may_go_on = asyncio.Event()
        self.begun = asyncio.Event()

    @asynccontextmanager
    async def writing(self, by_driver):
        self.transactions += 1
        self.begun.set()
        async with self.database.writing(by_driver=by_driver) as c:
            yield c
            await self.may_go_on.wait()


async def test_what_arrives_while_one_transaction_is_written_goes_into_the_next(database):
    slow = Counting(database)
    writes = GroupedWrites(slow, add)
    first = asyncio.create_task(writes.run("c0"))
    await slow.begun.wait()
    others = [asyncio.create_task(writes.run(f"c{n}")) for n in range(1, 40)]
    await asyncio.sleep(0)
    slow.may_go_on.set()
    assert await asyncio.gather(first, *others) == [f"c{n}" for n in range(40)]
    assert slow.transactions == 2


async def test_nobody_is_answered_before_the_commit(database):
    slow = Counting(database)
    writes = GroupedWrites(slow, add)
    waiting = asyncio.create_task(writes.run("c0"))
    await slow.begun.wait()
    assert not (await asyncio.wait([waiting], timeout=0.1))[0]
    assert await kept(database) == set()
    slow.may_go_on.set()
    assert await waiting == "c0"


async def test_of_many_at_once_those_that_choke_leave_nothing_and_the_others_stay(database):
    names = [f"poison{n}" if n % 5 == 0 else f"c{n}" for n in range(200)]
    outcomes = await all_at_once(GroupedWrites(database, add), names)
    assert [isinstance(one, ZeroDivisionError) for one in outcomes] == [n % 5 == 0 for n in range(200)]
    assert await kept(database) == {f"c{n}" for n in range(200) if n % 5}


async def test_a_refusal_is_its_own_jobs_and_costs_the_others_nothing(database):
    slow = Counting(database)
    slow.may_go_on.set()
    outcomes = await all_at_once(GroupedWrites(slow, add), ["a", "refused", "b"])
    assert (outcomes[0], type(outcomes[1]), outcomes[2]) == ("a", NotFound, "b")
    assert slow.transactions == 1


async def test_what_was_answered_is_committed_and_seen_by_another_process(url):
    async with opened(url) as one, opened(url) as two:
        writes = GroupedWrites(one, add)

        async def told(name):
            await writes.run(name)
            return name in await kept(two)

        assert all(await asyncio.gather(*(told(f"c{n}") for n in range(30))))


async def test_processes_on_one_database_write_side_by_side(url):
    async with opened(url) as one, opened(url) as two:
        groups = [GroupedWrites(one, add), GroupedWrites(two, add)]
        await asyncio.gather(*(groups[n % 2].run(f"c{n}") for n in range(60)))
        assert len(await kept(one)) == 60


async def test_a_caller_who_leaves_takes_nobody_along(database):
    writes = GroupedWrites(database, add)
    tasks = [asyncio.create_task(writes.run(f"c{n}")) for n in range(20)]
    await asyncio.sleep(0)
    tasks[3].cancel()
    outcomes = await asyncio.gather(*tasks, return_exceptions=True)
    assert [isinstance(one, asyncio.CancelledError) for one in outcomes].count(True) == 1
    assert {f"c{n}" for n in range(20) if n != 3} <= await kept(database)


async def test_a_caller_who_leaves_in_mid_group_takes_nobody_along(database):
    slow = Counting(database)
    writes = GroupedWrites(slow, add)
    tasks = [asyncio.create_task(writes.run(f"c{n}")) for n in range(5)]
    await slow.begun.wait()
    tasks[3].cancel()
    slow.may_go_on.set()
    assert [await one for one in tasks if one is not tasks[3]] == ["c0", "c1", "c2", "c4"]


async def test_those_who_wait_are_not_left_waiting_when_the_loop_stops(database):
    slow = Counting(database)
    writes = GroupedWrites(slow, add)
    tasks = [asyncio.create_task(writes.run(f"c{n}")) for n in range(3)]
    await slow.begun.wait()
    for task in asyncio.all_tasks():
        if task.get_name() == "grouped-writes":
            task.cancel()
    outcomes = await asyncio.gather(*tasks, return_exceptions=True)
    assert all(isinstance(one, asyncio.CancelledError) for one in outcomes)
    slow.may_go_on.set()
    assert await writes.run("later") == "later"


@pytest.mark.parametrize("kind", ["sqlite"])
async def test_all_who_wait_are_told_at_once_when_the_database_is_away(database, monkeypatch):
    tries = []

    def away(by_driver):
        tries.append(1)
        raise Unavailable

    monkeypatch.setattr(database, "writing", away)
    writes = GroupedWrites(database, add)
    outcomes = await all_at_once(writes, [f"c{n}" for n in range(5)])
    assert all(isinstance(one, Unavailable) for one in outcomes)
    assert len(tries) == 1
    monkeypatch.undo()
    assert await writes.run("later") == "later"
