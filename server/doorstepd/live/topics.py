"""What somebody watches here: parcels, orders and couriers, each known once however many watch it."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from doorstepd.broadcast import Subscription
from doorstepd.live import frames
from doorstepd.live.ports import Head, Numbered, Renderer, Viewer
from doorstepd.live.position import Freshness, Position
from doorstepd.positions.datum import Datum
from doorstepd.positions.distance import distance_m

if TYPE_CHECKING:
    from doorstepd.live.watch import Watch

KEPT_CHANGES = 64
"""Recent changes of a parcel kept for its watchers; who is further behind reads the log alone."""


class ParcelTopic:
    """A watched parcel: its head, and its recent changes, read and rendered once for all its watchers."""

    __slots__ = ("_approach", "_rendered", "_update", "head", "id", "recent", "watchers")

    def __init__(self, parcel_id: str, head: Head) -> None:
        self.id = parcel_id
        self.head = head
        self.recent: dict[int, Numbered] = {}
        self.watchers: dict[Watch, None] = {}
        self._rendered: dict[tuple[int, object], bytes] = {}
        self._approach: tuple[Position, Head, object, bytes | None] | None = None
        self._update: tuple[bytes, bytes, bytes] | None = None

    def advance(self, head: Head, changes: Sequence[Numbered]) -> None:
        """Takes a newer head and the changes up to it, and tells the watchers."""
        self.head = head
        for change in changes:
            self.recent[change.revision] = change
        while len(self.recent) > KEPT_CHANGES:
            oldest = next(iter(self.recent))
            del self.recent[oldest]
            self._rendered = {key: body for key, body in self._rendered.items() if key[0] != oldest}
        for watch in self.watchers:
            watch.parcel_moved(self)

    def went_back(self, head: Head) -> None:
        """Takes a head that is behind the one it had: the store was restored from an older copy."""
        self.head = head
        self.recent.clear()
        self._rendered.clear()
        for watch in self.watchers:
            watch.must_restart(frames.OTHER_EPOCH)

    def rendered(self, change: Numbered, viewer: Viewer, renderer: Renderer) -> bytes:
        """The change as this kind of viewer may see it, as a field of the envelope."""
        key = (change.revision, viewer.view)
        body = self._rendered.get(key)
        if body is None:
            body = frames.change(renderer.change(change, viewer))
            if change.revision in self.recent:
                self._rendered[key] = body
        return body

    def approach(self, position: Position, viewer: Viewer, renderer: Renderer) -> bytes | None:
        """How near the position is to the door, as a field of the position's message; None when it must not be seen.

        Decided once for each position, head and kind of viewer.
        """
        kept = self._approach
        if kept is not None and kept[0] is position and kept[1] is self.head and kept[2] == viewer.view:
            return kept[3]
        body = None
        if renderer.may_see_position(self.head, position, viewer):
            door = self.head.destination
            distance = None if door is None else distance_m(position.lat, position.lng, *door)
            body = frames.approach(renderer.approach(self.id, self.head, position, distance, viewer))
        self._approach = (position, self.head, viewer.view, body)
        return body

    def position(self, courier: "CourierTopic", position: Position, viewer: Viewer, renderer: Renderer) -> bytes | None:
        """The update for those who watch this parcel and no other of the courier; None when it must not be seen."""
        approach = self.approach(position, viewer, renderer)
        if approach is None:
            return None
        kept, body = self._update, courier.body(position, viewer.datum, renderer)
        if kept is not None and kept[0] is approach and kept[1] is body:
            return kept[2]
        update = frames.position(body + approach)
        self._update = (approach, body, update)
        return update


class OrderTopic:
    """A watched order: which parcels of it are known here."""

    __slots__ = ("id", "parcels", "watchers")

    def __init__(self, order_id: str) -> None:
        self.id = order_id
        self.parcels: list[str] = []
        self.watchers: dict[Watch, None] = {}

    def missed(self, parcel_id: str) -> bool:
        """Whether some watcher does not know of a parcel of this order."""
        return any(parcel_id not in watch.cursors for watch in self.watchers)

    def grow(self, parcels: Sequence[str], heads: Mapping[str, Head]) -> None:
        """Tells the watchers of parcels that were added; without a head it will be told again."""
        known = [parcel for parcel in parcels if parcel in heads or not self.missed(parcel)]
        self.parcels = known
        for watch in tuple(self.watchers):
            watch.order_grew(self.id, known, heads)


class CourierTopic:
    """A courier whom some watch follows: the newest position, serialised once for each datum."""

    __slots__ = ("_bodies", "id", "newest", "state", "subscription", "watchers")

    def __init__(self, courier_id: str) -> None:
        self.id = courier_id
        self.newest: Position | None = None
        self.state = Freshness.HIDDEN
        self.watchers: dict[Watch, None] = {}
        self.subscription: Subscription | None = None
        self._bodies: dict[Datum, bytes] = {}

    def offer(self, position: Position, state: Freshness) -> None:
        """Takes a position if it is newer than the one it has, and tells the watchers."""
        if self.newest is None or position.newer_than(self.newest):
            self.newest = position
            self._show(state)

    def age(self, state: Freshness) -> None:
        """Takes notice of how fresh the position is by now."""
        if state is not self.state:
            self._show(state)

    def _show(self, state: Freshness) -> None:
        self.state = state
        self._bodies.clear()
        for watch in self.watchers:
            watch.courier_moved(self.id)

    def body(self, position: Position, datum: Datum, renderer: Renderer) -> bytes:
        """The newest position's message but for its approaches."""
        body = self._bodies.get(datum)
        if body is None:
            shown = renderer.position(position, datum)
            body = self._bodies[datum] = frames.position_body(shown, self.state, self.id)
        return body
