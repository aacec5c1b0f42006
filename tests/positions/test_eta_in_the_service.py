"""Expected times in the running service: told once within the hour, kept to be judged, learnt from served stops."""

import sys
from datetime import timedelta
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "intake"))
sys.path.insert(0, str(Path(__file__).parents[1] / "database"))

import pytest
import pytest_asyncio
from databases import KINDS, migrated_url
from office import DOOR, fixes_towards, now
from office import office as opened_office

from doorstepd.parcels.records import Door
from doorstepd.positions import eta_store, stops
from doorstepd.positions.stops import StoredStop

AWAY = Door(DOOR.latitude - 0.05, DOOR.longitude)
FAR = Door(DOOR.latitude + 2.0, DOOR.longitude)


@pytest_asyncio.fixture(params=KINDS)
async def office(request, tmp_path):
    async with opened_office(await migrated_url(request.param, tmp_path)) as it:
        yield it


async def ride(office, towards):
    async with office.positions.round("m", "k1") as its_round:
        await office.positions.report(its_round, fixes_towards(towards))


async def kinds(office, parcel_id):
    return [one.kind for one in await office.reminders(parcel_id)]


async def test_a_customer_is_told_once_that_the_parcel_is_due_within_the_hour(office):
    parcel_id = await office.parcel_id()
    await office.assign(parcel_id)
    await ride(office, AWAY)
    await ride(office, AWAY)
    assert (await kinds(office, parcel_id)).count("due_soon") == 1
    told = next(one for one in await office.reminders(parcel_id) if one.kind == "due_soon")
    assert "1 小时内" in told.text_zh
    assert 0 < told.reason["eta_s"] <= 3600
    await office.assert_sound(parcel_id)


async def test_what_is_hours_away_is_not_due(office):
    parcel_id = await office.parcel_id(door=FAR)
    await office.assign(parcel_id)
    await ride(office, AWAY)
    assert "due_soon" not in await kinds(office, parcel_id)


async def test_whoever_hears_the_bell_is_not_told_the_hour_as_well(office):
    parcel_id = await office.parcel_id()
    await office.assign(parcel_id)
    await ride(office, DOOR)
    assert "courier_near" in await kinds(office, parcel_id)
    assert "due_soon" not in await kinds(office, parcel_id)


async def test_what_was_expected_is_kept_with_its_range(office):
    parcel_id = await office.parcel_id()
    await office.assign(parcel_id)
    await ride(office, AWAY)
    async with office.database.reading() as c:
        ((made, earliest, expected, latest),) = await eta_store.history(c, "m", parcel_id, 1)
    assert made <= earliest <= expected <= latest
    assert expected - made < timedelta(hours=1)


async def test_the_next_stops_times_travel_with_the_position(office):
    parcel_id = await office.parcel_id()
    await office.assign(parcel_id)
    await ride(office, AWAY)
    outlook = office.feed.positions[-1].outlook(parcel_id)
    assert outlook.stops_ahead == 0
    assert outlook.earliest <= outlook.expected <= outlook.latest


async def test_legs_are_learnt_from_stops_that_were_served_by_one_courier(office):
    opened = now() - timedelta(hours=1)
    async with office.database.writing() as c:
        for place, (courier, state) in enumerate(
            [("k1", "delivered"), ("k1", "delivered"), ("k2", "delivered"), ("k1", "failed")]
        ):
            door = Door(31.2 + 0.01 * place, 121.4)
            await stops.put(c, "m", StoredStop(f"P{place}", 1, courier, place, "open", door, opened))
            await stops.close(c, "m", f"P{place}", state, opened + timedelta(minutes=5 * place))
        found = await eta_store.legs(c, "m", now())
        assert await eta_store.legs(c, "other", now()) == []
    ((lat, _, leg),) = found
    assert (lat, leg.seconds) == (31.21, 300.0)
    assert leg.metres == pytest.approx(1109, abs=3)
