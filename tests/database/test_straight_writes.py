"""Transactions that the driver begins and ends, with statements of its own and of SQLAlchemy's."""

import asyncio
from datetime import UTC, datetime

import pytest
from databases import opened
from sqlalchemy import bindparam, insert, select, text

from doorstepd.database.prepared import KeyTaken, Prepared, insert_or_leave
from doorstepd.database.tables import customers
from doorstepd.database.types import among

NOW = datetime(2026, 11, 12, 8, 30, 0, 123456, tzinfo=UTC)
ADD, ADD_OR_LEAVE = Prepared(insert(customers)), Prepared(insert_or_leave(customers))
NAMED = Prepared(
    select(customers)
    .where(customers.c.merchant_id == bindparam("merchant"), among(customers.c.customer_id, "ids"))
    .order_by(customers.c.customer_id)
)


def row(name):
    return {"merchant_id": "m", "customer_id": name, "settings": {"quiet": [name]}, "create_time": NOW}


async def named(database, *names):
    async with database.reading() as c:
        return [one["customer_id"] for one in await NAMED.fetch(c, {"merchant": "m", "ids": names})]


@pytest.mark.parametrize("straight", [False, True])
async def test_statements_of_both_kinds_are_one_transaction(database, straight):
    async with database.writing(straight=straight) as c:
        await ADD.run(c, [row("a"), row("b")])
        await c.execute(insert(customers), row("c"))
        assert [one["customer_id"] for one in await NAMED.fetch(c, {"merchant": "m", "ids": ["a", "c"]})] == ["a", "c"]
    assert await named(database, "a", "b", "c", "d") == ["a", "b", "c"]


@pytest.mark.parametrize("straight", [False, True])
async def test_what_fails_is_undone_whole_and_the_next_transaction_goes_on(database, straight):
    async def failing():
        async with database.writing(straight=straight) as c:
            await c.execute(insert(customers), row("a"))
            await ADD.run(c, [row("b")])
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await failing()
    async with database.writing(straight=straight) as c:
        await ADD.run(c, [row("c")])
    assert await named(database, "a", "b", "c") == ["c"]


async def test_a_key_that_is_there_is_told_or_left_alone(database):
    async with database.writing(straight=True) as c:
        await ADD.run(c, [row("a")])
        await ADD_OR_LEAVE.run(c, [row("a"), row("b")])
    with pytest.raises(KeyTaken):
        async with database.writing(straight=True) as c:
            await ADD.run(c, [row("c"), row("a")])
    assert await named(database, "a", "b", "c") == ["a", "b"]


async def test_the_driver_reads_what_sqlalchemy_reads(database):
    async with database.writing() as c:
        await ADD.run(c, [row("a"), row("x'; DROP TABLE customers; --")])
    async with database.reading() as c:
        straight = await NAMED.fetch(c, {"merchant": "m", "ids": ["a", "x'; DROP TABLE customers; --"]})
        assert straight == [dict(one) for one in (await c.execute(select(customers))).mappings()]
        assert straight[0]["create_time"] == NOW
        assert await NAMED.fetch(c, {"merchant": "m", "ids": []}) == []


@pytest.mark.parametrize("kind", ["sqlite"])
async def test_who_gives_up_waiting_for_the_lock_does_not_keep_it_later(url):
    async with opened(url) as one, opened(url) as two:
        async with two.writing() as c:
            await ADD.run(c, [row("a")])

            async def write():
                async with one.writing() as other:
                    await ADD.run(other, [row("b")])

            waiting = asyncio.create_task(write())
            await asyncio.sleep(0.2)
            waiting.cancel()
        assert isinstance((await asyncio.gather(waiting, return_exceptions=True))[0], asyncio.CancelledError)
        for database, name in ((two, "c"), (one, "d"), (two, "e")):
            async with database.writing() as c:
                await ADD.run(c, [row(name)])
        assert await named(one, "a", "b", "c", "d", "e") == ["a", "c", "d", "e"]


@pytest.mark.parametrize("kind", ["postgresql"])
async def test_connections_that_the_server_has_closed_fail_nobody(url):
    async with opened(url) as database, opened(url) as other:
        for _ in range(2):
            async with database.writing(straight=True), database.reading() as c:
                await c.execute(text("SELECT 1"))
            async with other.reading() as c:
                mine = "pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
                await c.execute(text(f"SELECT pg_terminate_backend(pid) FROM {mine}"))
            await asyncio.sleep(0.2)
        async with database.writing(straight=True) as c:
            await ADD.run(c, [row("a")])
        assert await named(database, "a") == ["a"]
