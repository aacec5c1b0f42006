"""Which callers have left, where Envoy's Python module does not say so.

When a caller gives up a call whose request has been read, `receive` answers at once that the request is complete, and
only the next `send` fails: a handler that waits would go on for nobody. So Envoy writes an access log of its own for
streams that ended by a reset or a lost connection, one stream ID a line, into a pipe, which is read here.
"""

import asyncio
import os
from collections.abc import Callable

from doorstepd.doors.calls.call import Call
from doorstepd.doors.calls.status import ClientLeft

_LONGEST_LINE = 4096


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
