"""A courier without an open stream, on every door: scans ring in his phone's place, and a silence is explained."""

import asyncio

import asking
from doorstep.tracking.v1 import ingest_service_pb2, reminder_pb2, reminder_service_pb2, stop_pb2

from doorstepd.access.callers import Role

SOON_S = 20.0


async def complete(stubs, house, parcel_id):
    request = ingest_service_pb2.CompleteStopRequest(parcel_id=parcel_id, outcome=stop_pb2.STOP_OUTCOME_DELIVERED)
    await stubs.ingest.CompleteStop(request, metadata=house.caller())


async def explained(stubs, house, parcel_id):
    request = reminder_service_pb2.ExplainReminderRequest(parcel_id=parcel_id)
    return await stubs.reminders.ExplainReminder(request, metadata=house.caller(Role.DESK_AGENT))


async def explained_when(condition, stubs, house, parcel_id):
    async with asyncio.timeout(SOON_S):
        while not condition(found := await explained(stubs, house, parcel_id)):
            await asyncio.sleep(0.02)
    return found


async def bells(stubs, house, order_id):
    request = reminder_service_pb2.ListRemindersRequest(order_id=order_id)
    listed = await stubs.reminders.ListReminders(request, metadata=house.customer())
    near = reminder_pb2.REMINDER_KIND_COURIER_NEAR
    return sorted(one.parcel_id for one in listed.reminders if one.kind == near)


async def test_a_scan_rings_the_next_doors_once_though_the_phone_was_never_on(house, stubs):
    order = await stubs.ingest.CreateOrder(asking.order(count=4), metadata=house.caller())
    names = [one.parcel_id for one in order.parcels]
    await stubs.ingest.AssignStops(asking.a_round(*names, courier_id=asking.new_id("k")), metadata=house.caller())
    await complete(stubs, house, names[0])
    found = await explained_when(lambda one: one.rang, stubs, house, names[1])
    assert "signed for" in found.explanation.en
    await complete(stubs, house, names[1])
    await explained_when(lambda one: one.rang, stubs, house, names[3])
    assert await bells(stubs, house, order.order_id) == names[1:]


async def test_with_the_app_closed_before_the_signature_a_silence_says_how_near_he_came(house, stubs):
    courier = asking.new_id("k")
    order = await stubs.ingest.CreateOrder(asking.order(), metadata=house.caller())
    name = order.parcels[0].parcel_id
    await stubs.ingest.AssignStops(asking.a_round(name, courier_id=courier), metadata=house.caller())
    far = asking.ride(start_m=9000.0)
    async for _ in stubs.ingest.ReportPositions(asking.reports(far), metadata=house.courier(courier)):
        pass
    await complete(stubs, house, name)
    found = await explained_when(lambda one: one.reason.distance_meters, stubs, house, name)
    assert not found.rang
    assert 8000 < found.reason.distance_meters < 9000
    assert "km" in found.explanation.en
    assert await bells(stubs, house, order.order_id) == []
