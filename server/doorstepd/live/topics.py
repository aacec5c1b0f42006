"""What somebody watches here: parcels, orders and couriers, each known once however many watch it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from doorstepd.broadcast import Subscription
from doorstepd.live import frames
from doorstepd.live.ports import Contact, Glimpse, Head, Numbered, Onlooker, Renderer, Seen, Viewer
from doorstepd.live.position import Freshness, Position
from doorstepd.positions.datum import Datum

if TYPE_CHECKING:
    from doorstepd.live.watch import Watch

KEPT_CHANGES = 64
"""Recent changes of a parcel kept for its watchers; who is further behind reads the log alone."""


Update = tuple[bytes, bool]
"""A `PositionUpdate` as a field of the envelope, and whether it shows a place."""


class ParcelTopic:
    """A watched parcel: its head, and its recent changes, read and rendered once for all its watchers."""

    __slots__ = ("_look", "_onlookers", "_rendered", "_updates", "head", "id", "recent", "watchers")

    def __init__(self, parcel_id: str, head: Head) -> None:
        self.id = parcel_id
        self.head = head
        self.recent: dict[int, Numbered] = {}
        self.watchers: dict[Watch, None] = {}
        self._rendered: dict[tuple[int, object, Contact], bytes] = {}
        self._onlookers: dict[object, Onlooker] = {}
        self._look: Look | None = None
        self._updates: dict[tuple[object, Datum], Update | None] = {}

    def advance(self, head: Head, changes: Sequence[Numbered]) -> None:
        """Takes a newer head and the changes up to it, and tells the watchers."""
        self._stand_at(head)
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
        self._stand_at(head)
        self.recent.clear()
        self._rendered.clear()
        for watch in self.watchers:
            watch.must_restart(frames.OTHER_EPOCH)

    def rendered(self, change: Numbered, position: Position | None, viewer: Viewer, renderer: Renderer) -> bytes:
        """The change as this kind of viewer may see it now, as a field of the envelope; `position` is the courier's."""
        contact = renderer.contact(change, self.head, position, viewer)
        key = (change.revision, viewer.view, contact)
        body = self._rendered.get(key)
        if body is None:
            body = frames.change(renderer.change(change, viewer, contact))
            if change.revision in self.recent:
                self._rendered[key] = body
        return body

    def seen(self, position: Position, viewer: Viewer, renderer: Renderer) -> Seen:
        """How the place may be shown because of this parcel, and what else may be, as a field of the position."""
        onlooker = self._onlookers.get(viewer.view)
        if onlooker is None:
            onlooker = self._onlookers[viewer.view] = renderer.onlooker(self.id, self.head, viewer)
        glimpse, body = onlooker.look(position)
        return glimpse, frames.approach(body) if glimpse else b""

    def position(self, look: "Look", viewer: Viewer, renderer: Renderer) -> Update | None:
        """The update for those who watch this parcel and no other of the courier; None when it must not be seen.

        Decided once for each look, head, kind of viewer and datum.
        """
        if self._look is not look:
            self._look = look
            self._updates.clear()
        key = viewer.view, viewer.datum
        if key in self._updates:
            return self._updates[key]
        glimpse, approach = self.seen(look.position, viewer, renderer)
        update = self._updates[key] = look.update(glimpse, approach, viewer, renderer)
        return update

    def _stand_at(self, head: Head) -> None:
        """Forgets what was decided by another head."""
        self.head = head
        self._look = None
        self._onlookers.clear()


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
        self._bodies: dict[tuple[str, Glimpse, Datum], bytes] = {}

    def update(self, glimpse: Glimpse, approaches: bytes, viewer: Viewer, renderer: Renderer) -> Update | None:
        """For a viewer who may see so much of it. None when that is nothing."""
        if not glimpse:
            return None
        return frames.position(self._body(glimpse, viewer, renderer) + approaches), glimpse is not Glimpse.NO_PLACE

    def joined(self, seen: Iterable[Seen], viewer: Viewer, renderer: Renderer) -> Update | None:
        """For a viewer of several parcels: as exact as one of them allows. None when none of them may be seen."""
        some = [one for one in seen if one[0]]
        glimpse = min((glimpse for glimpse, _ in some), default=Glimpse.NOTHING)
        return self.update(glimpse, b"".join([approach for _, approach in some]), viewer, renderer)

    def _body(self, glimpse: Glimpse, viewer: Viewer, renderer: Renderer) -> bytes:
        """The position's message but for its approaches."""
        courier_id = renderer.known_as(self.position.courier_id, viewer)
        key = courier_id, glimpse, viewer.datum
        body = self._bodies.get(key)
        if body is None:
            body = self._bodies[key] = self._rendered(*key, renderer)
        return body

    def _rendered(self, courier_id: str, glimpse: Glimpse, datum: Datum, renderer: Renderer) -> bytes:
        position = self.position
        if glimpse is Glimpse.NO_PLACE:
            return frames.position_body(None, Freshness.HIDDEN, courier_id)
        shown = position if glimpse <= Glimpse.EXACT_UNNAMED else position.coarsened()
        if courier_id != position.courier_id:
            shown = replace(shown, courier_id=courier_id)
        named = glimpse in (Glimpse.EXACT, Glimpse.COARSE)
        return frames.position_body(renderer.position(shown, datum, named=named), self.state, courier_id)

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
