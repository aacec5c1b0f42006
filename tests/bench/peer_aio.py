"""A position fan-out as one would write it with grpc.aio and redis-py; run as a program.

One Redis connection for all, a bounded queue a stream. A stream names its courier in the metadata; what is published on
`peer:<courier>` is a whole message, made by the publisher: nothing is decided or put together here, which is less than
the service does.
"""

import asyncio
import sys
from collections import defaultdict
from collections.abc import AsyncIterator
from typing import Any

import grpc
import redis.asyncio as redis
import uvloop

PREFIX = "peer:"
WAITING = 16


class Fanout(grpc.GenericRpcHandler):
    """Every method is the same stream."""

    def __init__(self, url: str) -> None:
        self._pubsub = redis.Redis.from_url(url).pubsub(ignore_subscribe_messages=True)
        self._watchers: dict[bytes, set[asyncio.Queue[bytes]]] = defaultdict(set)

    def service(self, handler_call_details: Any) -> Any:
        """grpcio asks which handler answers a call."""
        return grpc.unary_stream_rpc_method_handler(self._watch)

    async def _watch(self, request: bytes, context: Any) -> AsyncIterator[bytes]:
        couriers = str(dict(context.invocation_metadata())["x-courier"]).split(",")
        queue: asyncio.Queue[bytes] = asyncio.Queue(WAITING * len(couriers))
        for courier in couriers:
            self._watchers[f"{PREFIX}{courier}".encode()].add(queue)
        try:
            yield request  # the first message, in place of a snapshot
            while True:
                yield await queue.get()
        finally:
            for courier in couriers:
                self._watchers[f"{PREFIX}{courier}".encode()].discard(queue)

    async def read(self) -> None:
        """Hands on what is published."""
        await self._pubsub.psubscribe(f"{PREFIX}*")
        async for message in self._pubsub.listen():
            for queue in self._watchers[message["channel"]]:
                if not queue.full():  # a slow reader misses one
                    queue.put_nowait(message["data"])


async def main(url: str) -> None:
    """Serves until killed."""
    fanout = Fanout(url)
    server = grpc.aio.server(options=[("grpc.max_concurrent_streams", 1000)])
    server.add_generic_rpc_handlers((fanout,))
    port = server.add_insecure_port("127.0.0.1:0")
    await server.start()
    print(f"127.0.0.1:{port}", flush=True)
    await fanout.read()


if __name__ == "__main__":
    uvloop.run(main(sys.argv[1]))
