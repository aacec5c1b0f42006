"""grpc.health.v1 for a process that drains: a watch is told NOT_SERVING, and then ends, so that it holds up nobody."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import grpc
from grpc_health.v1 import health_pb2_grpc
from grpc_health.v1.health_pb2 import HealthCheckRequest, HealthCheckResponse, HealthListRequest, HealthListResponse

SERVING = HealthCheckResponse.SERVING
NOT_SERVING = HealthCheckResponse.NOT_SERVING
SERVICE_UNKNOWN = HealthCheckResponse.SERVICE_UNKNOWN


class Health(health_pb2_grpc.HealthServicer):  # type: ignore[misc]  # generated without types
    """The health of the process, under "" and under the name of each of its services: they live and leave together."""

    def __init__(self) -> None:
        self._services = {""}
        self._serving = True
        self._leaving = False
        self._changed = asyncio.Event()

    def add(self, *services: str) -> None:
        """These are offered here."""
        self._services.update(services)

    def say(self, *, serving: bool) -> None:
        """Tells those who ask and those who watch. Once `leave` was called, nothing turns it back."""
        self._serving = serving and not self._leaving
        self._changed.set()
        self._changed = asyncio.Event()

    def leave(self) -> None:
        """The process is on its way out."""
        self._leaving = True
        self.say(serving=False)

    def _status(self, service: str) -> Any:
        if service not in self._services:
            return SERVICE_UNKNOWN
        return SERVING if self._serving else NOT_SERVING

    async def Check(self, request: HealthCheckRequest, context: Any) -> HealthCheckResponse:  # noqa: N802
        """The health of one service; NOT_FOUND for one that is not here."""
        status = self._status(request.service)
        if status == SERVICE_UNKNOWN:
            await context.abort(grpc.StatusCode.NOT_FOUND, "This server does not offer the service.")
        return HealthCheckResponse(status=status)

    async def List(self, request: HealthListRequest, context: Any) -> HealthListResponse:  # noqa: N802
        """The health of each."""
        statuses = {name: HealthCheckResponse(status=self._status(name)) for name in sorted(self._services)}
        return HealthListResponse(statuses=statuses)

    async def Watch(  # noqa: N802
        self, request: HealthCheckRequest, context: Any
    ) -> AsyncIterator[HealthCheckResponse]:
        """The health of one service, now and whenever it changes."""
        told = None
        while True:
            changed = self._changed
            status = self._status(request.service)
            if status != told:
                told = status
                yield HealthCheckResponse(status=status)
            if self._leaving:
                return
            await changed.wait()
