"""Sending a courier's positions: what was not acknowledged is sent again after the link broke."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterable, Callable
from contextlib import suppress
from dataclasses import dataclass, field
from types import TracebackType
from typing import TYPE_CHECKING, Self

import grpc
import grpc.aio
from doorstep.connection import Connection
from doorstep.credentials import Tokens
from doorstep.errors import DoorstepError
from doorstep.line import LINK_SILENT, Line, Metadata, OnState, StateChange, WatchSettings, WatchState
from doorstep.outbound import OutboundFixes
from doorstep.retries import Backoff
from doorstep.stubs import Stubs
from doorstep.tracking.v1.courier_pb2 import PositionFix
from doorstep.tracking.v1.ingest_service_pb2 import ReportPositionsRequest, ReportPositionsResponse
from doorstep.watch import pause_of

if TYPE_CHECKING:
    from grpc.aio import StreamStreamCall

    Call = StreamStreamCall[ReportPositionsRequest, ReportPositionsResponse]


@dataclass(frozen=True, slots=True)
class ReportSettings:
    """How many fixes are kept while there is no link, and how long an acknowledgement may take."""

    capacity: int = 5_000
    acknowledge_seconds: float = 20.0
    settled_seconds: float = 5.0
    backoff: Backoff = field(default_factory=Backoff)


class PositionReport:
    """What `report_positions` answers: an async iterator of acknowledgements, which ends when the source has ended and
    every fix was acknowledged. Iterate it: fixes go out only as fast as acknowledgements are read.

    A source that is faster than the link is held back while there is one. While there is none the newest `capacity`
    fixes are kept; `dropped` counts the others. What the source raises is raised here, after the last acknowledgement.
    """

    def __init__(
        self,
        connection: Connection,
        tokens: Tokens,
        settings: ReportSettings,
        source: AsyncIterable[PositionFix],
        courier_id: str,
        on_state: OnState | None,
    ) -> None:
        self._loop = asyncio.get_running_loop()
        self._sending = _Sending(settings, source, courier_id, on_state)
        self._line = Line(
            connection,
            tokens,
            WatchSettings(None, settings.settled_seconds, settings.backoff),
            self._sending.dial,
            self._sending.on_state,
        )
        self._sending.line = self._line

    @property
    def dropped(self) -> int:
        """Fixes that were given up for lack of room."""
        return self._sending.fixes.dropped

    @property
    def unacknowledged(self) -> int:
        """Fixes that the server has not confirmed yet."""
        return len(self._sending.fixes)

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> ReportPositionsResponse:
        self._sending.start()
        try:
            while not self._sending.done:
                acknowledgement = await self._line.read()
                if acknowledgement.HasField("go_away"):
                    self._line.leave(pause_of(acknowledgement.go_away))
                elif self._sending.acknowledged(acknowledgement):
                    return acknowledgement
        except StopAsyncIteration:
            if not self._sending.done:
                raise
        except DoorstepError:
            self._sending.stop()
            raise
        # The last acknowledgement was handed out; what is left is for the server to end the stream as it was asked to.
        with suppress(StopAsyncIteration):
            await self._line.read()
        self._sending.stop()
        self._sending.raise_source_failure()
        raise StopAsyncIteration

    async def aclose(self) -> None:
        """Cancels the call at once and stops reading the source."""
        self._sending.stop()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.aclose()

    def __del__(self) -> None:
        if hasattr(self, "_sending"):
            with suppress(RuntimeError):
                self._loop.call_soon_threadsafe(self._sending.stop)


class _Sending:
    """The side that writes: one task reads the source, one for each link sends. Both outlive any one acknowledgement,
    so neither may hold the PositionReport."""

    def __init__(
        self, settings: ReportSettings, source: AsyncIterable[PositionFix], courier_id: str, on_state: OnState | None
    ) -> None:
        self.fixes = OutboundFixes(settings.capacity)
        self.line: Line[ReportPositionsResponse] | None = None
        self._acknowledge_seconds = settings.acknowledge_seconds
        self._source = source
        self._courier_id = courier_id
        self._tell = on_state
        self._changed = asyncio.Event()
        self._link_is_down = False
        self._source_ended = False
        self._source_failure: Exception | None = None
        self._reader: asyncio.Task[None] | None = None
        self._sender: asyncio.Task[None] | None = None
        self._watchdog: asyncio.TimerHandle | None = None

    @property
    def done(self) -> bool:
        """The source has ended and everything that it gave was acknowledged."""
        return self._source_ended and not len(self.fixes)

    def start(self) -> None:
        if self._reader is None:
            self._reader = asyncio.create_task(self._read_source())

    def stop(self) -> None:
        """Ends both tasks and the line. May be repeated."""
        for task in (self._reader, self._sender):
            if task is not None:
                task.cancel()
        self._calm()
        if self.line is not None:
            self.line.close()

    def dial(self, stubs: Stubs, metadata: Metadata) -> Call:
        """Opens a call and starts sending on it, first of all what the call before it left unacknowledged."""
        if self._sender is not None:
            self._sender.cancel()
        self.fixes.link_lost()
        call = stubs.ingest.ReportPositions(metadata=metadata)
        self._sender = asyncio.create_task(self._send(call))
        return call

    def on_state(self, change: StateChange) -> None:
        self._link_is_down = change.state is not WatchState.LIVE
        if self._link_is_down:
            self._calm()
        self._changed.set()
        if self._tell is not None:
            self._tell(change)

    def acknowledged(self, message: ReportPositionsResponse) -> bool:
        """Takes an acknowledgement; False if it is none of ours."""
        known = self.fixes.acknowledge(message.batch_id)
        self._calm()
        if self.fixes.awaits_acknowledgement:
            self._expect_answer()
        self._changed.set()
        return known

    def raise_source_failure(self) -> None:
        if self._source_failure is not None:
            raise self._source_failure

    async def _read_source(self) -> None:
        try:
            async for fix in self._source:
                await self._until(lambda: self._link_is_down or not self.fixes.is_full)
                self.fixes.add(fix)
                self._changed.set()
        except Exception as failure:
            self._source_failure = failure
        self._source_ended = True
        self._changed.set()

    async def _send(self, call: Call) -> None:
        courier_id = self._courier_id
        # A call that ends while it is written to is noticed, and explained, by whoever reads it.
        with suppress(grpc.aio.AioRpcError, grpc.aio.UsageError, asyncio.InvalidStateError):
            while True:
                await self._until(lambda: self.fixes.can_send or self.done)
                if self.done:
                    break
                batch = self.fixes.next_batch()
                self._expect_answer()
                await call.write(
                    ReportPositionsRequest(courier_id=courier_id, fixes=batch.fixes, batch_id=batch.batch_id)
                )
                courier_id = ""
            if self.line is not None:
                self.line.finish()
            self._expect_answer()
            await call.done_writing()

    async def _until(self, holds: Callable[[], bool]) -> None:
        while not holds():
            self._changed.clear()
            await self._changed.wait()

    def _expect_answer(self) -> None:
        """Gives the link up unless something is acknowledged in time; the oldest message counts."""
        if self._watchdog is None:
            loop = asyncio.get_running_loop()
            self._watchdog = loop.call_later(self._acknowledge_seconds, self._give_up)

    def _calm(self) -> None:
        if self._watchdog is not None:
            self._watchdog.cancel()
            self._watchdog = None

    def _give_up(self) -> None:
        self._watchdog = None
        if self.line is not None:
            self.line.fail(
                DoorstepError(
                    grpc.StatusCode.UNAVAILABLE,
                    f"Nothing was acknowledged for {self._acknowledge_seconds:g} s.",
                    reason=LINK_SILENT,
                )
            )
