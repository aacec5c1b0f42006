"""What a round decides is written behind the acknowledgement: in groups, once, and by somebody else if we die."""

import asyncio
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import timedelta

import pytest
from databases import opened
from office import DOOR, Office, event, fixes_towards

from doorstepd.errors import Unavailable
from doorstepd.intake import write_decisions
from doorstepd.parcels.records import Door
from doorstepd.parcels.vocabulary import Status
from doorstepd.reminders import reason_store
from doorstepd.reminders.reason import Cause

NEAR = "courier_near"


async def bells(office, parcel_id):
    return [one for one in await office.reminders(parcel_id) if one.kind == NEAR]


async def out_for_delivery(office, count=1, courier_id="k1"):
    """Parcels for doors next to each other, given to a courier."""
    doors = [Door(DOOR.latitude + n / 8000, DOOR.longitude) for n in range(count)]
    parcels = [await office.parcel_id(door=door) for door in doors]
    await office.assign(*parcels, courier_id=courier_id)
    return parcels


class Gate:
    """Stands before a database's write transactions."""

    def __init__(self, database):
        self.open = asyncio.Event()
        self.transactions = 0
        self.away = False
        self._writing, database.writing = database.writing, self._guarded

    @asynccontextmanager
    async def _guarded(self, *args, **how):
        self.transactions += 1
        await self.open.wait()
        if self.away:
            raise Unavailable
        async with self._writing(*args, **how) as c:
            yield c


async def test_a_report_is_acknowledged_while_the_disk_is_busy(office):
    (parcel_id,) = await out_for_delivery(office)
    gate = Gate(office.database)
    async with office.positions.round("m", "k1") as its_round:
        assert len(await office.positions.report(its_round, fixes_towards(DOOR))) == 16
        assert await bells(office, parcel_id) == []
        gate.open.set()
        await office.positions.settled(its_round)
        assert len(await bells(office, parcel_id)) == 1
    await office.assert_sound(parcel_id)


async def test_a_ring_outlives_a_database_that_is_away(office, monkeypatch):
    monkeypatch.setattr(write_decisions, "_SOONEST_RETRY_S", 0.01)
    (parcel_id,) = await out_for_delivery(office)
    gate = Gate(office.database)
    gate.away = True
    gate.open.set()
    async with office.positions.round("m", "k1") as its_round:
        await office.positions.report(its_round, fixes_towards(DOOR))
        while gate.transactions < 3:
            await asyncio.sleep(0.01)
        gate.away = False
    assert len(await bells(office, parcel_id)) == 1
    await office.assert_sound(parcel_id)


async def test_decisions_of_many_rounds_share_a_transaction(office):
    couriers = [f"k{n}" for n in range(12)]
    parcels = [(await out_for_delivery(office, courier_id=courier))[0] for courier in couriers]
    gate = Gate(office.database)
    async with AsyncExitStack() as stack:
        for courier in couriers:
            its_round = await stack.enter_async_context(office.positions.round("m", courier))
            await office.positions.report(its_round, fixes_towards(DOOR))
        gate.open.set()
    assert gate.transactions <= 4
    for parcel_id in parcels:
        assert len(await bells(office, parcel_id)) == 1
        await office.assert_sound(parcel_id)


async def test_a_round_with_many_bells_rings_each_once(office):
    parcels = await out_for_delivery(office, count=7)
    async with office.positions.round("m", "k1") as its_round:
        await office.positions.report(its_round, fixes_towards(DOOR, count=24))
    for parcel_id in parcels:
        assert len(await bells(office, parcel_id)) == 1
        await office.assert_sound(parcel_id)


async def test_one_that_cannot_be_written_takes_no_other_with_it(office, monkeypatch):
    parcels = await out_for_delivery(office, count=3)
    real = write_decisions.near

    def near(parcel, ring):
        if parcel.parcel_id == parcels[1]:
            raise ValueError("13812345678")
        return real(parcel, ring)

    monkeypatch.setattr(write_decisions, "near", near)
    async with office.positions.round("m", "k1") as its_round:
        await office.positions.report(its_round, fixes_towards(DOOR, count=24))
    assert [len(await bells(office, parcel_id)) for parcel_id in parcels] == [1, 0, 1]


async def test_a_process_that_dies_before_the_commit_leaves_the_ring_to_the_next(url):
    async with opened(url) as one, opened(url) as two:
        dying, next_one = Office(one), Office(two)
        (parcel_id,) = await out_for_delivery(dying)
        gate = Gate(one)
        async with dying.positions.round("m", "k1") as its_round:
            await dying.positions.report(its_round, fixes_towards(DOOR))
            next_one.feed.states.update(dying.feed.states)  # all that is left of it
            away = fixes_towards(DOOR, start_m=9000, count=2)
            async with next_one.positions.round("m", "k1") as its_other:
                await next_one.positions.report(its_other, away)
            (bell,) = await bells(next_one, parcel_id)
            assert bell.reason["distance_m"] < 1000
            gate.open.set()
        assert len(await bells(next_one, parcel_id)) == 1
        await next_one.assert_sound(parcel_id)


@pytest.mark.parametrize("after", range(1, 8))
async def test_a_ride_cut_after_any_message_rings_each_door_once(url, after):
    """The first process is gone after so many messages, with its decisions written or not; the next goes on."""
    async with opened(url) as one, opened(url) as two, AsyncExitStack() as stack:
        dying, next_one = Office(one), Office(two)
        parcels = await out_for_delivery(dying, count=3)
        gate = Gate(one)
        if after % 2 == 0:
            gate.open.set()
        messages = [fixes_towards(DOOR, count=24)[at : at + 3] for at in range(0, 24, 3)]
        its_round = await stack.enter_async_context(dying.positions.round("m", "k1"))
        stack.callback(gate.open.set)
        for fixes in messages[:after]:
            await dying.positions.report(its_round, fixes)
        next_one.feed.states.update(dying.feed.states)
        async with next_one.positions.round("m", "k1") as its_other:
            for fixes in messages[after:]:
                await next_one.positions.report(its_other, fixes)
        for parcel_id in parcels:
            assert len(await bells(next_one, parcel_id)) == 1
            await next_one.assert_sound(parcel_id)


async def test_a_stop_that_is_found_to_be_near_rings_without_another_fix(office):
    async with office.positions.round("m", "k1") as its_round:
        await office.positions.report(its_round, fixes_towards(DOOR))
        (parcel_id,) = await out_for_delivery(office)  # and nobody says so
        its_round.stale = True
        await office.positions.report(its_round, [])
        await office.positions.settled(its_round)
        assert len(await bells(office, parcel_id)) == 1


async def test_what_the_last_process_left_unwritten_is_written_before_the_phone_says_anything(office, url):
    (parcel_id,) = await out_for_delivery(office)
    gate = Gate(office.database)
    async with opened(url) as database, office.positions.round("m", "k1") as its_round:
        await office.positions.report(its_round, fixes_towards(DOOR))
        next_one = Office(database)
        next_one.feed.states.update(office.feed.states)
        async with next_one.positions.round("m", "k1"):
            pass
        assert len(await bells(next_one, parcel_id)) == 1
        gate.open.set()


async def test_a_delivery_that_came_before_the_ring_was_written_leaves_a_reason_and_no_ring(office, url):
    (parcel_id,) = await out_for_delivery(office)
    gate = Gate(office.database)
    async with opened(url) as database, office.positions.round("m", "k1") as its_round:
        await office.positions.report(its_round, fixes_towards(DOOR))
        await Office(database).complete(parcel_id)
        gate.open.set()
    assert await bells(office, parcel_id) == []
    async with office.database.reading() as c:
        decided = await reason_store.get(c, "m", parcel_id, 1)
    assert decided is not None
    assert (decided.rang, decided.reason.cause) == (False, Cause.TOO_OLD)


async def test_a_courier_goes_on_with_the_stops_that_are_known_while_the_database_is_away(office, monkeypatch):
    await out_for_delivery(office)
    async with office.positions.round("m", "k1") as its_round:
        await office.positions.report(its_round, fixes_towards(DOOR, start_m=9000, count=3))

        @asynccontextmanager
        async def away(*args, **how):
            raise Unavailable
            yield

        monkeypatch.setattr(office.database, "reading", away)
        its_round.stale = True
        before = its_round.newest
        assert len(await office.positions.report(its_round, fixes_towards(DOOR, start_m=9000, count=3))) == 3
        assert its_round.newest is not before


@pytest.mark.parametrize(("ago", "rings"), [(timedelta(seconds=-1), 1), (timedelta(hours=3), 0)])
async def test_with_the_phone_silent_a_scan_rings_the_next_door_unless_it_is_old(office, ago, rings):
    first, second = await out_for_delivery(office, count=2)
    async with office.positions.round("m", "k1") as its_round:
        await office.positions.report(its_round, [])
        await office.record(first, event("已签收", Status.DELIVERED, ago=ago))
        await office.positions.stops_changed("m", "k1")
        await office.positions.settled(its_round)
        found = await bells(office, second)
    assert [one.reason["cause"] for one in found] == ["scanned_before"] * rings


async def test_a_state_that_cannot_be_read_begins_the_round_afresh(office):
    await out_for_delivery(office)
    async with office.positions.round("m", "k1") as its_round:
        await office.positions.report(its_round, fixes_towards(DOOR, start_m=9000, count=3))
    good = office.feed.states["m", "k1"]
    for walk, plan in (
        (b"", good.plan),
        (good.walk, b"[]"),
        (good.walk.replace(b'"version":2', b'"version":1'), good.plan),
        (good.walk, good.plan.replace(b'"stops":[[', b'"stops":[[[')),
        (good.walk.replace(b'"rest"', b'"r"'), good.plan),
        (good.walk, None),
    ):
        office.feed.states["m", "k1"] = type(good)(walk, plan)
        async with office.positions.round("m", "k1") as its_round:
            assert len(await office.positions.report(its_round, fixes_towards(DOOR, start_m=9000, count=3))) == 3
            assert its_round.newest is not None
