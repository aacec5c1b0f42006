"""Which callers have left.

Envoy's Python module does not say when a caller gives up a call whose request has been read: `receive` answers at once
that the request is complete, and only the next `send` fails. A handler that waits would go on for nobody. So Envoy
writes an access log of its own for streams that ended by a reset or a lost connection, one stream ID a line, into a
pipe, and `PipedDepartures` reads it. Other ASGI servers answer `receive` when the caller leaves; `Listening` asks them.
"""

import asyncio
import os
from collections.abc import Callable
from typing import Protocol

from doorstepd.doors.call import Call
from doorstepd.doors.status import ClientLeft

_LONGEST_LINE = 4096


class Departures(Protocol):
    """Ends calls whose callers leave."""

    def watch(self, call: Call, stream_id: bytes) -> Callable[[], None]:
        """Ends `call` when its caller leaves; what it returns is called when the call is over."""


class Listening:
    """Waits on `receive` once the request has been read."""

    def watch(self, call: Call, stream_id: bytes) -> Callable[[], None]:
        """See `Departures`. The stream has no ID here."""
        listener: asyncio.Task[None] | None = None

        def listen() -> None:
            nonlocal listener
            listener = asyncio.create_task(_listen(call))

        def stop() -> None:
            if listener is not None:
                listener.cancel()

        call.inbox.on_end = listen
        return stop


async def _listen(call: Call) -> None:
    while True:
        event = await call.inbox.receive()
        if event["type"] == "http.disconnect":
            call.end(ClientLeft())
            return


class PipedDepartures:
    """Calls by stream ID, and the end of the pipe that names those whose caller has left."""

    def __init__(self) -> None:
        self._calls: dict[bytes, Call] = {}
        self._cut = b""
        self._pipe: int | None = None

    def watch(self, call: Call, stream_id: bytes) -> Callable[[], None]:
        """See `Departures`."""
        calls = self._calls
        calls[stream_id] = call

        def forget() -> None:
            calls.pop(stream_id, None)

        return forget

    def open(self, pipe: int) -> None:
        """Listens at the reading end of the pipe, on the running event loop."""
        os.set_blocking(pipe, False)
        self._pipe = pipe
        asyncio.get_running_loop().add_reader(self._pipe, self._read, self._pipe)

    def close(self) -> None:
        """Stops listening."""
        if self._pipe is not None:
            asyncio.get_running_loop().remove_reader(self._pipe)
            os.close(self._pipe)
            self._pipe = None

    def _read(self, pipe: int) -> None:
        try:
            self.feed(os.read(pipe, 65536))
        except BlockingIOError:
            return

    def feed(self, data: bytes) -> None:
        """Takes what came through the pipe; the last line may be cut."""
        *lines, cut = (self._cut + data).split(b"\n")
        self._cut = cut[-_LONGEST_LINE:]
        for line in lines:
            call = self._calls.get(line)
            if call is not None:
                call.end(ClientLeft())
