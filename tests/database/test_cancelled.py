"""Who is cancelled, or loses the connection, in the middle of a statement leaves the database usable for the others."""

import asyncio
import sqlite3
from pathlib import Path

import pytest
from databases import migrated_url, opened
from sqlalchemy import literal_column, select, text
from test_prepared import ADD, NAMED, named, opened_in, row, to_read, to_write, write

from doorstepd.database import Database
from doorstepd.database.prepared import Prepared
from doorstepd.errors import Unavailable

SLEEP, NAP = (Prepared(select(literal_column(f"CAST(pg_sleep({seconds}) AS TEXT)"))) for seconds in (20, 1))
OTHERS = "pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
only_sqlite, only_postgresql = (pytest.mark.parametrize("kind", [kind]) for kind in ("sqlite", "postgresql"))


async def sleep_in(database, place, sleep=SLEEP):
    async with opened_in(database, place) as where:
        if place in ("writing", "by driver"):
            await ADD.run(where, [row("sleeper")])
        await sleep.fetch(where, {})


async def ask(database, what):
    async with database.reading() as c:
        return (await c.execute(text(f"SELECT {what} FROM {OTHERS}"))).scalars().all()


async def asleep(database):
    async with asyncio.timeout(5):
        while not any("pg_sleep" in one for one in await ask(database, "query")):
            await asyncio.sleep(0.01)


async def cancelled(task, times=1):
    for _ in range(times):
        task.cancel()
        await asyncio.sleep(0)
    assert isinstance((await asyncio.gather(task, return_exceptions=True))[0], asyncio.CancelledError)


@to_write
async def test_a_cancelled_transaction_leaves_nothing_and_the_next_goes_on(database, place):
    inside = asyncio.Event()

    async def half():
        async with opened_in(database, place) as c:
            await ADD.run(c, [row("a")])
            inside.set()
            await asyncio.sleep(60)

    task = asyncio.create_task(half())
    await inside.wait()
    await cancelled(task)
    await write(database, place, ADD, row("b"))
    assert await named(database, "a", "b") == ["b"]


@only_postgresql
@to_read
@pytest.mark.parametrize(("times", "sleep"), [(1, SLEEP), (2, NAP), (3, NAP)])  # again, and the server is not told
async def test_a_statement_that_is_cancelled_keeps_no_connection_and_no_lock(url, place, times, sleep):
    async with opened(url) as database, opened(url) as other:
        task = asyncio.create_task(sleep_in(database, place, sleep))
        await asleep(other)
        await cancelled(task, times)
        await write(database, "by driver" if place == "by driver" else "writing", ADD, row("sleeper"))
        for _ in range(30):  # every connection of the pool, and again
            async with opened_in(database, place) as where:
                assert len(await NAMED.fetch(where, {"merchant": "m", "ids": ["sleeper"]})) == 1
        async with asyncio.timeout(5):
            while any("active" in one or "transaction" in one for one in await ask(other, "state")):
                await asyncio.sleep(0.02)


@only_postgresql
@to_read
async def test_a_statement_whose_connection_is_lost_meanwhile_meets_an_outage(url, place):
    async with opened(url) as database, opened(url) as other:
        task = asyncio.create_task(sleep_in(database, place))
        await asleep(other)
        await ask(other, "pg_terminate_backend(pid)")
        assert isinstance((await asyncio.gather(task, return_exceptions=True))[0], Unavailable)
        await write(database, "writing", ADD, row("a"))
        async with opened_in(database, place) as where:
            assert len(await NAMED.fetch(where, {"merchant": "m", "ids": ["a", "sleeper"]})) == 1


@only_postgresql
async def test_connections_that_the_server_has_closed_fail_nobody(url):
    async with opened(url) as database, opened(url) as other:
        for _ in range(2):
            async with database.writing(by_driver=True), database.reading() as c:
                await c.execute(text("SELECT 1"))
            await ask(other, "pg_terminate_backend(pid)")
            await asyncio.sleep(0.2)
            assert await named(database) == []
            await ask(other, "pg_terminate_backend(pid)")
            await asyncio.sleep(0.2)
        await write(database, "by driver", ADD, row("a"))
        assert await named(database, "a") == ["a"]


@only_postgresql
async def test_a_lone_read_that_the_server_never_answers_meets_an_outage(url):
    database = Database(url, statement_timeout=0.2)
    try:
        for _ in range(3):
            with pytest.raises(Unavailable):
                await SLEEP.fetch(database, {})
        assert await named(database, "a") == []
    finally:
        await database.close()


@only_sqlite
@pytest.mark.parametrize("times", [1, 2, 5])
async def test_who_gives_up_waiting_for_the_lock_does_not_keep_it_later(url, times):
    async with opened(url) as one, opened(url) as two:
        async with two.writing() as c:
            await ADD.run(c, [row("a")])
            waiting = asyncio.create_task(write(one, "writing", ADD, row("b")))
            await asyncio.sleep(0.2)
            for _ in range(times):
                waiting.cancel()
                await asyncio.sleep(0.01)
        assert isinstance((await asyncio.gather(waiting, return_exceptions=True))[0], asyncio.CancelledError)
        for database, name in ((two, "c"), (one, "d"), (two, "e")):
            await write(database, "writing", ADD, row(name))
        assert await named(one, "a", "b", "c", "d", "e") == ["a", "c", "d", "e"]


@only_sqlite
async def test_a_file_that_cannot_be_opened_is_an_outage_until_it_can(kind, tmp_path):
    path = tmp_path / "later.db"
    async with opened(f"sqlite+aiosqlite:///{path}") as database:
        path.mkdir()
        with pytest.raises(Unavailable):
            await named(database, "a")
        path.rmdir()
        Path((await migrated_url(kind, tmp_path)).partition("///")[2]).rename(path)
        await write(database, "writing", ADD, row("a"))
        assert await named(database, "a") == ["a"]


@only_sqlite
async def test_a_database_that_another_holds_locked_is_an_outage_while_it_does(url):
    holder = sqlite3.connect(url.partition("///")[2], isolation_level=None)
    holder.execute("PRAGMA locking_mode=EXCLUSIVE")
    holder.execute("BEGIN EXCLUSIVE")
    async with opened(url) as database:
        with pytest.raises(Unavailable):
            await named(database, "a")
        holder.close()
        assert await named(database, "a") == []
