"""Everything of one merchant that is watched here, and what was heard about it and still has to be read."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager

from doorstepd.broadcast import NewestFix, courier_of, read_entry
from doorstepd.live.fleet_map import FleetMap
from doorstepd.live.limits import Limits
from doorstepd.live.ports import Head
from doorstepd.live.position import Freshness, Position, unpack
from doorstepd.live.publish import read_wake
from doorstepd.live.topics import CourierTopic, Follower, OrderTopic, ParcelTopic, Watcher


class Board:
    """One merchant's topics. `unread_*` is what the pump still has to look at: keyed, so bounded by what is watched.

    `clock` gives seconds since the epoch. `to_pump` has a board looked at soon.
    """

    def __init__(
        self, merchant_id: str, limits: Limits, clock: Callable[[], float], to_pump: "Callable[[Board], None]"
    ) -> None:
        self.merchant_id = merchant_id
        self._limits = limits
        self._clock = clock
        self._to_pump = to_pump
        self.parcels: dict[str, ParcelTopic] = {}
        self.orders: dict[str, OrderTopic] = {}
        self.couriers: dict[str, CourierTopic] = {}
        self.fleet: FleetMap | None = None
        self.unread_parcels: dict[ParcelTopic, None] = {}
        self.unread_orders: dict[OrderTopic, None] = {}
        self.unread_couriers: dict[CourierTopic, None] = {}
        self.fleet_unread = False
        self.queued = False
        self._openings = 0
        self._heard_parcels: dict[str, int] = {}
        self._heard_orders: dict[str, None] = {}

    @property
    def empty(self) -> bool:
        """Whether nobody watches anything here."""
        return not (self.parcels or self.orders or self.couriers or self.fleet or self._openings)

    @contextmanager
    def opening(self) -> Iterator[None]:
        """While open, wakes of parcels that nobody watches yet are kept: somebody is about to, and has read already."""
        self._openings += 1
        try:
            yield
        finally:
            self._openings -= 1
            if not self._openings:
                self._heard_parcels.clear()
                self._heard_orders.clear()

    def on_wake(self, entry: bytes) -> None:
        """Called by the bus."""
        if (wake := read_wake(entry)) is None:
            return
        order_id, parcel_id, revision = wake
        topic = self.parcels.get(parcel_id)
        if topic is not None:
            if revision > topic.head.revision or revision == 0:
                self.read_parcel(topic)
        elif self._openings:
            self._heard_parcels[parcel_id] = revision
        order = self.orders.get(order_id)
        if order is not None:
            if parcel_id not in order.parcels:
                self.read_order(order)
        elif self._openings:
            self._heard_orders[order_id] = None

    def on_fix(self, entry: bytes) -> None:
        """Called by the bus."""
        if self.fleet is None and courier_of(entry) not in self.couriers:
            return
        fix = read_entry(entry)
        if fix is not None:
            self._offer(fix)

    def _offer(self, fix: NewestFix) -> None:
        position = unpack(fix)
        if position is None:
            return
        if topic := self.couriers.get(fix.courier_id):
            topic.offer(position, self.freshness(position))
        if self.fleet is not None:
            self.fleet.offer(position)

    def freshness(self, position: Position) -> Freshness:
        """How to show a position now."""
        limits = self._limits
        return position.freshness(self._clock(), limits.stale, limits.hidden)

    def newest(self, courier_id: str | None) -> Position | None:
        """Where a courier is whom somebody follows here."""
        topic = self.couriers.get(courier_id or "")
        return topic.look.position if topic is not None and topic.look is not None else None

    def read_parcel(self, topic: ParcelTopic) -> None:
        """Has the pump look at a parcel."""
        self.unread_parcels[topic] = None
        self._to_pump(self)

    def read_order(self, topic: OrderTopic) -> None:
        """Has the pump look for parcels that were added to an order."""
        self.unread_orders[topic] = None
        self._to_pump(self)

    def read_courier(self, topic: CourierTopic) -> None:
        """Has the pump listen to a courier and fetch the newest position."""
        self.unread_couriers[topic] = None
        self._to_pump(self)

    def read_all(self) -> None:
        """Has the pump look at everything."""
        self.unread_couriers.update(dict.fromkeys(self.couriers.values()))
        self.fleet_unread = self.fleet is not None
        self.read(self.parcels.values(), self.orders.values())

    def read(self, parcels: Iterable[ParcelTopic], orders: Iterable[OrderTopic]) -> None:
        """Has the pump look at these."""
        self.unread_parcels.update(dict.fromkeys(parcels))
        self.unread_orders.update(dict.fromkeys(orders))
        self._to_pump(self)

    def in_parts(self, size: int) -> Iterator[tuple[list[ParcelTopic], list[OrderTopic]]]:
        """All parcels and orders that are watched now, so many of each at a time."""
        parcels, orders = list(self.parcels.values()), list(self.orders.values())
        for at in range(0, max(len(parcels), len(orders)), size):
            yield parcels[at : at + size], orders[at : at + size]

    def join_parcel(self, parcel_id: str, head: Head, watch: Watcher) -> ParcelTopic:
        """The topic of a parcel, with one watcher more. `head` is what the watcher has read."""
        topic = self.parcels.get(parcel_id)
        if topic is None:
            topic = self.parcels[parcel_id] = ParcelTopic(parcel_id, head)
        topic.watchers[watch] = None
        if max(head.revision, self._heard_parcels.get(parcel_id, 0)) > topic.head.revision:
            self.read_parcel(topic)
        return topic

    def leave_parcel(self, topic: ParcelTopic, watch: Watcher) -> None:
        """One watcher less."""
        topic.watchers.pop(watch, None)
        if not topic.watchers and self.parcels.get(topic.id) is topic:
            del self.parcels[topic.id]
            self.unread_parcels.pop(topic, None)

    def join_order(self, order_id: str, parcels: Iterable[str], watch: Watcher) -> OrderTopic:
        """The topic of an order, with one watcher more, who knows of these parcels."""
        topic = self.orders.get(order_id)
        if topic is None:
            topic = self.orders[order_id] = OrderTopic(order_id)
        topic.watchers[watch] = None
        known = list(parcels)
        others_differ = len(topic.watchers) > 1 and known != topic.parcels
        if len(known) > len(topic.parcels):
            topic.parcels = known
        if others_differ or order_id in self._heard_orders:
            self.read_order(topic)
        return topic

    def leave_order(self, topic: OrderTopic, watch: Watcher) -> None:
        """One watcher less."""
        topic.watchers.pop(watch, None)
        if not topic.watchers and self.orders.get(topic.id) is topic:
            del self.orders[topic.id]
            self.unread_orders.pop(topic, None)

    def join_courier(self, courier_id: str, following: Follower) -> CourierTopic:
        """The topic of a courier, with one follower more."""
        topic = self.couriers.get(courier_id)
        if topic is None:
            topic = self.couriers[courier_id] = CourierTopic(courier_id)
            self.read_courier(topic)
        topic.followers[following] = None
        return topic

    def leave_courier(self, topic: CourierTopic, following: Follower) -> None:
        """One follower less."""
        topic.followers.pop(following, None)
        if not topic.followers and self.couriers.get(topic.id) is topic:
            del self.couriers[topic.id]
            self.unread_couriers.pop(topic, None)
            if topic.subscription is not None:
                topic.subscription.release()
                topic.subscription = None
