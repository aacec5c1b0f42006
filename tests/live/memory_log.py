"""A log in memory, whose appended changes are the oracle, and a renderer that writes the contract's real messages."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from doorstep.tracking.v1.courier_pb2 import CourierPosition
from doorstep.tracking.v1.live_service_pb2 import ParcelChange, Snapshot
from doorstep.tracking.v1.parcel_pb2 import Approach

from doorstepd import errors
from doorstepd.live import Head, Position, Targets, Viewer
from doorstepd.live.ports import Contact, Glimpse, Numbered, Seen
from doorstepd.positions.datum import Datum
from doorstepd.positions.distance import distance_m


@dataclass(frozen=True, slots=True)
class Entry:
    """One change of one parcel."""

    parcel_id: str
    revision: int
    courier_id: str | None = None


class MemoryLog:
    """Orders, parcels and their changes, as a database would answer; counts how often it was asked."""

    def __init__(self) -> None:
        self.orders: dict[str, list[str]] = {}
        self.entries: dict[str, list[Entry]] = {}
        self.state: dict[str, Head] = {}
        self.epoch_now = 1
        self.asked: dict[str, int] = {"epoch": 0, "orders": 0, "heads": 0, "changes": 0}
        self.away = False
        self.delay = 0.0

    def add_order(self, order_id: str, *parcel_ids: str) -> None:
        self.orders[order_id] = []
        for parcel_id in parcel_ids:
            self.add_parcel(order_id, parcel_id)

    def add_parcel(self, order_id: str, parcel_id: str) -> int:
        self.orders.setdefault(order_id, []).append(parcel_id)
        self.entries[parcel_id] = []
        self.state[parcel_id] = Head(0)
        return self.append(parcel_id)

    def append(self, parcel_id: str, **changed: object) -> int:
        revision = self.state[parcel_id].revision + 1
        self.state[parcel_id] = head = replace(self.state[parcel_id], revision=revision, **changed)
        self.entries[parcel_id].append(Entry(parcel_id, revision, head.courier_id))
        return revision

    def trim(self, parcel_id: str, keep_from: int) -> None:
        self.entries[parcel_id] = [entry for entry in self.entries[parcel_id] if entry.revision >= keep_from]
        self.state[parcel_id] = replace(self.state[parcel_id], oldest_kept_revision=keep_from)

    def revisions(self, parcel_id: str) -> list[int]:
        return [entry.revision for entry in self.entries[parcel_id]]

    async def _answer(self, question: str) -> None:
        self.asked[question] += 1
        await asyncio.sleep(self.delay)
        if self.away:
            raise OSError("the database is away")

    async def epoch(self) -> int:
        await self._answer("epoch")
        return self.epoch_now

    async def parcels_of_orders(self, merchant_id: str, order_ids: Sequence[str]) -> Mapping[str, Sequence[str]]:
        await self._answer("orders")
        return {order: list(self.orders[order]) for order in order_ids if order in self.orders}

    async def heads(self, merchant_id: str, parcel_ids: Sequence[str]) -> Mapping[str, Head]:
        await self._answer("heads")
        return {parcel: self.state[parcel] for parcel in parcel_ids if parcel in self.state}

    async def changes(self, merchant_id: str, parcel_id: str, after: int, limit: int) -> Sequence[Numbered]:
        await self._answer("changes")
        return [entry for entry in self.entries[parcel_id] if entry.revision > after][:limit]


class PlainRenderer:
    """Writes the messages that a client reads; sees everything unless told not to."""

    def __init__(self, log: MemoryLog) -> None:
        self.log = log
        self.rendered_changes = 0
        self.rendered_positions = 0
        self.may_see = True
        self.padding = 0

    async def snapshot(self, viewer: Viewer, targets: Targets) -> tuple[bytes, Mapping[str, Head]]:
        await self.log._answer("heads")
        message, heads = Snapshot(), {}
        for order_id in targets.orders:
            if order_id not in self.log.orders:
                raise errors.NotFound
            order = message.orders.add(order_id=order_id)
            for parcel_id in self.log.orders[order_id]:
                heads[parcel_id] = self.log.state[parcel_id]
                order.parcels.add(parcel_id=parcel_id, revision=heads[parcel_id].revision)
        for parcel_id in targets.parcels:
            if parcel_id not in self.log.state:
                raise errors.NotFound
            heads[parcel_id] = self.log.state[parcel_id]
            if not viewer.may_see(heads[parcel_id]):
                raise errors.NotFound
            message.parcels.add(parcel_id=parcel_id, revision=heads[parcel_id].revision)
        return message.SerializeToString(), heads

    def contact(self, change: Entry, head: Head, position: Position | None, viewer: Viewer) -> Contact:
        return True, True

    def change(self, change: Entry, viewer: Viewer, shown: Contact) -> bytes:
        self.rendered_changes += 1
        message = ParcelChange(parcel_id=change.parcel_id, revision=change.revision)
        message.parcel.tracking_number = "x" * self.padding
        return message.SerializeToString()

    def position(self, position: Position, datum: Datum, *, named: bool) -> bytes:
        self.rendered_positions += 1
        message = CourierPosition(courier_id=position.courier_id, sequence=position.sequence)
        message.point.latitude, message.point.longitude = position.lat, position.lng
        message.fix_time.FromMicroseconds(round(position.fix_time * 1e6))
        return message.SerializeToString()

    def known_as(self, courier_id: str, viewer: Viewer) -> str:
        return courier_id

    def onlooker(self, parcel_id: str, head: Head, viewer: Viewer) -> "PlainOnlooker":
        return PlainOnlooker(self, parcel_id, head)


@dataclass(frozen=True, slots=True)
class PlainOnlooker:
    """Sees everything, or nothing when the renderer says so."""

    renderer: PlainRenderer
    parcel_id: str
    head: Head

    def look(self, position: Position) -> Seen:
        if not self.renderer.may_see:
            return Glimpse.NOTHING, b""
        door = self.head.destination
        distance = distance_m(position.lat, position.lng, *door) if door else None
        return Glimpse.EXACT, Approach(parcel_id=self.parcel_id, distance_meters=distance).SerializeToString()
