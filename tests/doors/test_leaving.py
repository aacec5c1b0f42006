"""Deadlines, cancellation and lost connections reach the handler behind any door."""

import asyncio
import uuid

import grpc
import pytest
from echo_notes import noted
from echo_pb2 import Ask
from echo_pb2_grpc import EchoStub

LONG = 60.0


@pytest.fixture
def key():
    return uuid.uuid4().hex


async def until_noted(echo, key, *expected, within=10.0):
    """Returns when the handler has noted all of these."""
    for _ in range(int(within / 0.05)):
        seen = await noted(echo, key)
        if set(expected) <= set(seen):
            return seen
        await asyncio.sleep(0.05)
    raise AssertionError(f"noted {seen}, not {expected}")


async def read_for_ever(call):
    async for _ in call:
        pass


@pytest.mark.parametrize("arity", ["Unary", "Down", "Both"])
async def test_a_deadline_ends_the_call_on_both_sides(echo, key, arity):
    request = Ask(act="sleep", seconds=LONG, key=key)
    call = getattr(echo, arity)(iter([request]) if arity == "Both" else request, timeout=0.3)
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        await (call if arity == "Unary" else read_for_ever(call))
    assert caught.value.code() is grpc.StatusCode.DEADLINE_EXCEEDED
    assert (
        await until_noted(echo, key, "finally")
        == ["started", "cancelled", "finally", "ended"][: 4 if arity == "Both" else 3]
    )


async def test_a_call_whose_caller_leaves_is_cancelled(echo, key):
    call = echo.Unary(Ask(act="sleep", seconds=LONG, key=key))
    await until_noted(echo, key, "started")
    call.cancel()
    assert await until_noted(echo, key, "finally", within=1.5) == ["started", "cancelled", "finally"]


async def test_a_server_stream_whose_caller_leaves_is_cancelled(echo, key):
    call = echo.Down(Ask(act="sleep", count=3, seconds=LONG, key=key))
    assert (await call.read()).number == 0
    await until_noted(echo, key, "started")
    call.cancel()
    assert await until_noted(echo, key, "finally", within=1.5) == ["started", "cancelled", "finally"]


async def test_a_two_way_stream_whose_caller_leaves_while_the_handler_works_is_cancelled(echo, key):
    call = echo.Both()
    await call.write(Ask(act="sleep", seconds=LONG, key=key))
    await until_noted(echo, key, "started")
    call.cancel()
    assert await until_noted(echo, key, "ended", within=1.5) == ["started", "cancelled", "finally", "ended"]


async def test_a_two_way_stream_whose_caller_leaves_while_the_handler_reads_is_cancelled(echo, key):
    call = echo.Both()
    await call.write(Ask(key=key, text="hello"))
    assert (await call.read()).text == "hello"
    call.cancel()
    assert await until_noted(echo, key, "ended", within=1.5) == ["ended"]


async def test_a_stream_that_is_being_sent_ends_when_its_caller_leaves(echo, key):
    call = echo.Down(Ask(act="flood", payload=bytes(1000), key=key))
    for _ in range(10):
        await call.read()
    call.cancel()
    await until_noted(echo, key, "finally", within=1.5)


async def test_a_stream_that_waits_for_a_reader_ends_when_its_caller_leaves(echo, key):
    call = echo.Down(Ask(act="flood", payload=bytes(50_000), key=key))
    await call.read()
    before = None
    while (now := await noted(echo, key)) != before:  # until the windows are full and the handler waits
        before = now
        await asyncio.sleep(0.3)
    call.cancel()
    await until_noted(echo, key, "finally", within=1.5)


async def test_a_lost_connection_ends_every_call_on_it(server, echo, key):
    async with grpc.aio.insecure_channel(server.target, options=[("grpc.use_local_subchannel_pool", 1)]) as other:
        stub = EchoStub(other)
        calls = [
            stub.Unary(Ask(act="sleep", seconds=LONG, key=key)),
            stub.Down(Ask(act="sleep", seconds=LONG, key=key)),
        ]
        waiting = [asyncio.ensure_future(calls[0]), asyncio.ensure_future(calls[1].read())]
        while (await noted(echo, key)).count("started") < 2:
            await asyncio.sleep(0.05)
    await asyncio.gather(*waiting, return_exceptions=True)
    for _ in range(40):
        if (await noted(echo, key)).count("finally") == 2:
            return
        await asyncio.sleep(0.05)
    raise AssertionError(await noted(echo, key))


async def test_leaving_over_and_over_leaves_nothing_running(echo, key):
    for _ in range(200):
        call = echo.Down(Ask(act="sleep", count=1, seconds=LONG, key=key))
        await call.read()
        call.cancel()
    for _ in range(100):
        seen = await noted(echo, key)
        if seen.count("finally") == seen.count("started"):
            break
        await asyncio.sleep(0.05)
    assert seen.count("finally") == seen.count("started") > 0
    assert "slept" not in seen
