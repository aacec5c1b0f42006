"""The ASGI app that Envoy's Python module runs: named in `envoy.yaml`, one for each Envoy process."""

import asyncio
import os
import sys
from typing import Any

import structlog

from doorstepd.doors.app import Receive, Scope, Send
from doorstepd.doors.calls.asgi import AsgiDoor
from doorstepd.doors.calls.stalls import end_stalled
from doorstepd.doors.collector import Collector
from doorstepd.doors.envoy.departures import PipedDepartures
from doorstepd.doors.opening import Opening
from doorstepd.doors.worker import Worker, why_not_started

log = structlog.get_logger(__name__)

DEPARTURES = "DOORSTEP_DEPARTURES"
"""The environment variable that numbers the pipe that names the streams whose callers left."""

_door: AsgiDoor | None = None


async def app(scope: Scope, receive: Receive, send: Send) -> None:
    """Calls go to the door; the lifespan opens it."""
    if _door is not None and scope["type"] != "lifespan":
        await _door(scope, receive, send)
    elif scope["type"] == "lifespan":
        await _live(receive, send)


async def _live(receive: Receive, send: Send) -> None:
    await receive()
    if _door is not None:
        raise RuntimeError("Envoy's configuration has this app twice; it can be there once")
    worker = Worker(Opening.from_environment())
    departures = PipedDepartures()
    try:
        await _open(worker, departures)
    except Exception as error:
        log.error("the app did not start", **why_not_started(error))
        # Saying `lifespan.startup.failed` would have Envoy print its whole configuration over this line.
        sys.stderr.flush()
        os._exit(1)
    await send({"type": "lifespan.startup.complete"})
    await receive()
    departures.close()
    await worker.stop()
    await send({"type": "lifespan.shutdown.complete"})


async def _open(worker: Worker, departures: PipedDepartures) -> None:
    global _door
    asyncio.get_running_loop().set_exception_handler(_quiet_about_the_gone)
    served = await worker.build()
    departures.open(int(os.environ[DEPARTURES]))
    door = AsgiDoor(served.http, max_message_bytes=worker.opening.max_message_bytes, departures=departures)
    worker.register(door)
    Collector().begin()
    worker.keep(end_stalled(door.calls, worker.opening.stalled_after))
    worker.report_ready(door.drain)
    _door = door


def _quiet_about_the_gone(loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    """Envoy's module settles the future of a `send` or `receive` even when the call that waited was cancelled."""
    if not isinstance(context.get("exception"), asyncio.InvalidStateError):
        loop.default_exception_handler(context)
