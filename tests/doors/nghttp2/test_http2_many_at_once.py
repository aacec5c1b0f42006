"""Many calls on one connection, finishing together."""

import asyncio

import grpc
from echo_pb2 import Ask
from echo_pb2_grpc import EchoStub
from raw_http2 import END_STREAM, answers_in, call, frame, grpc_fields, headers, introduced, message, window_update

STREAMS = range(1, 200, 2)


async def test_answers_that_are_ready_in_the_same_turn_go_to_their_own_streams(wire):
    await wire.send(window_update(0, 2**20))
    await wire.send(*(headers(stream, grpc_fields("Unary")) for stream in STREAMS))
    assert await wire.ping()
    asks = (message(text=f"to {stream}", payload=bytes([stream]) * 3 * stream) for stream in STREAMS)
    await wire.send(*(frame(0, END_STREAM, stream, ask) for stream, ask in zip(STREAMS, asks, strict=True)))
    heard = await wire.heard_of(*STREAMS)
    for stream, one in heard.items():
        assert (one.status, one.resets) == ("0", [])
        (answer,) = answers_in(one.body)
        assert (answer.text, answer.payload) == (f"to {stream}", bytes([stream]) * 3 * stream)


async def test_answers_of_every_kind_in_the_same_turn_are_told_apart(wire):
    acts = ["echo", "abort", "raise", "metadata", "code", "nothing"]
    await wire.send(*(call(stream, act=acts[stream // 2 % 6], text=str(stream)) for stream in STREAMS))
    heard = await wire.heard_of(*STREAMS)
    expected = {"echo": "0", "abort": "5", "raise": "13", "metadata": "0", "code": "6", "nothing": "13"}
    assert {stream: one.status for stream, one in heard.items()} == {
        stream: expected[acts[stream // 2 % 6]] for stream in STREAMS
    }
    for stream, one in heard.items():
        if acts[stream // 2 % 6] in ("abort", "code"):
            assert (one.head | one.trailers)["grpc-message"] == str(stream)


async def test_a_connection_may_be_used_for_very_many_calls(server):
    async with introduced(server.opening.port) as wire:
        for first in range(1, 10_000, 200):
            streams = range(first, first + 200, 2)
            await wire.send(window_update(0, 20_000), *(call(stream, text=str(stream)) for stream in streams))
            heard = await wire.heard_of(*streams)
            assert [answers_in(heard[stream].body)[0].text for stream in streams] == [str(one) for one in streams]


async def test_a_thousand_calls_at_once_on_one_channel_are_answered(server):
    options = [("grpc.use_local_subchannel_pool", 1)]
    async with grpc.aio.insecure_channel(server.target, options=options) as channel:
        echo = EchoStub(channel)
        asked = [echo.Unary(Ask(text=str(number), payload=bytes(number))) for number in range(1000)]
        answers = await asyncio.wait_for(asyncio.gather(*asked), 10)
        assert [(one.text, len(one.payload)) for one in answers] == [(str(number), number) for number in range(1000)]


async def test_calls_of_all_shapes_side_by_side_keep_to_themselves(server):
    async with grpc.aio.insecure_channel(server.target) as channel:
        echo = EchoStub(channel)

        async def down(count):
            return [one.number async for one in echo.Down(Ask(count=count, payload=bytes(1000)))] == list(range(count))

        async def up(count):
            return (await echo.Up(iter([Ask(text="x" * 500)] * count))).number == count

        async def both(count):
            texts = [one.text async for one in echo.Both(iter([Ask(text=str(number)) for number in range(count)]))]
            return texts == [*map(str, range(count)), "half-closed"]

        asked = [how(count) for count in range(1, 40) for how in (down, up, both)]
        assert all(await asyncio.wait_for(asyncio.gather(*asked), 10))
