"""An order as it stands now: a watch's updates folded into one picture."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from types import TracebackType
from typing import Self

from doorstep.errors import DoorstepError
from doorstep.tracking.v1.live_service_pb2 import ParcelChange, PositionState, PositionUpdate, WatchUpdate
from doorstep.tracking.v1.order_pb2 import Order
from doorstep.tracking.v1.parcel_pb2 import Parcel
from doorstep.tracking.v1.reminder_pb2 import Reminder
from doorstep.tracking.v1.status_pb2 import PARCEL_STATUS_OUT_FOR_DELIVERY
from doorstep.watch import ParcelWatch


@dataclass(frozen=True, slots=True)
class WatchedOrder:
    """One picture of an order; a new one is made for each update, so an old one may be kept.

    `order` has its parcels with the courier's position and approach where they may be seen; `reminders` are those that
    rang while it was watched, oldest first; `positions_paused` is true while the server cannot say where couriers are.
    """

    order: Order = field(default_factory=Order)
    reminders: tuple[Reminder, ...] = ()
    positions_paused: bool = False

    def after(self, update: WatchUpdate) -> WatchedOrder:
        """The picture after one more update of `watch_order`."""
        match update.WhichOneof("update"):
            case "snapshot" if update.snapshot.orders:
                return replace(self, order=update.snapshot.orders[0])
            case "change":
                return self._after_change(update.change)
            case "position":
                return replace(self, order=_with_position(self.order, update.position))
            case "link_state":
                return replace(self, positions_paused=update.link_state.degraded)
        return self

    def _after_change(self, change: ParcelChange) -> WatchedOrder:
        reminders = (*self.reminders, change.reminder) if change.HasField("reminder") else self.reminders
        return replace(self, order=_with_change(self.order, change), reminders=reminders)

    def with_headline(self, order: Order) -> WatchedOrder:
        """The same parcels under the status and sentence that the server gives the order as a whole."""
        renewed = _copy(self.order)
        renewed.status = order.status
        renewed.sentence.CopyFrom(order.sentence)
        return replace(self, order=renewed)


class FollowedOrder:
    """What `follow_order` answers: an async iterator of WatchedOrder. Leave it as one leaves a watch."""

    def __init__(self, watch: ParcelWatch, read_order: Callable[[], Awaitable[Order]]) -> None:
        self._watch = watch
        self._read_order = read_order
        self._picture = WatchedOrder()

    async def __anext__(self) -> WatchedOrder:
        while True:
            update = await anext(self._watch)
            self._picture = self._picture.after(update)
            if update.HasField("change") and len(self._picture.order.parcels) > 1:
                await self._renew_headline()
            if not update.HasField("gap"):
                return self._picture

    def __aiter__(self) -> Self:
        return self

    async def aclose(self) -> None:
        """Cancels the call at once."""
        await self._watch.aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.aclose()

    async def _renew_headline(self) -> None:
        # Which of several parcels speaks for the order is the server's rule, and a change carries one parcel only.
        try:
            self._picture = self._picture.with_headline(await self._read_order())
        except DoorstepError:
            return


def _with_change(order: Order, change: ParcelChange) -> Order:
    changed = _copy(order)
    before = next((parcel for parcel in changed.parcels if parcel.parcel_id == change.parcel_id), None)
    if before is None:
        before = changed.parcels.add()
    after = Parcel()
    after.CopyFrom(change.parcel)
    _keep_position(before, after)
    del after.events[:]
    if change.HasField("event"):
        after.events.append(change.event)
    after.events.extend(event for event in before.events if event.event_id != change.event.event_id)
    after.events.sort(key=lambda event: event.event_time.ToNanoseconds(), reverse=True)
    before.CopyFrom(after)
    changed.parcels.sort(key=lambda parcel: parcel.number)
    if len(changed.parcels) == 1:
        changed.status = after.status
        changed.sentence.CopyFrom(after.sentence)
    return changed


def _keep_position(before: Parcel, after: Parcel) -> None:
    """A change need not repeat where the courier is; it stays on show while the same courier is still on the way."""
    same_courier = before.courier.courier_id == after.courier.courier_id
    if after.HasField("position") or after.status != PARCEL_STATUS_OUT_FOR_DELIVERY or not same_courier:
        return
    if before.HasField("position"):
        after.position.CopyFrom(before.position)
        after.position_stale = before.position_stale
    if before.HasField("approach") and not after.HasField("approach"):
        after.approach.CopyFrom(before.approach)


def _with_position(order: Order, update: PositionUpdate) -> Order:
    moved = _copy(order)
    courier_id = update.courier_id or update.position.courier_id
    approaches = {approach.parcel_id: approach for approach in update.approaches}
    hidden = update.state == PositionState.POSITION_STATE_HIDDEN or not update.HasField("position")
    for parcel in moved.parcels:
        if parcel.parcel_id not in approaches and courier_id not in (parcel.courier.courier_id, _shown_courier(parcel)):
            continue
        parcel.ClearField("approach")
        parcel.ClearField("position")
        parcel.position_stale = not hidden and update.state == PositionState.POSITION_STATE_STALE
        if not hidden:
            parcel.position.CopyFrom(update.position)
        if parcel.parcel_id in approaches:
            parcel.approach.CopyFrom(approaches[parcel.parcel_id])
    return moved


def _shown_courier(parcel: Parcel) -> str | None:
    return parcel.position.courier_id if parcel.HasField("position") else None


def _copy(order: Order) -> Order:
    copy = Order()
    copy.CopyFrom(order)
    return copy
