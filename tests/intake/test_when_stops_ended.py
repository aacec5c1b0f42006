"""A stop ends when it was signed for, not when that was told."""

from datetime import timedelta

import pytest
from office import DOOR, Office, event, now
from sqlalchemy import select

from doorstepd.database.tables import stops as stops_table
from doorstepd.intake.complete_stop import Outcome
from doorstepd.parcels.records import Door
from doorstepd.parcels.vocabulary import Status
from doorstepd.positions import eta_store, stops
from doorstepd.positions.stops import StoredStop

OPENED = timedelta(hours=2)


async def out_since(office: Office, ago: timedelta, door: Door = DOOR) -> str:
    """A parcel on a courier's round that was assigned so long ago."""
    parcel_id = await office.parcel_id()
    await office.assign(parcel_id)
    async with office.database.writing() as c:
        stop = (await stops.of_parcels(c, "m", [parcel_id]))[parcel_id]
        await stops.close(c, "m", parcel_id, "failed", now())
        await stops.put(c, "m", StoredStop(parcel_id, stop.attempt, "k1", 1, "open", door, now() - ago))
    return parcel_id


async def ended(office, parcel_id):
    async with office.database.reading() as c:
        query = select(stops_table.c.close_time).where(stops_table.c.parcel_id == parcel_id)
        return (await c.execute(query)).scalar_one()


def near(one, other):
    return abs(one - other) < timedelta(seconds=30)


@pytest.mark.parametrize(
    ("signed_ago", "ended_ago"),
    [(timedelta(hours=1), timedelta(hours=1)), (timedelta(days=1), OPENED), (timedelta(minutes=-4), timedelta())],
)
async def test_a_signature_told_late_ends_the_stop_when_it_was_made(office, signed_ago, ended_ago):
    parcel_id = await out_since(office, OPENED)
    await office.stops.complete("m", parcel_id, Outcome(True, None, now() - signed_ago), now())
    assert near(await ended(office, parcel_id), now() - ended_ago)
    assert await ended(office, parcel_id) <= now()


@pytest.mark.parametrize("status", [Status.DELIVERED, Status.DELIVERY_FAILED])
async def test_a_scan_ends_the_stop_when_it_was_made(office, status):
    parcel_id = await out_since(office, OPENED)
    await office.record(parcel_id, event("到了", status, ago=timedelta(seconds=-2)))
    assert near(await ended(office, parcel_id), now())
    assert await ended(office, parcel_id) <= now()


async def test_signatures_told_together_keep_the_times_between_them(office):
    parcels = [await out_since(office, OPENED, Door(31.2 + 0.004 * place, 121.6)) for place in range(3)]
    first = now() - timedelta(hours=1)
    for place, parcel_id in enumerate(parcels):
        await office.stops.complete("m", parcel_id, Outcome(True, None, first + timedelta(minutes=5 * place)), now())
    async with office.database.reading() as c:
        found = await eta_store.legs(c, "m", now())
    assert [leg.seconds for _, _, leg in found] == [300.0, 300.0]
