"""What a courier looks like now, and what of it one kind of viewer sees because of one parcel; each serialised once."""

from collections.abc import Iterable

from doorstepd.live import frames
from doorstepd.live.ports import Glimpse, Head, Onlooker, Renderer, Seen, Viewer
from doorstepd.live.position import Freshness, Position
from doorstepd.positions.datum import Datum

Update = tuple[bytes, bool]
"""A `PositionUpdate` as a field of the envelope, and whether it shows a place."""


class Look:
    """What a courier looks like until the next position or a change of freshness; serialised once for each datum."""

    __slots__ = ("_bodies", "position", "state")

    def __init__(self, position: Position, state: Freshness) -> None:
        self.position = position
        self.state = state
        self._bodies: dict[tuple[object, Glimpse, Datum], bytes] = {}

    def update(self, glimpse: Glimpse, approaches: bytes, viewer: Viewer, renderer: Renderer) -> Update | None:
        """For a viewer who may see so much of it. None when that is nothing."""
        if not glimpse:
            return None
        key = viewer.view, glimpse, viewer.datum
        body = self._bodies.get(key) or self._body(key, viewer, renderer)
        return frames.field(frames.POSITION, body + approaches), glimpse is not Glimpse.NO_PLACE

    def joined(self, seen: Iterable[Seen], viewer: Viewer, renderer: Renderer) -> Update | None:
        """For a viewer of several parcels: as exact as one of them allows. None when none of them may be seen."""
        some = [one for one in seen if one[0]]
        glimpse = min((glimpse for glimpse, _ in some), default=Glimpse.NOTHING)
        return self.update(glimpse, b"".join([approach for _, approach in some]), viewer, renderer)

    def tells_more_than(self, shown: "Look") -> bool:
        """Whether it is worth a frame to somebody who was shown the other."""
        if self.position.newer_than(shown.position):
            return True
        return self.position.sequence == shown.position.sequence and self.state is not shown.state

    def _body(self, key: tuple[object, Glimpse, Datum], viewer: Viewer, renderer: Renderer) -> bytes:
        """The position's message but for its approaches. Views that are told the same of him share the bytes."""
        _, glimpse, datum = key
        named = renderer.known_as(self.position.courier_id, viewer), glimpse, datum
        body = self._bodies.get(named) or self._rendered(*named, renderer)
        self._bodies[key] = self._bodies[named] = body
        return body

    def _rendered(self, courier_id: str, glimpse: Glimpse, datum: Datum, renderer: Renderer) -> bytes:
        position = self.position
        if glimpse is Glimpse.NO_PLACE:
            return frames.position_body(None, Freshness.HIDDEN, courier_id)
        shown = position if glimpse <= Glimpse.EXACT_UNNAMED else position.coarsened()
        if courier_id != position.courier_id:
            shown = shown._replace(courier_id=courier_id)
        named = glimpse in (Glimpse.EXACT, Glimpse.COARSE)
        return frames.position_body(renderer.position(shown, datum, named=named), self.state, courier_id)


class Sight:
    """A watched parcel, as its viewers of one kind and datum see whoever brings it. Decided once a look and head."""

    __slots__ = ("_look", "_onlooker", "_renderer", "_update", "_viewer")

    def __init__(self, parcel_id: str, head: Head, viewer: Viewer, renderer: Renderer) -> None:
        self._viewer = viewer
        self._renderer = renderer
        self.stand_at(parcel_id, head)

    def stand_at(self, parcel_id: str, head: Head) -> None:
        """Forgets what was decided by another head."""
        self._onlooker: Onlooker = self._renderer.onlooker(parcel_id, head, self._viewer)
        self._look: Look | None = None
        self._update: Update | None = None

    def of(self, look: Look) -> Update | None:
        """The update for those who watch this parcel and no other of the courier; None when it must not be seen."""
        if self._look is not look:
            glimpse, approach = self._onlooker.look(look.position)
            shown = frames.field(frames.APPROACH, approach) if glimpse else b""
            self._update = look.update(glimpse, shown, self._viewer, self._renderer)
            self._look = look
        return self._update

    def seen(self, look: Look) -> Seen:
        """How the place may be shown because of this parcel, and what else may be, as a field of the position."""
        glimpse, approach = self._onlooker.look(look.position)
        return glimpse, frames.field(frames.APPROACH, approach) if glimpse else b""
