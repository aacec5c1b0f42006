"""One thing wrong at a time: each is refused with a code, a reason and the field, and leaves nothing behind."""

import math
from datetime import timedelta

import asking
import grpc
import pytest
from doorstep.tracking.v1 import (
    geo_pb2,
    ingest_service_pb2,
    live_service_pb2,
    parcel_pb2,
    reminder_service_pb2,
    status_pb2,
    stop_pb2,
    tracking_service_pb2,
)
from google.protobuf.duration_pb2 import Duration
from google.protobuf.timestamp_pb2 import Timestamp
from house import Stubs, in_a_thread
from refusing import refused

from doorstepd.access.callers import Role

T, Ingest, L = tracking_service_pb2, ingest_service_pb2, live_service_pb2
INVALID, NOT_FOUND = grpc.StatusCode.INVALID_ARGUMENT, grpc.StatusCode.NOT_FOUND
FIELD, MANY, NONE = "INVALID_FIELD", "TOO_MANY_ITEMS", "NOT_FOUND"

BAD_IDS = ["", "a b", "x" * 65, "包裹", "a\0b", "-a", "a/b", "../x", "a\nb", "a%00", "O1'--", "🚚", "Ａ1", " a", "a "]


def recipient(**wrong):
    usual = {"name": "张三丰", "phone": "13812345678", "address": "路1号", "point": asking.point()}
    return parcel_pb2.Recipient(**usual | wrong)


def new_order(**wrong):
    return asking.order("WRONG", **wrong)


def told(**wrong):
    return asking.events("GOOD-1", asking.event(**wrong))


def bad_point(latitude=31.2, longitude=121.6, datum=geo_pb2.DATUM_WGS84):
    return new_order(recipient=recipient(point=asking.point(latitude, longitude, datum)))


def at(seconds, nanos=0):
    return Timestamp(seconds=seconds, nanos=nanos)


def stop(**more):
    return Ingest.AssignStopsRequest(courier_id="k1", stops=[stop_pb2.Stop(**more)])


def ended(**wrong):
    return Ingest.CompleteStopRequest(**{"parcel_id": "GOOD-1", "outcome": stop_pb2.STOP_OUTCOME_DELIVERED} | wrong)


def box(**wrong):
    return geo_pb2.BoundingBox(**{"low": asking.point(31, 121), "high": asking.point(32, 122)} | wrong)


FAR = Timestamp(seconds=32503680000)  # the year 3000
DELIVERED, IN_TRANSIT = status_pb2.PARCEL_STATUS_DELIVERED, status_pb2.PARCEL_STATUS_IN_TRANSIT

CASES = [
    *(("GetOrder", T.GetOrderRequest(order_id=one), FIELD, "order_id") for one in BAD_IDS),
    *(("GetParcel", T.GetParcelRequest(parcel_id=one), FIELD, "parcel_id") for one in BAD_IDS),
    *(("WatchOrder", L.WatchOrderRequest(order_id=one), FIELD, "order_id") for one in BAD_IDS),
    ("GetOrder", T.GetOrderRequest(order_id="GOOD", datum=77), FIELD, "datum"),
    ("GetParcel", T.GetParcelRequest(parcel_id="GOOD-1", datum=-1), FIELD, "datum"),
    ("BatchGetOrders", T.BatchGetOrdersRequest(), FIELD, "order_ids"),
    ("BatchGetOrders", T.BatchGetOrdersRequest(order_ids=["a"] * 501), MANY, "order_ids"),
    ("BatchGetOrders", T.BatchGetOrdersRequest(order_ids=["a"] * 100_000), MANY, "order_ids"),
    ("BatchGetParcels", T.BatchGetParcelsRequest(), FIELD, "parcel_ids"),
    ("BatchGetParcels", T.BatchGetParcelsRequest(parcel_ids=["a"] * 501), MANY, "parcel_ids"),
    ("ListOrders", T.ListOrdersRequest(customer_id="a b"), FIELD, "customer_id"),
    ("ListOrders", T.ListOrdersRequest(page_size=-1), FIELD, "page_size"),
    ("ListOrders", T.ListOrdersRequest(page_token="nonsense"), FIELD, "page_token"),
    ("ListOrders", T.ListOrdersRequest(page_token="包裹"), FIELD, "page_token"),
    ("ListOrders", T.ListOrdersRequest(page_token="W1tbW1s=" * 9), FIELD, "page_token"),
    ("ListOrders", T.ListOrdersRequest(page_token="W1tb" * 100_000), FIELD, "page_token"),
    ("SearchParcels", T.SearchParcelsRequest(order_ids=["a"] * 501), MANY, "order_ids"),
    ("SearchParcels", T.SearchParcelsRequest(order_ids=["ok", "a b"]), FIELD, "order_ids[1]"),
    ("SearchParcels", T.SearchParcelsRequest(statuses=[DELIVERED, 999]), FIELD, "statuses[1]"),
    ("SearchParcels", T.SearchParcelsRequest(statuses=[0]), FIELD, "statuses[0]"),
    ("SearchParcels", T.SearchParcelsRequest(sub_statuses=[999]), FIELD, "sub_statuses[0]"),
    ("SearchParcels", T.SearchParcelsRequest(tracking_number="x" * 65), FIELD, "tracking_number"),
    ("SearchParcels", T.SearchParcelsRequest(tracking_number="a\0b"), FIELD, "tracking_number"),
    ("SearchParcels", T.SearchParcelsRequest(page_size=-5), FIELD, "page_size"),
    ("SearchParcels", T.SearchParcelsRequest(page_token="x"), FIELD, "page_token"),
    ("SearchParcels", T.SearchParcelsRequest(created_after=at(-(10**15))), FIELD, "created_after"),
    ("SearchParcels", T.SearchParcelsRequest(created_after=at(1, -5)), FIELD, "created_after"),
    ("SearchParcels", T.SearchParcelsRequest(created_before=at(10**17)), FIELD, "created_before"),
    *(("CreateOrder", asking.order(one or " "), FIELD, "order_id") for one in BAD_IDS),
    *(("CreateOrder", new_order(customer_id=one), FIELD, "customer_id") for one in BAD_IDS),
    ("CreateOrder", new_order(parcels=[]), FIELD, "parcels"),
    ("CreateOrder", new_order(parcels=[Ingest.NewParcel()] * 51), MANY, "parcels"),
    ("CreateOrder", new_order(parcels=[Ingest.NewParcel(parcel_id="a b")]), FIELD, "parcels[0].parcel_id"),
    ("CreateOrder", new_order(parcels=[Ingest.NewParcel(parcel_id="X")] * 2), FIELD, "parcels[1].parcel_id"),
    ("CreateOrder", new_order(parcels=[Ingest.NewParcel(tracking_number="7/8")]), FIELD, "parcels[0].tracking_number"),
    ("CreateOrder", new_order(parcels=[Ingest.NewParcel(carrier="中通")]), FIELD, "parcels[0].carrier"),
    ("CreateOrder", new_order(parcels=[Ingest.NewParcel(carrier="z" * 33)]), FIELD, "parcels[0].carrier"),
    (
        "CreateOrder",
        new_order(parcels=[Ingest.NewParcel(items=[parcel_pb2.Item()])]),
        FIELD,
        "parcels[0].items[0].title",
    ),
    (
        "CreateOrder",
        new_order(parcels=[Ingest.NewParcel(items=[parcel_pb2.Item(title="x", quantity=-1)])]),
        FIELD,
        "parcels[0].items[0].quantity",
    ),
    (
        "CreateOrder",
        new_order(parcels=[Ingest.NewParcel(items=[parcel_pb2.Item(title="x" * 201)])]),
        FIELD,
        "parcels[0].items[0].title",
    ),
    (
        "CreateOrder",
        new_order(parcels=[Ingest.NewParcel(items=[parcel_pb2.Item(title="x")] * 201)]),
        MANY,
        "parcels[0].items",
    ),
    ("CreateOrder", new_order(recipient=recipient(name="张" * 101)), FIELD, "recipient.name"),
    ("CreateOrder", new_order(recipient=recipient(phone="1" * 33)), FIELD, "recipient.phone"),
    ("CreateOrder", new_order(recipient=recipient(address="路" * 301)), FIELD, "recipient.address"),
    ("CreateOrder", new_order(recipient=recipient(address="路" * 300_000)), FIELD, "recipient.address"),
    ("CreateOrder", new_order(recipient=recipient(name="张\0三")), FIELD, "recipient.name"),
    ("CreateOrder", bad_point(latitude=91), FIELD, "recipient.point.latitude"),
    ("CreateOrder", bad_point(latitude=-90.001), FIELD, "recipient.point.latitude"),
    ("CreateOrder", bad_point(latitude=math.nan), FIELD, "recipient.point.latitude"),
    ("CreateOrder", bad_point(longitude=180.0001), FIELD, "recipient.point.longitude"),
    ("CreateOrder", bad_point(longitude=math.inf), FIELD, "recipient.point.longitude"),
    ("CreateOrder", bad_point(longitude=-math.inf), FIELD, "recipient.point.longitude"),
    ("CreateOrder", bad_point(0, 0), FIELD, "recipient.point"),
    ("CreateOrder", bad_point(datum=0), FIELD, "recipient.point.datum"),
    ("CreateOrder", bad_point(datum=9), FIELD, "recipient.point.datum"),
    ("CreateOrder", new_order(order_time=FAR), FIELD, "order_time"),
    ("CreateOrder", new_order(order_time=at(0)), FIELD, "order_time"),
    ("CreateOrder", new_order(order_time=at(10**18)), FIELD, "order_time"),
    ("BatchCreateOrders", Ingest.BatchCreateOrdersRequest(), FIELD, "orders"),
    ("BatchCreateOrders", Ingest.BatchCreateOrdersRequest(orders=[new_order()] * 501), MANY, "orders"),
    ("RecordTrackingEvents", Ingest.RecordTrackingEventsRequest(events=[asking.event()]), FIELD, "parcel_id"),
    ("RecordTrackingEvents", asking.events("a b", asking.event()), FIELD, "parcel_id"),
    (
        "RecordTrackingEvents",
        Ingest.RecordTrackingEventsRequest(tracking_number="7/8", events=[asking.event()]),
        FIELD,
        "tracking_number",
    ),
    (
        "RecordTrackingEvents",
        Ingest.RecordTrackingEventsRequest(tracking_number="78", carrier="a b", events=[asking.event()]),
        FIELD,
        "carrier",
    ),
    ("RecordTrackingEvents", asking.events("GOOD-1"), FIELD, "events"),
    ("RecordTrackingEvents", asking.events("GOOD-1", *[asking.event()] * 501), MANY, "events"),
    ("RecordTrackingEvents", asking.events("GOOD-1", Ingest.NewTrackingEvent(text="x")), FIELD, "events[0].event_time"),
    ("RecordTrackingEvents", told(text=""), FIELD, "events[0].text"),
    ("RecordTrackingEvents", told(text="快" * 1001), FIELD, "events[0].text"),
    ("RecordTrackingEvents", told(text="a\0b"), FIELD, "events[0].text"),
    ("RecordTrackingEvents", told(ago=timedelta(hours=-1)), FIELD, "events[0].event_time"),
    ("RecordTrackingEvents", told(ago=timedelta(days=20_000)), FIELD, "events[0].event_time"),
    ("RecordTrackingEvents", told(status=999), FIELD, "events[0].status"),
    ("RecordTrackingEvents", told(status=DELIVERED, sub_status=999), FIELD, "events[0].sub_status"),
    (
        "RecordTrackingEvents",
        told(status=IN_TRANSIT, sub_status=status_pb2.PARCEL_SUB_STATUS_SIGNED_BY_RECIPIENT),
        FIELD,
        "events[0].sub_status",
    ),
    ("RecordTrackingEvents", told(location="x" * 201), FIELD, "events[0].location"),
    ("RecordTrackingEvents", told(external_id="a b"), FIELD, "events[0].external_id"),
    ("AssignStops", Ingest.AssignStopsRequest(courier_id="k1"), FIELD, "stops"),
    (
        "AssignStops",
        Ingest.AssignStopsRequest(courier_id="k 1", stops=[stop_pb2.Stop(parcel_id="x")]),
        FIELD,
        "courier_id",
    ),
    ("AssignStops", asking.a_round(*(f"p{n}" for n in range(501))), MANY, "stops"),
    ("AssignStops", asking.a_round("GOOD-1", "GOOD-1"), FIELD, "stops[1].parcel_id"),
    ("AssignStops", stop(parcel_id="a b"), FIELD, "stops[0].parcel_id"),
    ("AssignStops", stop(parcel_id="GOOD-1", sequence=-1), FIELD, "stops[0].sequence"),
    ("AssignStops", stop(parcel_id="GOOD-1", sequence=10_001), FIELD, "stops[0].sequence"),
    ("AssignStops", stop(parcel_id="GOOD-1", point=asking.point(91)), FIELD, "stops[0].point.latitude"),
    ("AssignStops", stop(parcel_id="GOOD-1", point=asking.point(datum=0)), FIELD, "stops[0].point.datum"),
    (
        "AssignStops",
        Ingest.AssignStopsRequest(courier_id="k1", courier_name="李" * 101, stops=[stop_pb2.Stop(parcel_id="GOOD-1")]),
        FIELD,
        "courier_name",
    ),
    ("CompleteStop", ended(parcel_id="a b"), FIELD, "parcel_id"),
    ("CompleteStop", ended(outcome=0), FIELD, "outcome"),
    ("CompleteStop", ended(outcome=9), FIELD, "outcome"),
    ("CompleteStop", ended(sub_status=999), FIELD, "sub_status"),
    ("CompleteStop", ended(sub_status=status_pb2.PARCEL_SUB_STATUS_RECIPIENT_ABSENT), FIELD, "sub_status"),
    ("CompleteStop", ended(complete_time=FAR), FIELD, "complete_time"),
    ("CompleteStop", ended(note="x" * 201), FIELD, "note"),
    ("WatchOrder", L.WatchOrderRequest(order_id="GOOD", datum=7), FIELD, "datum"),
    ("WatchOrder", L.WatchOrderRequest(order_id="GOOD", resume_token="x" * 100_000), FIELD, "resume_token"),
    ("WatchParcels", L.WatchParcelsRequest(), FIELD, "parcel_ids"),
    ("WatchParcels", L.WatchParcelsRequest(parcel_ids=["a"] * 300, order_ids=["b"] * 201), MANY, "parcel_ids"),
    ("WatchParcels", L.WatchParcelsRequest(parcel_ids=["GOOD-1", "a b"]), FIELD, "parcel_ids[1]"),
    ("WatchParcels", L.WatchParcelsRequest(order_ids=["a b"]), FIELD, "order_ids[0]"),
    ("WatchFleet", L.WatchFleetRequest(courier_ids=["a b"]), FIELD, "courier_ids[0]"),
    ("WatchFleet", L.WatchFleetRequest(courier_ids=["k"] * 5001), MANY, "courier_ids"),
    ("WatchFleet", L.WatchFleetRequest(tick=Duration(nanos=1)), FIELD, "tick"),
    ("WatchFleet", L.WatchFleetRequest(tick=Duration(seconds=61)), FIELD, "tick"),
    ("WatchFleet", L.WatchFleetRequest(tick=Duration(seconds=-1)), FIELD, "tick"),
    ("WatchFleet", L.WatchFleetRequest(datum=9), FIELD, "datum"),
    ("WatchFleet", L.WatchFleetRequest(box=geo_pb2.BoundingBox()), FIELD, "box.low.datum"),
    ("WatchFleet", L.WatchFleetRequest(box=box(low=asking.point(math.nan))), FIELD, "box.low.latitude"),
    ("WatchFleet", L.WatchFleetRequest(box=box(low=asking.point(33, 121))), FIELD, "box.low.latitude"),
    ("ListReminders", reminder_service_pb2.ListRemindersRequest(), FIELD, "parcel_id"),
    ("ListReminders", reminder_service_pb2.ListRemindersRequest(parcel_id="a b"), FIELD, "parcel_id"),
    ("ListReminders", reminder_service_pb2.ListRemindersRequest(order_id="a b"), FIELD, "order_id"),
    ("ExplainReminder", reminder_service_pb2.ExplainReminderRequest(), FIELD, "parcel_id"),
    ("ExplainReminder", reminder_service_pb2.ExplainReminderRequest(parcel_id="GOOD-1", attempt=-1), FIELD, "attempt"),
]


def sent(stubs, house, method, request):
    service = next(one for one in (stubs.tracking, stubs.live, stubs.ingest, stubs.reminders) if hasattr(one, method))
    role = Role.MERCHANT_ADMIN if service is stubs.reminders else Role.INTERNAL_SERVICE
    return getattr(service, method)(request, metadata=house.caller(role), timeout=20)


@pytest.fixture(scope="module")
def untouched(house):
    """A good order, which nothing below may change; at the end the database is as it was."""

    async def prepare():
        async with grpc.aio.insecure_channel(house.daemon.target) as channel:
            await Stubs(channel).ingest.CreateOrder(asking.order("GOOD"), metadata=house.caller())
        return await house.stored()

    before = in_a_thread(prepare())
    yield
    assert in_a_thread(house.stored()) == before


@pytest.mark.parametrize(("method", "request_", "reason", "field"), CASES, ids=lambda value: str(value)[:40])
async def test_a_bad_field_is_named(untouched, house, stubs, method, request_, reason, field):
    found = await refused(sent(stubs, house, method, request_))
    assert (found.code, found.reason, found.fields[:1]) == (INVALID, reason, [field])


@pytest.mark.parametrize(
    ("method", "request_"),
    [
        ("GetOrder", T.GetOrderRequest(order_id="none")),
        ("GetParcel", T.GetParcelRequest(parcel_id="none")),
        ("WatchOrder", L.WatchOrderRequest(order_id="none")),
        ("WatchParcels", L.WatchParcelsRequest(parcel_ids=["GOOD-1", "none"])),
        ("WatchParcels", L.WatchParcelsRequest(order_ids=["none"])),
        ("RecordTrackingEvents", asking.events("none", asking.event())),
        ("RecordTrackingEvents", Ingest.RecordTrackingEventsRequest(tracking_number="none", events=[asking.event()])),
        ("CompleteStop", ended(parcel_id="none")),
        ("ListReminders", reminder_service_pb2.ListRemindersRequest(order_id="none")),
        ("ExplainReminder", reminder_service_pb2.ExplainReminderRequest(parcel_id="none")),
    ],
    ids=lambda value: str(value)[:40],
)
async def test_what_is_not_there_is_not_found(untouched, house, stubs, method, request_):
    found = await refused(sent(stubs, house, method, request_))
    assert (found.code, found.reason, found.fields) == (NOT_FOUND, NONE, [])


async def test_a_stop_that_nobody_has_is_the_wrong_state(untouched, house, stubs):
    found = await refused(sent(stubs, house, "CompleteStop", ended()))
    assert (found.code, found.reason) == (grpc.StatusCode.FAILED_PRECONDITION, "WRONG_STATE")


async def test_other_content_under_a_known_order_id_already_exists(untouched, house, stubs):
    found = await refused(sent(stubs, house, "CreateOrder", asking.order("GOOD", customer_id="c2")))
    assert (found.code, found.reason) == (grpc.StatusCode.ALREADY_EXISTS, "ALREADY_EXISTS")


async def test_a_bad_event_among_good_ones_records_none_of_them(untouched, house, stubs):
    request = asking.events("GOOD-1", asking.event(), asking.event(text=""), asking.event("z"))
    found = await refused(sent(stubs, house, "RecordTrackingEvents", request))
    assert found.fields == ["events[1].text"]
