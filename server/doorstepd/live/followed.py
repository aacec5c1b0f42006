"""The couriers that one watch follows: because of which parcels, who moved, and what was shown of each."""

from typing import Protocol

from doorstepd.live import frames
from doorstepd.live.board import Board
from doorstepd.live.host import Host
from doorstepd.live.ports import Viewer
from doorstepd.live.position import Freshness
from doorstepd.live.sights import Look, Sight, Update
from doorstepd.live.topics import CourierTopic, ParcelTopic


class Owner(Protocol):
    """The watch that follows couriers, as far as they must know. `followed` are they themselves."""

    viewer: Viewer
    hub: Host
    board: Board
    followed: "Followed"

    def offer(self) -> None:
        """Somebody is in `followed.moved` who was not."""
        ...


class Followed:
    """`moved` are those of whom the watch has not been told the newest, longest waiting first."""

    __slots__ = ("_by_courier", "_by_parcel", "_watch", "moved")

    def __init__(self, watch: Owner) -> None:
        self.moved: dict[Following, None] = {}
        self._watch = watch
        self._by_courier: dict[str, Following] = {}
        self._by_parcel: dict[str, Following] = {}

    def follow(self, topic: ParcelTopic) -> None:
        """Follows whoever brings the parcel now, and nobody when it is not out for delivery."""
        wanted = topic.head.courier_id if topic.head.live and self._watch.viewer.may_see(topic.head) else None
        current = self._by_parcel.get(topic.id)
        if current is not None and wanted != current.courier_id:
            del self._by_parcel[topic.id]
            current.leave(topic)
            self.moved[current] = None
            current = None
        if wanted is not None:
            self.moved[current or self._join(topic, wanted)] = None

    def clear(self) -> None:
        """Follows nobody; whoever was shown has to be hidden, or shown again."""
        for following in self._by_courier.values():
            following.leave_all()
            self.moved[following] = None
        self._by_parcel.clear()

    def end(self) -> None:
        """Lets go of the watch, which knows these: what ends must not be a circle (see `doors.collector`)."""
        self.moved.clear()
        self._by_courier.clear()
        del self._watch

    def next_update(self) -> bytes | None:
        """What is newest of the next who moved, where it is news; None when there is nothing new of anybody."""
        moved = self.moved
        while moved:
            following = next(iter(moved))
            del moved[following]
            update = following.news()
            if following.over:
                self._by_courier.pop(following.courier_id, None)
            if update is not None:
                return update
        return None

    def _join(self, topic: ParcelTopic, courier_id: str) -> "Following":
        following = self._by_courier.get(courier_id)
        if following is None:
            following = self._by_courier[courier_id] = Following(self._watch, courier_id)
        following.join(topic)
        self._by_parcel[topic.id] = following
        return following


class Following:
    """One courier. What was shown of him outlasts the parcels for which he is followed: he has to be hidden then."""

    __slots__ = ("_courier", "_placeless", "_shown", "_sight", "_sights", "_watch", "courier_id")

    def __init__(self, watch: Owner, courier_id: str) -> None:
        self.courier_id = courier_id
        self._watch = watch
        self._courier: CourierTopic | None = None
        self._sights: dict[ParcelTopic, Sight] = {}
        self._sight: Sight | None = None  # the only one, as it mostly is
        self._shown: Look | None = None
        self._placeless: bytes | None = None

    @property
    def over(self) -> bool:
        """Whether there is no parcel left to follow him for, and nothing of him left to hide."""
        return self._courier is None and self._placeless is None and not self._is_shown

    def join(self, topic: ParcelTopic) -> None:
        """One parcel more."""
        self._sights[topic] = topic.sight(self._watch.viewer, self._watch.hub.renderer)
        self._look_through()
        if self._courier is None:
            self._courier = self._watch.board.join_courier(self.courier_id, self)

    def leave(self, topic: ParcelTopic) -> None:
        """One parcel less."""
        del self._sights[topic]
        self._look_through()
        if not self._sights:
            self.leave_all()

    def leave_all(self) -> None:
        """No parcel any more."""
        self._sights.clear()
        self._look_through()
        if self._courier is not None:
            self._watch.board.leave_courier(self._courier, self)
            self._courier = None

    def moved(self) -> None:
        """He has a newer position, or an older look."""
        watch = self._watch
        waiting = watch.followed.moved
        if self in waiting:
            watch.hub.counters.conflated += 1
        else:
            waiting[self] = None
            watch.offer()

    def news(self) -> bytes | None:
        """The newest position if it tells more than what was shown; that it is hidden, if it was not."""
        look = self._courier.look if self._courier is not None else None
        if look is None or look.state is Freshness.HIDDEN:
            return self._hide()
        update = self._sight.of(look) if self._sight is not None else self._joined(look)
        if update is None:
            return self._hide()
        body, has_place = update
        if not has_place:
            return self._without_place(body)
        if self._shown is not None and not look.tells_more_than(self._shown):
            return None
        self._shown = look
        self._placeless = None
        self._watch.hub.counters.positions += 1
        return body

    def _look_through(self) -> None:
        self._sight = next(iter(self._sights.values())) if len(self._sights) == 1 else None

    def _joined(self, look: Look) -> Update | None:
        seen = [sight.seen(look) for sight in self._sights.values()]
        return look.joined(seen, self._watch.viewer, self._watch.hub.renderer)

    @property
    def _is_shown(self) -> bool:
        return self._shown is not None and self._shown.state is not Freshness.HIDDEN

    def _without_place(self, body: bytes) -> bytes | None:
        """What else is known of the approach, when it is news; the place goes off the map if it was on it."""
        if self._placeless == body:
            return None
        self._hide()
        self._placeless = body
        return body

    def _hide(self) -> bytes | None:
        placeless, self._placeless = self._placeless, None
        if self._is_shown and self._shown is not None:
            self._shown = Look(self._shown.position, Freshness.HIDDEN)
        elif placeless is None:
            return None
        known_as = self._watch.hub.renderer.known_as(self.courier_id, self._watch.viewer)
        return frames.field(frames.POSITION, frames.position_body(None, Freshness.HIDDEN, known_as))
