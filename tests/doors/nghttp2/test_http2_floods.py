"""Frames without end. The process lives, stays small, and answers others meanwhile."""

import asyncio
from contextlib import asynccontextmanager, suppress
from struct import pack

import grpc
import pytest
import pytest_asyncio
from echo_pb2 import Ask
from echo_pb2_grpc import EchoStub
from raw_http2 import (
    BIGGEST_WINDOW,
    CONTINUATION,
    DATA,
    END_HEADERS,
    END_STREAM,
    ENHANCE_YOUR_CALM,
    GOAWAY,
    HEADERS,
    PING,
    PREFACE,
    PRIORITY,
    PROTOCOL_ERROR,
    REFUSED_STREAM,
    RST_STREAM,
    SETTINGS,
    assert_discreet,
    block,
    call,
    connected,
    fields_of,
    frame,
    grpc_fields,
    headers,
    introduced,
    message,
    reset,
    settings,
    window_update,
)
from serving import serving

BOUND = 20 * 2**20
PIECE = 200
WHOLE = END_HEADERS | END_STREAM
SLEEPING = message(act="sleep", seconds=30, key="flood")


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def flooded():
    async with serving(door="nghttp2", app="echo_app:build") as opened:
        await calls_elsewhere(opened, 300)  # what is allocated once is allocated now
        yield opened


async def calls_elsewhere(server, count):
    options = [("grpc.use_local_subchannel_pool", 1)]
    async with grpc.aio.insecure_channel(server.target, options=options) as channel:
        for number in range(count):
            answer = await EchoStub(channel).Unary(Ask(text=str(number)), timeout=4)
            assert answer.text == str(number)


@asynccontextmanager
async def living(server):
    """Asserts that others are answered meanwhile, and that the process is the same and hardly larger afterwards."""
    process, before = server.process, server.process.memory_info().rss
    others = asyncio.create_task(calls_elsewhere(server, 30))
    yield
    await asyncio.wait_for(others, 4)
    await calls_elsewhere(server, 3)
    assert server.process == process
    assert server.process.memory_info().rss - before < BOUND


async def pour(wire, pieces, *, reading=True):
    """Sends until all is sent or the server will have no more."""
    reader = asyncio.create_task(wire.reader.read(-1)) if reading else None
    with suppress(ConnectionError, TimeoutError):
        for piece in pieces:
            wire.writer.write(piece)
            await asyncio.wait_for(wire.writer.drain(), 1)
    if reader is not None:
        reader.cancel()
        with suppress(asyncio.CancelledError, ConnectionError):
            assert_discreet(await reader)


async def assert_ended(wire):
    """The server has closed, or does so within a time."""
    with suppress(ConnectionError):
        await asyncio.wait_for(wire.reader.read(-1), 3)


def streams(count, first=1):
    return range(first, first + 2 * count, 2)


FLOODS = {
    "pings": [frame(PING, 0, 0, bytes(8)) * PIECE] * 500,
    "answers to pings": [frame(PING, 1, 0, bytes(8)) * PIECE] * 500,
    "settings": [settings((3, 100), (4, 65_535)) * PIECE] * 300,
    "settings that change windows": [(settings((4, 0)) + settings((4, BIGGEST_WINDOW))) * PIECE] * 100,
    "tables of headers": [(settings((1, 0)) + settings((1, 2**32 - 1))) * PIECE] * 100,
    "answers to settings": [frame(SETTINGS, 1) * PIECE] * 300,
    "priorities": [b"".join(frame(PRIORITY, 0, one, pack(">IB", 0, 7)) for one in streams(PIECE))] * 300,
    "priorities of ever new streams": [
        b"".join(frame(PRIORITY, 0, one, pack(">IB", one - 2, 7)) for one in streams(PIECE, 3 + 2 * PIECE * at))
        for at in range(300)
    ],
    "updates of priorities": [
        b"".join(frame(0x10, 0, 0, pack(">I", one) + b"u=1") for one in streams(PIECE, 1 + 2 * PIECE * at))
        for at in range(300)
    ],
    "other services": [frame(0x0A, 0, 0, b"\0\1xh2=:443") * PIECE] * 200,
    "windows of the connection": [window_update(0, 1) * PIECE] * 500,
    "unknown frames": [frame(0xBB, 0xFF, 0, bytes(100)) * PIECE] * 100,
    "unknown frames on streams": [b"".join(frame(0xBB, 0, one, bytes(9)) for one in streams(PIECE))] * 200,
}


@pytest.mark.parametrize("pieces", FLOODS.values(), ids=FLOODS)
@pytest.mark.parametrize("reading", [True, False], ids=["read", "unread"])
async def test_a_flood_of_small_frames_is_survived(flooded, pieces, reading):
    async with living(flooded), introduced(flooded.opening.port, receive_buffer=4096) as wire:
        await pour(wire, pieces, reading=reading)


@pytest.mark.parametrize("name", ["Up", "Unary", "Nowhere"])
async def test_a_flood_of_empty_data_is_survived(flooded, name):
    async with living(flooded), introduced(flooded.opening.port) as wire:
        pieces = [frame(DATA, 0, 1) * PIECE] * 500
        await pour(wire, [headers(1, grpc_fields(name)), *pieces])


async def test_a_flood_of_padding_is_survived(flooded):
    async with living(flooded), introduced(flooded.opening.port) as wire:
        padding = frame(DATA, 0x8, 1, bytes([255]) + bytes(255))
        await pour(wire, [headers(1, grpc_fields("Up")), *[padding * 20] * 200])


async def test_a_body_in_the_smallest_pieces_costs_little_while_nobody_reads_it(flooded):
    # Each piece is an object: what fills a window byte by byte must not cost many times the window.
    async with living(flooded), introduced(flooded.opening.port) as wire:
        for stream in streams(15):
            await wire.send(headers(stream, grpc_fields("Both")), frame(DATA, 0, stream, SLEEPING))
        assert await wire.ping()
        for stream in streams(15):
            await wire.send(frame(DATA, 0, stream, b"xy") * 32_000)
        assert await wire.ping()


async def test_a_flood_of_continuations_ends_the_connection(flooded):
    async with living(flooded), introduced(flooded.opening.port) as wire:
        more = [frame(CONTINUATION, 0, 1, block(("x", "y"))) * PIECE] * 100
        await pour(wire, [headers(1, grpc_fields("Unary"), 0), *more, *more])
        await assert_ended(wire)


async def test_headers_that_grow_when_they_are_unpacked_cost_little(flooded):
    # One field of 4 kB in the table, named again by a byte each: 16 kB on the wire are 60 MB of headers.
    bomb = b"\x40\x01x" + b"\x7f\x81\x1f" + b"a" * 4096
    async with living(flooded), introduced(flooded.opening.port) as wire:
        await wire.send(frame(HEADERS, WHOLE, 1, block(*fields_of("/healthz")) + bomb))
        pieces = [frame(HEADERS, WHOLE, stream, b"\xbe" * 16_000) for stream in streams(100, 3)]
        await pour(wire, pieces)


async def test_rapid_resets_end_the_connection(flooded):
    async with living(flooded), introduced(flooded.opening.port) as wire:
        pieces = (headers(one, grpc_fields("Both")) + reset(one) for one in streams(20_000))
        await pour(wire, pieces)
        await assert_ended(wire)


async def test_resets_that_the_server_is_made_to_send_are_survived(flooded):
    # "Made you reset": each stream is opened properly, then broken by a frame that only costs itself its life.
    broken = frame(HEADERS, END_HEADERS, 0, block(("x", "y")))[9:]
    async with living(flooded), introduced(flooded.opening.port) as wire:
        pieces = (headers(one, grpc_fields("Both")) + frame(HEADERS, 4, one, broken) for one in streams(20_000))
        await pour(wire, pieces)


@asynccontextmanager
async def unacknowledged(server, **how):
    """A connection that does not say that it has read the server's settings: the server may not insist on them."""
    async with connected(server.opening.port, **how) as wire:
        await wire.send(PREFACE, settings())
        yield wire


@pytest.mark.parametrize("reading", [True, False], ids=["read", "unread"])
async def test_streams_above_the_limit_are_refused_and_cost_little(flooded, reading):
    async with living(flooded), unacknowledged(flooded, receive_buffer=4096) as wire:
        await wire.send(*(headers(one, grpc_fields("Both")) for one in streams(100)))
        shortest = b"\x82\x86\x84"  # GET, http, /
        pieces = (
            b"".join(frame(HEADERS, WHOLE, one, shortest) for one in streams(PIECE, 201 + 2 * PIECE * at))
            for at in range(1000)
        )
        await pour(wire, pieces, reading=reading)


async def test_the_streams_within_the_limit_go_on_when_more_are_refused(flooded):
    async with unacknowledged(flooded) as wire:
        await wire.send(*(headers(one, grpc_fields("Unary")) for one in streams(110)))
        refused = [await wire.until(RST_STREAM) for _ in range(10)]
        assert {(one.stream, one.code) for one in refused} == {(one, REFUSED_STREAM) for one in streams(10, 201)}
        await wire.send(*(frame(DATA, END_STREAM, one, message(text=str(one))) for one in streams(100)))
        heard = await wire.heard_of(*streams(100))
        assert {one.status for one in heard.values()} == {"0"}


async def test_who_agreed_to_the_limit_and_exceeds_it_is_refused(flooded):
    async with living(flooded), introduced(flooded.opening.port) as wire:
        await wire.send(*(headers(one, grpc_fields("Both")) for one in streams(1000)))
        codes = {came.code for came in await wire.to_end() if came.kind in (RST_STREAM, GOAWAY)}
        assert codes <= {REFUSED_STREAM, PROTOCOL_ERROR, ENHANCE_YOUR_CALM}


@pytest.mark.parametrize(
    "more",
    [[("x-large", "v" * 8000)] * 5, [("x-large", "v")] * 101, [("x", "")] * 101],
    ids=["bytes", "fields", "empty fields"],
)
async def test_a_request_with_too_many_headers_costs_itself_and_no_other_call(flooded, more):
    # Behind a gateway the other streams of a connection are other people's.
    async with introduced(flooded.opening.port) as wire:
        await wire.send(headers(1, grpc_fields("Unary")))
        pieces = [block(*grpc_fields("Unary")), *(block(pair) for pair in more[:7]), block(*more[7:])]
        await wire.send(
            frame(HEADERS, 0, 3, pieces[0]),
            *(frame(CONTINUATION, 0, 3, piece) for piece in pieces[1:-1]),
            frame(CONTINUATION, END_HEADERS, 3, pieces[-1]),
        )
        await wire.send(frame(DATA, END_STREAM, 1, message(text="mine")))
        assert (await wire.heard(1)).status == "0"


async def test_calls_whose_answers_are_never_read_are_held_to_their_number(flooded):
    async with living(flooded), introduced(flooded.opening.port, (4, BIGGEST_WINDOW), receive_buffer=4096) as wire:
        await wire.send(window_update(0, BIGGEST_WINDOW - 65_535))
        pieces = (call(one, act="inflate", count=100_000) for one in streams(5000))
        await pour(wire, pieces, reading=False)
