"""A reader who stops reading costs its own stream, and nobody else's."""

import asyncio
import uuid

import grpc
import pytest
from echo_pb2 import Ask
from echo_pb2_grpc import EchoStub
from serving import serving

from doorstepd.doors.supervisor import DOORS


def own_channel(target):
    """A channel with a connection of its own."""
    return grpc.aio.insecure_channel(target, options=[("grpc.use_local_subchannel_pool", 1)])


async def until_finally(echo, key):
    for _ in range(200):
        seen = list((await echo.Noted(Ask(key=key))).lines)
        if "finally" in seen:
            return seen
        await asyncio.sleep(0.05)
    raise AssertionError(seen)


async def rest_of(call):
    """How many more messages come; raises what ends the stream."""
    received = 0
    while await call.read() is not grpc.aio.EOF:
        received += 1
    return received


@pytest.mark.parametrize("door", DOORS)
async def test_a_reader_who_stops_is_told_why_and_others_go_on(door, capfd):
    key = uuid.uuid4().hex
    async with (
        serving(door=door, app="echo_app:build", stalled_after=1.0) as server,
        own_channel(server.target) as stuck,
        own_channel(server.target) as other,
    ):
        echo = EchoStub(other)
        steady = echo.Down(Ask(act="sleep", count=1, seconds=3, key="steady"))
        assert (await steady.read()).number == 0
        call = EchoStub(stuck).Down(Ask(act="flood", payload=bytes(50_000), key=key))
        await call.read()
        await until_finally(echo, key)
        with pytest.raises(grpc.aio.AioRpcError) as caught:
            await rest_of(call)
        assert caught.value.code() is grpc.StatusCode.RESOURCE_EXHAUSTED
        assert "resume token" in caught.value.details()
        assert await steady.read() is grpc.aio.EOF
        assert await steady.code() is grpc.StatusCode.OK
    told = "".join(capfd.readouterr())
    assert "Traceback" not in told
    assert "a handler failed" not in told


@pytest.mark.parametrize("door", DOORS)
async def test_a_reader_who_is_only_slow_is_not_ended(door):
    async with (
        serving(door=door, app="echo_app:build", stalled_after=3.0) as server,
        own_channel(server.target) as channel,
    ):
        call = EchoStub(channel).Down(Ask(count=400, payload=bytes(50_000)))
        for number in range(400):
            if number % 20 == 0:
                await asyncio.sleep(0.25)
            assert (await call.read()).number == number
        assert await call.read() is grpc.aio.EOF
