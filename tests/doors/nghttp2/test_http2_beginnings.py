"""The first bytes of a connection: in pieces, in another protocol, senseless, or never."""

import asyncio
from contextlib import suppress

import pytest
from http2_in_process import front_of
from raw_http2 import PREFACE, SETTINGS, answers_in, assert_discreet, call, connected, introduced, settings
from serving import serving

SOON = 0.3
GET = b"GET /healthz HTTP/1.1\r\nhost: here\r\nconnection: close\r\n\r\n"


async def reply_to(port, *pieces, pause=0.0, size=-1):
    """Everything that comes back, or the first of it."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        for piece in pieces:
            with suppress(ConnectionError):
                writer.write(piece)
                await writer.drain()
            await asyncio.sleep(pause)
        with suppress(ConnectionError):
            return await asyncio.wait_for(reader.read(size), 4)
        return b""
    finally:
        writer.transport.abort()


def one_by_one(data):
    return [data[at : at + 1] for at in range(len(data))]


async def test_a_preface_may_come_byte_by_byte(server):
    async with connected(server.opening.port) as wire:
        for byte in one_by_one(PREFACE + settings() + call(1, text="slowly")):
            await wire.send(byte)
            await asyncio.sleep(0.001)
        assert answers_in((await wire.heard(1)).body)[0].text == "slowly"


async def test_everything_may_come_in_one_piece(server):
    async with connected(server.opening.port) as wire:
        await wire.send(PREFACE + settings() + call(1, text="at once"))
        assert answers_in((await wire.heard(1)).body)[0].text == "at once"


async def test_the_server_says_what_it_takes_before_it_is_asked_anything(server):
    async with connected(server.opening.port) as wire:
        await wire.send(PREFACE)
        came = await wire.until(SETTINGS)
        told = {came.payload[at + 1]: int.from_bytes(came.payload[at + 2 : at + 6]) for at in range(0, 18, 6)}
        assert told[3] == 100  # streams at once


@pytest.mark.parametrize("pause", [0.0, 0.001])
async def test_http1_is_answered_on_the_same_port(server, pause):
    reply = await reply_to(server.opening.port, *one_by_one(GET), pause=pause)
    assert reply.startswith(b"HTTP/1.1 200")
    assert reply.endswith(b"ok")


async def test_a_method_that_begins_as_the_preface_does_is_http1(server):
    patch = GET.replace(b"GET", b"PRIVATE")
    assert (await reply_to(server.opening.port, b"PRI", patch[3:], pause=0.01)).startswith(b"HTTP/1.1 405")


@pytest.mark.parametrize(
    "garbage",
    [
        b"\0" * 4096,
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"\x07" * 512,  # TLS, where none is spoken
        PREFACE[:-1] + b"X" + settings(),
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\rX",
        b"SSH-2.0-OpenSSH_9.9\r\n\r\n",
        settings() + call(1),
        b"A" * 200_000,
        b"GET / HTTP/1.1\r\n" + b"x: y\r\n" * 30_000,
    ],
    ids=["zeros", "TLS", "almost a preface", "cut preface", "SSH", "frames", "one long word", "endless headers"],
)
async def test_garbage_is_refused_and_tells_nothing(server, garbage):
    reply = await reply_to(server.opening.port, garbage, size=100_000)
    assert reply == b"" or reply.startswith((b"HTTP/1.1 40", b"HTTP/1.1 431"))
    assert_discreet(reply)
    assert (await reply_to(server.opening.port, GET)).endswith(b"ok")


async def test_a_preface_without_settings_is_refused(server):
    async with connected(server.opening.port) as wire:
        await wire.send(PREFACE, call(1))
        frames = await wire.to_end()
        assert [came.kind for came in frames if came.kind != 8] == [SETTINGS, 7]
        assert_discreet(wire.bytes_heard)


async def test_grpc_over_http1_is_refused_and_not_answered_by_half(capfd):
    # There are no trailers, so no status. And what a stranger does to a server never fills its log with tracebacks.
    async with serving(door="nghttp2", app="echo_app:build") as server:
        head = b"POST /doors.test.v1.Echo/Unary HTTP/1.1\r\nhost: here\r\nconnection: close\r\n"
        reply = await reply_to(
            server.opening.port, head + b"content-type: application/grpc\r\ncontent-length: 5\r\n\r\n\0\0\0\0\0"
        )
    assert reply.split(b" ")[1] in (b"400", b"415", b"426", b"505")
    assert "Traceback" not in "".join(capfd.readouterr())


async def is_ended(port, *said):
    """Whether the server ends a connection on which only this is said."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(b"".join(said))
    try:
        await asyncio.wait_for(reader.read(), 5 * SOON)
    except ConnectionError:
        return True
    except TimeoutError:
        return False
    else:
        return True
    finally:
        writer.transport.abort()


@pytest.mark.parametrize(
    "said",
    [
        b"",
        PREFACE[:3],
        PREFACE[:-1],
        b"G",
        b"GET / HTTP/1.1\r\n",
        GET[:-1],
        b"POST / HTTP/1.1\r\ncontent-length: 9\r\n",
    ],
    ids=["nothing", "PRI", "most of a preface", "one letter", "a line", "all but the end", "no end of headers"],
)
async def test_a_connection_that_never_says_a_whole_request_is_ended(said):
    async with front_of(first_request=SOON) as front:
        assert await is_ended(front.port, said)


async def test_a_connection_that_leaves_without_a_word_is_forgotten():
    async with front_of() as front:
        for _ in range(20):
            async with connected(front.port):
                pass
        async with connected(front.port) as wire:
            await wire.send(PREFACE, settings())
            assert await wire.ping()
        for _ in range(100):
            await asyncio.sleep(0.01)
            if not front.greeted and not front.connections:
                break
        assert (front.greeted, front.connections) == (set(), set())


@pytest.mark.parametrize("said", [b"", PREFACE + settings(), GET[:-1]], ids=["silent", "HTTP/2", "HTTP/1.1"])
async def test_one_connection_too_many_is_refused(said):
    async with front_of(connections=3) as front:
        held = [await asyncio.open_connection("127.0.0.1", front.port) for _ in range(3)]
        for _, writer in held:
            writer.write(said)
        await asyncio.sleep(0.1)
        assert await is_ended(front.port)
        for _, writer in held:
            writer.transport.abort()
        await asyncio.sleep(0.1)
        async with introduced(front.port) as wire:
            assert await wire.ping()
