"""Messages of a stream that are sent without being waited for.

A handler that waits for each message costs a wake-up and a switch of tasks for each. Where the server's `send` begins
at once, whoever has news may send it from where it stands, while the handler sleeps.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any, Protocol

from doorstepd.doors.calls.status import ClientLeft, Ended, has_left, internal


class Sender(Protocol):
    """As much of a call as a line needs."""

    outbox: Any
    sent: int
    """Messages sent so far."""

    def framed(self, message: Any) -> bytes:
        """The message as it goes out."""

    def end(self, fate: ClientLeft | Ended) -> None:
        """Ends the call."""


class Line(Protocol):
    """Takes one message at a time: while it is busy, the caller's window or the server's buffer is full."""

    @property
    def busy(self) -> bool:
        """Whether the last message has not been taken yet."""

    def post(self, message: Any) -> None:
        """Sends a message; only while it is not busy, and after the stream's first was written."""

    def when_free(self, then: Callable[[], None]) -> None:
        """Calls back once the message on its way has been taken, or cannot be."""

    async def settle(self) -> None:
        """Waits until the message on its way has been taken. Raises what `send` raises."""

    def close(self) -> None:
        """Nobody asks any more what became of the last message."""


class FutureLine:
    """A line over a `send` that begins at once and answers with a future; see `Line`."""

    __slots__ = ("_call", "_sending")

    def __init__(self, call: Sender) -> None:
        self._call = call
        self._sending: asyncio.Future[None] | None = None

    @property
    def busy(self) -> bool:
        sending = self._sending
        return sending is not None and not sending.done()

    def post(self, message: Any) -> None:
        call = self._call
        if self._sending is not None and (error := _error_of(self._sending)) is not None:
            call.end(ClientLeft() if has_left(error) else internal())
            return
        self._sending = call.outbox.post(call.framed(message))
        call.sent += 1

    def when_free(self, then: Callable[[], None]) -> None:
        if self._sending is not None:
            self._sending.add_done_callback(lambda _: then())

    async def settle(self) -> None:
        if self._sending is not None:
            await self._sending

    def close(self) -> None:
        if self._sending is not None:
            self._sending.add_done_callback(_error_of)


def _error_of(sending: asyncio.Future[None]) -> BaseException | None:
    """What became of it; asyncio complains about an error that nobody looked at."""
    return asyncio.CancelledError() if sending.cancelled() else sending.exception()
