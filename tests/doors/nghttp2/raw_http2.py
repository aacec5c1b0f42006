"""A caller that writes whatever frames it likes, and reads what comes back frame by frame."""

import asyncio
import socket
from contextlib import asynccontextmanager, suppress
from struct import pack, unpack
from typing import NamedTuple

from echo_pb2 import Answer, Ask
from hpack import Decoder

PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
DATA, HEADERS, PRIORITY, RST_STREAM, SETTINGS, PUSH_PROMISE, PING, GOAWAY, WINDOW_UPDATE, CONTINUATION = range(10)
END_STREAM = ACK = 0x1
END_HEADERS = 0x4
PADDED = 0x8
NO_ERROR, PROTOCOL_ERROR, FLOW_CONTROL_ERROR, STREAM_CLOSED, FRAME_SIZE_ERROR, REFUSED_STREAM = 0, 1, 3, 5, 6, 7
CANCEL, COMPRESSION_ERROR, ENHANCE_YOUR_CALM = 8, 9, 11
BIGGEST_WINDOW = 2**31 - 1
ECHO = "/doors.test.v1.Echo/"
INDISCREET = (b"Traceback", b"ValueError", b"NGH2", b"Exception", b"doorstepd", b"uvloop", b".py", b"SELECT")


class Frame(NamedTuple):
    kind: int
    flags: int
    stream: int
    payload: bytes
    fields: dict | None = None
    """Of HEADERS."""

    @property
    def code(self):
        """The error code of a RST_STREAM or a GOAWAY."""
        return unpack(">I", self.payload[-4:] if self.kind == RST_STREAM else self.payload[4:8])[0]


def frame(kind, flags=0, stream=0, payload=b""):
    return pack(">I", len(payload))[1:] + pack(">BBI", kind, flags, stream) + payload


def settings(*pairs):
    return frame(SETTINGS, 0, 0, b"".join(pack(">HI", *pair) for pair in pairs))


def reset(stream, code=CANCEL):
    return frame(RST_STREAM, 0, stream, pack(">I", code))


def window_update(stream, by):
    return frame(WINDOW_UPDATE, 0, stream, pack(">I", by))


def block(*fields):
    """A header block that needs no state: literal fields that are not indexed."""
    return b"".join(b"\0" + _text(name) + _text(value) for name, value in fields)


def _text(value):
    data = value if isinstance(value, bytes) else value.encode()
    if len(data) < 127:
        return bytes([len(data)]) + data
    rest, prefix = len(data) - 127, b"\x7f"
    while rest >= 128:
        prefix, rest = prefix + bytes([rest % 128 + 128]), rest // 128
    return prefix + bytes([rest]) + data


def fields_of(path, *more, method="POST", scheme="http"):
    pseudo = (":method", method), (":scheme", scheme), (":path", path), (":authority", "here")
    return *pseudo, *more


def grpc_fields(name, *more):
    return fields_of(ECHO + name, ("content-type", "application/grpc"), ("te", "trailers"), *more)


def headers(stream, fields, flags=END_HEADERS):
    return frame(HEADERS, flags, stream, block(*fields))


def message(**ask):
    """One gRPC message, framed as gRPC frames it."""
    data = Ask(**ask).SerializeToString()
    return pack(">BI", 0, len(data)) + data


def body(stream, data):
    """A whole body, in frames of a size that every server takes."""
    pieces = [data[at : at + 16_000] for at in range(0, len(data), 16_000)]
    return b"".join(frame(DATA, 0, stream, piece) for piece in pieces) + frame(DATA, END_STREAM, stream)


def call(stream, name="Unary", **ask):
    """A whole call with one message."""
    return headers(stream, grpc_fields(name)) + body(stream, message(**ask))


def answers_in(data):
    """The messages of an answer's body."""
    found = []
    while data:
        size = unpack(">I", data[1:5])[0]
        found.append(Answer.FromString(data[5 : 5 + size]))
        data = data[5 + size :]
    return found


class Heard(NamedTuple):
    """What came on one stream until it ended."""

    head: dict
    body: bytes
    trailers: dict
    resets: list

    @property
    def status(self):
        return (self.head | self.trailers).get("grpc-status")


class Wire:
    """One connection."""

    def __init__(self, reader, writer):
        self.reader = reader
        self.writer = writer
        self.bytes_heard = b""
        self.goaway = None
        """The last GOAWAY."""
        self.window = 65_535
        """What we may still send on this connection, if we were to keep to it."""
        self._decoder = Decoder()

    async def send(self, *frames):
        """Sends, or notices that the server has closed."""
        said = b"".join(frames)
        self.window -= _bytes_of_data(said.removeprefix(PREFACE))
        with suppress(ConnectionError):
            self.writer.write(said)
            await asyncio.wait_for(self.writer.drain(), 5)

    async def next(self, within=5.0):
        """The next frame; None once the connection has ended."""
        try:
            head = await asyncio.wait_for(self.reader.readexactly(9), within)
            payload = await asyncio.wait_for(self.reader.readexactly(unpack(">I", b"\0" + head[:3])[0]), within)
        except (asyncio.IncompleteReadError, ConnectionError):
            return None
        self.bytes_heard += head + payload
        fields = dict(self._decoder.decode(payload)) if head[3] == HEADERS else None
        came = Frame(head[3], head[4], unpack(">I", head[5:9])[0], payload, fields)
        self.goaway = came if came.kind == GOAWAY else self.goaway
        self.window += unpack(">I", payload)[0] if came.kind == WINDOW_UPDATE and not came.stream else 0
        return came

    async def until(self, kind, stream=None, flags=0):
        """The next frame of a kind; None once the connection has ended."""
        while (found := await self.next()) is not None:
            if found.kind == kind and stream in (None, found.stream) and found.flags & flags == flags:
                return found
        return None

    async def to_end(self):
        """Every frame until the server closes."""
        frames = []
        while (found := await self.next()) is not None:
            frames.append(found)
        return frames

    async def ping(self, word=b"are-you?"):
        """Whether the server answers a ping, after all that was sent before."""
        await self.send(frame(PING, 0, 0, word))
        while (answered := await self.until(PING, flags=ACK)) is not None:
            if answered.payload == word:
                return True
        return False

    async def heard(self, stream):
        """What comes on a stream until it ends, either way. Fails if the connection ends first."""
        return (await self.heard_of(stream))[stream]

    async def heard_of(self, *streams):
        """The same of several streams, by stream."""
        found = {stream: Heard({}, b"", {}, []) for stream in streams}
        open_ = set(streams)
        while open_:
            came = await self.next()
            assert came is not None, f"the connection ended: {self.goaway}"
            if came.stream in found:
                found[came.stream] = _with(found[came.stream], came)
            if came.kind == RST_STREAM or (came.kind in (DATA, HEADERS) and came.flags & END_STREAM):
                open_.discard(came.stream)
        return found

    async def close(self):
        self.writer.transport.abort()
        with suppress(ConnectionError):
            await self.writer.wait_closed()


def _bytes_of_data(frames):
    found = 0
    while len(frames) >= 9:
        size = unpack(">I", b"\0" + frames[:3])[0]
        found += size if frames[3] == DATA else 0
        frames = frames[9 + size :]
    return found


def _with(heard, came):
    if came.kind == DATA:
        return heard._replace(body=heard.body + came.payload)
    if came.kind == RST_STREAM:
        return heard._replace(resets=[*heard.resets, came.code])
    if came.kind == HEADERS and not heard.head:
        return heard._replace(head=came.fields)
    return heard._replace(trailers=came.fields) if came.kind == HEADERS else heard


@asynccontextmanager
async def connected(port, *, receive_buffer=None, ssl=None):
    """A connection on which nothing was said."""
    plain = socket.socket(proto=socket.IPPROTO_TCP)  # so that asyncio sends small pieces at once
    if receive_buffer is not None:
        plain.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
    plain.setblocking(False)
    await asyncio.get_running_loop().sock_connect(plain, ("127.0.0.1", port))
    named = {"server_hostname": "localhost"} if ssl else {}
    reader, writer = await asyncio.open_connection(sock=plain, limit=2**16, ssl=ssl, **named)
    wire = Wire(reader, writer)
    try:
        yield wire
    finally:
        await wire.close()


@asynccontextmanager
async def introduced(port, *pairs, **how):
    """A connection after both sides' settings. `pairs` are our settings."""
    async with connected(port, **how) as wire:
        await wire.send(PREFACE, settings(*pairs))
        assert (await wire.until(SETTINGS)) is not None
        await wire.send(frame(SETTINGS, ACK))
        yield wire


def assert_discreet(said):
    """What goes over the wire tells a stranger nothing of how the server is made."""
    assert [word for word in INDISCREET if word in said] == []
