"""A reader that stops reading, over a real gRPC connection."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Any

import grpc
import pytest
from eventually import eventually
from plane import VIEWER, Plane, plane
from valkey_process import ValkeyProcess

from doorstepd import errors
from doorstepd.live import Targets

pytestmark = pytest.mark.fault


class Servicer(grpc.GenericRpcHandler):
    """Yields a watch's frames through a guard, as the server does."""

    def __init__(self, here: Plane) -> None:
        self.here = here
        self.refused: list[str] = []

    def service(self, details: grpc.HandlerCallDetails) -> Any:
        return grpc.unary_stream_rpc_method_handler(self.answers)

    async def answers(self, request: bytes, context: Any) -> AsyncGenerator[bytes, None]:
        try:
            async with aclosing(self.frames()) as frames:
                async for frame in frames:
                    yield frame
        except errors.Refusal as refusal:
            self.refused.append(refusal.reason)
            async with asyncio.timeout(2.0):
                await context.abort(grpc.StatusCode[refusal.code], refusal.message)

    async def frames(self) -> AsyncGenerator[bytes, None]:
        async with self.here.hub.watch(VIEWER, Targets(("o1",))) as frames:
            async for frame in frames:
                yield frame


async def test_a_phone_that_stops_reading_is_let_go_and_others_are_unaffected(calm_valkey: ValkeyProcess) -> None:
    async with plane(calm_valkey.url, stuck=0.5) as here:
        here.log.add_order("o1", "p1")
        here.renderer.padding = 50_000
        server = grpc.aio.server()
        servicer = Servicer(here)
        server.add_generic_rpc_handlers((servicer,))
        port = server.add_insecure_port("127.0.0.1:0")
        await server.start()
        async with grpc.aio.insecure_channel(f"127.0.0.1:{port}") as channel:
            stuck = channel.unary_stream("/s/m")(b"")
            await stuck.read()
            other = here.read(("o1",))
            await other.reaches(here.log)
            for _ in range(1000):
                here.append("p1")
            await eventually(lambda: here.hub.counters.slow == 1, "letting go")
            await eventually(lambda: servicer.refused == ["SLOW_READER"])
            await other.reaches(here.log)
            with pytest.raises(grpc.aio.AioRpcError):
                await _read_to_the_end(stuck)
            assert await stuck.code() is grpc.StatusCode.RESOURCE_EXHAUSTED
            await other.leave()
            await eventually(here.at_rest)
        await server.stop(None)


async def _read_to_the_end(stream: Any) -> None:
    while await stream.read() is not grpc.aio.EOF:
        pass
