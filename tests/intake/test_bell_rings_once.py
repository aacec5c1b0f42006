"""The bell from fixes to the outbox: rung once an attempt, whoever races, and not at all once it makes no sense."""

import asyncio
from contextlib import AsyncExitStack
from datetime import timedelta

from databases import opened
from office import DOOR, SEALER, Office, event, fixes_towards, now
from sqlalchemy import select

from doorstepd.database.tables import outbox
from doorstepd.intake.ledger import Ledger
from doorstepd.parcels import store
from doorstepd.parcels.records import Door, StoredReminder
from doorstepd.parcels.vocabulary import Status

NEAR = "courier_near"


async def ride(office, courier_id="k1", door=DOOR, **how):
    """The courier's device reports a ride to the door, in three messages."""
    fixes = fixes_towards(door, **how)
    async with office.positions.round(office.merchant_id, courier_id) as its_round:
        return [await office.positions.report(its_round, fixes[at : at + 6]) for at in range(0, len(fixes), 6)]


async def bells(office, parcel_id):
    return [one for one in await office.reminders(parcel_id) if one.kind == NEAR]


async def test_a_courier_who_comes_near_rings_once_and_says_why(office):
    parcel_id = await office.parcel_id()
    await office.assign(parcel_id)
    await ride(office)
    (bell,) = await bells(office, parcel_id)
    assert bell.attempt == 1
    assert 0 < bell.reason["distance_m"] <= 1000
    assert bell.reason["explanation_zh"]
    assert "米" in bell.text_zh or "公里" in bell.text_zh
    await office.assert_sound(parcel_id)


async def test_a_second_ride_past_the_door_does_not_ring_again(office):
    parcel_id = await office.parcel_id()
    await office.assign(parcel_id)
    for _ in range(3):
        await ride(office)
    assert len(await bells(office, parcel_id)) == 1


async def test_a_failed_attempt_rings_anew_on_the_next(office):
    parcel_id = await office.parcel_id()
    for _ in range(2):
        await office.assign(parcel_id)
        await ride(office)
        await office.complete(parcel_id, delivered=False)
    assert sorted(one.attempt for one in await bells(office, parcel_id)) == [1, 2]
    await office.assert_sound(parcel_id)


async def test_a_courier_who_stays_far_rings_nothing(office):
    parcel_id = await office.parcel_id()
    await office.assign(parcel_id)
    await ride(office, start_m=3000)
    assert await bells(office, parcel_id) == []


async def test_a_parcel_delivered_by_a_scan_rings_nothing(office):
    parcel_id = await office.parcel_id()
    await office.assign(parcel_id)
    await office.record(parcel_id, event("已签收", Status.DELIVERED, ago=timedelta(seconds=-1)))
    await ride(office)
    assert await bells(office, parcel_id) == []


async def test_a_parcel_handed_over_rings_for_its_new_courier_only(office):
    parcel_id = await office.parcel_id()
    await office.assign(parcel_id)
    await office.assign(parcel_id, courier_id="k2")
    await ride(office, "k1")
    assert await bells(office, parcel_id) == []
    await ride(office, "k2")
    assert len(await bells(office, parcel_id)) == 1


async def test_a_stop_assigned_while_the_courier_stands_at_the_door_rings_at_once(office):
    parcel_id = await office.parcel_id()
    async with office.positions.round("m", "k1") as its_round:
        await office.positions.report(its_round, fixes_towards(DOOR))
        await office.assign(parcel_id)
        await office.positions.stops_changed("m", "k1")
        await office.positions.settled(its_round)
        assert len(await bells(office, parcel_id)) == 1


async def test_the_next_process_does_not_ring_what_the_first_has_rung(url):
    async with opened(url) as one, opened(url) as two:
        left, right = Office(one), Office(two)
        parcel_id = await left.parcel_id()
        await left.assign(parcel_id)
        await ride(left)
        await ride(right)  # which knows nothing of the first one's track and bell
        right.feed.states = left.feed.states
        await ride(right)
        assert len(await bells(left, parcel_id)) == 1
        await left.assert_sound(parcel_id)


async def test_eight_streams_of_one_courier_in_four_processes_ring_once(url):
    async with AsyncExitStack() as stack:
        offices = [Office(await stack.enter_async_context(opened(url))) for _ in range(4)]
        parcels = [await offices[0].parcel_id(door=Door(DOOR.latitude + n / 2000, DOOR.longitude)) for n in range(3)]
        await offices[0].assign(*parcels)
        await asyncio.gather(*(ride(office, count=24) for office in offices * 2))
        for parcel_id in parcels:
            assert len(await bells(offices[0], parcel_id)) == 1
            await offices[0].assert_sound(parcel_id)


async def test_a_reminder_inserted_by_eight_at_once_is_inserted_once_with_one_notice_a_channel(url):
    async with opened(url) as one, opened(url) as two:
        office = Office(one)
        parcel_id = await office.parcel_id()
        reminder = StoredReminder(parcel_id, 1, NEAR, now(), "中", "en", {})

        ledger = Ledger(SEALER, ("recorded", "sms"))

        async def insert(database):
            async with database.writing() as c:
                books = await ledger.open(c, "m", (await store.lock_parcels(c, "m", [parcel_id])).values())
                new = books[parcel_id].ring(reminder, now())
                await ledger.write(c, books.values())
                return new

        assert sorted(await asyncio.gather(*(insert(database) for database in (one, two) * 4))) == [False] * 7 + [True]
        async with one.reading() as c:
            queued = (await c.execute(select(outbox.c.channel, outbox.c.state))).all()
        assert sorted(map(tuple, queued)) == [("recorded", "queued"), ("sms", "queued")]


async def test_a_delivery_that_races_with_the_bell_leaves_the_books_sound(url):
    async with opened(url) as one, opened(url) as two:
        left, right = Office(one), Office(two)
        for _ in range(6):
            parcel_id = await left.parcel_id()
            await left.assign(parcel_id)
            await asyncio.gather(ride(left, count=24), right.complete(parcel_id, delivered=False))
            parcel = await left.parcel(parcel_id)
            assert (parcel.status, parcel.attempt) == (Status.DELIVERY_FAILED, 2)
            assert {one.attempt for one in await bells(left, parcel_id)} <= {1}
            await left.assert_sound(parcel_id)
