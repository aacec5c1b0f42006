"""The answer to one call, as ASGI events."""

from __future__ import annotations

import asyncio

from doorstepd.doors.app import Send
from doorstepd.doors.calls.framing import ACCEPTED
from doorstepd.doors.calls.headers import Raw
from doorstepd.doors.calls.line import FutureLine, Line, Sender

_HEAD: Raw = [(b"content-type", b"application/grpc"), (b"grpc-accept-encoding", ACCEPTED)]


class Outbox:
    """Messages and trailers over HTTP/2. `send` waits while the caller's window and the server's buffer are full."""

    __slots__ = ("_send", "encoding", "initial", "started")

    def __init__(self, send: Send) -> None:
        self._send = send
        self.initial: Raw = []
        self.encoding: bytes | None = None
        """What compressed messages are compressed with; settled when the headers go."""
        self.started = False

    def line(self, call: Sender) -> Line | None:
        """A way to send messages after the first without waiting; None where the server has none."""
        return FutureLine(call)

    async def head(self, trailers: Raw | None = None) -> None:
        """The headers; with `trailers`, the whole answer in one (trailers-only)."""
        self.started = True
        headers = _HEAD + self.initial
        if self.encoding is not None:
            headers.append((b"grpc-encoding", self.encoding))
        if trailers is not None:
            headers += trailers
        await self._send(
            {"type": "http.response.start", "status": 200, "headers": headers, "trailers": trailers is None}
        )

    async def flush_head(self) -> None:
        """The headers, now: Envoy keeps them until the first piece of body."""
        await self.message(b"")

    async def message(self, frame: bytes) -> None:
        """One message, already framed, with more to come."""
        if not self.started:
            await self.head()
        await self._send({"type": "http.response.body", "body": frame, "more_body": True})

    def post(self, frame: bytes) -> asyncio.Future[None]:
        """One message after the first, already framed. Done when the server has taken it; it begins at once."""
        sending = self._send({"type": "http.response.body", "body": frame, "more_body": True})
        return sending if isinstance(sending, asyncio.Future) else asyncio.ensure_future(sending)

    async def end(self, trailers: Raw, last: bytes | None = None) -> None:
        """The last message, if there is one, and the status."""
        if not self.started:
            if last is None:
                await self.head(trailers)
                await self._send({"type": "http.response.body", "body": b""})
                return
            await self.head()
        await self._send({"type": "http.response.body", "body": last or b"", "more_body": False})
        await self._send({"type": "http.response.trailers", "headers": trailers})
