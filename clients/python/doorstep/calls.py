"""What every call needs: a channel, a token, a deadline and typed errors."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Self, TypeVar
from weakref import WeakSet

import grpc.aio
from doorstep.connection import ChannelOption, Connection
from doorstep.credentials import Tls, TokenProvider, Tokens, bearer, channel_credentials
from doorstep.errors import Unauthenticated, error_of_call
from doorstep.line import WatchSettings
from doorstep.reporting import PositionReport, ReportSettings
from doorstep.retries import RetryPolicy
from doorstep.stubs import IngestStub, LiveStub, ReminderStub, TrackingStub
from doorstep.watch import FleetWatch, ParcelWatch

if TYPE_CHECKING:
    from grpc.aio import UnaryUnaryMultiCallable

_Request = TypeVar("_Request")
_Response = TypeVar("_Response")


class Caller:
    """A caller of one doorstep service.

    `token` is a bearer token; `token_provider` a function, plain or async, that answers one and is asked again when the
    server refuses the old. `tls`: see `channel_credentials`. `timeout` is the deadline of each single call in seconds.
    What the server refuses is raised as a DoorstepError.
    """

    def __init__(
        self,
        target: str,
        *,
        token: str | None = None,
        token_provider: TokenProvider | None = None,
        tls: bool | str | Path | Tls | None = None,
        timeout: float = 10.0,
        retry: RetryPolicy | None = None,
        watches: WatchSettings | None = None,
        reports: ReportSettings | None = None,
        channel_options: Sequence[ChannelOption] = (),
    ) -> None:
        self._tokens = Tokens(token, token_provider)
        self._timeout = timeout
        self._watches = watches or WatchSettings()
        self._reports = reports or ReportSettings()
        self._connection = Connection(target, channel_credentials(tls, target), retry or RetryPolicy(), channel_options)
        self._open: WeakSet[ParcelWatch | FleetWatch | PositionReport] = WeakSet()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def close(self) -> None:
        """Ends every watch and report, and the connection."""
        for stream in list(self._open):
            await stream.aclose()
        await self._connection.close()

    # The generated stubs, for what has no method of its own here; `call` adds token, deadline and typed errors.

    @property
    def channel(self) -> grpc.aio.Channel:
        return self._connection.stubs.channel

    @property
    def tracking(self) -> TrackingStub:
        return self._connection.stubs.tracking

    @property
    def live(self) -> LiveStub:
        return self._connection.stubs.live

    @property
    def ingest(self) -> IngestStub:
        return self._connection.stubs.ingest

    @property
    def reminders(self) -> ReminderStub:
        return self._connection.stubs.reminders

    async def call(
        self,
        method: UnaryUnaryMultiCallable[_Request, _Response],
        request: _Request,
        *,
        timeout: float | None = None,
    ) -> _Response:
        """One call of a stub's method, such as `client.tracking.ListOrders`, with a new token if the old is refused."""
        deadline = self._timeout if timeout is None else timeout
        token = await self._tokens.current()
        try:
            return await _call(method, request, token, deadline)
        except Unauthenticated:
            if not self._tokens.renewable:
                raise
            self._tokens.refuse(token)
        return await _call(method, request, await self._tokens.current(), deadline)


async def _call(
    method: UnaryUnaryMultiCallable[_Request, _Response], request: _Request, token: str | None, timeout: float
) -> _Response:
    try:
        return await method(request, timeout=timeout, metadata=bearer(token))
    except grpc.aio.AioRpcError as failure:
        raise error_of_call(failure) from failure
