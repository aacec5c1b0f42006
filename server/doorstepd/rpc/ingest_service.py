"""IngestService: writes, each of which may be repeated safely."""

import asyncio
import time
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from doorstep.tracking.v1 import ingest_service_pb2, ingest_service_pb2_grpc, order_pb2, parcel_pb2

from doorstepd.access import permissions
from doorstepd.access.callers import Caller
from doorstepd.database import Database
from doorstepd.errors import NotFound, Refusal, TokenExpired
from doorstepd.intake.assign_stops import Dispatcher
from doorstepd.intake.complete_stop import StopCompleter
from doorstepd.intake.courier_round import CourierRound
from doorstepd.intake.record_events import ByNumber, EventRecorder
from doorstepd.intake.register_order import OrderRegister, Registered
from doorstepd.intake.report_positions import PositionDesk
from doorstepd.intake.set_tracking import TrackingSetter
from doorstepd.names import checked_id, tracking_number
from doorstepd.parcels.records import Parcel
from doorstepd.positions.datum import Datum
from doorstepd.positions.fix import Rejection
from doorstepd.rpc import ingest_requests, requests, wire
from doorstepd.rpc.guard import Call
from doorstepd.rpc.report_streams import ReportStreams
from doorstepd.rpc.statuses import status_of

_AT_ONCE = 64
"""Orders of a batch that wait to be written at the same time: as many as one transaction takes (`GroupedWrites`)."""


@dataclass(frozen=True, slots=True)
class Intake:
    """The write paths."""

    orders: OrderRegister
    tracking: TrackingSetter
    events: EventRecorder
    rounds: Dispatcher
    stops: StopCompleter
    positions: PositionDesk


class IngestService(ingest_service_pb2_grpc.IngestServiceServicer):
    """Reads requests, hands them to the intake, and words the answer."""

    def __init__(self, database: Database, intake: Intake, streams: ReportStreams) -> None:
        self._database = database
        self._intake = intake
        self._streams = streams

    async def CreateOrder(self, request: Any, call: Call) -> order_pb2.Order:
        """One order."""
        new = ingest_requests.new_order("", request)
        registered = await self._intake.orders.register(call.caller.merchant_id, new, datetime.now(UTC))
        return _shown(call.caller, registered)

    async def BatchCreateOrders(self, request: Any, call: Call) -> ingest_service_pb2.BatchCreateOrdersResponse:
        """A result or an error for each; one that is refused leaves the others as they are."""
        requests.at_most("orders", request.orders, 500)
        results: list[Any] = [None] * len(request.orders)
        turns = asyncio.Semaphore(_AT_ONCE)

        async def create(places: list[int]) -> None:
            async with turns:
                for place in places:
                    results[place] = await self._create(call.caller, place, request.orders[place])

        await asyncio.gather(*(create(places) for places in _places(request.orders).values()))
        return ingest_service_pb2.BatchCreateOrdersResponse(results=results)

    async def SetTracking(self, request: Any, call: Call) -> parcel_pb2.Parcel:
        """The carrier and number of a parcel."""
        named = ingest_requests.tracking(request)
        parcel = await self._intake.tracking.set(call.caller.merchant_id, *named, datetime.now(UTC))
        return wire.parcel(wire.Reader(call.caller.view, Datum.WGS84, datetime.now(UTC)), parcel, None)

    async def RecordTrackingEvents(self, request: Any, call: Call) -> ingest_service_pb2.RecordTrackingEventsResponse:
        """Events of one parcel, named by its ID or by carrier and number."""
        parcel = _parcel_named(request)
        report = ingest_requests.report(request)
        recorded = await self._intake.events.record(call.caller.merchant_id, parcel, report, datetime.now(UTC))
        newest = recorded[0]
        return ingest_service_pb2.RecordTrackingEventsResponse(
            recorded=newest.recorded, duplicates=newest.duplicates, revision=newest.parcel.revision
        )

    async def AssignStops(self, request: Any, call: Call) -> ingest_service_pb2.AssignStopsResponse:
        """A round for a courier."""
        courier, stops = ingest_requests.courier(request), ingest_requests.new_stops(request)
        assigned = await self._intake.rounds.assign(call.caller.merchant_id, courier, stops, datetime.now(UTC))
        results = [
            ingest_service_pb2.StopResult(
                parcel_id=one.parcel_id,
                attempt=one.attempt,
                error=status_of(one.refusal) if one.refusal else None,
            )
            for one in assigned
        ]
        return ingest_service_pb2.AssignStopsResponse(results=results)

    async def ReportPositions(
        self, request: AsyncIterator[Any], call: Call
    ) -> AsyncGenerator[ingest_service_pb2.ReportPositionsResponse, None]:
        """Acknowledges each message of a device."""
        acknowledged = 0
        async with self._streams.open(call.caller, request) as stream:
            if call.caller.courier_id:
                self._streams.belongs_to(stream, call.caller.courier_id)
            first = await anext(stream, None)
            if first is not None:
                courier_id = _courier(call.caller, first.courier_id)
                self._streams.belongs_to(stream, courier_id)
                async with self._intake.positions.round(call.caller.merchant_id, courier_id) as its_round:
                    yield await self._report(its_round, first)
                    acknowledged = first.batch_id
                    async for message in stream:
                        if call.caller.expires_at <= time.time():
                            raise TokenExpired
                        if message.courier_id not in ("", courier_id):
                            raise requests.bad("courier_id", "is not the one that this stream began with; open another")
                        yield await self._report(its_round, message)
                        acknowledged = message.batch_id
            if stream.leaving:
                yield _go_away(acknowledged, self._streams.return_delay())

    async def CompleteStop(self, request: Any, call: Call) -> ingest_service_pb2.CompleteStopResponse:
        """A stop is done."""
        parcel_id = checked_id("parcel_id", request.parcel_id)
        outcome = ingest_requests.outcome(request)

        def allowed(parcel: Parcel) -> bool:
            courier_id = parcel.courier.courier_id if parcel.courier else None
            return permissions.may_complete_for(call.caller, courier_id)

        done = await self._intake.stops.complete(
            call.caller.merchant_id, parcel_id, outcome, datetime.now(UTC), allowed
        )
        return ingest_service_pb2.CompleteStopResponse(
            status=wire.status_number(done.parcel.status), revision=done.parcel.revision, attempt=done.attempt
        )

    async def _create(self, caller: Caller, place: int, one: Any) -> ingest_service_pb2.CreateOrderResult:
        try:
            new = ingest_requests.new_order(f"orders[{place}].", one)
            registered = await self._intake.orders.register(caller.merchant_id, new, datetime.now(UTC))
        except Refusal as refusal:
            return ingest_service_pb2.CreateOrderResult(order_id=one.order_id, error=status_of(refusal))
        return ingest_service_pb2.CreateOrderResult(order_id=one.order_id, order=_shown(caller, registered))

    async def _report(self, its_round: CourierRound, message: Any) -> ingest_service_pb2.ReportPositionsResponse:
        rejections = await self._intake.positions.report(its_round, ingest_requests.raw_fixes(message))
        return _acknowledged(its_round, message, rejections)


def _places(orders: Sequence[Any]) -> dict[str, list[int]]:
    """Where each order ID stands; of orders under one ID the first is registered first."""
    found: dict[str, list[int]] = {}
    for place, one in enumerate(orders):
        found.setdefault(one.order_id, []).append(place)
    return found


def _shown(caller: Caller, registered: Registered) -> order_pb2.Order:
    reader = wire.Reader(caller.view, Datum.WGS84, datetime.now(UTC))
    return wire.order(reader, registered.order, registered.parcels, {}, {})


def _parcel_named(request: Any) -> str | ByNumber:
    if request.parcel_id:
        return checked_id("parcel_id", request.parcel_id)
    if not request.tracking_number:
        raise requests.bad("parcel_id", "is empty, and so is tracking_number; give one of them")
    carrier = requests.optional_id("carrier", request.carrier)
    return ByNumber(checked_id("tracking_number", tracking_number(request.tracking_number)), carrier or None)


def _courier(caller: Caller, named: str) -> str:
    """The courier whose positions these are: the token's, or the one that a trusted service names."""
    courier_id = caller.courier_id or checked_id("courier_id", named)
    if named not in ("", courier_id) or not permissions.may_report_for(caller, courier_id):
        raise NotFound
    return courier_id


def _go_away(acknowledged: int, retry_after: float) -> ingest_service_pb2.ReportPositionsResponse:
    told = ingest_service_pb2.ReportPositionsResponse(batch_id=acknowledged)
    told.go_away.retry_after.FromMilliseconds(round(retry_after * 1000))
    return told


def _acknowledged(
    its_round: CourierRound, message: Any, rejections: Sequence[Rejection | None]
) -> ingest_service_pb2.ReportPositionsResponse:
    rejected = [
        ingest_service_pb2.RejectedFix(index=place, reason=ingest_requests.rejection(reason, message.fixes[place]))
        for place, reason in enumerate(rejections)
        if reason is not None
    ]
    newest = its_round.newest
    return ingest_service_pb2.ReportPositionsResponse(
        batch_id=message.batch_id,
        accepted=len(rejections) - len(rejected),
        rejected=rejected,
        last_fix_time=wire.moment(newest.fix_time) if newest else None,
        last_sequence=newest.sequence if newest else 0,
    )
