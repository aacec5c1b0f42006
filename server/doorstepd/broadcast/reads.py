"""The client for commands whose answers somebody waits for: a small pool to a server, or to the nodes of a cluster."""

from typing import TYPE_CHECKING

import redis.asyncio as redis
from redis.asyncio.cluster import RedisCluster

from doorstepd.broadcast.bus import Broadcast

if TYPE_CHECKING:
    from typing import Any


class Reads:
    """Made when first asked for, because what kind of server it is shows when that first answers."""

    def __init__(self, bus: Broadcast, timeout: float, connections: int) -> None:
        self._bus = bus
        self._timeout = timeout
        self._connections = connections
        self._one: redis.Redis | None = None
        self._many: RedisCluster | None = None

    @property
    def client(self) -> "Any":
        """Of redis-py; what is sent through it takes `timeout` seconds for each step at most."""
        if not self._bus.clustered:
            self._one = self._one or self._pooled()
            return self._one
        self._many = self._many or RedisCluster.from_url(
            self._bus.url,
            max_connections=self._connections,
            socket_timeout=self._timeout,
            socket_connect_timeout=self._timeout,
        )
        return self._many

    async def close(self) -> None:
        """Closes every connection."""
        if self._one is not None:
            await self._one.aclose(close_connection_pool=True)
        if self._many is not None:
            await self._many.aclose()

    def _pooled(self) -> redis.Redis:
        pool = redis.BlockingConnectionPool.from_url(
            self._bus.url,
            max_connections=self._connections,
            timeout=self._timeout,
            socket_timeout=self._timeout,
            socket_connect_timeout=self._timeout,
        )
        return redis.Redis(connection_pool=pool)
