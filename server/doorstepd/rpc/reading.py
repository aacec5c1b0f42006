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
from doorstepd.parcels.reads import EventRow, OrderReads, ReadOrder, Revisions
from doorstepd.parcels.records import Order, Parcel
from doorstepd.parcels.vocabulary import Status
from doorstepd.positions import stops
from doorstepd.positions.datum import Datum
from doorstepd.positions.places import Places
from doorstepd.positions.visibility import VisibilityRules
from doorstepd.rpc import wire
from doorstepd.rpc.arrivals import Near
from doorstepd.rpc.glimpses import MerchantRules, named, near
from doorstepd.rpc.stand_ins import StandIns
from doorstepd.rpc.wire import Reader


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


def audience_of(caller: Caller, datum: Datum = Datum.WGS84) -> Audience:
    """What a caller may see."""

    def may_see(order: Order, parcel: Parcel | None) -> bool:
        if parcel is None:
            return permissions.may_see_order(caller, order.merchant_id, order.customer_id, order.order_id)
        courier_id = parcel.courier.courier_id if parcel.courier else None
        whose = order.merchant_id, order.customer_id, order.order_id
        return permissions.may_see_parcel(caller, *whose, courier_id, closed=parcel.terminal)

    return Audience(caller.merchant_id, caller.view, datum, permissions.may_see_positions(caller), may_see)


@dataclass(frozen=True, slots=True)
class Rendered:
    """An `Order` message, serialised, and what it was made of."""

    body: bytes
    order: Order
    parcels: Sequence[Parcel]


class Reading:
    """Reads orders and parcels for an audience."""

    def __init__(
        self,
        database: Database,
        fixes: Fixes,
        rules: MerchantRules,
        places: Places,
        stand_ins: StandIns,
        zone: tzinfo = UTC,
    ) -> None:
        self._database = database
        self._stand_ins = stand_ins
        self._reads = OrderReads(database)
        self._places = places
        self._rules = rules
        self._zone = zone
        self._fixes = fixes

    async def orders(self, audience: Audience, order_ids: Sequence[str]) -> dict[str, Rendered]:
        """Those that exist and may be seen, by ID."""
        found = await self._reads.orders(audience.merchant_id, order_ids) if order_ids else []
        return await self._rendered(None, audience, found)

    async def orders_in(
        self, c: AsyncConnection, audience: Audience, order_ids: Sequence[str]
    ) -> dict[str, order_pb2.Order]:
        """As `orders`, in a transaction of the caller's and as messages."""
        found = await self._reads.orders(audience.merchant_id, order_ids, among=c) if order_ids else []
        rendered = await self._rendered(c, audience, found)
        return {name: order_pb2.Order.FromString(one.body) for name, one in rendered.items()}

    async def standing(
        self, merchant_id: str, order_ids: Sequence[str]
    ) -> tuple[VisibilityRules, dict[str, Revisions]]:
        """The merchant's rules, and how far each order has come: what was rendered of these still holds."""
        rules = self._rules.known(merchant_id)
        if rules is None:
            async with self._database.reading() as c:
                rules = await self._rules.of(c, merchant_id)
        return rules, await self._reads.revisions(merchant_id, order_ids)

    def rules(self, merchant_id: str) -> VisibilityRules:
        """The merchant's rules as they were when last read, which is when something was last rendered for them."""
        return self._rules.last(merchant_id)

    async def parcels(self, audience: Audience, parcel_ids: Sequence[str]) -> dict[str, parcel_pb2.Parcel]:
        """Those that exist and may be seen, by ID, with their events."""
        found = await self._reads.orders_of_parcels(audience.merchant_id, parcel_ids) if parcel_ids else []
        return await self._rendered_parcels(None, audience, found, parcel_ids)

    async def parcels_in(
        self, c: AsyncConnection, audience: Audience, parcel_ids: Sequence[str]
    ) -> dict[str, parcel_pb2.Parcel]:
        """As `parcels`, in a transaction of the caller's."""
        found = await self._reads.orders_of_parcels(audience.merchant_id, parcel_ids, among=c) if parcel_ids else []
        return await self._rendered_parcels(c, audience, found, parcel_ids)

    async def _rendered(
        self, c: AsyncConnection | None, audience: Audience, found: Iterable[ReadOrder]
    ) -> dict[str, Rendered]:
        seen = [one for one in found if audience.may_see(one.order, None)]
        near = await self._near(c, audience, [(one.order, its.parcel) for one in seen for its in one.parcels])
        reader = self._reader(audience)
        return {one.order.order_id: _render(reader, one, near) for one in seen}

    async def _rendered_parcels(
        self, c: AsyncConnection | None, audience: Audience, found: Iterable[ReadOrder], parcel_ids: Sequence[str]
    ) -> dict[str, parcel_pb2.Parcel]:
        wanted = set(parcel_ids)
        seen = [
            (one.order, its)
            for one in found
            for its in one.parcels
            if its.parcel.parcel_id in wanted and audience.may_see(one.order, its.parcel)
        ]
        near = await self._near(c, audience, [(order, its.parcel) for order, its in seen])
        reader = self._reader(audience)
        return {
            (name := its.parcel.parcel_id): wire.parcel(reader, its.parcel, order, its.events, near[name])
            for order, its in seen
        }

    async def summaries(
        self, c: AsyncConnection, audience: Audience, parcels: Sequence[Parcel]
    ) -> list[parcel_pb2.Parcel]:
        """Parcels without their events, in the order given. Not asked whether each may be seen."""
        orders = await self._orders_of(c, audience, parcels)
        deciding = await log.events_named(c, audience.merchant_id, parcels)
        reader = self._reader(audience)
        return [
            wire.parcel(
                reader,
                one,
                orders[one.order_id],
                deciding=EventRow.of(deciding[one.parcel_id]) if one.parcel_id in deciding else None,
            )
            for one in parcels
        ]

    def _reader(self, audience: Audience) -> Reader:
        known_as = self._stand_ins.seen_by(audience.merchant_id, audience.view)
        return Reader(audience.view, audience.datum, datetime.now(self._zone), known_as)

    async def _orders_of(self, c: AsyncConnection, audience: Audience, parcels: Iterable[Parcel]) -> dict[str, Order]:
        wanted = {one.order_id for one in parcels}
        return await store.get_orders(c, audience.merchant_id, wanted) if wanted else {}

    async def _near(
        self, c: AsyncConnection | None, audience: Audience, shown: Sequence[tuple[Order, Parcel]]
    ) -> dict[str, Near]:
        """For each parcel, what the audience may see of its courier now."""
        out = {
            one.parcel_id: (order, one) for order, one in shown if one.status is Status.OUT_FOR_DELIVERY and one.courier
        }
        rules = self._rules.known(audience.merchant_id)
        if rules is not None and not out:
            return _settled(rules, audience.seen_as, shown)
        if c is None:
            async with self._database.reading() as c:
                return await self._near(c, audience, shown)
        rules = await self._rules.of(c, audience.merchant_id)
        found = _settled(rules, audience.seen_as, shown)
        ahead = await stops.ahead(c, audience.merchant_id, out) if out else {}
        held = await stops.of_parcels(c, audience.merchant_id, out) if out else {}
        positions = await self._positions(audience, (parcel for _, parcel in out.values()))
        for parcel_id, (order, one) in out.items():
            stop = held.get(parcel_id)
            door = (stop.door if stop else None) or order.door
            courier_id = one.courier.courier_id if one.courier else None
            head = Head(
                one.revision,
                courier_id=courier_id,
                destination=(door.latitude, door.longitude) if door else None,
                live=True,
                stops_ahead=ahead.get(parcel_id),
                parcel_id=parcel_id,
                rules=rules,
            )
            seen = near(head, positions.get(courier_id or ""), audience.seen_as)
            found[parcel_id] = seen._replace(place=named(self._places, seen.position) if seen.position else None)
        return found

    async def _positions(self, audience: Audience, out: Iterable[Parcel]) -> Mapping[str, Position]:
        couriers = {one.courier.courier_id for one in out if one.courier and one.courier.courier_id}
        if not couriers or not audience.positions:
            return {}
        return await self._fixes.get(audience.merchant_id, sorted(couriers))


def _render(reader: Reader, one: ReadOrder, near: Mapping[str, Near]) -> Rendered:
    parcels = [its.parcel for its in one.parcels]
    events = {its.parcel.parcel_id: its.events for its in one.parcels}
    return Rendered(wire.order_bytes(reader, one.order, parcels, events, near), one.order, parcels)


def _settled(rules: VisibilityRules, view: str, shown: Iterable[tuple[Order, Parcel]]) -> dict[str, Near]:
    """What is seen of couriers who are not on their way: the same for all parcels."""
    seen = near(Head(0, rules=rules), None, view)
    return {one.parcel_id: seen for _, one in shown}
