"""Pieces of the door inside the test's own process, with limits and transports of the test's choosing."""

import asyncio
import socket
from contextlib import asynccontextmanager

from hpack import Decoder
from raw_http2 import PREFACE, Frame, frame, settings, unpack

from doorstepd.doors import http1
from doorstepd.doors.nghttp2.connection import Connection
from doorstepd.doors.nghttp2.front import Front
from doorstepd.doors.nghttp2.limits import Limits
from doorstepd.doors.nghttp2.turn import Turn
from doorstepd.doors.opening import Opening

TRAILERS = [(b"grpc-status", b"0")]


class FakeTransport:
    """Takes everything; says afterwards what it was."""

    def __init__(self):
        self.protocol = None
        self.written = b""
        self.closed = self.aborted = False
        self._decoder = Decoder()
        self._read = 0

    def get_extra_info(self, name, default=None):
        return ("127.0.0.1", 1) if name == "peername" else default

    def set_write_buffer_limits(self, high=None, low=None):
        pass

    def write(self, data):
        assert not self.closed, "written after it was closed"
        self.written += data

    def close(self):
        self.closed = True

    def abort(self):
        self.closed = self.aborted = True

    def frames(self):
        """Those written since this was last asked."""
        found = []
        while self._read + 9 <= len(self.written):
            head = self.written[self._read : self._read + 9]
            end = self._read + 9 + unpack(">I", b"\0" + head[:3])[0]
            payload, self._read = self.written[self._read + 9 : end], end
            fields = dict(self._decoder.decode(payload)) if head[3] == 1 else None
            found.append(Frame(head[3], head[4], unpack(">I", head[5:9])[0], payload, fields))
        return found


def connection_of(answer, limits=None):
    """A connection after both sides' settings, and its transport."""
    connection = Connection(answer, limits or Limits(), set(), Turn(asyncio.get_running_loop()))
    transport = FakeTransport()
    connection.connection_made(transport)
    connection.data_received(PREFACE + settings() + frame(4, 1))
    transport.frames()
    return connection, transport


async def turns(count=5):
    """Lets the loop do what is ready."""
    for _ in range(count):
        await asyncio.sleep(0)


async def body_of(exchange):
    """The whole body; None if the caller leaves before."""
    body = b""
    while True:
        event = await exchange.receive()
        if event["type"] == "http.disconnect":
            return None
        body += event["body"]
        if not event["more_body"]:
            return body


async def start(exchange, **how):
    await exchange.send({"type": "http.response.start", "status": 200, "headers": [], "trailers": True, **how})


async def finish(exchange, body=b""):
    await exchange.send({"type": "http.response.body", "body": body})
    await exchange.send({"type": "http.response.trailers", "headers": TRAILERS})


async def echo(exchange):
    """Answers with what came."""
    body = await body_of(exchange)
    if body is not None:
        await start(exchange)
        await finish(exchange, body)


async def plain(scope, receive, send):
    """An app that says ok."""
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"2")]})
    await send({"type": "http.response.body", "body": b"ok"})


@asynccontextmanager
async def front_of(answer=echo, **limits):
    """An open front; its port is `front.port`."""
    listening = socket.socket(proto=socket.IPPROTO_TCP)
    listening.bind(("127.0.0.1", 0))
    protocols = http1.Protocols(http1.configured(plain, Opening(app="nobody")))
    front = Front(answer, protocols, Limits(**limits))
    await front.open(listening, Opening(app="nobody"))
    front.port = listening.getsockname()[1]
    try:
        yield front
    finally:
        front.close()
        protocols.close()
        await asyncio.sleep(0.01)
