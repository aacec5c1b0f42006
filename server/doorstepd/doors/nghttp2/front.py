"""Where connections arrive: one port for HTTP/2 and HTTP/1.1, which the first bytes tell apart."""

from __future__ import annotations

import asyncio
import socket
import ssl
from typing import Protocol

from doorstepd.doors.nghttp2.connection import Answer, Connection
from doorstepd.doors.nghttp2.limits import Limits
from doorstepd.doors.nghttp2.turn import Turn
from doorstepd.doors.opening import Opening

_PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
_BACKLOG = 4096


class Http1(Protocol):
    """Where connections that speak HTTP/1.1 are handed on to."""

    @property
    def count(self) -> int:
        """How many are open."""

    def new(self, patience: float) -> asyncio.Protocol:
        """The protocol of one more; it ends a connection whose request takes longer to come."""


class Front:
    """Listens; `answer` gets the requests of HTTP/2, and `http1` other connections."""

    def __init__(self, answer: Answer, http1: Http1, limits: Limits) -> None:
        self.connections: set[Connection] = set()
        self.limits = limits
        self.greeted: set[Greeting] = set()
        """Connections of which it is not yet known what they speak."""
        self._answer = answer
        self._http1 = http1
        self._server: asyncio.Server | None = None
        self._turn = Turn(asyncio.get_running_loop())

    async def open(self, listening: socket.socket, opening: Opening) -> None:
        """Begins to take connections."""
        self._server = await asyncio.get_running_loop().create_server(
            lambda: Greeting(self),
            sock=listening,
            backlog=_BACKLOG,
            ssl=tls(opening) if opening.tls else None,
            ssl_handshake_timeout=self.limits.first_request if opening.tls else None,
        )

    def leave(self) -> None:
        """Asks callers to open their next streams elsewhere, and takes no new ones. What is open goes on."""
        self._listen_no_more()
        for connection in self.connections:
            connection.leave()

    def close(self) -> None:
        """Ends every connection."""
        self._listen_no_more()
        for connection in tuple(self.connections):
            connection.close()
        for greeting in tuple(self.greeted):
            greeting.close()

    def _listen_no_more(self) -> None:
        if self._server is not None:
            self._server.close()
            self._server = None

    @property
    def full(self) -> bool:
        """Whether one more connection would be too many."""
        return len(self.connections) + len(self.greeted) + self._http1.count >= self.limits.connections

    def recognised(self, *, http2: bool) -> asyncio.Protocol:
        """The protocol for a connection that said what it speaks."""
        if http2:
            return Connection(self._answer, self.limits, self.connections, self._turn)
        return self._http1.new(self.limits.first_request)


class Greeting(asyncio.Protocol):
    """A new connection, until it has said enough to be told apart."""

    def __init__(self, front: Front) -> None:
        self._front = front
        self._said = b""
        self._transport: asyncio.Transport
        self._timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Waits so long for a word."""
        self._transport = transport  # type: ignore[assignment]  # of a socket, it is a Transport
        if self._front.full:
            self._transport.abort()
            return
        _send_what_is_newest(transport, self._front.limits.unsent)
        self._front.greeted.add(self)
        loop = asyncio.get_running_loop()
        self._timer = loop.call_later(self._front.limits.first_request, self._transport.abort)

    def connection_lost(self, exc: Exception | None) -> None:
        """It left without a word."""
        self._forget()

    def data_received(self, data: bytes) -> None:
        """Hands the connection on as soon as it is told apart."""
        self._said += data
        said = self._said[: len(_PREFACE)]
        if len(said) < len(_PREFACE) and _PREFACE.startswith(said):
            return
        self._forget()
        protocol = self._front.recognised(http2=said == _PREFACE)
        self._transport.set_protocol(protocol)
        protocol.connection_made(self._transport)
        protocol.data_received(self._said)

    def close(self) -> None:
        """Ends the connection."""
        self._transport.abort()

    def _forget(self) -> None:
        self._front.greeted.discard(self)
        if self._timer is not None:
            self._timer.cancel()


def _send_what_is_newest(transport: asyncio.BaseTransport, unsent: int) -> None:
    """Has the kernel hold little of what the network does not take: it could not be replaced by newer any more."""
    plain = transport.get_extra_info("socket")
    if plain is not None and hasattr(socket, "TCP_NOTSENT_LOWAT"):
        plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NOTSENT_LOWAT, unsent)


def tls(opening: Opening) -> ssl.SSLContext:
    """TLS 1.2 or newer, for HTTP/2 where the caller can."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.load_cert_chain(opening.certificate, opening.private_key)
    context.set_alpn_protocols(["h2", "http/1.1"])
    return context
