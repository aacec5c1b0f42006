"""Watches: async iterators over what happens, which reconnect and resume by themselves."""

from __future__ import annotations

from collections.abc import Callable
from types import TracebackType
from typing import TYPE_CHECKING, Generic, Protocol, Self, TypeVar

import grpc
from doorstep.continuity import Admission, Continuity, FleetContinuity
from doorstep.errors import DoorstepError
from doorstep.line import Line, Metadata
from doorstep.stubs import Stubs
from doorstep.tracking.v1.live_service_pb2 import (
    FleetUpdate,
    Gap,
    GoAway,
    WatchFleetRequest,
    WatchOrderRequest,
    WatchParcelsRequest,
    WatchUpdate,
)

if TYPE_CHECKING:
    from typing import Any

    from grpc.aio import UnaryStreamCall

_Shown = TypeVar("_Shown")


class Dialler(Protocol[_Shown]):
    """Opens one call of a watch."""

    def dial(self, stubs: Stubs, metadata: Metadata) -> UnaryStreamCall[Any, _Shown]: ...


class Watch(Generic[_Shown]):
    """An async iterator that goes on until it is closed, or until the server says what no new link can mend (a
    DoorstepError such as NotFound).

    Leaving it cancels the call on the server: `aclose`, `async with`, or letting go of it, as a `break` out of
    `async for update in client.watch_order(...)` does. A timeout or cancellation around one step loses nothing: the
    next resumes.
    """

    def __init__(self, open_line: Callable[[Dialler[_Shown]], Line[_Shown]], cursor: Dialler[_Shown]) -> None:
        self._line = open_line(cursor)

    async def __anext__(self) -> _Shown:
        while True:
            shown = self._judge(await self._line.read())
            if shown is not None:
                return shown

    def __aiter__(self) -> Self:
        return self

    async def aclose(self) -> None:
        """Cancels the call at once; a step that is waiting ends with StopAsyncIteration."""
        self._line.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.aclose()

    def __del__(self) -> None:
        # gRPC never lets go of a call that was dropped without being cancelled.
        if hasattr(self, "_line"):
            self._line.abandon()

    def _judge(self, message: _Shown) -> _Shown | None:
        raise NotImplementedError


def pause_of(notice: GoAway) -> float | None:
    """Seconds for which the server does not want to be called; None when it did not say."""
    return max(0.0, notice.retry_after.ToMilliseconds() / 1000) if notice.HasField("retry_after") else None


class Cursor:
    """Where a watch of orders or parcels stands; opens the call that goes on from there."""

    def __init__(self, request: WatchOrderRequest | WatchParcelsRequest) -> None:
        self._request = request
        self.token = request.resume_token
        self.continuity = Continuity()

    def dial(self, stubs: Stubs, metadata: Metadata) -> UnaryStreamCall[Any, WatchUpdate]:
        self.continuity.link_opened()
        self._request.resume_token = self.token
        if isinstance(self._request, WatchOrderRequest):
            return stubs.live.WatchOrder(self._request, metadata=metadata)
        return stubs.live.WatchParcels(self._request, metadata=metadata)


class ParcelWatch(Watch[WatchUpdate]):
    """What `watch_order` and `watch_parcels` answer. Yields snapshots, changes, positions, gaps and link states;
    heartbeats and the server's notices of leaving it keeps to itself."""

    def __init__(self, open_line: Callable[[Dialler[WatchUpdate]], Line[WatchUpdate]], cursor: Cursor) -> None:
        self._cursor = cursor
        super().__init__(open_line, cursor)

    @property
    def resume_token(self) -> str:
        """Opens a watch that continues after what was yielded last, in this process or another."""
        return self._cursor.token

    def _judge(self, message: WatchUpdate) -> WatchUpdate | None:
        if message.HasField("go_away"):
            self._keep_token(message)
            self._line.leave(pause_of(message.go_away))
            return None
        match self._cursor.continuity.admit(message):
            case Admission.SHOW:
                self._keep_token(message)
                return message
            case Admission.HOLE:
                return self._mend_hole(message)
        # A repeated change may carry an older token, a heartbeat never does.
        if message.HasField("heartbeat"):
            self._keep_token(message)
        return None

    def _mend_hole(self, message: WatchUpdate) -> WatchUpdate | None:
        """Asks again from before the hole; if it is still there, says so and asks for a fresh snapshot."""
        self._line.drop(
            DoorstepError(grpc.StatusCode.DATA_LOSS, f"A change before revision {message.change.revision} is missing.")
        )
        if not self._cursor.continuity.hole_repeats:
            return None
        self._cursor.token = ""
        self._cursor.continuity.forget_revisions()
        return WatchUpdate(sent_time=message.sent_time, gap=Gap())

    def _keep_token(self, message: WatchUpdate) -> None:
        self._cursor.token = message.resume_token or self._cursor.token


class FleetCursor:
    """Opens a fleet watch, each time from the start: it has no resume token."""

    def __init__(self, request: WatchFleetRequest) -> None:
        self._request = request
        self.continuity = FleetContinuity()

    def dial(self, stubs: Stubs, metadata: Metadata) -> UnaryStreamCall[Any, FleetUpdate]:
        self.continuity.link_opened()
        return stubs.live.WatchFleet(self._request, metadata=metadata)


class FleetWatch(Watch[FleetUpdate]):
    """What `watch_fleet` answers. Couriers that left the map while the link was down are in `left_courier_ids` of the
    first frame after it. The server's notices of leaving it keeps to itself."""

    def __init__(self, open_line: Callable[[Dialler[FleetUpdate]], Line[FleetUpdate]], cursor: FleetCursor) -> None:
        self._continuity = cursor.continuity
        super().__init__(open_line, cursor)

    def _judge(self, message: FleetUpdate) -> FleetUpdate | None:
        if message.HasField("go_away"):
            self._line.leave(pause_of(message.go_away))
            return None
        return message if self._continuity.admit(message) is Admission.SHOW else None
