"""The client's channel: how it is opened, and how a dead one is replaced."""

from __future__ import annotations

from collections.abc import Sequence

import grpc
import grpc.aio
from doorstep.retries import RetryPolicy
from doorstep.stubs import SERVICES, Stubs

ChannelOption = tuple[str, "str | int"]

CHANNEL_OPTIONS: tuple[ChannelOption, ...] = (
    # A dead link is noticed within 30 s. Without ping_timeout the keepalive timeout alone has no effect for a minute.
    ("grpc.keepalive_time_ms", 20_000),
    ("grpc.keepalive_timeout_ms", 10_000),
    ("grpc.http2.ping_timeout_ms", 10_000),
    ("grpc.keepalive_permit_without_calls", 0),
    ("grpc.http2.max_pings_without_data", 0),
    # A small window: a reader that is slow makes the server drop old positions instead of queueing them on the way.
    ("grpc.http2.bdp_probe", 0),
    ("grpc.http2.lookahead_bytes", 16_384),
    # A server that comes back is found within seconds, not after gRPC's two minutes.
    ("grpc.initial_reconnect_backoff_ms", 200),
    ("grpc.min_reconnect_backoff_ms", 5_000),
    ("grpc.max_reconnect_backoff_ms", 3_000),
    # Without it a replaced channel would share the dead connection of the one before.
    ("grpc.use_local_subchannel_pool", 1),
    ("grpc.enable_retries", 1),
)


class Connection:
    """One channel at a time to `target`, opened when it is first needed. `credentials` None is plain text."""

    def __init__(
        self,
        target: str,
        credentials: grpc.ChannelCredentials | None,
        retry: RetryPolicy,
        options: Sequence[ChannelOption],
    ) -> None:
        self._target = target
        self._credentials = credentials
        config = ("grpc.service_config", retry.service_config(SERVICES))
        self._options = [*dict((*CHANNEL_OPTIONS, config, *options)).items()]
        self._stubs: Stubs | None = None
        self._retired: list[grpc.aio.Channel] = []
        self._closed = False

    @property
    def stubs(self) -> Stubs:
        """The stubs over the channel in use; take them anew for each call, as the channel may be replaced."""
        if self._closed:
            raise RuntimeError("The client is closed; make another.")
        if self._stubs is None:
            self._stubs = Stubs.over(self._open())
        return self._stubs

    async def replace(self, stale: grpc.aio.Channel) -> None:
        """Opens a new channel, because `stale` went silent; does nothing where that was done already.

        Calls on the old channel go on until the next replacement, so a server that hangs in one stream costs the others
        nothing.
        """
        if self._stubs is None or self._stubs.channel is not stale:
            return
        before, self._retired = self._retired, [stale]
        self._stubs = None
        for channel in before:
            await channel.close()

    async def close(self) -> None:
        """Closes every channel; calls still open are cancelled."""
        self._closed = True
        channels = [*self._retired, *([self._stubs.channel] if self._stubs else [])]
        self._retired, self._stubs = [], None
        for channel in channels:
            await channel.close()

    def _open(self) -> grpc.aio.Channel:
        if self._credentials is None:
            return grpc.aio.insecure_channel(self._target, options=self._options)
        return grpc.aio.secure_channel(self._target, self._credentials, options=self._options)
