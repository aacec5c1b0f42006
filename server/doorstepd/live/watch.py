"""One watch: it begins, hands out the next frame whatever that is about, and ends."""

from collections.abc import Callable

from doorstepd.live import frames
from doorstepd.live.catching_up import next_status
from doorstepd.live.host import Host
from doorstepd.live.opening import open_watch
from doorstepd.live.ports import Line, Targets, Viewer
from doorstepd.live.reader import Fate
from doorstepd.live.standing import Standing


class Watch(Standing):
    """Frames are serialised `WatchUpdate` messages.

    A status is taken from the log at the watch's own revision, so none is skipped; a position is whatever is newest
    when the reader asks, so a slow one simply sees fewer.
    """

    __slots__ = ("_token", "_told_degraded")

    def __init__(
        self,
        hub: Host,
        viewer: Viewer,
        targets: Targets,
        token: str,
        on_stuck: Callable[[], None] | None,
        line: Line | None,
    ) -> None:
        super().__init__(hub, viewer, targets, on_stuck, line)
        self._token = token
        self._told_degraded = False

    async def open(self) -> None:
        self.hub.admit(self)
        self.board = self.hub.board(self.viewer.merchant_id)
        async with self.hub.turn():
            await open_watch(self, self._token)

    def close(self, fate: Fate) -> None:
        self.detach()
        self.followed.end()
        if self.wakes is not None:
            self.wakes.release()
            self.wakes = None
        self.hub.dismiss(self, fate)

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
