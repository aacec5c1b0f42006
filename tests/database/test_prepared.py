"""Statements that the driver runs, alone and in each kind of transaction, beside SQLAlchemy's."""

import asyncio
import sqlite3
from contextlib import asynccontextmanager
from datetime import UTC, datetime

import pytest
from sqlalchemy import bindparam, column, insert, select, table, text

from doorstepd.database.grouping import GroupedWrites
from doorstepd.database.prepared import KeyTaken, Prepared, insert_or_leave
from doorstepd.database.tables import customers, orders, revisions
from doorstepd.database.types import among
from doorstepd.errors import Unavailable

NOW = datetime(2026, 11, 12, 8, 30, 0, 123456, tzinfo=UTC)
ADD, ADD_OR_LEAVE = Prepared(insert(customers)), Prepared(insert_or_leave(customers))
APPEND, ADD_ORDERS = Prepared(insert(revisions)), Prepared(insert(orders))
NAMED = Prepared(
    select(customers)
    .where(customers.c.merchant_id == bindparam("merchant"), among(customers.c.customer_id, "ids"))
    .order_by(customers.c.customer_id)
)
REVISIONS, ORDERS = (
    select(revisions).order_by(revisions.c.revision),
    select(orders).order_by(orders.c.order_id),
)
NONE_LIKE_IT = Prepared(select(table("nothing", column("a"))))
BIGGEST = 2**63 - 1
IMPOSSIBLE = {"too big": {"revision": 2**63}, "no text": {"kind": "\ud800"}, "required": {"kind": None}}


def row(name):
    return {"merchant_id": "m", "customer_id": name, "settings": {"quiet": [name]}, "create_time": NOW}


def revision(number, **changes):
    kept = {"after": {"名": ["张", None, 1.5, BIGGEST]}, "detail": None}
    return {"merchant_id": "m", "parcel_id": "P", "revision": number, "kind": "k", "change_time": NOW} | kept | changes


def order(name, **changes):
    kept = dict.fromkeys(("recipient_name", "recipient_phone", "recipient_address"), "")
    nothing = dict.fromkeys(("order_time", "recipient_sealed", "latitude", "longitude"))
    names = {"merchant_id": "m", "order_id": name, "customer_id": "c", "digest": "d", "create_time": NOW}
    return names | kept | nothing | {"recipient_public": {}} | changes


@asynccontextmanager
async def opened_in(database, place):
    """Where a statement may be run."""
    if place == "alone":
        yield database
        return
    ways = {"reading": database.reading, "writing": database.writing}
    async with ways[place]() if place in ways else database.writing(by_driver=True) as c:
        yield c


to_read = pytest.mark.parametrize("place", ["alone", "reading", "writing", "by driver"])
to_write = pytest.mark.parametrize("place", ["writing", "by driver"])


async def named(database, *names):
    return [one["customer_id"] for one in await NAMED.fetch(database, {"merchant": "m", "ids": names})]


async def write(database, place, statement, *rows):
    async with opened_in(database, place) as c:
        await statement.run(c, rows)


@to_write
async def test_statements_of_both_kinds_are_one_transaction(database, place):
    async with opened_in(database, place) as c:
        await ADD.run(c, [row("a"), row("b")])
        await c.execute(insert(customers), row("c"))
        assert [one["customer_id"] for one in await NAMED.fetch(c, {"merchant": "m", "ids": ["a", "c"]})] == ["a", "c"]
        assert await named(database, "a", "b", "c") == []  # elsewhere nothing is seen of it yet
    assert await named(database, "a", "b", "c", "d") == ["a", "b", "c"]


@to_write
async def test_what_fails_is_undone_whole_and_the_next_transaction_goes_on(database, place):
    async def failing():
        async with opened_in(database, place) as c:
            await c.execute(insert(customers), row("a"))
            await ADD.run(c, [row("b")])
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await failing()
    await write(database, place, ADD, row("c"))
    assert await named(database, "a", "b", "c") == ["c"]


@to_write
async def test_a_key_that_is_there_is_told_or_left_alone(database, place):
    await write(database, place, ADD, row("a"))
    await write(database, place, ADD_OR_LEAVE, row("a"), row("b"))
    with pytest.raises(KeyTaken):
        await write(database, place, ADD, row("c"), row("a"))
    assert await named(database, "a", "b", "c") == ["a", "b"]


@to_write
@pytest.mark.parametrize("what", IMPOSSIBLE)
async def test_a_value_that_cannot_be_kept_is_neither_a_taken_key_nor_an_outage(database, place, what):
    with pytest.raises(Exception, match=r".") as raised:
        await write(database, place, APPEND, revision(1), revision(2, **IMPOSSIBLE[what]))
    assert not isinstance(raised.value, KeyTaken | Unavailable)
    await write(database, place, APPEND, revision(3))
    assert [one["revision"] for one in await Prepared(REVISIONS).fetch(database, {})] == [3]


@pytest.mark.parametrize("what", IMPOSSIBLE)
async def test_of_writes_that_wait_together_only_that_with_such_a_value_fails(database, what):
    async def append(c, rows):
        await APPEND.run(c, rows)
        return [None] * len(rows)

    writes = GroupedWrites(database, append)
    rows = [revision(1), revision(2, **IMPOSSIBLE[what]), revision(3), revision(4)]
    outcomes = await asyncio.gather(*map(writes.run, rows), return_exceptions=True)
    assert [isinstance(one, Exception) for one in outcomes] == [False, True, False, False]
    assert [one["revision"] for one in await Prepared(REVISIONS).fetch(database, {})] == [1, 3, 4]


@to_write
async def test_the_driver_writes_what_sqlalchemy_writes(database, place):
    rows = [revision(n, detail=detail) for n, detail in enumerate((None, {}, {"a": None}), 1)]
    await write(database, place, APPEND, *rows)
    async with database.writing() as c:
        await c.execute(insert(revisions), [one | {"parcel_id": "Q"} for one in rows])
    async with database.reading() as c:
        kept = select(revisions.c.revision, text("CAST(after AS TEXT)"), text("CAST(detail AS TEXT)"))
        its = [(await c.execute(kept.where(revisions.c.parcel_id == name))).all() for name in ("P", "Q")]
    assert its[0] == its[1] != []


@to_read
@pytest.mark.parametrize("query", [REVISIONS, ORDERS], ids=["revisions", "orders"])
async def test_the_driver_reads_what_sqlalchemy_reads(database, place, query):
    full = {"recipient_sealed": b"\0\xff", "latitude": 30.25, "longitude": -0.1, "order_time": NOW}
    await write(database, "writing", APPEND, revision(-BIGGEST), revision(2, detail={"a": 1}), revision(BIGGEST))
    await write(database, "writing", ADD_ORDERS, order("A"), order("B", **full))
    statement = Prepared(query)
    async with opened_in(database, place) as where:
        found = await statement.fetch(where, {})
        values = await statement.values(where, {})
    async with database.reading() as c:
        assert found == [dict(one) for one in (await c.execute(query)).mappings()]
    assert found
    assert [list(one) for one in values] == [list(one.values()) for one in found]


@to_read
async def test_names_are_data_whatever_is_in_them(database, place):
    wild = "x'; DROP TABLE customers; --"
    await write(database, "writing", ADD, row("a"), row(wild))
    async with opened_in(database, place) as where:
        found = await NAMED.fetch(where, {"merchant": "m", "ids": ["a", wild]})
        assert [one["customer_id"] for one in found] == ["a", wild]
        assert await NAMED.fetch(where, {"merchant": "m", "ids": []}) == []


@to_read
async def test_a_statement_that_is_wrong_is_no_outage_and_the_next_one_goes_on(database, place):
    async def wrong():
        async with opened_in(database, place) as where:
            await NONE_LIKE_IT.fetch(where, {})

    await write(database, "writing", ADD, row("a"))
    for _ in range(3):
        with pytest.raises(Exception, match="nothing") as raised:
            await wrong()
        assert not isinstance(raised.value, Unavailable)
    assert await named(database, "a") == ["a"]
    await write(database, "writing", ADD, row("b"))
    async with opened_in(database, place) as where:
        assert len(await NAMED.fetch(where, {"merchant": "m", "ids": ["a", "b"]})) == 2


async def test_alone_nothing_can_be_written_by_mistake_in_sqlite(database):
    if database.sqlite:
        with pytest.raises(sqlite3.OperationalError, match="readonly"):
            await database.fetch_alone("DELETE FROM customers", ())
