"""What every open stream has: a reader that may be slow, leave, or have to go, each with a named fate."""

import asyncio
from collections.abc import Callable
from enum import StrEnum
from types import TracebackType
from typing import Self

from doorstepd import errors
from doorstepd.live.ports import Line, Viewer


class Fate(StrEnum):
    """Why a stream ended; the names are those of the counters."""

    LEFT = "left"
    SLOW = "slow"
    EXPIRED = "expired"
    SENT_AWAY = "sent_away"
    REVOKED = "revoked"
    FAILED = "failed"
    REFUSED = "refused"


class Reader:
    """One stream's reader: an asynchronous iterator of frames, inside `async with`.

    Opening and closing happen in `async with`, not in a generator, because a generator whose reader is gone is finished
    by the garbage collector in another task. The time between handing out a frame and being asked for the next is the
    time that the reader takes; when it takes too long, `on_stuck` is called, which by default cancels the task that
    opened the stream. `async with` turns that cancellation into `errors.SlowReader`, also when it arrives as the
    closing of a generator that was waiting at its `yield` while the door was stuck in sending.

    Quick frames, of which there are most, go by the door's line where it has one, so that nobody has to be woken up for
    them: from the first frame on that the door has sent, and while nothing else is to be said.
    """

    __slots__ = (
        "_begun", "_cut", "_end", "_handed_at", "_leaving", "_line", "_loop", "_on_stuck", "_posted_at", "_task",
        "_waiter", "_waits_for_line", "attention", "fate", "heartbeat_due", "last_sent", "viewer",
    )  # fmt: skip

    def __init__(self, viewer: Viewer, on_stuck: Callable[[], None] | None, line: Line | None = None) -> None:
        self.viewer = viewer
        self.fate = Fate.LEFT
        self.last_sent = 0.0
        self.heartbeat_due = False
        self.attention = True
        self._handed_at: float | None = None
        self._posted_at = 0.0
        self._begun = False
        self._line = line
        self._waits_for_line = False
        self._loop = asyncio.get_running_loop()
        self._on_stuck = on_stuck
        self._task: asyncio.Task[object] | None = None
        self._waiter: asyncio.Future[None] | None = None
        self._end: Exception | None = None
        self._leaving = False
        self._cut = False

    async def open(self) -> None:
        """Takes the reader in. May raise refusals."""
        raise NotImplementedError

    def close(self, fate: Fate) -> None:
        """Forgets the reader; called once."""
        raise NotImplementedError

    async def next_frame(self) -> bytes | None:
        """The next frame, whatever it is about; None when there is none now. Called after `wake`."""
        raise NotImplementedError

    def quick_frame(self) -> bytes | None:
        """The next frame of the kind that there are most of, found without waiting. Called when nothing else is due."""
        return None

    @property
    def quick_waits(self) -> bool:
        """Whether `quick_frame` may have one."""
        return False

    @property
    def ready(self) -> bool:
        """Whether something waits that `wake` was not called for, or was called for too early."""
        return self.heartbeat_due

    async def __aenter__(self) -> Self:
        self._task = asyncio.current_task()
        try:
            await self.open()
        except BaseException as error:
            self.close(Fate.REFUSED if isinstance(error, errors.Refusal) else Fate.FAILED)
            raise
        self.last_sent = self._loop.time()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self.fate is Fate.LEFT and isinstance(error, Exception):
            self.fate = Fate.FAILED
        self.close(self.fate)
        end, self._end = self._end, None  # once raised it knows this reader: see `doors.collector`
        if self._cut and end is not None and isinstance(error, asyncio.CancelledError | GeneratorExit):
            if self._on_stuck is None and self._task is not None:
                self._task.uncancel()
            try:
                raise end from None
            finally:
                del end

    def __aiter__(self) -> Self:
        return self

    @property
    def unread_since(self) -> float | None:
        """When the frame went out that the reader has not taken yet, in the event loop's time; None when he has."""
        if self._handed_at is None and self._line is not None and self._line.busy:
            return self._posted_at
        return self._handed_at

    async def __anext__(self) -> bytes:
        self._begun = self._begun or self._handed_at is not None
        self._handed_at = None
        while True:
            frame = await self._attend() if self.attention else None
            if frame is None and not self.attention:
                frame = self._quick_frame()
                if frame is None:
                    self._waiter = self._loop.create_future()
                    await self._waiter
            if frame is not None:
                self.last_sent = self._handed_at = self._loop.time()
                return frame

    def _quick_frame(self) -> bytes | None:
        """A quick frame for the task to hand out; none where the line takes them."""
        if self._line is None or not self._begun:
            return self.quick_frame()
        self._post(self._line)
        return None

    def _post(self, line: Line) -> None:
        """Sends what is quick by the line: a frame now, and whatever is newest then when it is free again."""
        try:
            if not line.busy and (frame := self.quick_frame()) is not None:
                self.last_sent = self._posted_at = self._loop.time()
                line.post(frame)
        except Exception as error:
            self.end(Fate.FAILED, error)  # raised where the stream is read: it is nobody else's trouble
            return
        if self.quick_waits and not self._waits_for_line:
            self._waits_for_line = True
            line.when_free(self._line_is_free)

    def _line_is_free(self) -> None:
        self._waits_for_line = False
        self.offer()

    async def _attend(self) -> bytes | None:
        self.attention = False
        if self._end is not None:
            raise self._end
        frame = await self.next_frame()
        if frame is not None:
            # There may be more to say: only a look that finds nothing ends the attention.
            self.attention, self.heartbeat_due = True, False
        return frame

    def wake(self) -> None:
        """Has the reader look at everything again."""
        self.attention = True
        self._hurry()

    def offer(self) -> None:
        """Sends what is quick, unless the reader is at work and will see for itself."""
        waiter = self._waiter
        if waiter is None or waiter.done():
            return
        if self._line is None or not self._begun:
            waiter.set_result(None)
        else:
            self._post(self._line)

    def _hurry(self) -> None:
        """Has a waiting reader go on."""
        waiter = self._waiter
        if waiter is not None and not waiter.done():
            waiter.set_result(None)

    def end(self, fate: Fate, error: Exception) -> None:
        """Ends the stream with this error instead of its next frame."""
        if self._end is None:
            self.fate, self._end = fate, error
            self.wake()

    def cut(self) -> None:
        """Ends a stream whose reader does not take what it was given."""
        if self._cut:
            return
        self._cut = True
        self.end(Fate.SLOW, errors.SlowReader())
        if self._on_stuck is not None:
            self._on_stuck()
        elif self._task is not None:
            self._task.cancel()

    def send_away(self) -> None:
        """Ends the stream kindly: a word about when to come back, then its end without error."""
        self._leaving = True
        self.wake()
