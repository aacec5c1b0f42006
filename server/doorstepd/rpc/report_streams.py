"""The report streams that are open in this process: how many a courier may hold, and when one of them has to end."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from types import TracebackType
from typing import Any, NoReturn, Self

from doorstepd import metrics
from doorstepd.access.callers import Caller
from doorstepd.errors import Refusal, Superseded, TokenExpired, Unauthenticated, Unavailable
from doorstepd.live.ports import Credentials

MOST_OF_A_COURIER = 4
"""A phone that reconnects leaves half-open streams behind that look like live ones; the newest is the phone's."""
_LOOK_EVERY_S = 0.5

Whose = tuple[str, str]
"""Merchant and courier."""


class ReportStream:
    """One phone's messages: an asynchronous iterator inside `async with`.

    It ends after the last message, or early when the phone is to come back later (`leaving`); it raises the refusal
    with which it was ended. A message that is being worked on is finished and acknowledged first.
    """

    __slots__ = ("_end", "_messages", "_streams", "_task", "_waiting", "caller", "leaving", "whose")

    def __init__(self, streams: "ReportStreams", caller: Caller, messages: AsyncIterator[Any]) -> None:
        self.caller = caller
        self.leaving = False
        self.whose: Whose | None = None
        self._streams = streams
        self._messages = messages
        self._task: asyncio.Task[Any] | None = None
        self._end: Refusal | None = None
        self._waiting = False

    async def __aenter__(self) -> Self:
        self._task = asyncio.current_task()
        self._streams.take_in(self)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._streams.let_go(self)

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> Any:
        if self.over:
            return self._say_why()
        self._waiting = True
        try:
            return await anext(self._messages)
        except asyncio.CancelledError:
            # The caller may have left at the same moment: his cancellation is not ours to take back.
            if not self.over or self._task is None or self._task.uncancel():
                raise
        finally:
            self._waiting = False
        return self._say_why()

    @property
    def over(self) -> bool:
        """Whether it has been told to end."""
        return self.leaving or self._end is not None

    def end(self, refusal: Refusal) -> None:
        """Ends it with this refusal."""
        if not self.over:
            self._end = refusal
            self._hurry()

    def send_away(self) -> None:
        """Ends it kindly; whoever iterates has the last word."""
        if not self.over:
            self.leaving = True
            self._hurry()

    def _hurry(self) -> None:
        if self._waiting and self._task is not None:
            self._task.cancel()

    def _say_why(self) -> NoReturn:
        raise self._end or StopAsyncIteration


class ReportStreams:
    """Ends streams whose token expired or was withdrawn, idle ones too, and the oldest of a courier with too many.

    `return_delay` gives the seconds after which somebody who is sent away should come back.
    """

    def __init__(
        self, credentials: Credentials, return_delay: Callable[[], float], clock: Callable[[], float] = time.time
    ) -> None:
        self.return_delay = return_delay
        self._credentials = credentials
        self._generation = 0
        self._clock = clock
        self._open: dict[ReportStream, None] = {}
        self._of_courier: dict[Whose, dict[ReportStream, None]] = {}
        self._draining = False
        self._nobody_left = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begins to look after them."""
        self._task = asyncio.create_task(self._look_after_all(), name="report-streams")

    async def stop(self) -> None:
        """Looks after them no longer."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    def open(self, caller: Caller, messages: AsyncIterator[Any]) -> ReportStream:
        """A stream; entering it raises Unavailable while draining, and Unauthenticated for a withdrawn credential."""
        return ReportStream(self, caller, messages)

    def belongs_to(self, stream: ReportStream, courier_id: str) -> None:
        """Counts a stream for its courier. Of more than he may hold the oldest ends."""
        if stream.whose is not None:
            return
        stream.whose = stream.caller.merchant_id, courier_id
        its = self._of_courier.setdefault(stream.whose, {})
        its[stream] = None
        alive = [one for one in its if not one.over]
        for one in alive[:-MOST_OF_A_COURIER]:
            one.end(Superseded())
            metrics.REPORT_STREAMS_ENDED.labels("superseded").inc()

    async def drain(self, timeout: float = 20.0) -> None:
        """Sends every phone away, and takes no new one."""
        self._draining = True
        for stream in self._open:
            stream.send_away()
        if self._open:
            self._nobody_left.clear()
            with suppress(TimeoutError):
                async with asyncio.timeout(timeout):
                    await self._nobody_left.wait()

    def take_in(self, stream: ReportStream) -> None:
        """Called by the stream."""
        if self._draining:
            raise Unavailable(retry_after=self.return_delay())
        if not self._credentials.stands(stream.caller.credential):
            raise Unauthenticated
        self._open[stream] = None
        metrics.REPORT_STREAMS.inc()

    def let_go(self, stream: ReportStream) -> None:
        """Called by the stream."""
        del self._open[stream]
        metrics.REPORT_STREAMS.dec()
        if not self._open:
            self._nobody_left.set()
        if stream.whose is not None:
            its = self._of_courier[stream.whose]
            del its[stream]
            if not its:
                del self._of_courier[stream.whose]

    async def _look_after_all(self) -> None:
        while True:
            await asyncio.sleep(_LOOK_EVERY_S)
            now = self._clock()
            generation = self._credentials.generation(now)
            withdrawn = generation != self._generation
            self._generation = generation
            for stream in self._open:
                if stream.caller.expires_at <= now:
                    stream.end(TokenExpired())
                elif withdrawn and not self._credentials.stands(stream.caller.credential):
                    stream.end(Unauthenticated())
                    metrics.REPORT_STREAMS_ENDED.labels("revoked").inc()
