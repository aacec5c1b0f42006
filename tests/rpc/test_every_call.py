"""Every RPC on its good way, on every door."""

import asyncio
from contextlib import suppress

import asking
import pytest
from doorstep.tracking.v1 import (
    geo_pb2,
    ingest_service_pb2,
    live_service_pb2,
    parcel_pb2,
    reminder_pb2,
    reminder_service_pb2,
    status_pb2,
    stop_pb2,
    tracking_service_pb2,
)
from eventually import eventually
from refusing import refused

from doorstepd.access.callers import Role

T = tracking_service_pb2


@pytest.fixture
async def created(house, stubs):
    """An order of two parcels of customer c1."""
    return await stubs.ingest.CreateOrder(asking.order(count=2), metadata=house.caller())


async def test_an_order_is_created_and_repeated_with_the_same_answer(house, stubs):
    request = asking.order(count=2)
    first = await stubs.ingest.CreateOrder(request, metadata=house.caller())
    assert [one.label.zh for one in first.parcels] == ["包裹 1（毛巾）", "包裹 2（牙刷）"]
    assert first.parcels[0].recipient.phone == "138****5678"
    again = await stubs.ingest.CreateOrder(request, metadata=house.caller())
    assert again.SerializeToString(deterministic=True) == first.SerializeToString(deterministic=True)


async def test_every_reader_gets_the_order(house, stubs, created):
    asked = T.GetOrderRequest(order_id=created.order_id)
    readers = {
        "customer": house.customer("c1"),
        "guest": house.caller(Role.GUEST, order_id=created.order_id),
        "desk": house.caller(Role.DESK_AGENT),
        "admin": house.caller(Role.MERCHANT_ADMIN),
        "service": house.caller(),
    }
    answers = {name: await stubs.tracking.GetOrder(asked, metadata=caller) for name, caller in readers.items()}
    assert {one.order_id for one in answers.values()} == {created.order_id}
    assert {one.parcels[0].recipient.phone for name, one in answers.items() if name != "guest"} == {"138****5678"}
    assert answers["guest"].parcels[0].recipient.phone == "138******78"
    assert answers["guest"].customer_id == ""


async def test_orders_are_listed_page_by_page_newest_first(house, stubs):
    customer = asking.new_id("customer")
    ids = [asking.new_id() for _ in range(5)]
    for one in ids:
        await stubs.ingest.CreateOrder(asking.order(one, customer), metadata=house.caller())
    found, token = [], ""
    while True:
        page = await stubs.tracking.ListOrders(
            T.ListOrdersRequest(page_size=2, page_token=token), metadata=house.customer(customer)
        )
        found += [one.order_id for one in page.orders]
        token = page.next_page_token
        if not token:
            break
    assert found == ids[::-1]


async def test_a_batch_answers_each_name_in_the_order_asked(house, stubs, created):
    names = ["none", created.order_id, "not an id", created.order_id]
    answer = await stubs.tracking.BatchGetOrders(T.BatchGetOrdersRequest(order_ids=names), metadata=house.caller())
    assert [one.order_id for one in answer.results] == names
    assert [one.WhichOneof("result") for one in answer.results] == ["error", "order", "error", "order"]
    assert [one.error.code for one in answer.results] == [5, 0, 3, 0]
    parcels = [created.parcels[1].parcel_id, "none"]
    answer = await stubs.tracking.BatchGetParcels(T.BatchGetParcelsRequest(parcel_ids=parcels), metadata=house.caller())
    assert [one.WhichOneof("result") for one in answer.results] == ["parcel", "error"]


async def test_a_batch_of_500_names_is_answered(house, stubs, created):
    names = [created.order_id] * 250 + [f"none{n}" for n in range(250)]
    answer = await stubs.tracking.BatchGetOrders(T.BatchGetOrdersRequest(order_ids=names), metadata=house.caller())
    assert [one.HasField("order") for one in answer.results] == [True] * 250 + [False] * 250


async def test_orders_are_created_in_a_batch_with_an_answer_each(house, stubs):
    good, bad = asking.order(), asking.order(asking.new_id(), customer_id="")
    answer = await stubs.ingest.BatchCreateOrders(
        ingest_service_pb2.BatchCreateOrdersRequest(orders=[good, bad, good]), metadata=house.caller()
    )
    assert [one.WhichOneof("result") for one in answer.results] == ["order", "error", "order"]
    assert answer.results[0].order.order_id == answer.results[2].order.order_id == good.order_id


async def test_500_orders_are_created_in_one_batch(house, stubs):
    orders = [asking.order() for _ in range(500)]
    request = ingest_service_pb2.BatchCreateOrdersRequest(orders=orders)
    answer = await stubs.ingest.BatchCreateOrders(request, metadata=house.caller())
    assert [one.order.order_id for one in answer.results] == [one.order_id for one in orders]


async def test_parcels_are_found_by_every_filter(house, stubs, created):
    parcel = created.parcels[0]
    filters = [
        {"order_ids": [created.order_id]},
        {"tracking_number": parcel.tracking_number},
        {"order_ids": [created.order_id], "statuses": [status_pb2.PARCEL_STATUS_INFO_RECEIVED]},
        {"order_ids": [created.order_id], "sub_statuses": [status_pb2.PARCEL_SUB_STATUS_LABEL_CREATED]},
        {"order_ids": [created.order_id], "created_after": created.create_time},
    ]
    for one in filters:
        answer = await stubs.tracking.SearchParcels(T.SearchParcelsRequest(**one), metadata=house.caller())
        assert parcel.parcel_id in [found.parcel_id for found in answer.parcels], one
    for one in (
        {"order_ids": [created.order_id], "created_before": created.create_time},
        {"order_ids": [created.order_id], "needs_attention": True},
        {"order_ids": [created.order_id], "statuses": [status_pb2.PARCEL_STATUS_DELIVERED]},
    ):
        answer = await stubs.tracking.SearchParcels(T.SearchParcelsRequest(**one), metadata=house.caller())
        assert not answer.parcels, one


async def test_events_are_recorded_once_by_parcel_or_by_number(house, stubs, created):
    parcel, told = created.parcels[0], asking.event()
    first = await stubs.ingest.RecordTrackingEvents(asking.events(parcel.parcel_id, told), metadata=house.caller())
    by_number = ingest_service_pb2.RecordTrackingEventsRequest(
        carrier="zto", tracking_number=parcel.tracking_number, events=[told]
    )
    again = await stubs.ingest.RecordTrackingEvents(by_number, metadata=house.caller())
    assert (first.recorded, first.duplicates, again.recorded, again.duplicates) == (1, 0, 0, 1)
    shown = await stubs.tracking.GetParcel(T.GetParcelRequest(parcel_id=parcel.parcel_id), metadata=house.customer())
    assert shown.status == status_pb2.PARCEL_STATUS_IN_TRANSIT
    assert [one.raw_text for one in shown.events] == [told.text]
    assert "上海" in shown.sentence.zh


async def test_a_parcel_of_an_order_with_the_longest_id_can_be_asked_for(house, stubs):
    order_id = asking.new_id("L").ljust(64, "y")
    created = await stubs.ingest.CreateOrder(asking.order(order_id, count=2), metadata=house.caller())
    names = [one.parcel_id for one in created.parcels]
    assert len(set(names)) == 2
    for name in names:
        shown = await stubs.tracking.GetParcel(T.GetParcelRequest(parcel_id=name), metadata=house.customer())
        assert (shown.parcel_id, shown.order_id) == (name, order_id)
    results = (await stubs.ingest.AssignStops(asking.a_round(*names), metadata=house.caller())).results
    assert [one.attempt for one in results] == [1, 1]


async def test_a_round_from_its_assignment_to_the_last_stop(house, stubs, created):
    one, two = (parcel.parcel_id for parcel in created.parcels)
    courier = asking.new_id("k")
    assigned = await stubs.ingest.AssignStops(asking.a_round(one, two, courier_id=courier), metadata=house.caller())
    assert [result.attempt for result in assigned.results] == [1, 1]
    acknowledgements = [
        ack
        async for ack in stubs.ingest.ReportPositions(asking.reports(asking.ride()), metadata=house.courier(courier))
    ]
    assert [ack.batch_id for ack in acknowledgements] == [1, 2, 3, 4]
    assert acknowledgements[-1].last_sequence > 0
    for _ in range(100):  # an acknowledged position is on its way through the bus for some milliseconds
        shown = await stubs.tracking.GetParcel(T.GetParcelRequest(parcel_id=one), metadata=house.customer())
        if shown.approach.distance_meters < 700:
            break
        await asyncio.sleep(0.02)
    assert shown.approach.stops_ahead == 0
    assert 400 < shown.approach.distance_meters < 700
    assert shown.courier.display_name == "李*"
    done = await stubs.ingest.CompleteStop(
        ingest_service_pb2.CompleteStopRequest(parcel_id=one, outcome=stop_pb2.STOP_OUTCOME_DELIVERED),
        metadata=house.courier(courier),
    )
    assert (done.status, done.attempt) == (status_pb2.PARCEL_STATUS_DELIVERED, 1)
    rung = await stubs.reminders.ListReminders(
        reminder_service_pb2.ListRemindersRequest(order_id=created.order_id), metadata=house.customer()
    )
    bells = [one for one in rung.reminders if one.kind == reminder_pb2.REMINDER_KIND_COURIER_NEAR]
    assert sorted(bell.parcel_id for bell in bells) == [one, two]
    explained = await stubs.reminders.ExplainReminder(
        reminder_service_pb2.ExplainReminderRequest(parcel_id=one), metadata=house.caller(Role.DESK_AGENT)
    )
    assert explained.rang
    assert explained.explanation.zh
    hidden = await stubs.tracking.GetParcel(T.GetParcelRequest(parcel_id=one), metadata=house.customer())
    assert not hidden.HasField("position")


async def test_an_internal_service_reports_for_a_courier_it_names(house, stubs, created):
    courier = asking.new_id("k")
    await stubs.ingest.AssignStops(
        asking.a_round(created.parcels[0].parcel_id, courier_id=courier), metadata=house.caller()
    )
    reports = asking.reports(asking.ride(count=8), courier_id=courier)
    answers = [one async for one in stubs.ingest.ReportPositions(reports, metadata=house.caller())]
    assert answers[-1].last_sequence > 0


@pytest.mark.parametrize("datum", [geo_pb2.DATUM_GCJ02, geo_pb2.DATUM_BD09])
async def test_positions_are_given_in_the_datum_asked_for(house, stubs, created, datum):
    courier = asking.new_id("k")
    name = created.parcels[0].parcel_id
    await stubs.ingest.AssignStops(asking.a_round(name, courier_id=courier), metadata=house.caller())
    reports = asking.reports(asking.ride(count=8))
    async for _ in stubs.ingest.ReportPositions(reports, metadata=house.courier(courier)):
        pass
    plain, asked = [
        (
            await stubs.tracking.GetParcel(T.GetParcelRequest(parcel_id=name, datum=one), metadata=house.customer())
        ).position
        for one in (geo_pb2.DATUM_UNSPECIFIED, datum)
    ]
    assert (plain.point.datum, asked.point.datum) == (geo_pb2.DATUM_WGS84, datum)
    assert abs(plain.point.latitude - asked.point.latitude) + abs(plain.point.longitude - asked.point.longitude) > 0.001


async def heard(call, into):
    with suppress(asyncio.CancelledError):
        async for update in call:
            into.append(update)


async def test_a_watch_shows_all_that_happens_in_order(house, stubs, created):
    name, courier = created.parcels[0].parcel_id, asking.new_id("k")
    by_order, by_parcel = [], []
    watches = [
        stubs.live.WatchOrder(live_service_pb2.WatchOrderRequest(order_id=created.order_id), metadata=house.customer()),
        stubs.live.WatchParcels(live_service_pb2.WatchParcelsRequest(parcel_ids=[name]), metadata=house.caller()),
    ]
    tasks = [asyncio.create_task(heard(*pair)) for pair in zip(watches, (by_order, by_parcel), strict=True)]
    await eventually(lambda: by_order and by_parcel, "a snapshot")
    await stubs.ingest.RecordTrackingEvents(asking.events(name, asking.event()), metadata=house.caller())
    await stubs.ingest.AssignStops(asking.a_round(name, courier_id=courier), metadata=house.caller())
    async for _ in stubs.ingest.ReportPositions(asking.reports(asking.ride()), metadata=house.courier(courier)):
        pass
    done = await stubs.ingest.CompleteStop(
        ingest_service_pb2.CompleteStopRequest(parcel_id=name, outcome=stop_pb2.STOP_OUTCOME_DELIVERED),
        metadata=house.courier(courier),
    )
    for updates in (by_order, by_parcel):
        await eventually(
            lambda u=updates: [x.change.revision for x in u][-1:] and max(x.change.revision for x in u) == done.revision
        )
        assert updates[0].HasField("snapshot")
        revisions = [one.change.revision for one in updates if one.HasField("change")]
        assert revisions == list(range(2, done.revision + 1))
        assert all(one.resume_token for one in updates)
        assert any(one.position.position.sequence for one in updates)
    for task in tasks:
        task.cancel()


async def test_a_resumed_watch_begins_where_the_other_ended(house, stubs, created):
    name = created.parcels[0].parcel_id
    request = live_service_pb2.WatchOrderRequest(order_id=created.order_id)
    watch = stubs.live.WatchOrder(request, metadata=house.customer())
    token = (await watch.read()).resume_token
    watch.cancel()
    for n in range(3):
        await stubs.ingest.RecordTrackingEvents(
            asking.events(name, asking.event(f"到达第 {n} 站")), metadata=house.caller()
        )
    request.resume_token = token
    resumed = stubs.live.WatchOrder(request, metadata=house.customer())
    updates = []
    task = asyncio.create_task(heard(resumed, updates))
    await eventually(lambda: sum(one.HasField("change") for one in updates) == 3)
    assert not any(one.HasField("snapshot") or one.HasField("gap") for one in updates)
    task.cancel()


async def test_the_fleet_is_seen_on_a_map_by_its_own_merchant_only(house, stubs):
    courier = asking.new_id("k")
    low, high = asking.point(31.0, 121.0), asking.point(31.5, 122.0)
    request = live_service_pb2.WatchFleetRequest(box=geo_pb2.BoundingBox(low=low, high=high), courier_ids=[courier])
    request.tick.FromMilliseconds(200)
    mine, theirs = [], []
    watches = [
        stubs.live.WatchFleet(request, metadata=house.caller(Role.MERCHANT_ADMIN)),
        stubs.live.WatchFleet(request, metadata=house.caller(Role.MERCHANT_ADMIN, "other")),
    ]
    tasks = [asyncio.create_task(heard(*pair)) for pair in zip(watches, (mine, theirs), strict=True)]
    await eventually(lambda: mine and theirs)
    async for _ in stubs.ingest.ReportPositions(asking.reports(asking.ride()), metadata=house.courier(courier)):
        pass
    await eventually(lambda: any(one.positions for one in mine))
    assert {p.courier_id for one in mine for p in one.positions} == {courier}
    assert not any(one.positions for one in theirs)
    for task in tasks:
        task.cancel()


async def test_the_recipients_point_is_never_answered(house, stubs, created):
    shown = await stubs.tracking.GetOrder(T.GetOrderRequest(order_id=created.order_id), metadata=house.caller())
    assert all(not one.recipient.HasField("point") for one in shown.parcels)
    assert isinstance(shown.parcels[0], parcel_pb2.Parcel)


async def test_a_page_token_of_another_question_is_refused(house, stubs):
    for _ in range(2):
        await stubs.ingest.CreateOrder(asking.order(), metadata=house.caller())
    page = await stubs.tracking.ListOrders(T.ListOrdersRequest(page_size=1), metadata=house.caller())
    asked = T.ListOrdersRequest(page_size=1, customer_id="c1", page_token=page.next_page_token)
    found = await refused(stubs.tracking.ListOrders(asked, metadata=house.caller()))
    assert found.fields == ["page_token"]
