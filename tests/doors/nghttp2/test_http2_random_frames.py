"""Any sequence of frames, right and wrong, and what must hold whatever comes."""

import asyncio
from struct import pack

from http2_in_process import body_of, connection_of, finish, start, turns
from hypothesis import given
from hypothesis import settings as how
from hypothesis import strategies as st
from raw_http2 import block, fields_of, frame, grpc_fields, headers

STREAMS = st.sampled_from([1, 1, 1, 3, 3, 5, 7, 0, 2, 2**31 - 1])
FLAGS = st.sampled_from([0, 1, 4, 5, 8, 0x20, 0xFF])
WORDS = st.integers(0, 2**32 - 1)
SIZES = st.sampled_from([0, 1, 10, 300, 16_384])
FIELDS = st.sampled_from(
    [fields_of("/a%20b?c", method="GET"), fields_of("/"), grpc_fields("Unary"), [(":status", "1")]]
)


def words(kind, flags, stream, *numbers):
    return frame(kind, flags, stream, b"".join(pack(">I", number) for number in numbers))


RIGHT = st.one_of(
    st.builds(headers, STREAMS, FIELDS, st.sampled_from([4, 5])),
    st.builds(headers, st.sampled_from([1, 3, 5, 7, 9, 11]), st.just(grpc_fields("Unary")), st.just(4)),
    st.builds(
        lambda stream, flags, size: frame(0, flags, stream, bytes(size)), STREAMS, st.sampled_from([0, 1]), SIZES
    ),
    st.builds(lambda stream, code: words(3, 0, stream, code), STREAMS, st.integers(0, 14)),
    st.builds(lambda stream, by: words(8, 0, stream, by), STREAMS, st.sampled_from([0, 1, 70_000, 2**31 - 1])),
    st.builds(lambda key, value: frame(4, 0, 0, pack(">HI", key, value)), st.integers(0, 9), WORDS),
    st.just(frame(6, 0, 0, bytes(8))),
    st.just(frame(4, 1)),
    st.builds(lambda code: words(7, 0, 0, 0, code), st.integers(0, 14)),
    st.builds(lambda flags, stream: frame(9, flags, stream, block(("x", "y"))), FLAGS, STREAMS),
)
WRONG = st.one_of(
    st.builds(frame, st.integers(0, 12), FLAGS, STREAMS, st.binary(max_size=40)),
    st.binary(min_size=1, max_size=40),
)


@st.composite
def mutated(draw):
    """A frame of which one byte is another."""
    data = bytearray(draw(RIGHT))
    data[draw(st.integers(0, min(len(data) - 1, 40)))] ^= draw(st.integers(1, 255))
    return bytes(data)


FRAMES = st.one_of(RIGHT, RIGHT, RIGHT, mutated(), WRONG)
DEEDS = st.one_of(FRAMES, FRAMES, FRAMES, FRAMES, st.sampled_from(["turn", "pause", "resume", "ping", "leave", "look"]))


class Watched:
    """Keeps every exchange that began; answers each in one of several ways."""

    def __init__(self):
        self.exchanges = []

    async def __call__(self, exchange):
        self.exchanges.append(exchange)
        await self.ways[exchange.stream_id // 2 % len(self.ways)](self, exchange)

    async def echo(self, exchange):
        body = await body_of(exchange)
        await start(exchange)
        await finish(exchange, body or b"")

    async def at_once(self, exchange):
        await start(exchange)
        await finish(exchange)

    async def by_headers_alone(self, exchange):
        await start(exchange, trailers=False)
        await exchange.send({"type": "http.response.body", "body": b""})

    async def in_pieces(self, exchange):
        await start(exchange)
        for _ in range(3):
            await exchange.send({"type": "http.response.body", "body": bytes(40_000), "more_body": True})
        await finish(exchange)

    async def wrongly(self, exchange):
        await start(exchange)
        raise ValueError("never on the wire")

    ways = echo, at_once, by_headers_alone, in_pieces, wrongly


async def do(connection, transport, deed):
    if isinstance(deed, bytes):
        connection.data_received(deed)
    elif deed == "turn":
        await turns(2)
    elif deed == "look":
        transport.frames()
    else:
        getattr(connection, {"pause": "pause_writing", "resume": "resume_writing"}.get(deed, deed))()


def tasks():
    return asyncio.all_tasks() - {asyncio.current_task()}


@given(st.lists(DEEDS, max_size=30), st.integers(0, 3))
@how(max_examples=500, deadline=None)
async def test_whatever_comes_nothing_is_raised_and_nothing_is_left(deeds, pause):
    before, complaints = tasks(), []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: complaints.append(context))
    answer = Watched()
    connection, transport = connection_of(answer)
    for deed in deeds:
        if transport.closed:  # a transport that was closed gives nothing to read any more
            break
        await do(connection, transport, deed)
        await turns(pause)
    await turns(pause)
    connection.connection_lost(None)
    await turns(10)
    assert [exchange for exchange in answer.exchanges if not exchange.left] == []
    assert connection.exchanges == {}
    assert tasks() - before == set()
    assert complaints == []
    assert b"never on the wire" not in transport.written


@given(st.lists(FRAMES, max_size=10), st.data())
@how(max_examples=100, deadline=None)
async def test_how_bytes_are_cut_makes_no_difference(frames, data):
    said = b"".join(frames)
    cuts = sorted(data.draw(st.lists(st.integers(0, len(said)), max_size=6)))
    heard = []
    for pieces in ([said], [said[a:b] for a, b in zip([0, *cuts], [*cuts, len(said)], strict=True)]):
        began = Watched()
        connection, transport = connection_of(began)
        for piece in pieces:
            if piece and not transport.closed:
                connection.data_received(piece)
        heard.append((connection.requests, transport.closed))
        connection.connection_lost(None)
        await turns(10)
    assert heard[0] == heard[1]
