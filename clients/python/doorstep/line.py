"""A server stream that is dialled again whenever it breaks: the part that every watch has in common."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Generic, TypeVar, cast

import grpc
import grpc.aio
from doorstep.connection import Connection
from doorstep.credentials import Tokens, bearer
from doorstep.errors import DoorstepError, error_of_call
from doorstep.retries import Backoff, Comeback
from doorstep.stubs import Stubs

if TYPE_CHECKING:
    from typing import Any

    from grpc.aio import StreamStreamCall, UnaryStreamCall

_CHANNEL_CLOSED = DoorstepError(grpc.StatusCode.CANCELLED, "The channel was closed.")
Message = TypeVar("Message")
Metadata = Sequence[tuple[str, str]]
if TYPE_CHECKING:
    StreamCall = UnaryStreamCall[Any, Message] | StreamStreamCall[Any, Message]
LINK_SILENT = "LINK_SILENT"
STREAM_ENDED = "STREAM_ENDED"
PROVIDER_FAILED = "TOKEN_PROVIDER_FAILED"


class WatchState(StrEnum):
    LIVE = "live"
    RECONNECTING = "reconnecting"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True)
class StateChange:
    """A watch became live, lost its link or was closed. `cause` and `pause_seconds` are given while reconnecting; there
    is no cause when the server ended the link as planned."""

    state: WatchState
    cause: DoorstepError | None = None
    pause_seconds: float = 0.0


OnState = Callable[[StateChange], None]


@dataclass(frozen=True, slots=True)
class WatchSettings:
    """When a link counts as dead (three of the server's heartbeats; None for never), and how to come back."""

    silence_seconds: float | None = 45.0
    settled_seconds: float = 5.0
    backoff: Backoff = field(default_factory=Backoff)


class Line(Generic[Message]):
    """Reads one message after another over as many links as it takes.

    `dial` opens a call with the metadata given. It must not hold the object that owns the line: the line is given up as
    soon as its owner is let go of, and a circle would put that off to the next garbage collection.
    """

    def __init__(
        self,
        connection: Connection,
        tokens: Tokens,
        settings: WatchSettings,
        dial: Callable[[Stubs, Metadata], StreamCall[Message]],
        on_state: OnState | None,
    ) -> None:
        self._connection = connection
        self._tokens = tokens
        self._settings = settings
        self._dial = dial
        self._on_state = on_state
        self._comeback = Comeback(settings.backoff, settings.settled_seconds, random.random)
        self._loop = asyncio.get_running_loop()
        self._call: StreamCall[Message] | None = None
        self._channel: grpc.aio.Channel | None = None
        self._token: str | None = None
        self._not_before = 0.0
        self._failure: DoorstepError | None = None
        self._finishing = False
        self._was_live = False
        self._state: WatchState | None = None
        self._closed = asyncio.Event()

    async def read(self) -> Message:
        """The next message. Raises what no new link can mend, and StopAsyncIteration after `close` or `finish`."""
        while not self._closed.is_set():
            try:
                return await self._receive(self._call or await self._open())
            except DoorstepError as end:
                await self._lose(end)
            except asyncio.CancelledError:
                self._hang_up()
                # `fail` and closing the channel cancel the call as well; only a cancelled task must stop here.
                if _being_cancelled():
                    raise
                await self._lose(self._failure or _CHANNEL_CLOSED)
        raise StopAsyncIteration

    def drop(self, cause: DoorstepError) -> None:
        """Gives the link up as if it had broken with `cause`; the next `read` opens another."""
        self._pause(self._comeback.pause_after(cause, self._loop.time(), token_renewable=False), cause)

    def fail(self, cause: DoorstepError) -> None:
        """As `drop`, from beside a `read` that is waiting."""
        if self._call is not None:
            self._failure = cause
            self._call.cancel()

    def finish(self) -> None:
        """Nothing more is wanted: the end of this link is the end of the line."""
        self._finishing = True

    def leave(self, retry_after: float | None) -> None:
        """The server is about to end the link and asks not to be called for so many seconds."""
        self._pause(self._comeback.pause_after_go_away(retry_after, self._loop.time()), None)

    def close(self) -> None:
        """Cancels the call at once and ends every `read`. May be repeated."""
        self._hang_up()
        self._closed.set()
        self._tell(StateChange(WatchState.CLOSED))

    def abandon(self) -> None:
        """As `close`, for an owner that is being collected: in any thread, on a loop that may be over."""
        if self._call is not None:
            with suppress(RuntimeError):
                self._loop.call_soon_threadsafe(self._call.cancel)

    async def _open(self) -> StreamCall[Message]:
        await self._wait()
        self._token = await self._current_token()
        if self._closed.is_set():
            raise StopAsyncIteration
        self._failure = None
        stubs = self._connection.stubs
        self._channel = stubs.channel
        self._call = self._dial(stubs, bearer(self._token))
        self._comeback.link_opened()
        return self._call

    async def _current_token(self) -> str | None:
        try:
            return await self._tokens.current()
        except Exception as failure:
            # At the start this is the caller's to see; later the network that broke the link may have broken this too.
            if not self._was_live:
                raise
            raise DoorstepError(
                grpc.StatusCode.UNAVAILABLE, "The token provider failed.", reason=PROVIDER_FAILED
            ) from failure

    async def _receive(self, call: StreamCall[Message]) -> Message:
        try:
            async with asyncio.timeout(self._settings.silence_seconds):
                message = await call.read()
        except grpc.aio.AioRpcError as failure:
            raise error_of_call(failure) from failure
        except TimeoutError:
            raise DoorstepError(
                grpc.StatusCode.UNAVAILABLE,
                f"Nothing was heard for {self._settings.silence_seconds:g} s.",
                reason=LINK_SILENT,
            ) from None
        if message is grpc.aio.EOF:
            raise DoorstepError(grpc.StatusCode.UNAVAILABLE, "The server ended the stream.", reason=STREAM_ENDED)
        self._comeback.message_arrived(self._loop.time())
        self._was_live = True
        if self._state is not WatchState.LIVE:
            self._tell(StateChange(WatchState.LIVE))
        return cast(Message, message)

    async def _lose(self, end: DoorstepError) -> None:
        self._hang_up()
        if self._finishing:
            self.close()
        if self._closed.is_set():
            return
        if end.code is grpc.StatusCode.UNAUTHENTICATED:
            self._tokens.refuse(self._token)
        if end.reason == LINK_SILENT and self._channel is not None:
            await self._connection.replace(self._channel)
        try:
            pause = self._comeback.pause_after(end, self._loop.time(), token_renewable=self._tokens.renewable)
        except DoorstepError:
            self.close()
            raise
        self._pause(pause, end)

    def _pause(self, seconds: float, cause: DoorstepError | None) -> None:
        self._hang_up()
        self._not_before = self._loop.time() + seconds
        self._tell(StateChange(WatchState.RECONNECTING, cause, seconds))

    async def _wait(self) -> None:
        """Sits out the pause, unless closed before."""
        remaining = self._not_before - self._loop.time()
        if remaining > 0:
            with suppress(TimeoutError):
                async with asyncio.timeout(remaining):
                    await self._closed.wait()
        if self._closed.is_set():
            raise StopAsyncIteration

    def _hang_up(self) -> None:
        call, self._call = self._call, None
        if call is not None:
            call.cancel()

    def _tell(self, change: StateChange) -> None:
        if self._state is WatchState.CLOSED:
            return
        self._state = change.state
        if self._on_state is not None:
            self._on_state(change)


def _being_cancelled() -> bool:
    task = asyncio.current_task()
    return task is not None and task.cancelling() > 0
