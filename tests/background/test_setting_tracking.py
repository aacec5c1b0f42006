"""The shop records a parcel's carrier and number when it ships it."""

import pytest

from doorstepd.errors import NotFound
from doorstepd.intake.ledger import Report
from doorstepd.intake.record_events import ByNumber
from doorstepd.intake.register_order import NewOrder, NewParcel
from doorstepd.intake.set_tracking import AlreadyTracked
from doorstepd.parcels import log
from doorstepd.parcels.events import TrackingEvent
from doorstepd.parcels.vocabulary import Status, SubStatus


async def unshipped(world) -> str:
    new = NewOrder(f"U{id(world)}", "c1", (NewParcel(),))
    return (await world.orders.register("m", new, world.clock.now)).parcels[0].parcel_id


async def kinds(world, parcel_id):
    async with world.database.reading() as c:
        return [one.kind for one in await log.changes(c, "m", parcel_id, 0)]


async def test_an_order_shipped_later_is_tracked_from_then_on(world):
    await world.holds("kdniao")
    parcel_id = await unshipped(world)
    assert (await world.row(parcel_id))["next_poll_time"] is None
    parcel = await world.setter.set("m", parcel_id, "zto", "78000000000777", world.clock.now)
    assert (parcel.carrier, parcel.tracking_number) == ("zto", "78000000000777")
    assert (parcel.status, parcel.sub_status) == (Status.INFO_RECEIVED, SubStatus.LABEL_CREATED)
    assert await kinds(world, parcel_id) == ["created", "tracking"]
    world.clock.pass_(hours=5)
    assert await world.ask() == 1
    assert await world.told(parcel_id)


async def test_the_same_again_changes_nothing(world):
    parcel_id = await unshipped(world)
    first = await world.setter.set("m", parcel_id, "zto", "78000000000777", world.clock.now)
    assert await world.setter.set("m", parcel_id, "zto", "78000000000777", world.clock.pass_(hours=1)) == first
    assert await kinds(world, parcel_id) == ["created", "tracking"]


async def test_a_wrong_number_can_be_mended_until_there_is_news_under_it(world):
    parcel_id = await unshipped(world)
    now = world.clock.now
    await world.setter.set("m", parcel_id, "zto", "78000000000777", now)
    mended = await world.setter.set("m", parcel_id, "", "SF1000000000001", now)
    assert (mended.carrier, mended.tracking_number) == ("", "SF1000000000001")
    news = TrackingEvent("sf", now, "已揽收", Status.PICKED_UP)
    await world.recorder.record("m", ByNumber("SF1000000000001", "sf"), Report((news,)), now)
    with pytest.raises(AlreadyTracked):
        await world.setter.set("m", parcel_id, "zto", "78000000000777", now)
    assert (await world.setter.set("m", parcel_id, "sf", "SF1000000000001", now)).carrier == "sf"


async def test_another_merchants_parcel_is_not_found(world):
    parcel_id = await unshipped(world)
    with pytest.raises(NotFound):
        await world.setter.set("n", parcel_id, "zto", "78000000000777", world.clock.now)


async def test_a_carrier_that_turns_out_never_replaces_what_the_shop_said(world):
    parcel_id = await world.parcel(carrier="zto")
    assert (await world.setter.identify("m", parcel_id, "sf", world.clock.now)).carrier == "zto"
    assert await kinds(world, parcel_id) == ["created"]
