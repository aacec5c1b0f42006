"""What somebody watches here: parcels, orders and couriers, each known once however many watch it."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

from doorstepd.broadcast import Subscription
from doorstepd.live import frames
from doorstepd.live.ports import Glimpse, Head, Numbered, Renderer, Viewer
from doorstepd.live.position import Freshness, Position
from doorstepd.positions.datum import Datum
from doorstepd.positions.distance import distance_m

if TYPE_CHECKING:
    from doorstepd.live.watch import Watch

KEPT_CHANGES = 64
"""Recent changes of a parcel kept for its watchers; who is further behind reads the log alone."""


Seen = tuple[Glimpse, bytes]
"""How a place may be shown because of one parcel, and what else may be, as a field of the position's message."""


class Update(NamedTuple):
    """A `PositionUpdate` as a field of the envelope, and whether it shows a place."""

    body: bytes
    has_place: bool


class ParcelTopic:
    """A watched parcel: its head, and its recent changes, read and rendered once for all its watchers."""

    __slots__ = ("_approach", "_rendered", "_update", "head", "id", "recent", "watchers")

    def __init__(self, parcel_id: str, head: Head) -> None:
        self.id = parcel_id
        self.head = head
        self.recent: dict[int, Numbered] = {}
        self.watchers: dict[Watch, None] = {}
        self._rendered: dict[tuple[int, object], bytes] = {}
        self._approach: tuple[Position, Head, object, Seen] | None = None
        self._update: tuple[Look, Head, object, Datum, Update | None] | None = None

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

    def approach(self, position: Position, viewer: Viewer, renderer: Renderer) -> Seen:
        """How near the position is to the door, as a field of the position's message, and how the place may be shown.

        Decided once for each position, head and kind of viewer.
        """
        kept = self._approach
        if kept is not None and kept[0] is position and kept[1] is self.head and kept[2] == viewer.view:
            return kept[3]
        glimpse, body = Glimpse(renderer.may_see_position(self.head, position, viewer)), b""
        if glimpse:
            door = self.head.destination
            distance = None if door is None else distance_m(position.lat, position.lng, *door)
            body = frames.approach(renderer.approach(self.id, self.head, position, distance, viewer))
        self._approach = (position, self.head, viewer.view, (glimpse, body))
        return glimpse, body

    def position(self, look: "Look", viewer: Viewer, renderer: Renderer) -> Update | None:
        """The update for those who watch this parcel and no other of the courier; None when it must not be seen."""
        kept, view, datum = self._update, viewer.view, viewer.datum
        if kept is not None and kept[0] is look and kept[1] is self.head and kept[2] == view and kept[3] is datum:
            return kept[4]
        update = look.update([self.approach(look.position, viewer, renderer)], datum, renderer)
        self._update = (look, self.head, view, datum, update)
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


class Look:
    """What a courier looks like until the next position or a change of freshness; serialised once for each datum."""

    __slots__ = ("_bodies", "position", "state")

    def __init__(self, position: Position, state: Freshness) -> None:
        self.position = position
        self.state = state
        self._bodies: dict[tuple[Datum, Glimpse], bytes] = {}

    def update(self, seen: Sequence[Seen], datum: Datum, renderer: Renderer) -> Update | None:
        """For a viewer of some parcels: as exact as one of them allows. None when none of them may be seen."""
        glimpse = min((one for one, _ in seen if one), default=Glimpse.NOTHING)
        if not glimpse:
            return None
        approaches = b"".join([body for _, body in seen])
        body = frames.position(self._body(datum, glimpse, renderer) + approaches)
        return Update(body, glimpse is not Glimpse.NO_PLACE)

    def _body(self, datum: Datum, glimpse: Glimpse, renderer: Renderer) -> bytes:
        """The position's message but for its approaches."""
        body = self._bodies.get((datum, glimpse))
        if body is None:
            body = self._bodies[datum, glimpse] = self._rendered(datum, glimpse, renderer)
        return body

    def _rendered(self, datum: Datum, glimpse: Glimpse, renderer: Renderer) -> bytes:
        position = self.position
        if glimpse is Glimpse.NO_PLACE:
            return frames.position_body(None, Freshness.HIDDEN, position.courier_id)
        shown = position if glimpse <= Glimpse.EXACT_UNNAMED else position.coarsened()
        if glimpse in (Glimpse.EXACT, Glimpse.COARSE):
            shown = replace(shown, named=True)
        return frames.position_body(renderer.position(shown, datum), self.state, position.courier_id)

    def tells_more_than(self, shown: "Look") -> bool:
        """Whether it is worth a frame to somebody who was shown the other."""
        if self.position.newer_than(shown.position):
            return True
        return self.position.sequence == shown.position.sequence and self.state is not shown.state


class CourierTopic:
    """A courier whom some watch follows."""

    __slots__ = ("id", "look", "subscription", "watchers")

    def __init__(self, courier_id: str) -> None:
        self.id = courier_id
        self.look: Look | None = None
        self.watchers: dict[Watch, None] = {}
        self.subscription: Subscription | None = None

    def offer(self, position: Position, state: Freshness) -> None:
        """Takes a position if it is newer than the one it has, and tells the watchers."""
        if self.look is None or position.newer_than(self.look.position):
            self._show(Look(position, state))

    def age(self, state: Freshness) -> None:
        """Takes notice of how fresh the position is by now."""
        if self.look is not None and state is not self.look.state:
            self._show(Look(self.look.position, state))

    def _show(self, look: Look) -> None:
        self.look = look
        for watch in self.watchers:
            watch.courier_moved(self.id)
