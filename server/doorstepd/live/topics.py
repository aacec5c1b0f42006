"""What somebody watches here: parcels, orders and couriers, each known once however many watch it."""

from collections.abc import Mapping, Sequence
from typing import Protocol

from doorstepd.broadcast import Subscription
from doorstepd.live import frames
from doorstepd.live.ports import Contact, Head, Numbered, Renderer, Viewer
from doorstepd.live.position import Freshness, Position
from doorstepd.live.sights import Look, Sight
from doorstepd.positions.datum import Datum

KEPT_CHANGES = 64
"""Recent changes of a parcel kept for its watchers; who is further behind reads the log alone."""


class Watcher(Protocol):
    """Whoever watches parcels and orders, as far as these must know."""

    @property
    def cursors(self) -> Mapping[str, int]:
        """The parcels it knows of, and how far it has come in each."""
        ...

    def parcel_moved(self, topic: "ParcelTopic") -> None:
        """The log of a parcel goes further, or who brings it has changed."""
        ...

    def order_grew(self, order_id: str, parcels: Sequence[str], heads: Mapping[str, Head]) -> None:
        """An order has these parcels now; `heads` are of those that somebody did not know of."""
        ...

    def must_restart(self, reason: int) -> None:
        """What was sent may not be a beginning of what the log holds now; `reason` is that of a gap."""
        ...


class Follower(Protocol):
    """Whoever follows a courier, as far as he must know."""

    def moved(self) -> None:
        """He has a newer position, or an older look."""
        ...


class ParcelTopic:
    """A watched parcel: its head, and its recent changes, read and rendered once for all its watchers."""

    __slots__ = ("_rendered", "_sights", "head", "id", "recent", "watchers")

    def __init__(self, parcel_id: str, head: Head) -> None:
        self.id = parcel_id
        self.head = head
        self.recent: dict[int, Numbered] = {}
        self.watchers: dict[Watcher, None] = {}
        self._rendered: dict[tuple[int, object, Contact], bytes] = {}
        self._sights: dict[tuple[object, Datum], Sight] = {}

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

    def sight(self, viewer: Viewer, renderer: Renderer) -> Sight:
        """The courier as this kind of viewer sees him because of the parcel."""
        key = viewer.view, viewer.datum
        sight = self._sights.get(key)
        if sight is None:
            sight = self._sights[key] = Sight(self.id, self.head, viewer, renderer)
        return sight

    def _stand_at(self, head: Head) -> None:
        """Forgets what was decided by another head."""
        self.head = head
        for sight in self._sights.values():
            sight.stand_at(self.id, head)


class OrderTopic:
    """A watched order: which parcels of it are known here."""

    __slots__ = ("id", "parcels", "watchers")

    def __init__(self, order_id: str) -> None:
        self.id = order_id
        self.parcels: list[str] = []
        self.watchers: dict[Watcher, None] = {}

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
    """A courier whom some watch follows."""

    __slots__ = ("followers", "id", "look", "subscription")

    def __init__(self, courier_id: str) -> None:
        self.id = courier_id
        self.look: Look | None = None
        self.followers: dict[Follower, None] = {}
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
        for following in self.followers:
            following.moved()
