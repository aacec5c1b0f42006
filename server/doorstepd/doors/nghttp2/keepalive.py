"""Finds connections whose other end is gone, says nothing, or has not been used for long."""

from __future__ import annotations

import asyncio
from collections.abc import Collection
from itertools import islice

from doorstepd.doors.nghttp2.connection import Connection
from doorstepd.doors.nghttp2.limits import Limits

_EVERY_S = 2.0
_AT_ONCE = 1000


async def keep_alive(connections: Collection[Connection], limits: Limits) -> None:
    """Runs for ever. After this process itself stood still, nobody is blamed for it."""
    loop = asyncio.get_running_loop()
    while True:
        asleep = loop.time()
        await asyncio.sleep(_EVERY_S)
        if loop.time() - asleep > 2 * _EVERY_S:
            for connection in connections:
                connection.pinged_at = None
                connection.paused_at = connection.paused_at and loop.time()
        for at in range(0, len(connections), _AT_ONCE):
            now = loop.time()
            for connection in list(islice(connections, at, at + _AT_ONCE)):
                look_after(connection, limits, now)
            await asyncio.sleep(0)


def look_after(connection: Connection, limits: Limits, now: float) -> None:
    """Pings a silent connection, and ends one that does not answer or has no use."""
    silent = now - connection.heard_at
    if connection.paused_at is not None and now - connection.paused_at > limits.paused:
        connection.abort()
    elif not connection.requests and now - connection.begun_at > limits.first_request:
        connection.close()
    elif connection.pinged_at is not None:
        if silent < now - connection.pinged_at:
            connection.pinged_at = None  # whatever it said, it is there
        elif now - connection.pinged_at > limits.ping:
            connection.abort()
    elif silent > limits.unused and not connection.exchanges:
        connection.close()
    elif silent > limits.silence:
        connection.ping()
