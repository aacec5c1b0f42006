"""Which callers have left.

ASGI servers answer `receive` when the caller leaves, and `Listening` asks them. Doors that know better bring
departures of their own.
"""

import asyncio
from collections.abc import Callable
from typing import Protocol

from doorstepd.doors.calls.call import Call
from doorstepd.doors.calls.status import ClientLeft


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
            call.inbox.on_end = None  # it knows the call: see `collector`
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
