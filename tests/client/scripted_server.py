"""A real gRPC server whose streams follow a script: one script for each link that a client opens."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import grpc
import grpc.aio
from doorstep.messages import (
    Courier,
    CourierPosition,
    FleetUpdate,
    Gap,
    GoAway,
    Heartbeat,
    Order,
    Parcel,
    ParcelChange,
    PositionUpdate,
    Snapshot,
    WatchUpdate,
)
from doorstep.tracking.v1.ingest_service_pb2_grpc import IngestServiceServicer, add_IngestServiceServicer_to_server
from doorstep.tracking.v1.live_service_pb2_grpc import LiveServiceServicer, add_LiveServiceServicer_to_server
from doorstep.tracking.v1.tracking_service_pb2_grpc import (
    TrackingServiceServicer,
    add_TrackingServiceServicer_to_server,
)
from google.protobuf.any_pb2 import Any as AnyMessage
from google.rpc.code_pb2 import Code
from google.rpc.error_details_pb2 import BadRequest, ErrorInfo, RetryInfo
from google.rpc.status_pb2 import Status

Script = list[Any]


@dataclass(frozen=True)
class Fail:
    """Ends the stream with a status and its details."""

    code: str
    reason: str = ""
    retry_after: float | None = None
    field: str = ""


SILENCE = "silence"
END = "end"


async def fail(context: Any, failure: Fail) -> None:
    details = []
    if failure.reason:
        details.append(ErrorInfo(reason=failure.reason, domain="doorstep"))
    if failure.field:
        details.append(BadRequest(field_violations=[BadRequest.FieldViolation(field=failure.field, description="bad")]))
    if failure.retry_after is not None:
        retry = RetryInfo()
        retry.retry_delay.FromMilliseconds(int(failure.retry_after * 1000))
        details.append(retry)
    packed = [AnyMessage() for _ in details]
    for holder, detail in zip(packed, details, strict=True):
        holder.Pack(detail)
    status = Status(code=Code.Value(failure.code), message="scripted", details=packed)
    metadata = (("grpc-status-details-bin", status.SerializeToString()),)
    await context.abort(grpc.StatusCode[failure.code], "scripted", metadata)


@dataclass
class ScriptedLive(LiveServiceServicer):
    """Plays the next script to each link; the last one is followed by silence. Keeps what it was asked."""

    scripts: list[Script] = field(default_factory=list)
    requests: list[Any] = field(default_factory=list)
    tokens: list[str | None] = field(default_factory=list)
    open_streams: int = 0

    async def WatchOrder(self, request: Any, context: Any) -> AsyncIterator[Any]:
        self.requests.append(request)
        self.tokens.append(dict(context.invocation_metadata()).get("authorization"))
        script = self.scripts[len(self.requests) - 1] if len(self.requests) <= len(self.scripts) else [SILENCE]
        self.open_streams += 1
        try:
            for step in [*script, SILENCE]:
                if step == END:
                    return
                if step == SILENCE:
                    await asyncio.Event().wait()
                elif isinstance(step, Fail):
                    await fail(context, step)
                else:
                    yield step
        finally:
            self.open_streams -= 1

    WatchParcels = WatchOrder
    WatchFleet = WatchOrder


@dataclass
class ScriptedTracking(TrackingServiceServicer):
    """Answers with what `answer` makes of the request, or the Fail that it returns."""

    answer: Callable[[Any], Any] = lambda request: Order(order_id=getattr(request, "order_id", ""))
    requests: list[Any] = field(default_factory=list)
    tokens: list[str | None] = field(default_factory=list)

    async def GetOrder(self, request: Any, context: Any) -> Any:
        self.requests.append(request)
        self.tokens.append(dict(context.invocation_metadata()).get("authorization"))
        answer = self.answer(request)
        if isinstance(answer, Fail):
            await fail(context, answer)
        return answer

    GetParcel = GetOrder
    BatchGetOrders = GetOrder
    BatchGetParcels = GetOrder
    SearchParcels = GetOrder


@asynccontextmanager
async def serving(
    live: Any = None, tracking: Any = None, ingest: IngestServiceServicer | None = None, port: int = 0
) -> AsyncIterator[str]:
    """Runs the servicers given; answers the target to call."""
    server = grpc.aio.server(options=[("grpc.so_reuseport", 0)])
    if live is not None:
        add_LiveServiceServicer_to_server(live, server)
    if tracking is not None:
        add_TrackingServiceServicer_to_server(tracking, server)
    if ingest is not None:
        add_IngestServiceServicer_to_server(ingest, server)
    port = server.add_insecure_port(f"127.0.0.1:{port}")
    await server.start()
    try:
        yield f"127.0.0.1:{port}"
    finally:
        await server.stop(None)


def parcel(parcel_id: str = "p1", revision: int = 1, **fields: Any) -> Parcel:
    return Parcel(parcel_id=parcel_id, revision=revision, number=1, courier=Courier(courier_id="c1"), **fields)


def snapshot(*parcels: Parcel, token: str = "t0") -> WatchUpdate:
    return WatchUpdate(resume_token=token, snapshot=Snapshot(orders=[Order(order_id="o1", parcels=parcels)]))


def change(revision: int, parcel_id: str = "p1", token: str | None = None, **fields: Any) -> WatchUpdate:
    return WatchUpdate(
        resume_token=f"t{revision}" if token is None else token,
        change=ParcelChange(parcel_id=parcel_id, revision=revision, parcel=parcel(parcel_id, revision, **fields)),
    )


def moved(sequence: int, courier_id: str = "c1", seconds: int | None = None, **fields: Any) -> CourierPosition:
    position = CourierPosition(courier_id=courier_id, sequence=sequence, **fields)
    position.fix_time.seconds = sequence if seconds is None else seconds
    return position


def position(sequence: int, courier_id: str = "c1", seconds: int | None = None, token: str = "tp") -> WatchUpdate:
    update = PositionUpdate(courier_id=courier_id, position=moved(sequence, courier_id, seconds))
    return WatchUpdate(resume_token=token, position=update)


def go_away(retry_after: float | None, token: str = "tg") -> WatchUpdate:
    notice = GoAway()
    if retry_after is not None:
        notice.retry_after.FromMilliseconds(int(retry_after * 1000))
    return WatchUpdate(resume_token=token, go_away=notice)


def heartbeat(token: str = "th") -> WatchUpdate:
    return WatchUpdate(resume_token=token, heartbeat=Heartbeat())


def gap(token: str = "") -> WatchUpdate:
    return WatchUpdate(resume_token=token, gap=Gap())


def frame(*positions: CourierPosition, left: tuple[str, ...] = (), degraded: bool = False) -> FleetUpdate:
    return FleetUpdate(positions=positions, left_courier_ids=left, degraded=degraded)
