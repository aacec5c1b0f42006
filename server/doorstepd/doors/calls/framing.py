"""gRPC's length-prefixed messages, compressed or not."""

import gzip
import zlib
from collections.abc import Callable
from struct import Struct

import grpc

from doorstepd.doors.app import Receive
from doorstepd.doors.calls.status import ClientLeft, Ended, too_large

_PREFIX = Struct(">BI")
PREFIX_SIZE = _PREFIX.size
ENCODINGS = (b"identity", b"deflate", b"gzip")
ACCEPTED = b"identity, deflate, gzip"
_WINDOW_BITS = {b"gzip": 31, b"deflate": 15}
COMPRESSION = {grpc.Compression.Gzip: b"gzip", grpc.Compression.Deflate: b"deflate"}


_LARGE = 16 * 1024
_last_large: tuple[bytes, bytes] = (b"", b"")


def frame(payload: bytes) -> bytes:
    """One message, not compressed. A large one that many get, one after the other, is copied once."""
    global _last_large
    if len(payload) < _LARGE:
        return _PREFIX.pack(0, len(payload)) + payload
    if _last_large[0] is not payload:
        _last_large = (payload, _PREFIX.pack(0, len(payload)) + payload)
    return _last_large[1]


def compressed_frame(payload: bytes, encoding: bytes) -> bytes:
    """One message in `encoding`, `gzip` or `deflate`."""
    small = gzip.compress(payload, compresslevel=1, mtime=0) if encoding == b"gzip" else zlib.compress(payload, 1)
    return _PREFIX.pack(1, len(small)) + small


def inflated(data: bytes, encoding: bytes, limit: int) -> bytes:
    """The message that `data` holds. Never makes more than `limit` bytes and one, whatever `data` claims."""
    stream = zlib.decompressobj(wbits=_WINDOW_BITS[encoding])
    try:
        message = stream.decompress(data, limit + 1)
    except zlib.error:
        raise Ended(grpc.StatusCode.INTERNAL, "A message is not valid in its grpc-encoding.") from None
    if len(message) > limit:
        raise too_large(len(message), limit)
    if not stream.eof or stream.unused_data:
        raise Ended(grpc.StatusCode.INTERNAL, "The compressed message is cut short or followed by other bytes.")
    return message


class Inbox:
    """The messages of one request body, read as they are asked for, so that a caller who floods waits."""

    __slots__ = ("_buffer", "_encoding", "_limit", "ended", "on_end", "receive")

    def __init__(self, receive: Receive, limit: int, encoding: bytes | None) -> None:
        self.receive = receive
        self._limit = limit
        self._encoding = encoding
        self._buffer = bytearray()
        self.ended = False
        self.on_end: Callable[[], None] | None = None
        """Called once, when the caller has sent its last."""

    async def next(self) -> bytes | None:
        """The next message, or None when the caller has sent its last. Raises ClientLeft."""
        while True:
            message = self._take()
            if message is not None:
                return message
            if self.ended:
                if self._buffer:
                    raise Ended(grpc.StatusCode.INTERNAL, "The request ended in the middle of a message.")
                return None
            await self._read()

    async def only(self) -> bytes:
        """The one message of a request that has exactly one."""
        message = await self.next()
        if message is None or await self.next() is not None:
            raise Ended(grpc.StatusCode.UNIMPLEMENTED, "This method takes exactly one request message.")
        return message

    async def _read(self) -> None:
        event = await self.receive()
        if event["type"] == "http.disconnect":
            self.ended = True
            raise ClientLeft
        self._buffer += event.get("body", b"")
        self.ended = not event.get("more_body", False)
        if self.ended and self.on_end is not None:
            self.on_end()

    def _take(self) -> bytes | None:
        buffer = self._buffer
        if len(buffer) < PREFIX_SIZE:
            return None
        compressed, size = _PREFIX.unpack_from(buffer)
        if size > self._limit:
            raise too_large(size, self._limit)
        end = PREFIX_SIZE + size
        if len(buffer) < end:
            return None
        data = bytes(memoryview(buffer)[PREFIX_SIZE:end])
        del buffer[:end]
        return self._plain(data) if compressed else data

    def _plain(self, data: bytes) -> bytes:
        if self._encoding is None or self._encoding == b"identity":
            raise Ended(grpc.StatusCode.INTERNAL, "A message is marked as compressed, but grpc-encoding is not set.")
        return inflated(data, self._encoding, self._limit)
