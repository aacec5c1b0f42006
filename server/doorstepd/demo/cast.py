"""Those who act in the demo: the order system, the carrier, the couriers and the customers who watch."""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime, timedelta
from types import TracebackType
from typing import Final, Self

import httpx2
from doorstep import Client
from doorstep.messages import (
    DATUM_WGS84,
    STOP_OUTCOME_DELIVERED,
    Item,
    NewParcel,
    Point,
    PositionFix,
    Recipient,
    Stop,
)
from doorstep.tracking.v1.ingest_service_pb2 import BatchCreateOrdersRequest, CreateOrderRequest

from doorstepd.demo.board import Board
from doorstepd.demo.day import Day, PlannedOrder, PlannedRound
from doorstepd.demo.pushes import Consignment, form
from doorstepd.demo.rounds import timetable
from doorstepd.demo.screen import Shows
from doorstepd.demo.stage import Stage

_PUSH_EVERY_S: Final = 12.0
_SIGNED_AFTER_S: Final = 1.5
_LINGERS_S: Final = 15.0
_PAUSE_S: Final = 0.02
_LAST_SCAN: Final = timedelta(minutes=37)


class Cast:
    """Everybody, from entering to leaving."""

    def __init__(self, stage: Stage, day: Day, board: Board, shows: Shows, speed: float) -> None:
        self.shows = shows
        self._stage = stage
        self._day = day
        self._board = board
        self._tally = board.tally
        self._speed = speed
        self._open = contextlib.AsyncExitStack()

    async def __aenter__(self) -> Self:
        self._http = await self._open.enter_async_context(httpx2.AsyncClient(timeout=10.0))
        self._order_system = await self._open.enter_async_context(self._stage.order_system())
        self._merchant = await self._open.enter_async_context(self._stage.merchant())
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._open.aclose()

    async def prepare(self) -> None:
        """The orders are placed; those on show have come as far as the carriers' scans of the last days say."""
        await self._place_orders()
        for consignment in self._day.consignments:
            consignment.begin(datetime.now(UTC), _LAST_SCAN)
        self._watching = asyncio.create_task(self._watch_everything())
        self._open.callback(self._watching.cancel)
        await self._push_begun([order for order in self._day.orders if order.order_id in self._board.watched])
        for planned in self._day.rounds:
            await self._assign(planned)

    async def play(self) -> None:
        """Pushes, rounds and watchers, side by side until cancelled."""
        async with asyncio.TaskGroup() as group:
            for place, orders in enumerate(self._day.watched):
                group.create_task(self._watch_one_after_another(place, orders))
            for one in self._day.rounds:
                group.create_task(self._drive(one))
            group.create_task(self._push_the_others())

    async def _place_orders(self) -> None:
        request = BatchCreateOrdersRequest(orders=[_request(order) for order in self._day.orders])
        response = await self._order_system.call(self._order_system.ingest.BatchCreateOrders, request)
        refused = [result.order_id for result in response.results if result.HasField("error")]
        if refused:
            raise RuntimeError(f"{len(refused)} orders were refused, first {refused[0]}")

    async def _push(self, consignment: Consignment) -> None:
        body = form([consignment], datetime.now(UTC))
        answer = await self._http.post(self._stage.webhook, data=body)
        answer.raise_for_status()
        self._tally.pushes += 1

    async def _push_begun(self, orders: Sequence[PlannedOrder], pause: float = 0.0) -> None:
        """What has been scanned by now, a push for each parcel."""
        parcels = [parcel.consignment for order in orders for parcel in order.parcels]
        for consignment in parcels:
            if consignment.begun:
                await self._push(consignment)
                await asyncio.sleep(pause)

    async def _push_the_others(self) -> None:
        """First, behind the screen, what it does not show, slowly enough to leave the couriers room; then live."""
        others = [order for order in self._day.orders if order.order_id not in self._board.watched]
        async with asyncio.TaskGroup() as group:
            group.create_task(self._push_begun(others, _PAUSE_S))
            group.create_task(self._push_live())

    async def _push_live(self) -> None:
        """The next scan of one parcel after another; those of many hours within the demo's few minutes."""
        going = list(self._day.live)
        while going:
            consignment = going.pop(0)
            await asyncio.sleep(_PUSH_EVERY_S / self._speed)
            if consignment.scan(datetime.now(UTC)):
                await self._push(consignment)
                going.append(consignment)

    async def _watch_everything(self) -> None:
        orders = [order.order_id for order in self._day.orders]
        async with self._merchant.watch_parcels(order_ids=orders) as watch:
            async for update in watch:
                self._tally.changed(update)
                self._tally.delivered("merchant", update, time.time(), time.monotonic())

    async def _watch_one_after_another(self, place: int, orders: Sequence[str]) -> None:
        for order_id in orders:
            self._board.watched[place] = order_id
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(None) as until:
                    await self._watch(order_id, until)

    async def _watch(self, order_id: str, until: asyncio.Timeout) -> None:
        """As the order's customer; until a while after the parcel that the courier brings was handed over."""
        customer_id = next(order.customer_id for order in self._day.orders if order.order_id == order_id)
        async with self._stage.customer(customer_id) as client, client.watch_order(order_id) as watch:
            async for update in watch:
                self._tally.delivered(order_id, update, time.time(), time.monotonic())
                picture = self._board.take(order_id, update)
                self.shows.heard(order_id, update)
                if picture.order.parcels[0].terminal and until.when() is None:
                    until.reschedule(asyncio.get_running_loop().time() + _LINGERS_S)

    async def _assign(self, planned: PlannedRound) -> None:
        stops = [Stop(parcel_id=name, sequence=place) for place, name in enumerate(planned.parcel_ids, 1)]
        assigned = await self._order_system.assign_stops(
            planned.courier_id, stops, courier_name=planned.name, courier_phone=planned.phone
        )
        for one in assigned:
            one.unwrap()

    async def _drive(self, planned: PlannedRound) -> None:
        async with self._stage.courier(planned.courier_id) as device, asyncio.TaskGroup() as group:
            async for acknowledged in device.report_positions(self._fixes(planned, device, group)):
                self._tally.refused += len(acknowledged.rejected)

    async def _fixes(
        self, planned: PlannedRound, device: Client, group: asyncio.TaskGroup
    ) -> AsyncIterator[PositionFix]:
        """The recorded positions as if measured now; where a delivery is done on the way, it is done."""
        began = time.monotonic()
        done = {door.done: place for place, door in enumerate(planned.round.doors)}
        moments = planned.round.moments
        for place, due in enumerate(timetable(moments, self._speed)):
            await asyncio.sleep(max(0.0, began + due - time.monotonic()))
            wall = time.time()
            self._tally.sent(planned.courier_id, wall)
            point = Point(latitude=moments[place].lat, longitude=moments[place].lng, datum=DATUM_WGS84)
            fix = PositionFix(point=point)
            fix.fix_time.FromNanoseconds(int(wall * 1e9))
            yield fix
            if place in done:
                group.create_task(self._deliver(device, planned.orders[done[place]]))

    async def _deliver(self, device: Client, order: PlannedOrder) -> None:
        """The courier hands the parcel over and says so; a little later the carrier says it too."""
        await device.complete_stop(f"{order.order_id}-1", STOP_OUTCOME_DELIVERED)
        await asyncio.sleep(_SIGNED_AFTER_S)
        consignment = order.parcels[0].consignment
        consignment.sign(datetime.now(UTC))
        await self._push(consignment)


def _request(order: PlannedOrder) -> CreateOrderRequest:
    recipient = Recipient(name=order.name, phone=order.phone, address=order.address)
    if order.door is not None:
        recipient.point.CopyFrom(Point(latitude=order.door.lat, longitude=order.door.lng, datum=DATUM_WGS84))
    parcels = [
        NewParcel(
            items=[Item(title=title, quantity=1) for title in parcel.items],
            carrier=parcel.consignment.journey.carrier,
            tracking_number=parcel.consignment.number,
        )
        for parcel in order.parcels
    ]
    return CreateOrderRequest(
        order_id=order.order_id, customer_id=order.customer_id, recipient=recipient, parcels=parcels
    )
