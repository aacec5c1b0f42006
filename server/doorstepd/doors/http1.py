"""HTTP/1.1 by uvicorn, for doors that do not speak it themselves: gRPC-Web, webhooks, /healthz, /metrics."""

import asyncio
from collections.abc import Callable

import uvicorn
from starlette.middleware.cors import CORSMiddleware
from uvicorn.protocols.http.h11_impl import H11Protocol
from uvicorn.server import ServerState

from doorstepd.doors.app import ASGIApp
from doorstepd.doors.opening import Opening


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
    """uvicorn's settings."""
    return uvicorn.Config(
        guarded,
        http=H11Protocol,
        lifespan="off",
        log_level="warning",
        access_log=False,
        server_header=False,
        ssl_certfile=opening.certificate or None,
        ssl_keyfile=opening.private_key or None,
        timeout_graceful_shutdown=1,
    )


class Protocols:
    """Makes a protocol for each connection that somebody else listened for."""

    def __init__(self, config: uvicorn.Config) -> None:
        config.load()
        self._config = config
        self._state = ServerState()

    def __call__(self) -> asyncio.Protocol:
        """For one connection."""
        protocol: Callable[..., asyncio.Protocol] = H11Protocol
        return protocol(self._config, self._state, {})

    def close(self) -> None:
        """Ends the connections: at once, or with the answer that is under way."""
        for connection in list(self._state.connections):
            connection.shutdown()
