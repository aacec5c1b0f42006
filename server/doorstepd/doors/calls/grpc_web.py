"""gRPC-Web, binary and text, for HTTP servers without trailers. Behind Envoy, Envoy's own filter does this.

Trailers travel as a last frame of the body, marked by the top bit of its first byte; the text form is the same in
base64, each piece padded by itself. Source: https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-WEB.md.
"""

import binascii
from base64 import b64decode, b64encode
from dataclasses import dataclass
from struct import pack

import grpc

from doorstepd.doors.app import Message, Receive, Send
from doorstepd.doors.calls.headers import Raw
from doorstepd.doors.calls.line import Sender
from doorstepd.doors.calls.outbox import Outbox
from doorstepd.doors.calls.status import Ended

_BINARY = frozenset({b"application/grpc-web", b"application/grpc-web+proto"})
_TEXT = frozenset({b"application/grpc-web-text", b"application/grpc-web-text+proto"})
_TRAILERS = 0x80


@dataclass(frozen=True, slots=True)
class Dialect:
    """One of the two forms."""

    content_type: bytes
    text: bool

    def request(self, receive: Receive) -> Receive:
        """`receive` as if the body were plain gRPC."""
        return TextBody(receive).receive if self.text else receive

    def outbox(self, send: Send) -> Outbox:
        """An outbox that writes this form."""
        return WebOutbox(send, self)


def dialect(content_type: bytes) -> Dialect | None:
    """The form that a content type names, or None."""
    kind = content_type.partition(b";")[0].strip().lower()
    if kind in _BINARY:
        return Dialect(kind, text=False)
    return Dialect(kind, text=True) if kind in _TEXT else None


class TextBody:
    """A request body in base64, decoded as it comes. Pieces may end anywhere, and each may be padded."""

    def __init__(self, receive: Receive) -> None:
        self._receive = receive
        self._rest = b""

    async def receive(self) -> Message:
        """As ASGI's `receive`."""
        event = await self._receive()
        if event["type"] == "http.request":
            text = self._rest + event.get("body", b"")
            whole = len(text) // 4 * 4
            self._rest = text[whole:]
            if self._rest and not event.get("more_body", False):
                raise _not_base64()
            event["body"] = _decoded(text[:whole])
        return event


def _decoded(text: bytes) -> bytes:
    try:
        if b"=" not in text[:-2]:
            return b64decode(text, validate=True)
        return b"".join(b64decode(text[at : at + 4], validate=True) for at in range(0, len(text), 4))
    except binascii.Error:
        raise _not_base64() from None


def _not_base64() -> Ended:
    return Ended(grpc.StatusCode.INVALID_ARGUMENT, "The body of a grpc-web-text request is not base64.")


class WebOutbox(Outbox):
    """Messages and trailers in one HTTP body."""

    __slots__ = ("_dialect",)

    def __init__(self, send: Send, dialect: Dialect) -> None:
        super().__init__(send)
        self._dialect = dialect

    def line(self, call: Sender) -> None:
        """There is none: each piece is spelt, and waited for."""

    async def head(self, trailers: Raw | None = None) -> None:
        """See `Outbox`."""
        self.started = True
        headers = [(b"content-type", self._dialect.content_type), *self.initial]
        if self.encoding is not None:
            headers.append((b"grpc-encoding", self.encoding))
        await self._send({"type": "http.response.start", "status": 200, "headers": headers + (trailers or [])})

    async def message(self, frame: bytes) -> None:
        """See `Outbox`."""
        await super().message(self._spelt(frame))

    async def end(self, trailers: Raw, last: bytes | None = None) -> None:
        """See `Outbox`."""
        if not self.started:
            await self.head(trailers if last is None else None)
            if last is None:
                await self._send({"type": "http.response.body", "body": b""})
                return
        block = b"".join(key + b": " + value + b"\r\n" for key, value in trailers)
        body = (last or b"") + pack(">BI", _TRAILERS, len(block)) + block
        await self._send({"type": "http.response.body", "body": self._spelt(body)})

    def _spelt(self, data: bytes) -> bytes:
        return b64encode(data) if self._dialect.text else data
