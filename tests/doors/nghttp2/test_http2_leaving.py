"""A door that closes: nobody is cut off, nobody is left hanging."""

import asyncio

import grpc
import pytest
from echo_pb2 import Ask
from echo_pb2_grpc import EchoStub
from http2_in_process import front_of
from raw_http2 import GOAWAY, RST_STREAM, answers_in, call, connected, fields_of, frame, headers, introduced
from serving import serving

APP = {"door": "nghttp2", "app": "echo_app:build"}
LAST_ID = 2**31 - 1


async def test_callers_are_asked_to_go_while_their_calls_end():
    async with serving(**APP, grace=3.0) as server, introduced(server.opening.port) as wire:
        await wire.send(call(1, "Down", act="stay", count=1))
        await wire.until(0, 1)
        closing = asyncio.create_task(server.close())
        frames = []
        while (came := await wire.next()) is not None:
            frames.append(came)
        goaways = [one for one in frames if one.kind == GOAWAY]
        body = b"".join(one.payload for one in frames if one.kind == 0)
        assert answers_in(body)[0].text == "come again"
        assert [one.fields["grpc-status"] for one in frames if one.fields and "grpc-status" in one.fields] == ["0"]
        assert int.from_bytes(goaways[0].payload[:4], "big") == LAST_ID  # not yet: what is on its way is answered
        assert {one.code for one in goaways} == {0}
        await asyncio.wait_for(closing, 5)


async def test_a_new_call_on_an_old_connection_is_told_to_try_elsewhere():
    async with serving(**APP, grace=1.0) as server, introduced(server.opening.port) as wire:
        await wire.send(call(1, "Down", act="sleep", count=1, seconds=60, key="leaving"))
        await wire.until(0, 1)
        closing = asyncio.create_task(server.close())
        assert (await wire.until(GOAWAY)) is not None
        await wire.send(call(3, text="am I late?"))
        heard = await wire.heard_of(1, 3)
        assert (heard[3].status, heard[1].status) == ("14", "14")
        await wire.to_end()
        await asyncio.wait_for(closing, 5)


async def pid_or_code(echo):
    await asyncio.sleep(0.02)
    try:
        return (await echo.Unary(Ask(act="pid"), timeout=4)).number
    except grpc.aio.AioRpcError as error:
        return error.code()


async def test_a_channel_moves_to_another_server():
    async with serving(**APP, grace=1.0) as old, serving(**APP) as new:
        target = f"ipv4:{old.target},{new.target}"
        async with grpc.aio.insecure_channel(target, options=[("grpc.use_local_subchannel_pool", 1)]) as channel:
            echo = EchoStub(channel)
            assert (await echo.Unary(Ask(act="pid"), timeout=4)).number == old.pids[0]
            closing = asyncio.create_task(old.close())
            answered = [await pid_or_code(echo) for _ in range(60)]
            await asyncio.wait_for(closing, 5)
            assert answered[-1] == new.pids[0]
            assert set(answered) <= {old.pids[0], new.pids[0], grpc.StatusCode.UNAVAILABLE}


async def test_what_says_nothing_holds_nobody_up():
    # A connection without a word, half a preface, half a request, HTTP/1.1 without an end, a caller that never reads.
    said = [b"", b"PRI * HT", b"GET / HTTP/1.1\r\nx"]
    async with serving(**APP, grace=0.3) as server:
        held = [await asyncio.open_connection("127.0.0.1", server.opening.port) for _ in said]
        for (_, writer), word in zip(held, said, strict=True):
            writer.write(word)
        async with introduced(server.opening.port, receive_buffer=4096) as wire, connected(server.opening.port):
            await wire.send(call(1, "Down", act="flood", payload=bytes(50_000), key="up"))
            await asyncio.sleep(0.1)
            process = server.process
            await asyncio.wait_for(server.close(), 5)
            assert not process.is_running() or process.status() == "zombie"
        for _, writer in held:
            writer.transport.abort()


async def test_a_webhook_that_is_being_answered_is_answered():
    async with serving(**APP, grace=1.0) as server, introduced(server.opening.port) as wire:
        body = b"x" * 100
        await wire.send(call(1, "Down", act="sleep", count=1, seconds=60, key="hold"))
        await wire.until(0, 1)
        await wire.send(headers(3, fields_of("/webhook")), frame(0, 0, 3, body))
        closing = asyncio.create_task(server.close())
        assert (await wire.until(GOAWAY)) is not None
        await wire.send(frame(0, 1, 3, body))
        heard = await wire.heard(3)
        assert heard.head[":status"] == "200"
        assert b"200" in heard.body
        await asyncio.wait_for(closing, 5)


async def test_a_front_that_closes_ends_every_exchange():
    waiting, left = asyncio.Event(), asyncio.Event()

    async def wait(exchange):
        waiting.set()
        while (await exchange.receive())["type"] != "http.disconnect":
            pass
        left.set()

    async with front_of(wait) as front, introduced(front.port) as wire:
        await wire.send(call(1))
        await asyncio.wait_for(waiting.wait(), 3)
        front.close()
        frames = await asyncio.wait_for(wire.to_end(), 3)
        assert {one.kind for one in frames} & {GOAWAY, RST_STREAM}
        await asyncio.wait_for(left.wait(), 3)
        assert front.connections == set()


async def test_a_front_that_closes_takes_nobody_new():
    async with front_of() as front:
        front.close()
        await asyncio.sleep(0.01)
        with pytest.raises(ConnectionError):
            await asyncio.open_connection("127.0.0.1", front.port)
