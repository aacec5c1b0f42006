"""What the live plane asks of the contract and of the database: the log it reads, and the messages it sends."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, tzinfo
from typing import Any

from doorstep.tracking.v1 import live_service_pb2
from sqlalchemy.ext.asyncio import AsyncConnection

from doorstepd.database import Database
from doorstepd.errors import NotFound
from doorstepd.live.ports import Contact, Head, Numbered, Targets, Viewer
from doorstepd.live.position import Position
from doorstepd.parcels import log, store
from doorstepd.parcels.reads import EventRow
from doorstepd.parcels.records import Change, Order, Parcel
from doorstepd.parcels.vocabulary import Status
from doorstepd.positions import stops
from doorstepd.positions.datum import Datum
from doorstepd.positions.places import Places
from doorstepd.positions.visibility import VisibilityRules
from doorstepd.rpc import position_bytes, wire
from doorstepd.rpc.arrivals import Near
from doorstepd.rpc.glimpses import MerchantRules, contact
from doorstepd.rpc.onlookers import Onlooker
from doorstepd.rpc.place_names import PlaceNames
from doorstepd.rpc.reading import Audience, Reading
from doorstepd.rpc.stand_ins import StandIns
from doorstepd.rpc.timelines import event
from doorstepd.rpc.wire import Reader

_KIND = {
    value.name.removeprefix("CHANGE_KIND_").lower(): value.number
    for value in live_service_pb2.ChangeKind.DESCRIPTOR.values
}


class ChangeLog:
    """The numbered log, as the live plane reads it."""

    def __init__(self, database: Database, rules: MerchantRules) -> None:
        self._database = database
        self._rules = rules

    async def epoch(self) -> int:
        """Tells the store from a restored copy."""
        async with self._database.reading() as c:
            return await log.epoch(c)

    async def parcels_of_orders(self, merchant_id: str, order_ids: Sequence[str]) -> Mapping[str, Sequence[str]]:
        """Parcel IDs of each known order, by number."""
        async with self._database.reading() as c:
            found = await store.parcels_of_orders(c, merchant_id, order_ids)
        return {order_id: [one.parcel_id for one in parcels] for order_id, parcels in found.items()}

    async def heads(self, merchant_id: str, parcel_ids: Sequence[str]) -> Mapping[str, Head]:
        """The head of each known parcel."""
        async with self._database.reading() as c:
            rules = await self._rules.of(c, merchant_id)
            parcels = list((await store.get_parcels(c, merchant_id, parcel_ids)).values())
            orders = await store.get_orders(c, merchant_id, {one.order_id for one in parcels})
            return await heads_of(c, merchant_id, parcels, orders, rules)

    async def changes(self, merchant_id: str, parcel_id: str, after: int, limit: int) -> Sequence[Change]:
        """Changes numbered above `after`, in order."""
        async with self._database.reading() as c:
            found = await log.changes(c, merchant_id, parcel_id, after, limit)
            orders = await store.get_orders(c, merchant_id, {found[0].after.order_id}) if found else {}
        return [replace(one, order=orders.get(one.after.order_id)) for one in found]


class Messages:
    """Renders what a watch sends."""

    def __init__(
        self,
        database: Database,
        reading: Reading,
        rules: MerchantRules,
        places: Places,
        stand_ins: StandIns,
        zone: tzinfo = UTC,
    ) -> None:
        self._stand_ins = stand_ins
        self._zone = zone
        self._names = PlaceNames(places)
        self._rules = rules
        self._database = database
        self._reading = reading

    async def snapshot(self, viewer: Viewer, targets: Targets) -> tuple[bytes, Mapping[str, Head]]:
        """Orders and parcels as they stand, with their heads, all of one moment."""
        view, _, still = str(viewer.view).partition(".")
        audience = Audience(viewer.merchant_id, view, viewer.datum, positions=not still)
        async with self._database.reading() as c:
            rules = await self._rules.of(c, viewer.merchant_id)
            orders = await self._reading.orders_in(c, audience, targets.orders)
            parcels = await self._reading.parcels_in(c, audience, targets.parcels)
            if len(orders) < len(set(targets.orders)) or len(parcels) < len(set(targets.parcels)):
                raise NotFound
            ids = [one.parcel_id for order in orders.values() for one in order.parcels] + list(targets.parcels)
            records = await store.get_parcels(c, viewer.merchant_id, ids)
            known = await store.get_orders(c, viewer.merchant_id, {one.order_id for one in records.values()})
            heads = await heads_of(c, viewer.merchant_id, list(records.values()), known, rules)
            if not all(map(viewer.may_see, heads.values())):
                raise NotFound
        message = live_service_pb2.Snapshot(
            orders=[orders[name] for name in targets.orders], parcels=[parcels[name] for name in targets.parcels]
        )
        return message.SerializeToString(), heads

    def contact(self, change: Numbered, head: Head, position: Position | None, viewer: Viewer) -> Contact:
        """By the same facts as a snapshot of this moment. Of an earlier courier the round of now tells nothing."""
        assert isinstance(change, Change)
        still_out = head.live and change.after.visible_position and change.courier_id == head.courier_id
        if not still_out:
            head, position = Head(change.revision), None
        return contact(self._rules.last(viewer.merchant_id), head, position, str(viewer.view))

    def change(self, change: Numbered, viewer: Viewer, shown: Contact) -> bytes:
        """One numbered change."""
        assert isinstance(change, Change)
        view = _mask_of(viewer)
        known_as = self._stand_ins.seen_by(viewer.merchant_id, view)
        reader = Reader(view, Datum.WGS84, datetime.now(self._zone), known_as)
        seen = Near(courier_name=shown[0], courier_phone=shown[1])
        message = live_service_pb2.ParcelChange(
            parcel_id=change.after.parcel_id,
            revision=change.revision,
            kind=_KIND[change.kind],  # type: ignore[arg-type]
            parcel=wire.parcel(
                reader,
                change.after,
                change.order,
                near=seen,
                deciding=EventRow.of(change.deciding) if change.deciding else None,
            ),
            event=event(EventRow.of(change.event), guest=reader.view == "guest") if change.event else None,
            reminder=wire.reminder(change.reminder) if change.reminder else None,
            change_time=wire.timestamp(change.time),
        )
        return message.SerializeToString()

    def position(self, position: Position, datum: Datum, *, named: bool) -> bytes:
        """A courier's position in a datum, with the place in words if it may be told."""
        return position_bytes.position(position, datum, self._names.of(position) if named else None)

    def known_as(self, courier_id: str, viewer: Viewer) -> str:
        """The courier's ID; for guests a stand-in."""
        return self._stand_ins.of(viewer.merchant_id, courier_id) if _mask_of(viewer) == "guest" else courier_id

    def onlooker(self, parcel_id: str, head: Head, viewer: Viewer) -> Onlooker:
        """Who looks at a courier because of a parcel."""
        return Onlooker(parcel_id, head, str(viewer.view))


def _mask_of(viewer: Viewer) -> str:
    """The view without what may stand behind it."""
    return str(viewer.view).partition(".")[0]


async def heads_of(
    c: AsyncConnection,
    merchant_id: str,
    parcels: Sequence[Parcel],
    orders: Mapping[str, Order],
    rules: VisibilityRules,
) -> dict[str, Head]:
    """What streams must know of each parcel, read in one transaction with it."""
    ids = [one.parcel_id for one in parcels]
    out = [one.parcel_id for one in parcels if one.status is Status.OUT_FOR_DELIVERY]
    oldest = await log.oldest_kept(c, merchant_id, ids)
    ahead = await stops.ahead(c, merchant_id, out) if out else {}
    open_stops = await stops.of_parcels(c, merchant_id, out) if out else {}
    return {
        one.parcel_id: _head(
            one,
            orders.get(one.order_id),
            oldest.get(one.parcel_id, one.revision + 1),
            ahead.get(one.parcel_id),
            open_stops.get(one.parcel_id),
            rules,
        )
        for one in parcels
    }


def _head(
    parcel: Parcel, order: Order | None, oldest: int, ahead: int | None, stop: Any, rules: VisibilityRules
) -> Head:
    door = (stop.door if stop else None) or (order.door if order else None)
    return Head(
        revision=parcel.revision,
        oldest_kept_revision=oldest,
        courier_id=parcel.courier.courier_id if parcel.courier else None,
        destination=(door.latitude, door.longitude) if door else None,
        live=parcel.status is Status.OUT_FOR_DELIVERY,
        stops_ahead=ahead,
        expected_time=parcel.expected.time.timestamp() if parcel.expected else None,
        parcel_id=parcel.parcel_id,
        rules=rules,
        closed=parcel.terminal,
    )
