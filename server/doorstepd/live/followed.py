"""The couriers that one watch follows: because of which parcels, who moved, and what was shown of each."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from doorstepd.live import frames
from doorstepd.live.position import Freshness
from doorstepd.live.topics import CourierTopic, Look, ParcelTopic, Update

if TYPE_CHECKING:
    from doorstepd.live.watch import Watch


class Followed:
    """`moved` are those of whom the watch has not been told the newest, longest waiting first."""

    __slots__ = ("_because_of", "_courier_of", "_couriers", "_placeless", "_shown", "_watch", "moved")

    def __init__(self, watch: "Watch") -> None:
        self.moved: dict[str, None] = {}
        self._watch = watch
        self._couriers: dict[str, CourierTopic] = {}
        self._because_of: dict[str, dict[ParcelTopic, None]] = {}
        self._courier_of: dict[str, str] = {}
        self._shown: dict[str, Look] = {}
        self._placeless: dict[str, bytes] = {}

    def follow(self, topic: ParcelTopic) -> None:
        """Follows whoever brings the parcel now, and nobody when it is not out for delivery."""
        wanted = topic.head.courier_id if topic.head.live and self._watch.viewer.may_see(topic.head) else None
        current = self._courier_of.get(topic.id)
        if wanted != current:
            if current is not None:
                self._leave(topic, current)
            if wanted is not None:
                self._join(topic, wanted)
        if wanted is not None:
            self.moved[wanted] = None

    def clear(self) -> None:
        """Follows nobody; whoever was shown has to be hidden, or shown again."""
        for courier in self._couriers.values():
            self._watch.board.leave_courier(courier, self._watch)
        for table in (self._couriers, self._because_of, self._courier_of):
            table.clear()
        self.moved.update(dict.fromkeys([*self._shown, *self._placeless]))

    def next_update(self) -> bytes | None:
        """What is newest of the next who moved, where it is news; None when there is nothing new of anybody."""
        moved = self.moved
        while moved:
            courier_id = next(iter(moved))
            del moved[courier_id]
            if (update := self._news_of(courier_id)) is not None:
                return update
        return None

    def _join(self, topic: ParcelTopic, courier_id: str) -> None:
        self._courier_of[topic.id] = courier_id
        self._because_of.setdefault(courier_id, {})[topic] = None
        if courier_id not in self._couriers:
            self._couriers[courier_id] = self._watch.board.join_courier(courier_id, self._watch)

    def _leave(self, topic: ParcelTopic, courier_id: str) -> None:
        del self._courier_of[topic.id]
        del self._because_of[courier_id][topic]
        if not self._because_of[courier_id]:
            del self._because_of[courier_id]
            self._watch.board.leave_courier(self._couriers.pop(courier_id), self._watch)
        self.moved[courier_id] = None

    def _news_of(self, courier_id: str) -> bytes | None:
        """The newest position if it tells more than what was shown; that it is hidden, if it was not."""
        courier = self._couriers.get(courier_id)
        look = courier.look if courier is not None else None
        if look is None or look.state is Freshness.HIDDEN:
            return self._hide(courier_id)
        update = self._seen(look, self._because_of[courier_id])
        if update is None:
            return self._hide(courier_id)
        body, has_place = update
        if not has_place:
            return self._without_place(courier_id, body)
        shown = self._shown.get(courier_id)
        if shown is not None and not look.tells_more_than(shown):
            return None
        self._shown[courier_id] = look
        if self._placeless:
            self._placeless.pop(courier_id, None)
        self._watch.hub.counters.positions += 1
        return body

    def _seen(self, look: Look, topics: Iterable[ParcelTopic]) -> Update | None:
        viewer, renderer = self._watch.viewer, self._watch.hub.renderer
        first, *others = topics
        if not others:
            return first.position(look, viewer, renderer)
        seen = [topic.seen(look.position, viewer, renderer) for topic in (first, *others)]
        return look.joined(seen, viewer, renderer)

    def _without_place(self, courier_id: str, body: bytes) -> bytes | None:
        """What else is known of the approach, when it is news; the place goes off the map if it was on it."""
        if self._placeless.get(courier_id) == body:
            return None
        self._hide(courier_id)
        self._placeless[courier_id] = body
        return body

    def _hide(self, courier_id: str) -> bytes | None:
        shown, placeless = self._shown.get(courier_id), self._placeless.pop(courier_id, None)
        if shown is not None and shown.state is not Freshness.HIDDEN:
            self._shown[courier_id] = Look(shown.position, Freshness.HIDDEN)
        elif placeless is None:
            return None
        known_as = self._watch.hub.renderer.known_as(courier_id, self._watch.viewer)
        return frames.position(frames.position_body(None, Freshness.HIDDEN, known_as))
