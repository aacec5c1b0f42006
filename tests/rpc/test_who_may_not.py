"""Callers without the right: no token, a bad one, another's things. What is another's looks like what is not there."""

import asyncio
import random
import time

import asking
import grpc
import pytest
from doorstep.tracking.v1 import (
    ingest_service_pb2,
    live_service_pb2,
    reminder_service_pb2,
    stop_pb2,
    tracking_service_pb2,
)
from google.protobuf import message_factory
from google.protobuf.descriptor_pool import Default
from refusing import Refused, answered, refused

from doorstepd.access.callers import Role
from doorstepd.access.permissions import METHODS

T, L, Reminders = tracking_service_pb2, live_service_pb2, reminder_service_pb2
STREAMS = {"ReportPositions", "WatchOrder", "WatchParcels", "WatchFleet"}
PLACES = list(METHODS)
SERVICE_OF_CALLER = {"ReminderService": Role.MERCHANT_ADMIN}


def request_class(path):
    service, _, method = path.strip("/").rpartition("/")
    return message_factory.GetMessageClass(Default().FindServiceByName(service).FindMethodByName(method).input_type)


def raw(stubs, path, data, metadata, timeout=15, linger=5.0):
    """Sends bytes as they are.

    A client of grpc.aio that still writes when it is refused may call that an internal error of its own: so a stream
    stays open for a while, and sends nothing where the refusal does not wait for it.
    """
    channel, name = stubs.channel, path.rpartition("/")[2]
    if name == "ReportPositions":

        async def one():
            if data:
                yield data
            await asyncio.sleep(linger)

        return channel.stream_stream(path)(one(), metadata=metadata, timeout=timeout)
    if name in STREAMS:
        return channel.unary_stream(path)(data, metadata=metadata, timeout=timeout)
    return channel.unary_unary(path)(data, metadata=metadata, timeout=timeout)


def rightful(house, path):
    """A caller that the method is for."""
    if path.endswith("ReportPositions"):
        return house.courier()
    return house.caller(SERVICE_OF_CALLER.get(path.split(".")[-1].partition("/")[0], Role.INTERNAL_SERVICE))


@pytest.mark.parametrize("path", PLACES)
async def test_bytes_that_are_no_message_are_malformed(house, stubs, path):
    for data in (b"\xff\xff\xff\xff", b"\x0a\xff\xff\xff\xff\x0f", b"\x0a\x02\xc3\x28"):
        found = await refused(raw(stubs, path, data, rightful(house, path)))
        assert found.code is grpc.StatusCode.INVALID_ARGUMENT
        assert found.reason == "MALFORMED_MESSAGE" or found.fields


@pytest.mark.parametrize("path", PLACES)
async def test_nobody_calls_without_a_good_token(house, stubs, path):
    good = house.token()
    tokens = {
        "none": (),
        "empty": (("authorization", ""),),
        "no bearer": (("authorization", good),),
        "nonsense": (("authorization", "Bearer a.b.c"),),
        "cut": (("authorization", f"Bearer {good[:-5]}"),),
        "huge": (("authorization", f"Bearer {'a' * 7000}"),),
    }
    for name, metadata in tokens.items():
        found = await refused(raw(stubs, path, b"", metadata))
        assert (name, found.code, found.reason) == (name, grpc.StatusCode.UNAUTHENTICATED, "INVALID_TOKEN")


@pytest.mark.parametrize("path", PLACES)
async def test_an_expired_token_says_so(house, stubs, path):
    old = house.caller(now=time.time() - 7200)
    found = await refused(raw(stubs, path, b"", old))
    assert (found.code, found.reason) == (grpc.StatusCode.UNAUTHENTICATED, "TOKEN_EXPIRED")


@pytest.mark.parametrize("path", PLACES)
async def test_every_role_without_the_right_is_denied(house, stubs, path):
    ids = {Role.CUSTOMER: {"customer_id": "c1"}, Role.COURIER: {"courier_id": "k1"}, Role.GUEST: {"order_id": "O1"}}
    for role in Role:
        if role in METHODS[path].roles or (role is Role.INTERNAL_SERVICE and METHODS[path].scope):
            continue
        found = await refused(raw(stubs, path, b"", house.caller(role, **ids.get(role, {}))))
        assert (role, found.code, found.reason) == (role, grpc.StatusCode.PERMISSION_DENIED, "ROLE_NOT_ALLOWED")
    if METHODS[path].scope:
        found = await refused(raw(stubs, path, b"", house.caller(scopes=frozenset())))
        assert found.code is grpc.StatusCode.PERMISSION_DENIED


async def test_a_method_that_is_not_offered_is_unimplemented(house, stubs):
    for path in ("/doorstep.tracking.v1.TrackingService/Nothing", "/doorstep.tracking.v1.Nothing/GetOrder", "/a/b"):
        with pytest.raises(grpc.aio.AioRpcError) as caught:
            await stubs.channel.unary_unary(path)(b"", metadata=house.caller(), timeout=10)
        assert caught.value.code() is grpc.StatusCode.UNIMPLEMENTED


@pytest.mark.parametrize("path", PLACES)
async def test_mutated_messages_meet_only_refusals_or_answers(house, stubs, path):
    """No status of a server that lost its footing, whatever the bytes."""
    dice = random.Random(path)
    allowed = {"INVALID_ARGUMENT", "NOT_FOUND", "FAILED_PRECONDITION", "ALREADY_EXISTS", "DEADLINE_EXCEEDED"}
    sample = _some_message(request_class(path)()).SerializeToString()
    # A merchant of its own: some of these are good enough to be stored.
    caller, met = rightful(house, path), []
    for _ in range(25):
        data = bytearray(sample)
        for _ in range(dice.randint(1, 4)):
            place = dice.randrange(len(data)) if data else 0
            choice = dice.random()
            if choice < 0.4 and data:
                data[place] = dice.randrange(256)
            elif choice < 0.7:
                data[place:place] = dice.randbytes(dice.randint(1, 6))
            else:
                del data[place : place + dice.randint(1, 6)]
        try:
            await answered(raw(stubs, path, bytes(data), caller, timeout=0.3, linger=0.05))
        except grpc.aio.AioRpcError as error:
            met.append((bytes(data), error))
    for data, error in met:
        assert error.code().name in allowed, (data, error.details())
        if error.code().name != "DEADLINE_EXCEEDED":
            Refused(error).assert_clean()


def _some_message(message, depth=0):
    """A message with something in every field."""
    for field in message.DESCRIPTOR.fields:
        if field.type == field.TYPE_MESSAGE:
            if depth < 3:
                inner = getattr(message, field.name)
                _some_message(inner.add() if field.is_repeated else inner, depth + 1)
                if not field.is_repeated:
                    inner.SetInParent()
            continue
        value = {"string": "Zz", "bytes": b"z", "bool": True, "double": 31.5}.get(_kind(field), 1)
        if field.is_repeated:
            getattr(message, field.name).append(value)
        else:
            setattr(message, field.name, value)
    return message


def _kind(field):
    kinds = {
        field.TYPE_STRING: "string",
        field.TYPE_BYTES: "bytes",
        field.TYPE_BOOL: "bool",
        field.TYPE_DOUBLE: "double",
    }
    return kinds.get(field.type, "number")


@pytest.fixture
async def theirs(house, stubs):
    """Customer c1's order on its way with courier k1; answers its ID."""
    created = await stubs.ingest.CreateOrder(asking.order(), metadata=house.caller())
    await stubs.ingest.AssignStops(asking.a_round(created.parcels[0].parcel_id), metadata=house.caller())
    return created.order_id


def calls(stubs, order_id, metadata):
    """Every way to name an order or its parcel."""
    parcel_id = f"{order_id}-1"
    ended = ingest_service_pb2.CompleteStopRequest(parcel_id=parcel_id, outcome=stop_pb2.STOP_OUTCOME_DELIVERED)
    return {
        "GetOrder": stubs.tracking.GetOrder(T.GetOrderRequest(order_id=order_id), metadata=metadata),
        "GetParcel": stubs.tracking.GetParcel(T.GetParcelRequest(parcel_id=parcel_id), metadata=metadata),
        "WatchOrder": stubs.live.WatchOrder(L.WatchOrderRequest(order_id=order_id), metadata=metadata),
        "WatchParcels": stubs.live.WatchParcels(L.WatchParcelsRequest(parcel_ids=[parcel_id]), metadata=metadata),
        "WatchParcels by order": stubs.live.WatchParcels(
            L.WatchParcelsRequest(order_ids=[order_id]), metadata=metadata
        ),
        "ListReminders": stubs.reminders.ListReminders(
            Reminders.ListRemindersRequest(order_id=order_id), metadata=metadata
        ),
        "ListReminders of parcel": stubs.reminders.ListReminders(
            Reminders.ListRemindersRequest(parcel_id=parcel_id), metadata=metadata
        ),
        "ExplainReminder": stubs.reminders.ExplainReminder(
            Reminders.ExplainReminderRequest(parcel_id=parcel_id), metadata=metadata
        ),
        "RecordTrackingEvents": stubs.ingest.RecordTrackingEvents(
            asking.events(parcel_id, asking.event()), metadata=metadata
        ),
        "CompleteStop": stubs.ingest.CompleteStop(ended, metadata=metadata),
    }


STRANGERS = {
    "another customer": lambda house: house.customer("c2"),
    "another shop's customer of the same ID": lambda house: house.customer("c1", merchant_id="other"),
    "another shop's service": lambda house: house.caller(merchant_id="other"),
    "another shop's admin": lambda house: house.caller(Role.MERCHANT_ADMIN, "other"),
    "another shop's desk": lambda house: house.caller(Role.DESK_AGENT, "other"),
    "a guest of another order": lambda house: house.caller(Role.GUEST, order_id="elsewhere"),
    "another courier": lambda house: house.courier("k2"),
    "another shop's courier of the same ID": lambda house: house.courier("k1", merchant_id="other"),
}


@pytest.mark.parametrize("stranger", STRANGERS)
async def test_what_is_anothers_is_byte_for_byte_as_what_is_not_there(house, stubs, theirs, stranger):
    metadata = STRANGERS[stranger](house)
    before = await house.stored()
    foreign, missing = calls(stubs, theirs, metadata), calls(stubs, "missing", metadata)
    met = set()
    for name in foreign:
        one, other = await refused(foreign[name]), await refused(missing[name])
        assert (name, one.code, one.message, one.details) == (name, other.code, other.message, other.details)
        met.add(one.code)
    assert grpc.StatusCode.NOT_FOUND in met
    assert met <= {grpc.StatusCode.NOT_FOUND, grpc.StatusCode.PERMISSION_DENIED}
    assert await house.stored() == before


async def test_a_batch_does_not_tell_anothers_from_missing(house, stubs, theirs):
    for metadata in (house.customer("c2"), house.caller(merchant_id="other")):
        orders = T.BatchGetOrdersRequest(order_ids=[theirs, "missing"])
        answer = await stubs.tracking.BatchGetOrders(orders, metadata=metadata)
        assert answer.results[0].error == answer.results[1].error
        parcels = T.BatchGetParcelsRequest(parcel_ids=[f"{theirs}-1", "missing"])
        answer = await stubs.tracking.BatchGetParcels(parcels, metadata=metadata)
        assert answer.results[0].error == answer.results[1].error
        assert answer.results[0].error.code == 5


async def test_another_shop_can_neither_assign_nor_find_it(house, stubs, theirs):
    elsewhere = house.caller(merchant_id="other")
    (one,) = (await stubs.ingest.AssignStops(asking.a_round(f"{theirs}-1"), metadata=elsewhere)).results
    (other,) = (await stubs.ingest.AssignStops(asking.a_round("missing-1"), metadata=elsewhere)).results
    assert one.error == other.error
    found = await stubs.tracking.SearchParcels(T.SearchParcelsRequest(order_ids=[theirs]), metadata=elsewhere)
    assert not found.parcels
    assert not (await stubs.tracking.ListOrders(T.ListOrdersRequest(), metadata=elsewhere)).orders


async def test_a_desk_may_ask_for_50_at_a_time_and_no_more(house, stubs):
    desk = house.caller(Role.DESK_AGENT)
    await stubs.tracking.BatchGetOrders(T.BatchGetOrdersRequest(order_ids=["a"] * 50), metadata=desk)
    found = await refused(stubs.tracking.BatchGetOrders(T.BatchGetOrdersRequest(order_ids=["a"] * 51), metadata=desk))
    assert found.reason == "TOO_MANY_ITEMS"


async def test_a_message_that_is_too_large_is_refused_and_the_next_call_is_answered(house, stubs, theirs):
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        await raw(stubs, PLACES[0], b"\x0a" + b"x" * 6_000_000, house.caller())
    assert caught.value.code() in (grpc.StatusCode.RESOURCE_EXHAUSTED, grpc.StatusCode.INVALID_ARGUMENT)
    assert await stubs.tracking.GetOrder(T.GetOrderRequest(order_id=theirs), metadata=house.customer())


async def test_a_report_whose_token_expires_midway_is_ended_and_says_so(house, stubs):
    short = house.courier(asking.new_id("k"), ttl=1)

    async def messages():
        for fix in asking.ride(count=4):
            yield ingest_service_pb2.ReportPositionsRequest(fixes=[fix])
            await asyncio.sleep(0.6)

    found = await refused(stubs.ingest.ReportPositions(messages(), metadata=short))
    assert (found.code, found.reason) == (grpc.StatusCode.UNAUTHENTICATED, "TOKEN_EXPIRED")
