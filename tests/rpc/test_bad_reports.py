"""Fixes that cannot be, one at a time: refused with their reason, and the stream goes on."""

import math

import asking
import grpc
import pytest
from doorstep.tracking.v1 import (
    courier_pb2,
    ingest_service_pb2,
    live_service_pb2,
    tracking_service_pb2,
)
from google.protobuf.timestamp_pb2 import Timestamp
from refusing import answered, refused

from doorstepd.access.callers import Role

T, Ingest, L = tracking_service_pb2, ingest_service_pb2, live_service_pb2
INVALID, NOT_FOUND = grpc.StatusCode.INVALID_ARGUMENT, grpc.StatusCode.NOT_FOUND
FIELD, MANY, NONE = "INVALID_FIELD", "TOO_MANY_ITEMS", "NOT_FOUND"

R = courier_pb2
FIXES = {
    "latitude 91": (asking.fix(point=asking.point(91)), R.FIX_REJECTION_INVALID_POINT),
    "longitude 181": (asking.fix(point=asking.point(31, 181)), R.FIX_REJECTION_INVALID_POINT),
    "NaN": (asking.fix(point=asking.point(math.nan)), R.FIX_REJECTION_INVALID_POINT),
    "infinity": (asking.fix(point=asking.point(31, math.inf)), R.FIX_REJECTION_INVALID_POINT),
    "0,0": (asking.fix(point=asking.point(0, 0)), R.FIX_REJECTION_INVALID_POINT),
    "no point": (asking.fix(point=None), R.FIX_REJECTION_UNTYPED_DATUM),
    "no datum": (asking.fix(point=asking.point(datum=0)), R.FIX_REJECTION_UNTYPED_DATUM),
    "unknown datum": (asking.fix(point=asking.point(datum=9)), R.FIX_REJECTION_UNTYPED_DATUM),
    "accuracy -1": (asking.fix(accuracy_meters=-1), R.FIX_REJECTION_INVALID_VALUE),
    "accuracy NaN": (asking.fix(accuracy_meters=math.nan), R.FIX_REJECTION_INVALID_VALUE),
    "accuracy 1e9": (asking.fix(accuracy_meters=1e9), R.FIX_REJECTION_INVALID_VALUE),
    "no time": (R.PositionFix(point=asking.point()), R.FIX_REJECTION_INVALID_TIME),
    "time 0": (R.PositionFix(point=asking.point(), fix_time=Timestamp(seconds=0)), R.FIX_REJECTION_INVALID_TIME),
    "time of nonsense": (
        R.PositionFix(point=asking.point(), fix_time=Timestamp(seconds=10**18, nanos=-7)),
        R.FIX_REJECTION_INVALID_TIME,
    ),
}


@pytest.mark.parametrize("name", FIXES)
async def test_a_fix_that_cannot_be_is_refused_with_its_reason_and_the_stream_goes_on(house, stubs, name):
    wrong, reason = FIXES[name]
    good = asking.ride(count=3)

    async def messages():
        yield Ingest.ReportPositionsRequest(fixes=good[:2], batch_id=1)
        yield Ingest.ReportPositionsRequest(fixes=[wrong, good[2]], batch_id=2)

    call = stubs.ingest.ReportPositions(messages(), metadata=house.courier(asking.new_id("k")))
    first, second = await answered(call)
    assert [(one.index, one.reason) for one in second.rejected] == [(0, reason)]
    assert second.accepted == 1
    assert second.last_sequence > first.last_sequence


async def test_a_fix_from_the_future_is_refused_once_the_devices_clock_is_known(house, stubs):
    good = asking.ride(count=10)

    async def messages():
        yield Ingest.ReportPositionsRequest(fixes=good, batch_id=1)
        yield Ingest.ReportPositionsRequest(fixes=[asking.fix(ago=-3600)], batch_id=2)

    _, second = await answered(stubs.ingest.ReportPositions(messages(), metadata=house.courier(asking.new_id("k"))))
    assert [one.reason for one in second.rejected] == [R.FIX_REJECTION_FROM_THE_FUTURE]


async def one_report(**message):
    yield Ingest.ReportPositionsRequest(**message)


@pytest.mark.parametrize(
    ("role", "message", "code", "reason", "field"),
    [
        (Role.INTERNAL_SERVICE, {}, INVALID, FIELD, "courier_id"),
        (Role.INTERNAL_SERVICE, {"courier_id": "a b"}, INVALID, FIELD, "courier_id"),
        (Role.COURIER, {"courier_id": "somebody"}, NOT_FOUND, NONE, None),
        (Role.COURIER, {"fixes": [asking.fix()] * 501}, INVALID, MANY, "fixes"),
    ],
)
async def test_a_report_that_cannot_be_ends_the_stream(house, stubs, role, message, code, reason, field):
    caller = house.courier() if role is Role.COURIER else house.caller()
    found = await refused(stubs.ingest.ReportPositions(one_report(**message), metadata=caller))
    assert (found.code, found.reason, (found.fields or [None])[0]) == (code, reason, field)


async def test_a_report_does_not_change_its_courier_midway(house, stubs):
    async def messages():
        yield Ingest.ReportPositionsRequest(courier_id="k7")
        yield Ingest.ReportPositionsRequest(courier_id="k8")

    found = await refused(stubs.ingest.ReportPositions(messages(), metadata=house.caller()))
    assert found.fields == ["courier_id"]


async def test_a_stream_of_no_reports_ends_well(house, stubs):
    async def messages():
        return
        yield

    assert await answered(stubs.ingest.ReportPositions(messages(), metadata=house.courier())) == []
