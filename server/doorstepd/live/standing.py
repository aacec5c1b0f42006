"""Where a watch stands: how far it has come, in which parcels, and what it still has to be told."""

from collections import deque
from collections.abc import Callable, Mapping, Sequence

from doorstepd.broadcast import Subscription
from doorstepd.live import frames, resume
from doorstepd.live.board import Board
from doorstepd.live.followed import Followed
from doorstepd.live.host import Host
from doorstepd.live.ports import Head, Line, Numbered, Targets, Viewer
from doorstepd.live.reader import Reader
from doorstepd.live.topics import OrderTopic, ParcelTopic


class Standing(Reader):
    """A reader with a place in the log. What comes next from there is for `Watch` to say.

    Nothing is queued for it: it only remembers which parcels have moved past what it sent (`moved`) and which couriers
    have (`followed`). It is part of the watch, not an object beside it, because every open page has one.
    """

    # More attributes than Python keeps in a shared table: without slots each watch would carry a dictionary of its own.
    __slots__ = (
        "_orders", "_parcels", "_token_field", "behind", "board", "cursors", "digest", "followed", "hub", "moved",
        "order_parcels", "prepared", "restart_reason", "retry_at", "targets", "wakes",
    )  # fmt: skip

    def __init__(
        self, hub: Host, viewer: Viewer, targets: Targets, on_stuck: Callable[[], None] | None, line: Line | None
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
        self._token_field: bytes | None = None
        self._parcels: dict[str, ParcelTopic] = {}
        self._orders: dict[str, OrderTopic] = {}
        self.moved: dict[ParcelTopic, None] = {}
        self.followed = Followed(self)
        self.behind: dict[str, deque[Numbered]] = {}
        self.restart_reason: int | None = None
        self.retry_at = 0.0

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

    # What it can say of it.

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
