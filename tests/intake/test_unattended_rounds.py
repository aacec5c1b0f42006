"""A courier whose phone is off: his round goes on from what was written down, and nobody is told twice."""

import asyncio
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta

import pytest
from databases import opened
from office import DOOR, Office, event, fixes_towards, now
from test_why_it_rang import AWAY, explained, kept, ride

from doorstepd.errors import Unavailable
from doorstepd.intake.round_state import Kept, is_held
from doorstepd.parcels.records import Door
from doorstepd.parcels.vocabulary import Status
from doorstepd.positions import stops
from doorstepd.reminders.reason import Cause


async def out_for_delivery(office, count):
    doors = [Door(DOOR.latitude + n / 8000, DOOR.longitude) for n in range(count)]
    parcels = [await office.parcel_id(door=door) for door in doors]
    await office.assign(*parcels)
    return parcels


async def silent_ride(office, ago_s=300.0, courier_id="k1"):
    """A ride far from all doors whose last fix is so old; then the stream ends."""
    fixes = [
        replace(one, event_time=one.event_time - ago_s, receive_time=one.receive_time - ago_s)
        for one in fixes_towards(AWAY)
    ]
    async with office.positions.round("m", courier_id) as its_round:
        await office.positions.report(its_round, fixes)


async def signed(office, parcel_id):
    """A scan closes the stop, and this process tells itself."""
    await office.record(parcel_id, event("已签收", Status.DELIVERED, ago=timedelta(seconds=-1)))
    await told(office)


async def told(office, courier_id="k1", here=True):
    await office.positions.stops_changed("m", courier_id, here)
    await office.positions.seen_to()


async def causes(office, parcel_id):
    return [one.reason["cause"] for one in await office.reminders(parcel_id) if one.kind == "courier_near"]


async def test_with_the_stream_closed_and_the_phone_silent_a_scan_rings_the_next_door_once(office):
    first, second, third = await out_for_delivery(office, 3)
    await silent_ride(office)
    await signed(office, first)
    assert await causes(office, second) == ["scanned_before"]
    await signed(office, second)
    await told(office)
    assert await causes(office, second) == await causes(office, third) == ["scanned_before"]
    for parcel_id in (first, second, third):
        await office.assert_sound(parcel_id)


async def test_a_courier_whose_phone_was_never_on_rings_by_scans(office):
    first, second, third = await out_for_delivery(office, 3)
    await office.complete(first)  # before anybody has looked at his round
    await told(office)
    assert await causes(office, second) == await causes(office, third) == ["scanned_before"]
    await office.complete(second)
    await told(office)
    assert await causes(office, third) == ["scanned_before"]


async def test_a_scan_that_is_told_late_rings_nobody_whose_courier_was_never_seen(office):
    first, second = await out_for_delivery(office, 2)
    async with office.database.writing() as c:
        await stops.close(c, "m", first, "delivered", now() - timedelta(minutes=3))
    await told(office)
    assert await causes(office, second) == []


async def test_nothing_is_decided_while_nobody_can_say_who_has_the_stream(office):
    first, second = await out_for_delivery(office, 2)
    await office.complete(first)
    office.feed.reachable = False
    await told(office)
    assert await causes(office, second) == []
    assert office.feed.states == {}


async def test_a_phone_that_was_heard_a_moment_ago_is_not_silent(office):
    first, second = await out_for_delivery(office, 2)
    await silent_ride(office, ago_s=5.0)
    await signed(office, first)
    assert await causes(office, second) == []


async def test_who_only_hears_of_the_scan_leaves_it_to_who_recorded_it(office):
    first, second = await out_for_delivery(office, 2)
    await silent_ride(office)
    await office.complete(first)
    await told(office, here=False)
    assert await causes(office, second) == []


@pytest.mark.parametrize("ago_s", [0.0, 300.0])
async def test_a_stream_that_is_open_elsewhere_does_not_ring_twice(office, url, ago_s):
    first, second = await out_for_delivery(office, 2)
    fixes = fixes_towards(AWAY)
    async with opened(url) as database:
        elsewhere = Office(database)
        elsewhere.feed = office.feed
        elsewhere.positions._feed = office.feed
        async with elsewhere.positions.round("m", "k1") as its_round:
            shifted = [
                replace(one, event_time=one.event_time - ago_s, receive_time=one.receive_time - ago_s) for one in fixes
            ]
            await elsewhere.positions.report(its_round, shifted)
            await office.complete(first)
            await asyncio.gather(told(office), told(elsewhere, here=False))
            await elsewhere.positions.settled(its_round)
    assert await causes(office, second) == (["scanned_before"] if ago_s else [])
    await office.assert_sound(second)


async def test_a_stream_that_is_open_elsewhere_keeps_its_state(office):
    (first,) = await out_for_delivery(office, 1)
    async with office.positions.round("m", "k1") as its_round:
        await office.positions.report(its_round, fixes_towards(AWAY))
        state = office.feed.states["m", "k1"]
        other = Office(office.database)
        other.feed.states["m", "k1"] = state
        await office.complete(first)
        await told(other)
        assert other.feed.states["m", "k1"] is state
    assert is_held(state, now().timestamp())
    assert not is_held(state, now().timestamp() + 121.0)
    assert not is_held(office.feed.states["m", "k1"], now().timestamp())


def test_what_is_no_state_is_held_by_nobody():
    for walk in (b"", b"[]", b"{}", b'{"version":2,"held_until":"soon"}', b'{"version":2,"held_until":null}'):
        assert not is_held(Kept(walk, None), 0.0)


@pytest.mark.parametrize("delivered", [True, False])
async def test_a_silence_with_the_app_closed_is_explained_with_its_numbers(office, delivered):
    (parcel_id,) = await out_for_delivery(office, 1)
    await ride(office, AWAY, parcel_id)
    await office.complete(parcel_id, delivered=delivered)
    await told(office)
    office.feed.states.clear()
    found = await explained(office, parcel_id)
    assert (found.rang, found.reason.cause) == (False, Cause.NEVER_NEAR)
    assert found.reason.distance_m > 20_000


async def test_a_courier_who_never_sent_a_position_is_said_to_have_sent_none(office):
    (parcel_id,) = await out_for_delivery(office, 1)
    await told(office)
    await office.complete(parcel_id)
    await told(office)
    assert (await kept(office, parcel_id)).reason.cause is Cause.NO_POSITION


async def test_a_reassignment_keeps_why_it_was_silent_until_the_next_courier_is_seen(office):
    (parcel_id,) = await out_for_delivery(office, 1)
    await ride(office, AWAY, parcel_id)
    await office.assign(parcel_id, courier_id="k2")
    await told(office)
    assert (await explained(office, parcel_id)).reason.distance_m > 20_000
    await ride(office, Door(DOOR.latitude - 0.1, DOOR.longitude), parcel_id, courier_id="k2")
    assert 10_000 < (await explained(office, parcel_id)).reason.distance_m < 15_000
    await office.complete(parcel_id)
    await told(office, "k2")
    assert 10_000 < (await kept(office, parcel_id)).reason.distance_m < 15_000


async def test_a_courier_is_seen_to_when_the_database_is_back(office, monkeypatch):
    first, second = await out_for_delivery(office, 2)
    await silent_ride(office)
    await office.complete(first)
    reading, tries = office.database.reading, []

    @asynccontextmanager
    async def away_at_first():
        tries.append(1)
        if len(tries) == 1:
            raise Unavailable
        async with reading() as c:
            yield c

    monkeypatch.setattr(office.database, "reading", away_at_first)
    monkeypatch.setattr("doorstepd.intake.unattended_rounds._AGAIN_S", 0.01)
    await told(office)
    assert await causes(office, second) == ["scanned_before"]
