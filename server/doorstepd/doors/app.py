"""What stands behind a door, and how a worker process finds it."""

from __future__ import annotations

import importlib
import inspect
from collections.abc import Awaitable, Callable, Iterable, Mapping, MutableMapping
from typing import Any, Protocol, cast

import grpc

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
ASGIApp = Callable[[Scope, Receive, Send], Awaitable[None]]


class Registrar(Protocol):
    """What `add_XServicer_to_server` asks of a server."""

    def add_generic_rpc_handlers(self, generic_rpc_handlers: Iterable[grpc.GenericRpcHandler]) -> None: ...

    def add_registered_method_handlers(
        self, service_name: str, method_handlers: Mapping[str, grpc.RpcMethodHandler[Any, Any]]
    ) -> None: ...


class App(Protocol):
    """The service, without its door. One is built in each worker process."""

    http: ASGIApp
    """Takes every request that is not gRPC: webhooks, pages, /healthz, /metrics."""

    def register(self, door: Registrar) -> None:
        """Adds the servicers. May be called for more than one door, so it must not keep the door."""

    async def start(self) -> None:
        """Called once, on the worker's event loop, before the first call."""

    async def drain(self) -> None:
        """Asks open streams to end by themselves. Calls still open a grace time later are ended with UNAVAILABLE."""

    async def stop(self) -> None:
        """Called once, after the last call."""


class CannotStart(Exception):
    """Raised by an app or its factory for the operator to read: its text is logged. No other exception's is."""


AppFactory = Callable[[], "App | Awaitable[App]"]


async def load(spec: str) -> App:
    """The app that the factory `spec`, `module:callable`, builds. The factory takes nothing and may be async."""
    module, _, name = spec.partition(":")
    if not module or not name:
        raise ValueError(f"an app is named module:callable, not {spec!r}")
    factory = cast("AppFactory", getattr(importlib.import_module(module), name))
    built = factory()
    if inspect.isawaitable(built):
        return await built
    return built
