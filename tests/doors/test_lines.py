"""What a handler sends by the line arrives in order and one at a time, however slow the reader."""

import asyncio
import uuid

import grpc
import pytest
from echo_pb2 import Ask
from echo_pb2_grpc import EchoStub
from serving import serving

from doorstepd.doors.supervisor import DOORS

pytestmark = pytest.mark.skipif("envoy" not in DOORS, reason="grpcio's own server has no line")


async def numbers_of(call, pause=0.0):
    """What arrives before the last message, which goes by the task."""
    numbers = []
    while (answer := await call.read()) is not grpc.aio.EOF and not answer.text:
        numbers.append(answer.number)
        await asyncio.sleep(pause)
    assert answer.text == "after the line"
    assert await call.read() is grpc.aio.EOF
    return numbers


async def test_messages_by_the_line_come_in_order_and_before_what_is_sent_after_them():
    async with (
        serving(door="envoy", app="echo_app:build") as server,
        grpc.aio.insecure_channel(server.target) as channel,
    ):
        numbers = await numbers_of(EchoStub(channel).Down(Ask(act="line", count=1, seconds=3)))
        assert numbers[0] == 0
        assert len(numbers) > 2
        assert numbers == sorted(set(numbers))
        assert numbers[-1] >= 3001


async def test_a_slow_reader_gets_fewer_by_the_line_and_the_newest_last():
    async with (
        serving(door="envoy", app="echo_app:build") as server,
        grpc.aio.insecure_channel(server.target) as channel,
    ):
        ask = Ask(act="line", count=1, seconds=20, payload=bytes(60_000))
        numbers = await numbers_of(EchoStub(channel).Down(ask), pause=0.02)
        assert numbers == sorted(set(numbers))
        assert len(numbers) < 10_000
        assert numbers[-1] >= 20_001


async def test_a_reader_who_stops_in_front_of_a_line_is_ended():
    key = uuid.uuid4().hex
    async with (
        serving(door="envoy", app="echo_app:build", stalled_after=1.0) as server,
        grpc.aio.insecure_channel(server.target, options=[("grpc.use_local_subchannel_pool", 1)]) as stuck,
        grpc.aio.insecure_channel(server.target) as other,
    ):
        call = EchoStub(stuck).Down(Ask(act="line", count=1, seconds=1e6, payload=bytes(50_000), key=key))
        await call.read()
        for _ in range(200):
            if "finally" in (await EchoStub(other).Noted(Ask(key=key))).lines:
                break
            await asyncio.sleep(0.05)
        with pytest.raises(grpc.aio.AioRpcError) as caught:
            await numbers_of(call)
        assert caught.value.code() is grpc.StatusCode.RESOURCE_EXHAUSTED


async def test_a_caller_who_leaves_ends_a_handler_that_only_uses_the_line():
    key = uuid.uuid4().hex
    async with (
        serving(door="envoy", app="echo_app:build") as server,
        grpc.aio.insecure_channel(server.target) as channel,
    ):
        echo = EchoStub(channel)
        call = echo.Down(Ask(act="line", count=1, seconds=1e6, key=key))
        await call.read()
        call.cancel()
        for _ in range(200):
            lines = list((await echo.Noted(Ask(key=key))).lines)
            if "finally" in lines:
                break
            await asyncio.sleep(0.05)
        assert lines == ["finally"]
