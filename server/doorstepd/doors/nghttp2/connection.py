"""One HTTP/2 connection: bytes in, exchanges out; what exchanges write goes out once a turn of the event loop."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Any

import ngh2
import structlog

from doorstepd.doors.calls.headers import Raw
from doorstepd.doors.calls.status import has_left
from doorstepd.doors.nghttp2.exchange import Exchange
from doorstepd.doors.nghttp2.limits import Limits
from doorstepd.doors.nghttp2.scopes import Origin, scope_of
from doorstepd.doors.nghttp2.turn import Turn
from doorstepd.logs import describe_failure

log = structlog.get_logger(__name__)

Answer = Callable[[Exchange], Awaitable[None]]
"""Answers one request."""

_PING = b"doorstep"
_TOO_MANY_FIELDS = 431


class Connection(asyncio.Protocol):
    """Keeps itself among the `members` while it is open, and waits in `turn` to be flushed."""

    __slots__ = (
        "_answer", "_early", "_gone", "_http2", "_in_turn", "_limits", "_members", "_origin", "_paused", "_transport",
        "_turn", "_waiting", "begun_at", "exchanges", "heard_at", "paused_at",
        "pinged_at", "requests",
    )  # fmt: skip

    def __init__(self, answer: Answer, limits: Limits, members: set[Connection], turn: Turn) -> None:
        self.heard_at = self.begun_at = turn.loop.time()
        """When the other end was last heard, and when it came; in the event loop's time."""
        self.pinged_at: float | None = None
        """When it was asked whether it is there, while it has not answered."""
        self.paused_at: float | None = None
        """Since when the socket takes no more."""
        self.requests = 0
        self.exchanges: dict[int, Exchange] = {}
        self._answer = answer
        self._limits = limits
        self._members = members
        self._turn = turn
        self._http2 = ngh2.Connection(ngh2.Role.SERVER, limits.configuration)
        self._transport: asyncio.Transport
        self._origin: Origin
        self._waiting: dict[Exchange, None] = {}
        self._early: dict[int, None] = {}
        self._in_turn = False
        self._paused = False
        self._gone = False

    # What the transport tells it.

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Says how much the other end may send."""
        self._transport = transport  # type: ignore[assignment]  # of a socket, it is a Transport
        self._origin = Origin.of(transport)
        self._transport.set_write_buffer_limits(self._limits.write_buffer)
        self._members.add(self)
        self._http2.initiate_connection(self._limits.settings)
        self._http2.set_local_window_size(self._limits.connection_window)
        self.flush()

    def connection_lost(self, exc: Exception | None) -> None:
        """Ends every exchange."""
        self._gone = True
        self._members.discard(self)
        every, self.exchanges = self.exchanges, {}
        self._waiting.clear()
        for exchange in every.values():
            exchange.close()

    def pause_writing(self) -> None:
        """The socket takes no more: what is written stays where the newest can still win."""
        self._paused = True
        self.paused_at = self._turn.loop.time()

    def resume_writing(self) -> None:
        """The socket takes more."""
        self._paused = False
        self.paused_at = None
        self.flush()

    def data_received(self, data: bytes) -> None:
        """Takes frames in, and answers pings and the like at once."""
        self.heard_at = self._turn.loop.time()
        try:
            self._http2.receive_data(data)
        except ngh2.NGH2Error:
            self._transport.abort()
            return
        if events := self._http2.events():
            self._heed(events)
        self.flush()

    def eof_received(self) -> bool:
        """A caller who sends no more hears no more."""
        return False

    # What is asked of it from outside.

    def ping(self) -> None:
        """Asks whether the other end is there."""
        self.pinged_at = self._turn.loop.time()
        self._do(self._http2.ping, _PING)

    def leave(self) -> None:
        """Asks the other end to open its next streams elsewhere."""
        self._do(self._http2.send_shutdown_notice)

    def close(self) -> None:
        """Says goodbye and closes."""
        if not self._gone:
            with suppress(ngh2.NGH2Error):
                self._http2.terminate_connection()
            self.flush()
            self._transport.close()
            self._turn.loop.call_later(self._limits.ping, self.abort)  # who does not read never takes the goodbye

    def abort(self) -> None:
        """Closes without a word: nobody is there."""
        if not self._gone:
            self._transport.abort()

    # What exchanges ask of it; `exchange.Stream` says what.

    def respond(self, stream_id: int, status: int, fields: Raw, *, ended: bool) -> None:
        head = [(b":status", b"%d" % status), *fields]
        with suppress(ngh2.NGH2Error):  # the stream is gone, or the connection on its way
            self._http2.send_response(stream_id, head, end_stream=ended)
        self._soon()

    def write(self, stream_id: int, data: bytes, *, ended: bool = False) -> None:
        try:
            self._http2.send_data(stream_id, data, end_stream=ended)
        except ngh2.NGH2Error:
            return
        if not self._in_turn:
            self._in_turn = True
            self._turn.add(self)

    def trail(self, stream_id: int, fields: Raw) -> None:
        self._do(self._http2.send_trailers, stream_id, fields)

    def consumed(self, stream_id: int, size: int) -> None:
        self._do(self._http2.acknowledge_received_data, size, stream_id)

    def refuse_rest(self, stream_id: int) -> None:
        self._early[stream_id] = None
        self._soon()

    def reset(self, stream_id: int) -> None:
        self._do(self._http2.reset_stream, stream_id, ngh2.ErrorCode.INTERNAL_ERROR)

    def holds(self, stream_id: int) -> bool:
        return not self._gone and self._http2.queued_body_size(stream_id) > 0

    def tell_when_free(self, exchange: Exchange) -> None:
        if self._gone or exchange.left:
            self._turn.loop.call_soon(exchange.free)
            return
        self._waiting[exchange] = None
        self._soon()

    def flush(self) -> None:
        """Sends what can be sent now, and takes note of what came of it."""
        if self._gone:
            return
        http2 = self._http2
        try:
            if not self._paused and (data := http2.data_to_send()):
                self._transport.write(data)
        except ngh2.NGH2Error:
            self._transport.abort()
            return
        if events := http2.events():  # sending ends streams
            self._heed(events)
        if self._early and not self._paused:
            self._refuse_rests()
        if self._waiting:
            self._free()

    def turned(self) -> None:
        """The turn of the loop in which something was written is over."""
        self._in_turn = False
        self.flush()

    def _do(self, ask: Callable[..., None], *arguments: Any) -> None:
        with suppress(ngh2.NGH2Error):  # as above
            ask(*arguments)
        self._soon()

    def _soon(self) -> None:
        if not self._in_turn and not self._gone:
            self._in_turn = True
            self._turn.add(self)

    def _free(self) -> None:
        for exchange in [one for one in self._waiting if not one.busy]:
            del self._waiting[exchange]
            exchange.free()

    def _refuse_rests(self) -> None:
        """A reset goes before whatever waits, so it is only asked for when nothing does: else the status is lost."""
        for stream_id in [one for one in self._early if not self._http2.queued_body_size(one)]:
            del self._early[stream_id]
            self._do(self._http2.reset_stream, stream_id, ngh2.ErrorCode.NO_ERROR)

    def _heed(self, events: list[ngh2.Event]) -> None:
        for event in events:
            heed = _HEED.get(type(event))
            if heed is not None:
                heed(self, event)

    def _on_request(self, event: ngh2.RequestReceived) -> None:
        self.requests += 1
        if self._limits.too_many(event.headers):
            self.respond(event.stream_id, _TOO_MANY_FIELDS, [], ended=True)
            if not event.end_stream:
                self.refuse_rest(event.stream_id)
            return
        scope = scope_of(event.headers, self._origin)
        exchange = Exchange(self, event.stream_id, scope, ended=event.end_stream)
        self.exchanges[event.stream_id] = exchange
        exchange.task = self._turn.loop.create_task(_answered(self._answer, exchange))

    def _on_data(self, event: ngh2.DataReceived) -> None:
        exchange = self.exchanges.get(event.stream_id)
        if exchange is not None:
            exchange.feed(event.data, ended=event.end_stream)
        else:
            self.consumed(event.stream_id, len(event.data))

    def _on_trailers(self, event: ngh2.TrailersReceived) -> None:
        exchange = self.exchanges.get(event.stream_id)
        if exchange is not None:
            exchange.feed(b"", ended=True)

    def _on_stream_closed(self, event: ngh2.StreamClosed) -> None:
        self._early.pop(event.stream_id, None)
        exchange = self.exchanges.pop(event.stream_id, None)
        if exchange is not None:
            self._waiting.pop(exchange, None)
            exchange.close()

    def _on_ping_acknowledged(self, event: ngh2.PingAcknowledged) -> None:
        self.pinged_at = None

    def _on_closed(self, event: ngh2.ConnectionClosed) -> None:
        self._transport.close()


_HEED: dict[type[ngh2.Event], Callable[[Connection, Any], None]] = {
    ngh2.RequestReceived: Connection._on_request,
    ngh2.DataReceived: Connection._on_data,
    ngh2.TrailersReceived: Connection._on_trailers,
    ngh2.StreamClosed: Connection._on_stream_closed,
    ngh2.PingAcknowledged: Connection._on_ping_acknowledged,
    ngh2.ConnectionClosed: Connection._on_closed,
}


async def _answered(answer: Answer, exchange: Exchange) -> None:
    try:
        await answer(exchange)
    except Exception as error:
        if not has_left(error):
            log.error("an answer failed", **describe_failure(error))
    finally:
        exchange.abandon()
