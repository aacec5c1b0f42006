"""A real door on free ports, in processes of its own, for as long as a test needs it.

async with serving(door="envoy", app="echo_app:build") as server:
    channel = grpc.aio.insecure_channel(server.target)
"""

import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from os import pathsep
from typing import Any

import psutil
import pytest

from doorstepd.doors import envoy, nghttp2
from doorstepd.doors.opening import Opening
from doorstepd.doors.supervisor import DoorName, OpenDoor


def skip_unless_available(door: DoorName) -> None:
    """Skips the test, with the reason, where this door cannot open."""
    reasons = {"envoy": envoy.available, "nghttp2": nghttp2.available}
    reason = reasons[door]() if door in reasons else None
    if reason is not None:
        pytest.skip(reason)


class Server(OpenDoor):
    """An open door with a test's view of its processes."""

    @property
    def process(self) -> psutil.Process:
        """The first worker."""
        return psutil.Process(self.pids[0])


@asynccontextmanager
async def serving(
    *, door: DoorName, app: str, env: Mapping[str, str] | None = None, **options: Any
) -> AsyncIterator[Server]:
    """Opens `door` in front of the app that the factory `app`, `module:callable`, builds in the worker process.

    `env` goes to the workers; `options` are fields of `Opening`, such as `workers=2`. Modules that this process can
    import, the workers can too. Yields a `Server`: `target` for gRPC, `http_url` for HTTP and gRPC-Web, `pids`.
    """
    skip_unless_available(door)
    opening = Opening(app=app, **{"grace": 1.0, **options})
    environment = {"PYTHONPATH": pathsep.join(path for path in sys.path if path), **(env or {})}
    async with Server(door, opening, environment) as server:
        yield server
