"""Orders read in one statement are the orders that the room's other queries know."""

from datetime import timedelta

import pytest_asyncio
from office import Office, event, order

from doorstepd.intake.register_order import NewParcel
from doorstepd.parcels import log, store
from doorstepd.parcels.reads import OrderReads
from doorstepd.parcels.vocabulary import Status

PARCELS = (NewParcel((), "zto", "T2", "P2"), NewParcel((), "zto", "T1", "P1"))


@pytest_asyncio.fixture
async def told(office: Office) -> Office:
    """Order O of two parcels, of which one has events and a courier."""
    new = order(parcels=PARCELS, order_id="O")
    await office.orders.register(office.merchant_id, new, event("").time)
    await office.record("P1", event("已揽收", Status.PICKED_UP, ago=timedelta(hours=2)))
    await office.record("P1", event("离开【义乌】，已发往【杭州】", Status.IN_TRANSIT, ago=timedelta(hours=1)))
    await office.assign("P1")
    return office


async def test_an_order_has_its_parcels_in_their_numbering_and_their_events_in_order(told: Office) -> None:
    (found,) = await OrderReads(told.database).orders(told.merchant_id, ["O", "nobody's"])
    async with told.database.reading() as c:
        assert found.order == (await store.get_orders(c, told.merchant_id, ["O"]))["O"]
        parcels = (await store.parcels_of_orders(c, told.merchant_id, ["O"]))["O"]
        events = await log.events_of(c, told.merchant_id, ["P1", "P2"])
    assert [one.parcel for one in found.parcels] == parcels
    for one in found.parcels:
        name = one.parcel.parcel_id
        assert [row.stored(name) for row in one.events] == events.get(name, [])
    assert events["P1"]


async def test_an_order_is_found_by_any_of_its_parcels(told: Office) -> None:
    its_reads = OrderReads(told.database)
    by_order = await its_reads.orders(told.merchant_id, ["O"])
    assert await its_reads.orders_of_parcels(told.merchant_id, ["P2"]) == by_order
    assert await its_reads.orders_of_parcels(told.merchant_id, ["P1", "P2"]) == by_order


async def test_a_transaction_reads_the_same(told: Office) -> None:
    its_reads = OrderReads(told.database)
    async with told.database.reading() as c:
        assert await its_reads.orders(told.merchant_id, ["O"], among=c) == await its_reads.orders(
            told.merchant_id, ["O"]
        )


async def test_every_change_raises_a_revision(told: Office) -> None:
    its_reads = OrderReads(told.database)
    before = (await its_reads.revisions(told.merchant_id, ["O"]))["O"]
    await told.record("P2", event("已揽收", Status.PICKED_UP))
    after = (await its_reads.revisions(told.merchant_id, ["O"]))["O"]
    assert before["P1"] == after["P1"]
    assert before["P2"] < after["P2"]


async def test_another_merchants_orders_are_not_there(told: Office) -> None:
    its_reads = OrderReads(told.database)
    assert await its_reads.orders("another", ["O"]) == []
    assert await its_reads.orders_of_parcels("another", ["P1"]) == []
    assert await its_reads.revisions("another", ["O"]) == {}


async def test_of_two_merchants_with_the_same_ids_each_reads_its_own(told: Office) -> None:
    other = told.of("another")
    for office, name, parcel_id in ((other, "O2", "P1"), (other, "O", "P2"), (told, "O2", "P9")):
        await office.register(order(parcels=(NewParcel((), "zto", "T9", parcel_id),), order_id=name))
    await other.record("P1", event("已揽收", Status.PICKED_UP))
    its_reads = OrderReads(told.database)

    def shown(found):
        parcels = {
            (one.order.merchant_id, one.order.order_id, its.parcel.parcel_id): its
            for one in found
            for its in one.parcels
        }
        return {name: len(its.events) for name, its in parcels.items()}

    mine = {(told.merchant_id, "O", "P1"): 3, (told.merchant_id, "O", "P2"): 0}
    assert shown(await its_reads.orders(told.merchant_id, ["O"])) == mine
    assert shown(await its_reads.orders_of_parcels(told.merchant_id, ["P1"])) == mine
    assert shown(await its_reads.orders("another", ["O"])) == {("another", "O", "P2"): 0}
    assert shown(await its_reads.orders_of_parcels("another", ["P1"])) == {("another", "O2", "P1"): 1}
    assert (await its_reads.revisions("another", ["O"])).keys() == {"O"}
    assert (await its_reads.revisions("another", ["O"]))["O"].keys() == {"P2"}


async def test_an_order_without_a_door_or_a_courier_or_a_time_is_read_as_it_is(told: Office) -> None:
    new = order(parcels=PARCELS[:1], order_id="O3", door=None, order_time=None)
    other = told.of("another")
    await other.register(new)
    (found,) = await OrderReads(told.database).orders("another", ["O3"])
    async with told.database.reading() as c:
        assert found.order == (await store.get_orders(c, "another", ["O3"]))["O3"]
        assert [one.parcel for one in found.parcels] == (await store.parcels_of_orders(c, "another", ["O3"]))["O3"]
    assert found.order.door is found.order.order_time is None
