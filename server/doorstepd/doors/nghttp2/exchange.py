"""One request and its answer: what the ASGI app reads from, and what it writes to."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Protocol

from doorstepd.doors.app import Message, Scope
from doorstepd.doors.calls.headers import Raw
from doorstepd.doors.calls.status import ClientLeft


class Stream(Protocol):
    """As much of a connection as one exchange needs. Once the stream is gone, whatever is sent on it is dropped."""

    def respond(self, stream_id: int, status: int, fields: Raw, *, ended: bool) -> None:
        """Sends the head of the answer by the end of this turn of the loop."""

    def write(self, stream_id: int, data: bytes, *, ended: bool = False) -> None:
        """Sends a piece of the body likewise."""

    def trail(self, stream_id: int, fields: Raw) -> None:
        """Sends the trailers, which end the stream."""

    def flush(self) -> None:
        """Sends what can be sent now."""

    def holds(self, stream_id: int) -> bool:
        """Whether something written waits for the caller's window or for the socket."""

    def tell_when_free(self, exchange: Exchange) -> None:
        """Calls `exchange.free` once nothing waits any more."""

    def consumed(self, stream_id: int, size: int) -> None:
        """Lets the caller send as much more."""

    def refuse_rest(self, stream_id: int) -> None:
        """Ends the stream once its answer has gone, though the request goes on."""

    def reset(self, stream_id: int) -> None:
        """Ends the stream in the middle."""


class Exchange:
    """`receive` and `send` are ASGI's. While it is not `busy`, `post` sends a piece of body without waiting."""

    __slots__ = (
        "_body", "_connection", "_head", "_readers", "_request_ended", "_then", "_told_end", "_trailers", "answered",
        "left", "on_left", "scope", "stream_id", "task",
    )  # fmt: skip

    def __init__(self, connection: Stream, stream_id: int, scope: Scope, *, ended: bool) -> None:
        self.stream_id = stream_id
        self.scope = scope
        self.left = False
        self.answered = False
        """Whether the answer is whole."""
        self.task: asyncio.Task[None] | None = None
        self.on_left: Callable[[], None] | None = None
        """Called once if the caller leaves before the answer is whole."""
        self._connection = connection
        self._request_ended = ended
        self._told_end = False
        self._trailers = False
        self._body: list[bytes] = []
        self._head: tuple[int, Raw] | None = None
        self._readers: list[asyncio.Future[None]] = []
        self._then: list[Callable[[], None]] | None = None

    # What the connection tells it.

    def feed(self, data: bytes, *, ended: bool) -> None:
        """A piece of the request's body, or its end."""
        if data and self.answered:
            self._connection.consumed(self.stream_id, len(data))
        elif data:
            self._body.append(data)
        self._request_ended = self._request_ended or ended
        self._wake_readers()

    def close(self) -> None:
        """The stream is no more: the answer is sent, the caller gave it up, or the connection is gone."""
        self.left = True
        if unread := sum(map(len, self._body)):
            self._connection.consumed(self.stream_id, unread)  # the connection's window is for the others too
        self._wake_readers()
        self.free()
        if self.on_left is not None and not self.answered:
            self.on_left()
        self.on_left = None

    def free(self) -> None:
        """What was written has been taken."""
        waiting, self._then = self._then, None
        for then in waiting or ():
            then()

    # What the app does.

    async def receive(self) -> Message:
        """ASGI's `receive`. What is asked for may be followed by as much more: a caller who floods waits."""
        while not (self._body or self.left or (self._request_ended and not self._told_end)):
            reader = asyncio.get_running_loop().create_future()
            self._readers.append(reader)
            await reader
        if not self._body and (self.left or self._told_end):
            return {"type": "http.disconnect"}
        body = self._body[0] if len(self._body) == 1 else b"".join(self._body)
        self._body.clear()
        if body and not self.left:
            self._connection.consumed(self.stream_id, len(body))
        self._told_end = self._request_ended
        return {"type": "http.request", "body": body, "more_body": not self._request_ended}

    async def send(self, event: Message) -> None:
        """ASGI's `send`. Raises ClientLeft. In the middle of a stream it returns when the piece has been taken."""
        kind = event["type"]
        if kind == "http.response.body":
            more = event.get("more_body", False)
            self._write(event.get("body", b""), ended=not more and not self._trailers)
            if more:
                self._connection.flush()
                await self.taken()
        elif kind == "http.response.start":
            self._head = event["status"], event.get("headers", [])
            self._trailers = event.get("trailers", False)
        elif kind == "http.response.trailers":
            self._gone()
            self._connection.trail(self.stream_id, event.get("headers", []))
            self._finished()

    def post(self, data: bytes) -> None:
        """Sends a piece of the body, with more to come; only while it is not busy and the caller has not left."""
        self._connection.write(self.stream_id, data)

    @property
    def busy(self) -> bool:
        """Whether what was written last has not been taken yet."""
        return not self.left and self._connection.holds(self.stream_id)

    def when_free(self, then: Callable[[], None]) -> None:
        """Calls back once, when what was written has been taken or never will be."""
        if self._then is None:
            self._then = []
            self._connection.tell_when_free(self)
        self._then.append(then)

    async def taken(self) -> None:
        """Waits until what was written has been taken. Raises ClientLeft."""
        while self.busy:
            free = asyncio.get_running_loop().create_future()
            self.when_free(lambda: None if free.done() else free.set_result(None))  # noqa: B023
            await free
        self._gone()

    def abandon(self) -> None:
        """Ends an answer that the app could not finish."""
        if not self.left and not self.answered:
            self.answered = True
            self._connection.reset(self.stream_id)

    def _write(self, data: bytes, *, ended: bool) -> None:
        self._gone()
        if self.scope["method"] == "HEAD":
            self._write_head_only()
            return
        whole = ended and not data and self._head is not None  # such an answer has no frame for its body
        if self._head is not None:
            self._connection.respond(self.stream_id, *self._head, ended=whole)
            self._head = None
        if not whole:
            self._connection.write(self.stream_id, data, ended=ended)
        if ended:
            self._finished()

    def _write_head_only(self) -> None:
        """All that may be sent of what would be the answer to a GET."""
        if self._head is not None:
            self._connection.respond(self.stream_id, *self._head, ended=True)
            self._head = None
            self._finished()

    def _finished(self) -> None:
        self.answered = True
        if not self._request_ended:
            self._connection.refuse_rest(self.stream_id)

    def _gone(self) -> None:
        if self.left:
            raise ClientLeft

    def _wake_readers(self) -> None:
        for reader in self._readers:
            if not reader.done():
                reader.set_result(None)
        self._readers.clear()
