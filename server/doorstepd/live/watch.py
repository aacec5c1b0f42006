"""One watch: how far it has come, what it still has to be told, and the next frame for it."""

from collections import deque
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

import structlog

from doorstepd.broadcast import Subscription
from doorstepd.live import frames, resume
from doorstepd.live.board import Board
from doorstepd.live.catching_up import next_status
from doorstepd.live.followed import Followed
from doorstepd.live.opening import open_watch
from doorstepd.live.ports import Head, Line, Numbered, Targets, Viewer
from doorstepd.live.reader import Fate, Reader
from doorstepd.live.topics import OrderTopic, ParcelTopic

if TYPE_CHECKING:
    from doorstepd.live.hub import Hub

log = structlog.get_logger(__name__)


class Watch(Reader):
    """Frames are serialised `WatchUpdate` messages.

    Nothing is queued for a reader: a watch only remembers which parcels have moved past what it sent (`moved`) and
    which couriers have (`followed`). A status is then taken from the log at the watch's own revision, so none is
    skipped; a position is whatever is newest when the reader asks, so a slow one simply sees fewer.
    """

    # More attributes than Python keeps in a shared table: without slots each watch would carry a dictionary of its own.
    __slots__ = (
        "_orders",
        "_parcels",
        "_token",
        "_token_field",
        "_told_degraded",
        "behind",
        "board",
        "cursors",
        "digest",
        "followed",
        "hub",
        "moved",
        "order_parcels",
        "prepared",
        "restart_reason",
        "retry_at",
        "targets",
        "wakes",
    )  # fmt: skip

    def __init__(
        self,
        hub: "Hub",
        viewer: Viewer,
        targets: Targets,
        token: str,
        on_stuck: Callable[[], None] | None,
        line: Line | None,
    ) -> None:
        super().__init__(viewer, on_stuck, line)
        self.hub = hub
        self.targets = targets
        self.board: Board
        self.digest = resume.digest(viewer.merchant_id, targets)
        self.order_parcels: list[list[str]] = []
        self.cursors: dict[str, int] = {}
        self.prepared: list[bytes] = []  # two at most; an empty deque takes 600 bytes
        self.wakes: Subscription | None = None
        self._token = token
        self._token_field: bytes | None = None
        self._parcels: dict[str, ParcelTopic] = {}
        self._orders: dict[str, OrderTopic] = {}
        self.moved: dict[ParcelTopic, None] = {}
        self.followed = Followed(self)
        self.behind: dict[str, deque[Numbered]] = {}
        self.restart_reason: int | None = None
        self.retry_at = 0.0
        self._told_degraded = False

    async def open(self) -> None:
        self.hub.admit(self)
        self.board = self.hub.board(self.viewer.merchant_id)
        await open_watch(self, self._token)

    def close(self, fate: Fate) -> None:
        self.detach()
        if self.wakes is not None:
            self.wakes.release()
            self.wakes = None
        self.hub.dismiss(self, fate)

    # What topics tell it.

    def parcel_moved(self, topic: ParcelTopic) -> None:
        """The log of a parcel goes further, or who brings it has changed."""
        self.moved[topic] = None
        self.followed.follow(topic)
        self.wake()

    def order_grew(self, order_id: str, parcels: Sequence[str], heads: Mapping[str, Head]) -> None:
        """An order has these parcels now; new ones are told from their first change on."""
        for place, watched in enumerate(self.targets.orders):
            if watched == order_id:
                known = set(self.order_parcels[place])
                self.order_parcels[place] += [parcel for parcel in parcels if parcel not in known]
        for parcel in parcels:
            if parcel not in self.cursors:
                self.attach(parcel, 0, heads[parcel])
        self._token_field = None
        self.wake()

    def must_restart(self, reason: int) -> None:
        """What was sent may not be a beginning of what the log holds now."""
        self.restart_reason = reason
        self.wake()

    # What it watches.

    def place(
        self, lists: Sequence[Sequence[str]], cursors: Mapping[str, int], heads: Mapping[str, Head], *, fresh: bool
    ) -> None:
        """Stands at these revisions of these parcels; `lists` are those of the watched orders, in order."""
        self.detach()
        self.order_parcels = [list(parcels) for parcels in lists]
        for parcel, cursor in cursors.items():
            self.attach(parcel, cursor, heads[parcel])
        for order_id, parcels in zip(self.targets.orders, lists, strict=True):
            self._orders[order_id] = self.board.join_order(order_id, parcels, self)
        self._token_field = None
        if not fresh:
            self.hub.counters.resumed += 1

    def attach(self, parcel_id: str, cursor: int, head: Head) -> None:
        """Watches one parcel from this revision on."""
        topic = self._parcels[parcel_id] = self.board.join_parcel(parcel_id, head, self)
        self.cursors[parcel_id] = cursor
        if topic.head.revision > cursor:
            self.moved[topic] = None
        self.followed.follow(topic)

    def detach(self) -> None:
        """Watches nothing."""
        for order in self._orders.values():
            self.board.leave_order(order, self)
        for topic in self._parcels.values():
            self.board.leave_parcel(topic, self)
        for table in (self._orders, self._parcels, self.cursors, self.moved, self.behind):
            table.clear()
        self.followed.clear()

    # What comes next.

    async def next_frame(self) -> bytes | None:
        if self.prepared:
            return self.prepared.pop(0)
        if self._leaving:
            self.end(Fate.SENT_AWAY, StopAsyncIteration())
            return self.frame(frames.go_away(self.hub.return_delay()))
        if self._told_degraded != self.hub.degraded:
            self._told_degraded = self.hub.degraded
            return self.frame(frames.link_state(degraded=self._told_degraded))
        if self._statuses_wait:
            frame = await next_status(self)
            if frame is not None or self.prepared:
                return frame or self.prepared.pop(0)
        if self.heartbeat_due and not self.followed.moved:
            self.hub.counters.heartbeats += 1
            return self.frame(frames.HEARTBEAT)
        return None

    def quick_frame(self) -> bytes | None:
        update = self.followed.next_update()
        return None if update is None else self.frame(update)

    @property
    def quick_waits(self) -> bool:
        return bool(self.followed.moved)

    @property
    def ready(self) -> bool:
        return self.heartbeat_due or self._statuses_wait

    @property
    def _statuses_wait(self) -> bool:
        return bool(self.moved or self.restart_reason is not None) and self._loop.time() >= self.retry_at

    @property
    def token(self) -> str:
        """Opens a watch that goes on after what was sent so far."""
        progress = resume.progress_of(self.hub.epoch, self.order_parcels, self.targets.parcels, self.cursors)
        return resume.encode(progress, self.digest)

    def frame(self, update: bytes) -> bytes:
        """A whole message around one update."""
        token = self._token_field
        if token is None:
            token = self._token_field = frames.resume_token(self.token)
        hub = self.hub
        hub.counters.frames += 1
        return update + token + hub.stamp()

    def sent(self, topic: ParcelTopic, revision: int) -> None:
        """Has come this far in a parcel."""
        self.cursors[topic.id] = revision
        self._token_field = None
        self.hub.counters.changes += 1

    def retry_later(self) -> None:
        """Leaves statuses alone for a moment; the sweep asks again."""
        self.retry_at = self._loop.time() + self.hub.limits.retry
