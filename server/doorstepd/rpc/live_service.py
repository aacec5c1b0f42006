"""LiveService: streams. Who may watch is decided here; what flows is the hub's."""

from collections.abc import AsyncGenerator
from typing import Any

from doorstep.tracking.v1 import live_service_pb2_grpc

from doorstepd.access import permissions
from doorstepd.access.callers import Caller
from doorstepd.database import Database
from doorstepd.errors import NotFound, TooMany, Violation
from doorstepd.live import Box, Hub, Line, Targets, Viewer, Watch
from doorstepd.names import checked_id
from doorstepd.parcels import store
from doorstepd.rpc import requests
from doorstepd.rpc.guard import Call
from doorstepd.rpc.reading import audience_of
from doorstepd.support.lookups import Lookups

_LONGEST_TOKEN = 65536


class LiveService(live_service_pb2_grpc.LiveServiceServicer):
    """Frames come from the hub as bytes already."""

    def __init__(self, database: Database, hub: Hub, lookups: Lookups) -> None:
        self._database = database
        self._hub = hub
        self._lookups = lookups

    async def WatchOrder(self, request: Any, call: Call) -> AsyncGenerator[bytes, None]:
        """One order with all its parcels."""
        order_id = checked_id("order_id", request.order_id)
        targets = Targets(orders=(order_id,))
        await self._admit(call.caller, targets)
        async with self._watched(call, request, targets) as frames:
            async for frame in frames:
                yield frame

    async def WatchParcels(self, request: Any, call: Call) -> AsyncGenerator[bytes, None]:
        """Many orders and parcels on one stream."""
        targets = _targets(call.caller, request)
        await self._admit(call.caller, targets)
        async with self._watched(call, request, targets) as frames:
            async for frame in frames:
                yield frame

    async def WatchFleet(self, request: Any, call: Call) -> AsyncGenerator[bytes, None]:
        """The merchant's couriers on a map."""
        if len(request.courier_ids) > 5000:
            raise TooMany(Violation("courier_ids", f"{len(request.courier_ids)} given, at most 5000"))
        couriers = frozenset(checked_id(f"courier_ids[{n}]", one) for n, one in enumerate(request.courier_ids))
        box = _box(request.box) if request.HasField("box") else None
        async with self._hub.fleet(_viewer(call.caller, request), box, couriers, _tick(request)) as frames:
            async for frame in frames:
                yield frame

    def _watched(self, call: Call, request: Any, targets: Targets) -> Watch:
        # The line of the door that has one; grpcio's context knows no way to send without waiting.
        line: Line | None = getattr(call.context, "line", None)
        return self._hub.watch(_viewer(call.caller, request), targets, _token(request), line=line)

    async def _admit(self, caller: Caller, targets: Targets) -> None:
        """Raises NotFound unless all of it exists for this caller; notes that the orders were looked at."""
        audience = audience_of(caller)
        async with self._hub.turn(), self._database.reading() as c:
            parcels = await store.get_parcels(c, caller.merchant_id, targets.parcels) if targets.parcels else {}
            wanted = {*targets.orders, *(one.order_id for one in parcels.values())}
            orders = await store.get_orders(c, caller.merchant_id, wanted)
        seen = [orders.get(name) for name in targets.orders]
        if not all(order is not None and audience.may_see(order, None) for order in seen):
            raise NotFound
        its = [parcels.get(name) for name in targets.parcels]
        if not all(one is not None and audience.may_see(orders[one.order_id], one) for one in its):
            raise NotFound
        for order_id in targets.orders:
            self._lookups.note(caller, order_id, orders[order_id].customer_id)


def _viewer(caller: Caller, request: Any) -> Viewer:
    datum = requests.datum("datum", request.datum)
    # A caller who may read statuses but no positions sees the rest of the stream.
    view = caller.view if permissions.may_see_positions(caller) else f"{caller.view}.still"
    return Viewer(
        f"{caller.merchant_id}/{caller.subject}",
        caller.merchant_id,
        view,
        datum,
        caller.expires_at,
        credential=caller.credential,
        only_of=caller.courier_id,
    )


def _token(request: Any) -> str:
    if len(request.resume_token) > _LONGEST_TOKEN:
        raise requests.bad("resume_token", "is not one that this service gave")
    return str(request.resume_token)


def _targets(caller: Caller, request: Any) -> Targets:
    count = len(request.order_ids) + len(request.parcel_ids)
    if count == 0:
        raise requests.bad("parcel_ids", "is empty, and so is order_ids; name at least one")
    permissions.check_batch(caller, "parcel_ids", count)
    orders = [checked_id(f"order_ids[{n}]", one) for n, one in enumerate(request.order_ids)]
    parcels = [checked_id(f"parcel_ids[{n}]", one) for n, one in enumerate(request.parcel_ids)]
    return Targets(tuple(dict.fromkeys(orders)), tuple(dict.fromkeys(parcels)))


def _box(box: Any) -> Box:
    low, high = requests.corner("box.low", box.low), requests.corner("box.high", box.high)
    if low.latitude > high.latitude:
        raise requests.bad("box.low.latitude", "is north of box.high; low is the south-west corner")
    return Box(low.latitude, low.longitude, high.latitude, high.longitude)


def _tick(request: Any) -> float:
    if not request.HasField("tick"):
        return 1.0
    seconds = request.tick.seconds + request.tick.nanos / 1e9
    if not 0.2 <= seconds <= 60:
        raise requests.bad("tick", "must be 0.2 to 60 seconds")
    return float(seconds)
