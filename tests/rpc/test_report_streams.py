"""A courier's report streams: few at a time, none beyond its token, and a word before the service leaves."""

import asyncio
import base64
import json
import time
from contextlib import asynccontextmanager

import asking
import grpc
import pytest
from doorstep.tracking.v1 import ingest_service_pb2, live_service_pb2
from refusing import end_of, refused

from doorstepd.access.callers import Caller, Role
from doorstepd.errors import Superseded, Unauthenticated, Unavailable
from doorstepd.rpc.report_streams import MOST_OF_A_COURIER, ReportStreams

COURIER = Caller(Role.COURIER, "m", "k1", courier_id="k1", expires_at=time.time() + 900)
SOON = 10.0


class Phone:
    """A stream of reports that stays open, read by hand."""

    def __init__(self, stubs, metadata):
        self.call = stubs.ingest.ReportPositions(metadata=metadata)

    async def reports(self, batch_id=1):
        fixes = [asking.fix(1000.0)]
        await self.call.write(ingest_service_pb2.ReportPositionsRequest(fixes=fixes, batch_id=batch_id))
        async with asyncio.timeout(SOON):
            return await self.call.read()

    async def refusal(self):
        return (await end_of(self.call))[0]


async def test_a_fifth_stream_of_a_courier_ends_the_oldest(house, stubs):
    courier = house.courier(asking.new_id("k"))
    phones = []
    for _ in range(MOST_OF_A_COURIER + 1):
        phones.append(Phone(stubs, courier))
        assert (await phones[-1].reports()).batch_id == 1
    found = await phones[0].refusal()
    assert (found.code, found.reason) == (grpc.StatusCode.RESOURCE_EXHAUSTED, "LIMIT_REACHED")
    for phone in phones[1:]:
        assert (await phone.reports(2)).batch_id == 2
        phone.call.cancel()


async def test_another_courier_is_not_cut_off_for_it(house, stubs):
    other = Phone(stubs, house.courier(asking.new_id("k")))
    await other.reports()
    courier = house.courier(asking.new_id("k"))
    phones = [Phone(stubs, courier) for _ in range(2 * MOST_OF_A_COURIER)]
    for phone in phones[-MOST_OF_A_COURIER:]:
        await phone.reports()
    assert (await other.reports(2)).batch_id == 2
    for phone in [other, *phones]:
        phone.call.cancel()


async def test_an_idle_report_stream_does_not_outlive_its_token(house, stubs):
    phone = Phone(stubs, house.courier(asking.new_id("k"), ttl=2))
    await phone.reports()
    found = await phone.refusal()
    assert (found.code, found.reason) == (grpc.StatusCode.UNAUTHENTICATED, "TOKEN_EXPIRED")


def revoke(house, metadata):
    """Adds the caller's token to the list beside the keys."""
    path = house.data / "keys" / "revoked.json"
    before = json.loads(path.read_text()) if path.exists() else []
    _, token = metadata[0][1].split(" ")
    key_id = json.loads(_decoded(token.split(".")[1]))["jti"]
    unfinished = path.with_suffix(".new")
    unfinished.write_text(json.dumps([*before, key_id]))
    unfinished.replace(path)


def _decoded(part):
    return base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))


async def test_streams_of_a_revoked_token_end_and_its_calls_are_refused(house, stubs):
    order = asking.order()
    await stubs.ingest.CreateOrder(order, metadata=house.caller())
    courier, staff = house.courier(asking.new_id("k")), house.caller(Role.MERCHANT_ADMIN)
    phone = Phone(stubs, courier)
    await phone.reports()
    watch = stubs.live.WatchOrder(live_service_pb2.WatchOrderRequest(order_id=order.order_id), metadata=staff)
    fleet = stubs.live.WatchFleet(live_service_pb2.WatchFleetRequest(), metadata=staff)
    spared = stubs.live.WatchOrder(
        live_service_pb2.WatchOrderRequest(order_id=order.order_id), metadata=house.customer()
    )
    for stream in (watch, fleet, spared):
        assert await stream.read()
    revoke(house, courier)
    revoke(house, staff)
    for call in (phone.call, watch, fleet):
        found, _ = await end_of(call)
        assert (found.code, found.reason) == (grpc.StatusCode.UNAUTHENTICATED, "INVALID_TOKEN")
    again = stubs.live.WatchFleet(live_service_pb2.WatchFleetRequest(), metadata=staff)
    assert (await refused(again)).code is grpc.StatusCode.UNAUTHENTICATED
    event = asking.events(f"{order.order_id}-1", asking.event())
    await stubs.ingest.RecordTrackingEvents(event, metadata=house.caller())
    async with asyncio.timeout(SOON):
        while not (await spared.read()).HasField("change"):
            pass
    spared.cancel()


class Credentials:
    """All stand until a test withdraws them."""

    def __init__(self):
        self.withdrawn = 0

    def generation(self, now):
        return self.withdrawn

    def stands(self, credential):
        return not self.withdrawn


@asynccontextmanager
async def started():
    streams = ReportStreams(Credentials(), lambda: 3.0)
    streams.start()
    try:
        yield streams
    finally:
        await streams.stop()


async def silence():
    await asyncio.Event().wait()
    yield


async def taken(streams, messages):
    """What a stream gives, and whether it ends kindly."""
    async with streams.open(COURIER, messages) as stream:
        streams.belongs_to(stream, "k1")
        return [message async for message in stream], stream.leaving


async def test_a_message_at_hand_is_finished_before_its_stream_ends():
    async with started() as streams, streams.open(COURIER, iterated(1, 2)) as stream:
        assert await anext(stream) == 1
        stream.end(Superseded())
        await asyncio.sleep(0)  # a cancellation would arrive here
        with pytest.raises(Superseded):
            await anext(stream)


async def iterated(*messages):
    for message in messages:
        yield message


async def test_who_is_cancelled_by_the_door_at_the_same_moment_stays_cancelled():
    async with started() as streams:
        task = asyncio.create_task(taken(streams, silence()))
        await asyncio.sleep(0.01)
        next(iter(streams._open)).send_away()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert not streams._open
        assert not streams._of_courier


async def test_draining_sends_idle_phones_away_and_takes_no_new_one():
    async with started() as streams:
        task = asyncio.create_task(taken(streams, silence()))
        await asyncio.sleep(0.01)
        await streams.drain(5.0)
        assert await task == ([], True)
        with pytest.raises(Unavailable):
            await taken(streams, iterated(1))


async def test_a_withdrawn_credential_ends_an_idle_stream_and_opens_no_new_one():
    async with started() as streams:
        task = asyncio.create_task(taken(streams, silence()))
        await asyncio.sleep(0.01)
        streams._credentials.withdrawn = 1
        with pytest.raises(Unauthenticated):
            await asyncio.wait_for(task, SOON)
        with pytest.raises(Unauthenticated):
            await taken(streams, iterated(1))
