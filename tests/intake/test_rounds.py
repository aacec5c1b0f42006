"""A courier gets a round, rides it, and ends each stop: attempts, hand-overs, repeats."""

import asyncio
from datetime import timedelta

import pytest
from databases import opened
from office import DOOR, Office, event, now

from doorstepd.errors import FailedPrecondition, InvalidRequest, NotFound
from doorstepd.intake.assign_stops import Courier, NewStop
from doorstepd.intake.complete_stop import Outcome
from doorstepd.parcels.vocabulary import Status, SubStatus
from doorstepd.positions import stops


async def open_stops(office, courier_id="k1"):
    async with office.database.reading() as c:
        return [(one.parcel_id, one.attempt) for one in await stops.open_of_courier(c, "m", courier_id)]


async def test_a_round_sends_its_parcels_out_with_the_masked_courier(office):
    parcel_id = await office.parcel_id()
    (assigned,) = await office.assign(parcel_id)
    parcel = await office.parcel(parcel_id)
    assert (assigned.attempt, assigned.refusal) == (1, None)
    assert parcel.status is Status.OUT_FOR_DELIVERY
    assert (parcel.courier.name, parcel.courier.phone) == ("李*", "138****5678")
    assert [one.kind for one in await office.reminders(parcel_id)] == ["out_for_delivery"]
    assert await open_stops(office) == [(parcel_id, 1)]
    await office.assert_sound(parcel_id)


async def test_the_same_round_again_changes_nothing(office):
    parcels = [await office.parcel_id() for _ in range(3)]
    first = await office.assign(*parcels)
    before = [await office.parcel(one) for one in parcels]
    assert await office.assign(*parcels) == first
    assert [await office.parcel(one) for one in parcels] == before


async def test_the_same_round_again_without_the_couriers_name_keeps_the_name(office):
    parcel_id = await office.parcel_id()
    await office.assign(parcel_id)
    before = await office.parcel(parcel_id)
    await office.rounds.assign("m", Courier("k1"), [NewStop(parcel_id, 1)], now())
    assert await office.parcel(parcel_id) == before


async def test_each_stop_that_cannot_be_is_refused_by_itself(office):
    good, over, nowhere = await office.parcel_id(), await office.parcel_id(), await office.parcel_id(door=None)
    await office.record(over, event("已签收", Status.DELIVERED))
    results = await office.assign(good, over, "none", nowhere)
    assert [(one.attempt, type(one.refusal)) for one in results] == [
        (1, type(None)),
        (0, FailedPrecondition),
        (0, NotFound),
        (0, InvalidRequest),
    ]
    assert results[3].refusal.violations[0].field == "stops[3].point"
    assert await open_stops(office) == [(good, 1)]
    assert (await office.parcel(nowhere)).revision == 1


async def test_a_parcel_of_another_merchant_is_not_there(office):
    theirs = await office.of("n").parcel_id()
    (result,) = await office.assign(theirs)
    assert isinstance(result.refusal, NotFound)
    assert (await office.of("n").parcel(theirs)).revision == 1


async def test_a_stops_own_point_serves_an_order_without_one(office):
    parcel_id = await office.parcel_id(door=None)
    (result,) = await office.assign(parcel_id, door=DOOR)
    assert result.attempt == 1


async def test_a_failed_attempt_opens_the_next_on_its_assignment(office):
    parcel_id = await office.parcel_id()
    for attempt in (1, 2, 3):
        (assigned,) = await office.assign(parcel_id)
        assert assigned.attempt == attempt
        assert (await office.parcel(parcel_id)).status is Status.OUT_FOR_DELIVERY
        done = await office.complete(parcel_id, delivered=False)
        assert (done.attempt, done.parcel.attempt) == (attempt, attempt + 1)
        assert done.parcel.status is Status.DELIVERY_FAILED
    kinds = sorted((one.attempt, one.kind) for one in await office.reminders(parcel_id))
    assert kinds == [(n, kind) for n in (1, 2, 3) for kind in ("delivery_failed", "out_for_delivery")]
    await office.assert_sound(parcel_id)


async def test_completing_a_stop_again_answers_the_same(office):
    parcel_id = await office.parcel_id()
    await office.assign(parcel_id)
    first = await office.complete(parcel_id)
    assert await office.complete(parcel_id) == first
    assert first.parcel.status is Status.DELIVERED
    assert await open_stops(office) == []
    with pytest.raises(FailedPrecondition):
        await office.complete(parcel_id, delivered=False)


async def test_a_stop_completed_twice_at_once_is_completed_once(url):
    async with opened(url) as one, opened(url) as two:
        left, right = Office(one), Office(two)
        parcel_id = await left.parcel_id()
        await left.assign(parcel_id)
        answers = await asyncio.gather(*(office.complete(parcel_id) for office in (left, right) * 3))
        assert len({(answer.attempt, answer.parcel.revision) for answer in answers}) == 1
        await left.assert_sound(parcel_id)


async def test_a_parcel_that_nobody_has_cannot_be_completed(office):
    parcel_id = await office.parcel_id()
    with pytest.raises(FailedPrecondition):
        await office.complete(parcel_id)
    with pytest.raises(NotFound):
        await office.complete("none")
    with pytest.raises(NotFound):
        await office.stops.complete("m", parcel_id, Outcome(True, None, now()), now(), lambda parcel: False)
    assert (await office.parcel(parcel_id)).revision == 1


async def test_a_device_whose_clock_is_behind_still_ends_its_stop(office):
    parcel_id = await office.parcel_id()
    await office.assign(parcel_id)
    early = Outcome(False, SubStatus.RECIPIENT_ABSENT, now() - timedelta(minutes=20))
    done = await office.stops.complete("m", parcel_id, early, now())
    assert (done.parcel.status, done.parcel.sub_status) == (Status.DELIVERY_FAILED, SubStatus.RECIPIENT_ABSENT)


async def test_a_round_goes_out_though_the_carriers_clock_was_ahead(office):
    parcel_id = await office.parcel_id()
    await office.record(parcel_id, event("派送未成功", Status.DELIVERY_FAILED, ago=timedelta(minutes=-4)))
    (assigned,) = await office.assign(parcel_id)
    assert assigned.attempt == 2
    assert (await office.parcel(parcel_id)).status is Status.OUT_FOR_DELIVERY


async def test_a_parcel_handed_over_leaves_the_first_couriers_round(office):
    parcel_id = await office.parcel_id()
    await office.assign(parcel_id)
    (again,) = await office.assign(parcel_id, courier_id="k2")
    assert again.attempt == 1
    assert await open_stops(office, "k1") == []
    assert await open_stops(office, "k2") == [(parcel_id, 1)]
    assert (await office.parcel(parcel_id)).courier.courier_id == "k2"
    assert {"k1", "k2"} <= set(office.signals.couriers)
    await office.assert_sound(parcel_id)


async def test_a_scan_that_ends_the_delivery_ends_the_stop(office):
    for status, attempt in ((Status.DELIVERED, 1), (Status.DELIVERY_FAILED, 2), (Status.AVAILABLE_FOR_PICKUP, 1)):
        parcel_id = await office.parcel_id()
        await office.assign(parcel_id)
        after = await office.record(parcel_id, event("扫描", status, ago=timedelta(seconds=-1)))
        assert (after.parcel.attempt, await open_stops(office)) == (attempt, [])


async def test_a_parcel_back_from_a_locker_goes_out_again_and_its_stop_is_open(office):
    parcel_id = await office.parcel_id()
    await office.assign(parcel_id)
    await office.record(parcel_id, event("已存入快递柜", Status.AVAILABLE_FOR_PICKUP, ago=timedelta(seconds=-1)))
    (again,) = await office.assign(parcel_id)
    assert (await office.parcel(parcel_id)).status is Status.OUT_FOR_DELIVERY
    assert await open_stops(office) == [(parcel_id, again.attempt)]


async def test_a_parcel_in_trouble_on_the_way_can_be_given_to_another_courier(office):
    parcel_id = await office.parcel_id()
    await office.assign(parcel_id)
    await office.record(parcel_id, event("包装破损", Status.EXCEPTION, ago=timedelta(seconds=-1)))
    await office.assign(parcel_id, courier_id="k2")
    assert (await office.parcel(parcel_id)).status is Status.OUT_FOR_DELIVERY
    assert await open_stops(office, "k2") == [(parcel_id, 1)]


async def test_an_old_failure_that_is_told_late_does_not_end_todays_stop(office):
    parcel_id = await office.parcel_id()
    await office.assign(parcel_id)
    late = event("昨日派送未成功", Status.DELIVERY_FAILED, ago=timedelta(hours=20))
    after = await office.record(parcel_id, late)
    assert after.parcel.status is Status.OUT_FOR_DELIVERY
    assert await open_stops(office) == [(parcel_id, after.parcel.attempt)]
    done = await office.complete(parcel_id)
    assert done.parcel.status is Status.DELIVERED


async def test_rounds_given_out_by_two_processes_at_once_leave_each_parcel_with_one_courier(url):
    async with opened(url) as one, opened(url) as two:
        left, right = Office(one), Office(two)
        parcels = [await left.parcel_id() for _ in range(6)]
        await asyncio.gather(
            left.assign(*parcels), right.assign(*reversed(parcels), courier_id="k2"), left.assign(*parcels[::2])
        )
        held = {courier: await open_stops(left, courier) for courier in ("k1", "k2")}
        assert sorted(name for those in held.values() for name, _ in those) == sorted(parcels)
        for courier, those in held.items():
            for parcel_id, _ in those:
                assert (await left.parcel(parcel_id)).courier.courier_id == courier
                await left.assert_sound(parcel_id)
