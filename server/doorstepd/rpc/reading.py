"""What reads have in common: who may see which order, and where its courier is now."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo

from doorstep.tracking.v1 import order_pb2, parcel_pb2
from sqlalchemy.ext.asyncio import AsyncConnection

from doorstepd.access import permissions
from doorstepd.access.callers import Caller
from doorstepd.database import Database
from doorstepd.live.ports import Fixes, Head
from doorstepd.live.position import Position
from doorstepd.parcels import log, store
from doorstepd.parcels.records import Order, Parcel
from doorstepd.parcels.vocabulary import Status
from doorstepd.positions import stops
from doorstepd.positions.datum import Datum
from doorstepd.positions.places import Places
from doorstepd.rpc import wire
from doorstepd.rpc.glimpses import MerchantRules, named, near
from doorstepd.rpc.wire import Near, Reader


def anything(order: Order, parcel: Parcel | None) -> bool:
    """For an audience of whom it is asked elsewhere."""
    return True


@dataclass(frozen=True, slots=True)
class Audience:
    """Whom an answer is for: which merchant's, through which mask, in which datum, and what of it they may see.

    `may_see` is asked of each order (parcel None) or parcel; by default it has been asked already.
    """

    merchant_id: str
    view: str
    datum: Datum = Datum.WGS84
    positions: bool = True
    may_see: Callable[[Order, Parcel | None], bool] = anything

    @property
    def seen_as(self) -> str:
        """The view that decides what of a courier is shown."""
        return self.view if self.positions else f"{self.view}.still"

    def reader(self, zone: tzinfo) -> Reader:
        """The same for the renderer, now."""
        return Reader(self.view, self.datum, datetime.now(zone))


def audience_of(caller: Caller, datum: Datum = Datum.WGS84) -> Audience:
    """What a caller may see."""

    def may_see(order: Order, parcel: Parcel | None) -> bool:
        if parcel is None:
            return permissions.may_see_order(caller, order.merchant_id, order.customer_id, order.order_id)
        courier_id = parcel.courier.courier_id if parcel.courier else None
        return permissions.may_see_parcel(caller, order.merchant_id, order.customer_id, order.order_id, courier_id)

    return Audience(caller.merchant_id, caller.view, datum, permissions.may_see_positions(caller), may_see)


class Reading:
    """Reads orders and parcels for an audience."""

    def __init__(
        self, database: Database, fixes: Fixes, rules: MerchantRules, places: Places, zone: tzinfo = UTC
    ) -> None:
        self._database = database
        self._places = places
        self._rules = rules
        self._zone = zone
        self._fixes = fixes

    async def orders(self, audience: Audience, order_ids: Sequence[str]) -> dict[str, order_pb2.Order]:
        """Those that exist and may be seen, by ID."""
        async with self._database.reading() as c:
            return await self.orders_in(c, audience, order_ids)

    async def orders_in(
        self, c: AsyncConnection, audience: Audience, order_ids: Sequence[str]
    ) -> dict[str, order_pb2.Order]:
        """As `orders`, in a transaction of the caller's."""
        known = await store.get_orders(c, audience.merchant_id, order_ids) if order_ids else {}
        seen = {name: one for name, one in known.items() if audience.may_see(one, None)}
        parcels = await store.parcels_of_orders(c, audience.merchant_id, seen) if seen else {}
        every = [parcel for its in parcels.values() for parcel in its]
        events = await log.events_of(c, audience.merchant_id, [one.parcel_id for one in every]) if every else {}
        near = await self._near(c, audience, every, seen)
        reader = audience.reader(self._zone)
        return {name: wire.order(reader, one, parcels[name], events, near) for name, one in seen.items()}

    async def parcels(self, audience: Audience, parcel_ids: Sequence[str]) -> dict[str, parcel_pb2.Parcel]:
        """Those that exist and may be seen, by ID, with their events."""
        async with self._database.reading() as c:
            return await self.parcels_in(c, audience, parcel_ids)

    async def parcels_in(
        self, c: AsyncConnection, audience: Audience, parcel_ids: Sequence[str]
    ) -> dict[str, parcel_pb2.Parcel]:
        """As `parcels`, in a transaction of the caller's."""
        known = await store.get_parcels(c, audience.merchant_id, parcel_ids) if parcel_ids else {}
        orders = await self._orders_of(c, audience, known.values())
        seen = [one for one in known.values() if audience.may_see(orders[one.order_id], one)]
        events = await log.events_of(c, audience.merchant_id, [one.parcel_id for one in seen]) if seen else {}
        near = await self._near(c, audience, seen, orders)
        reader = audience.reader(self._zone)
        return {
            one.parcel_id: wire.parcel(
                reader, one, orders[one.order_id], events.get(one.parcel_id, ()), near.get(one.parcel_id, wire.NOWHERE)
            )
            for one in seen
        }

    async def summaries(
        self, c: AsyncConnection, audience: Audience, parcels: Sequence[Parcel]
    ) -> list[parcel_pb2.Parcel]:
        """Parcels without their events, in the order given. Not asked whether each may be seen."""
        orders = await self._orders_of(c, audience, parcels)
        deciding = await log.events_named(c, audience.merchant_id, parcels)
        reader = audience.reader(self._zone)
        return [wire.parcel(reader, one, orders[one.order_id], deciding=deciding.get(one.parcel_id)) for one in parcels]

    async def _orders_of(self, c: AsyncConnection, audience: Audience, parcels: Iterable[Parcel]) -> dict[str, Order]:
        wanted = {one.order_id for one in parcels}
        return await store.get_orders(c, audience.merchant_id, wanted) if wanted else {}

    async def _near(
        self, c: AsyncConnection, audience: Audience, parcels: Iterable[Parcel], orders: dict[str, Order]
    ) -> dict[str, Near]:
        """For each parcel, what the audience may see of its courier now."""
        every = {one.parcel_id: one for one in parcels}
        out = {name: one for name, one in every.items() if one.status is Status.OUT_FOR_DELIVERY and one.courier}
        ahead = await stops.ahead(c, audience.merchant_id, out) if out else {}
        held = await stops.of_parcels(c, audience.merchant_id, out) if out else {}
        positions = await self._positions(audience, out.values())
        rules, view = await self._rules.of(c, audience.merchant_id), audience.seen_as
        found = {}
        for parcel_id, one in every.items():
            courier_id = one.courier.courier_id if one.courier else None
            stop = held.get(parcel_id)
            door = (stop.door if stop else None) or orders[one.order_id].door
            head = Head(
                one.revision,
                courier_id=courier_id,
                destination=(door.latitude, door.longitude) if door else None,
                live=parcel_id in out,
                stops_ahead=ahead.get(parcel_id),
                parcel_id=parcel_id,
                rules=rules,
            )
            seen = near(head, positions.get(courier_id or "") if parcel_id in out else None, view)
            found[parcel_id] = seen._replace(place=named(self._places, seen.position) if seen.position else None)
        return found

    async def _positions(self, audience: Audience, out: Iterable[Parcel]) -> Mapping[str, Position]:
        couriers = {one.courier.courier_id for one in out if one.courier and one.courier.courier_id}
        if not couriers or not audience.positions:
            return {}
        return await self._fixes.get(audience.merchant_id, sorted(couriers))
