"""The courier's name and phone by a shop's rule: a change tells what the snapshot tells."""

import asyncio
from datetime import UTC, datetime

import asking
import pytest
from databases import opened
from doorstep.tracking.v1 import live_service_pb2, tracking_service_pb2

from doorstepd.access.merchants import Merchants
from doorstepd.access.sealing import load_or_create

SHOP = "shy"
RULES = {"courier_name": "stops<=3", "courier_phone": "stops<=3"}


@pytest.fixture
async def shy(house):
    """A shop that shows its couriers' phones near the door only."""
    async with opened(house.database_url) as database:
        merchants = Merchants(database, load_or_create(house.data / "keys" / "sealing.json"))
        if await merchants.get(SHOP) is None:
            await merchants.create(SHOP, SHOP, datetime.now(UTC), settings={"visibility": RULES})
    return house.caller(merchant_id=SHOP)


@pytest.mark.parametrize(("parcels", "phone"), [(1, "139****5678"), (6, "")])
async def test_a_change_shows_the_phone_where_the_snapshot_does(house, stubs, shy, parcels, phone):
    order, courier = asking.order(count=parcels), asking.new_id("k")
    await stubs.ingest.CreateOrder(order, metadata=shy)
    names = [f"{order.order_id}-{n}" for n in range(1, parcels + 1)]
    await stubs.ingest.AssignStops(asking.a_round(*names, courier_id=courier), metadata=shy)
    last, customer = names[-1], house.customer(merchant_id=SHOP)
    watch = stubs.live.WatchParcels(live_service_pb2.WatchParcelsRequest(parcel_ids=[last]), metadata=customer)
    (shown,) = (await watch.read()).snapshot.parcels
    assert shown.courier.masked_phone == phone
    note = asking.event("派送员正在为您派送", status=shown.status)
    await stubs.ingest.RecordTrackingEvents(asking.events(last, note), metadata=shy)
    async with asyncio.timeout(10):
        while not (update := await watch.read()).HasField("change"):
            pass
    answer = await stubs.tracking.GetParcel(tracking_service_pb2.GetParcelRequest(parcel_id=last), metadata=customer)
    assert update.change.parcel.courier == shown.courier == answer.courier
    watch.cancel()
