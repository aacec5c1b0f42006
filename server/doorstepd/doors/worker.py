"""What a worker process of any door does besides answering: starts the app, reports to the supervisor, drains.

Supervisor and worker talk over a socket pair, a word a line: the worker says `ready` and `drained`, the supervisor
`drain`. When the supervisor dies the socket ends, and the worker goes too.
"""

from __future__ import annotations

import asyncio
import gc
import os
import signal
import socket
from collections.abc import Awaitable, Callable, Coroutine, Iterable, Mapping
from typing import Any

import grpc
import structlog
from grpc_health.v1 import health_pb2_grpc
from grpc_reflection.v1alpha import reflection_pb2_grpc
from grpc_reflection.v1alpha._async import ReflectionServicer

from doorstepd.doors.app import App, CannotStart, Registrar, load
from doorstepd.doors.health import Health
from doorstepd.doors.opening import Opening
from doorstepd.logs import describe_failure

log = structlog.get_logger(__name__)

CONTROL = "DOORSTEP_CONTROL"
"""The environment variable that holds the number of the worker's end of the socket pair."""
WORKER = "DOORSTEP_WORKER"
"""The environment variable that numbers the worker processes from 0."""

EndCalls = Callable[[float], Awaitable[None]]


def why_not_started(error: Exception) -> dict[str, Any]:
    """What the log says of an app that did not start. Only a `CannotStart` is quoted: it is written to be."""
    return {"reason": str(error)} if isinstance(error, CannotStart) else describe_failure(error)


class Fan:
    """A registrar that passes services to several doors and remembers their names."""

    def __init__(self, *doors: Registrar) -> None:
        self._doors = doors
        self.services: list[str] = []

    def add_generic_rpc_handlers(self, generic_rpc_handlers: Iterable[grpc.GenericRpcHandler]) -> None:
        """See `Registrar`. Each door makes its own of what is registered below."""

    def add_registered_method_handlers(
        self, service_name: str, method_handlers: Mapping[str, grpc.RpcMethodHandler[Any, Any]]
    ) -> None:
        """See `Registrar`."""
        self.services.append(service_name)
        for door in self._doors:
            door.add_registered_method_handlers(service_name, method_handlers)


class Worker:
    """One process behind a door."""

    def __init__(self, opening: Opening) -> None:
        self.opening = opening
        self._health = Health()
        self._app: App | None = None
        self._control: socket.socket | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self._left = False

    async def build(self) -> App:
        """The app, started and not yet registered."""
        self._app = await load(self.opening.app)
        await self._app.start()
        return self._app

    def register(self, *doors: Registrar) -> None:
        """Puts the app's servicers, health and, if asked, reflection behind the doors."""
        if self._app is None:
            raise RuntimeError("build the app first")
        fan = Fan(*doors)
        self._app.register(fan)
        self._health.add(*fan.services)
        health_pb2_grpc.add_HealthServicer_to_server(self._health, fan)
        if self.opening.reflection:
            names = [*fan.services, "grpc.reflection.v1alpha.ServerReflection"]
            reflection_pb2_grpc.add_ServerReflectionServicer_to_server(ReflectionServicer(names), fan)
        # What was built so far lives as long as the process: the collector need not walk it again.
        gc.collect()
        gc.freeze()

    def report_ready(self, end_calls: EndCalls) -> None:
        """Tells the supervisor that calls are answered, and listens for its word to drain."""
        number = os.environ.get(CONTROL)
        if number is None:
            return
        self._control = socket.socket(fileno=int(number))
        self._control.setblocking(False)
        self._control.send(b"ready\n")
        self.keep(self._obey(self._control, end_calls))

    async def until_ended(self, end_calls: EndCalls) -> None:
        """Reports ready, and returns at SIGTERM or SIGINT. One that comes by itself, and not from a supervisor that has
        had the worker drain, drains it first."""
        ended = asyncio.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().add_signal_handler(number, ended.set)
        self.report_ready(end_calls)
        await ended.wait()
        if not self._left:
            await self.drain(end_calls)

    def keep(self, work: Coroutine[Any, Any, None]) -> None:
        """Runs `work` until the worker stops."""
        self._tasks.add(asyncio.create_task(work))

    async def _obey(self, control: socket.socket, end_calls: EndCalls) -> None:
        # A word, or the end of the socket when the supervisor is gone: either way there is nothing more to open for.
        await asyncio.get_running_loop().sock_recv(control, 64)
        await self.drain(end_calls)
        try:
            control.send(b"drained\n")
        except OSError:
            os.kill(os.getpid(), signal.SIGTERM)

    async def drain(self, end_calls: EndCalls) -> None:
        """Health first, so that no new caller comes; then the app ends its streams; then the door ends the rest."""
        self._left = True
        self._health.leave()
        if self._app is not None:
            try:
                await asyncio.wait_for(self._app.drain(), self.opening.grace)
            except Exception as error:
                log.error("the app did not drain", error=type(error).__name__)
        await end_calls(self.opening.grace)

    async def stop(self) -> None:
        """After the last call."""
        for task in self._tasks:
            task.cancel()
        if self._app is not None:
            await self._app.stop()
