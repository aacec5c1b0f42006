"""Orders arrive from the shop, some of them twice, some of them at the same time."""

import asyncio
from dataclasses import replace

import pytest
from databases import opened
from office import RECIPIENT, SEALER, Office, order
from sqlalchemy import func, select

from doorstepd.database.tables import orders, parcels, revisions
from doorstepd.errors import AlreadyExists
from doorstepd.intake.register_order import NewParcel
from doorstepd.parcels.records import Item
from doorstepd.parcels.vocabulary import Status


async def counted(office, *tables):
    async with office.database.reading() as c:
        return [(await c.execute(select(func.count()).select_from(table))).scalar_one() for table in tables]


async def test_an_order_is_kept_with_its_parcels_numbered_in_the_shops_order(office):
    new = order(
        parcels=(NewParcel((Item("毛巾"),), "zto", "1"), NewParcel((Item("牙刷", 2),)), NewParcel((), "sf", "2"))
    )
    registered = await office.register(new)
    assert [one.number for one in registered.parcels] == [1, 2, 3]
    assert [one.status for one in registered.parcels] == [Status.INFO_RECEIVED, Status.PENDING, Status.INFO_RECEIVED]
    for one in registered.parcels:
        await office.assert_sound(one.parcel_id)


async def test_the_same_order_again_answers_the_same_and_changes_nothing(office):
    new = order()
    first = await office.register(new)
    again = await office.register(new)
    assert again == first
    assert await counted(office, orders, parcels, revisions) == [1, 1, 1]


@pytest.mark.parametrize(
    "change",
    [
        {"customer_id": "c2"},
        {"recipient": replace(RECIPIENT, phone="13812345679")},
        {"recipient": replace(RECIPIENT, name="张三")},
        {"parcels": (NewParcel((Item("毛巾", 2),)),)},
        {"door": None},
    ],
)
async def test_other_content_under_a_known_id_is_refused_and_nothing_changes(office, change):
    new = order()
    first = await office.register(new)
    with pytest.raises(AlreadyExists):
        await office.register(new, **change)
    assert (await office.register(new)) == first
    assert await counted(office, orders, parcels, revisions) == [1, 1, 1]


async def test_a_parcel_id_that_is_taken_refuses_the_whole_order(office):
    await office.register(parcels=(NewParcel(parcel_id="P1"),))
    with pytest.raises(AlreadyExists):
        await office.register(parcels=(NewParcel(parcel_id="P2"), NewParcel(parcel_id="P1")))
    assert await counted(office, orders, parcels, revisions) == [1, 1, 1]


async def test_processes_that_register_one_order_at_once_all_get_the_same(url):
    new = order()
    async with opened(url) as one, opened(url) as two:
        offices = [Office(database) for database in (one, two) for _ in range(4)]
        answers = await asyncio.gather(*(office.register(new) for office in offices))
        assert len({(a.order.order_id, a.order.create_time, a.parcels[0].revision) for a in answers}) == 1
        assert await counted(offices[0], orders, parcels, revisions) == [1, 1, 1]


async def test_of_two_different_orders_under_one_id_at_once_exactly_one_wins(url):
    new = order()
    async with opened(url) as one, opened(url) as two:
        answers = await asyncio.gather(
            *(Office(database).register(new, customer_id=f"c{n}") for n, database in enumerate((one, two, one, two))),
            return_exceptions=True,
        )
    assert sorted(isinstance(answer, AlreadyExists) for answer in answers) == [False, True, True, True]


async def test_two_merchants_may_use_the_same_ids(office):
    new = order(parcels=(NewParcel(parcel_id="P1"),))
    other = office.of("n")
    await office.register(new)
    await other.register(new, customer_id="somebody else")
    await office.assert_sound("P1")
    assert (await office.register(new)).order.customer_id == "c1"


async def test_what_is_kept_in_the_open_is_masked_and_the_sealed_rest_is_complete(office):
    registered = await office.register()
    assert registered.order.recipient.name == "张*"
    assert registered.order.recipient.phone == "138****5678"
    assert registered.order.recipient_public.phone == "138******78"
    assert "501" not in registered.order.recipient.address
    async with office.database.reading() as c:
        row = (await c.execute(select(orders))).mappings().one()
    assert SEALER.open("m", "orders.recipient", row["recipient_sealed"]).count(RECIPIENT.phone) == 1
    assert not {RECIPIENT.name, RECIPIENT.phone, RECIPIENT.address} & {str(value) for value in row.values()}


async def test_orders_of_one_group_stand_or_fall_alone(office):
    await office.register(parcels=(NewParcel(parcel_id="TAKEN"),))
    known, twice = order(), order()
    await office.register(known)
    wanted = [
        *(order() for _ in range(5)),
        order(parcels=(NewParcel(parcel_id="TAKEN"),)),
        known,
        replace(known, customer_id="c2"),
        twice,
        twice,
        replace(twice, customer_id="c2"),
        order(parcels=(NewParcel(parcel_id="P1"), NewParcel(parcel_id="P1"))),
        order(parcels=(NewParcel(parcel_id="P2"),)),
        order(parcels=(NewParcel(parcel_id="P2"),)),
        order(customer_id="\ud800"),
    ]
    outcomes = await asyncio.gather(*map(office.register, wanted), return_exceptions=True)
    refused = [number for number, one in enumerate(outcomes) if isinstance(one, AlreadyExists)]
    assert refused == [5, 7, 10, 11, 13]
    assert [number for number, one in enumerate(outcomes) if isinstance(one, Exception)] == [*refused, 14]
    assert outcomes[8] == outcomes[9]
    for one in outcomes:
        if not isinstance(one, Exception):
            assert [each.revision for each in one.parcels] == [1] * len(one.parcels)
            await office.assert_sound(one.parcels[0].parcel_id)
    assert await counted(office, orders) == [2 + 5 + 1 + 1]


async def test_the_world_is_told_of_new_orders_once(office):
    new = order()
    await asyncio.gather(*(office.register(new) for _ in range(4)))
    assert office.signals.parcels == [(f"{new.order_id}-1", 1)]


async def test_processes_that_register_many_orders_in_other_orders_do_not_block_each_other(url):
    many = [order(customer_id=f"c{number % 3}") for number in range(40)]
    async with opened(url) as one, opened(url) as two:
        there, back = Office(one), Office(two)
        both = [*(there.register(new) for new in many), *(back.register(new) for new in reversed(many))]
        answers = await asyncio.gather(*both)
        assert len({answer.order.order_id for answer in answers}) == len(many)
        assert await counted(there, orders, parcels, revisions) == [40, 40, 40]
