"""HTTP/1.1 by uvicorn, for doors that do not speak it themselves: gRPC-Web, webhooks, /healthz, /metrics."""

import asyncio
from typing import Any

import h11
import uvicorn
from starlette.middleware.cors import CORSMiddleware
from uvicorn.protocols.http.h11_impl import H11Protocol
from uvicorn.server import ServerState

from doorstepd.doors.app import ASGIApp, Receive, Scope, Send
from doorstepd.doors.calls.asgi import PLAIN, content_type, refuse
from doorstepd.doors.opening import Opening

PATIENCE_S = 10.0
"""How long a request may be on its way."""

_NO_TRAILERS = 505


def with_cors(door: ASGIApp, origins: tuple[str, ...]) -> ASGIApp:
    """The door as pages from these origins may call it."""
    guarded: ASGIApp = CORSMiddleware(
        door,
        allow_origins=origins,
        allow_methods=("GET", "POST"),
        allow_headers=(
            "authorization",
            "content-type",
            "x-grpc-web",
            "x-user-agent",
            "grpc-timeout",
            "accept-language",
        ),
        expose_headers=("grpc-status", "grpc-message", "grpc-status-details-bin"),
        max_age=7200,
    )
    return guarded


def configured(guarded: ASGIApp, opening: Opening) -> uvicorn.Config:
    """uvicorn's settings. gRPC itself is refused: HTTP/1.1 has no trailers here, and so no status."""

    async def answer(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and content_type(scope) in PLAIN:
            await refuse(send, _NO_TRAILERS)
        else:
            await guarded(scope, receive, send)

    return uvicorn.Config(
        answer,
        http=Patient,
        lifespan="off",
        log_level="warning",
        access_log=False,
        server_header=False,
        ssl_certfile=opening.certificate or None,
        ssl_keyfile=opening.private_key or None,
        timeout_graceful_shutdown=1,
    )


class Patient(H11Protocol):
    """uvicorn's protocol, which by itself waits for ever for the rest of a request."""

    patience = PATIENCE_S
    _running_out: asyncio.TimerHandle | None = None

    def connection_made(self, transport: Any) -> None:
        """Begins to wait for the first request."""
        super().connection_made(transport)
        self._wait()

    def connection_lost(self, exc: Exception | None) -> None:
        """There is nothing to wait for."""
        super().connection_lost(exc)
        self._stop_waiting()
        self.cycle = None  # type: ignore[assignment]  # it knows this one: see `collector`

    def data_received(self, data: bytes) -> None:
        """Waits no longer once the request is whole."""
        super().data_received(data)
        if self.conn.their_state not in (h11.IDLE, h11.SEND_BODY):
            self._stop_waiting()

    def on_response_complete(self) -> None:
        """Begins to wait for the next request."""
        super().on_response_complete()
        if not self.transport.is_closing() and self.conn.their_state in (h11.IDLE, h11.SEND_BODY):
            self._wait()

    def _wait(self) -> None:
        self._stop_waiting()
        self._running_out = self.loop.call_later(self.patience, self.transport.abort)

    def _stop_waiting(self) -> None:
        if self._running_out is not None:
            self._running_out.cancel()
            self._running_out = None


class Protocols:
    """Makes a protocol for each connection that somebody else listened for."""

    def __init__(self, config: uvicorn.Config) -> None:
        config.load()
        self._config = config
        self._state = ServerState()

    @property
    def count(self) -> int:
        """How many connections are open."""
        return len(self._state.connections)

    def new(self, patience: float) -> asyncio.Protocol:
        """For one connection."""
        protocol = Patient(self._config, self._state, {})
        protocol.patience = patience
        return protocol

    def close(self) -> None:
        """Ends the connections: at once, or with the answer that is under way."""
        for connection in list(self._state.connections):
            connection.shutdown()
