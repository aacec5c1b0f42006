"""The lean door: HTTP/2 by libnghttp2, in Python's own process and on its event loop's thread.

Run as a module it is one worker process. No message changes threads on its way out, which is most of what a message
costs behind the other doors. HTTP/1.1 on the same port goes to uvicorn's protocol: webhooks, gRPC-Web, /healthz.
"""

import asyncio
import importlib.util
import signal
import sys

import structlog
import uvloop

from doorstepd.doors.opening import Opening

log = structlog.get_logger(__name__)

INSTALL = "install doorstepd[nghttp2]"


def available() -> str | None:
    """None where this door can open; else one line that says why not and what to install."""
    return None if importlib.util.find_spec("ngh2") else f"libnghttp2 is not installed; {INSTALL}"


async def serve(opening: Opening) -> None:
    """One worker process, from start to SIGTERM."""
    from doorstepd.doors.http2.serving import Serving
    from doorstepd.doors.worker import Worker, why_not_started

    serving = Serving(Worker(opening))
    try:
        await serving.open()
    except Exception as error:
        log.error("the app did not start", **why_not_started(error))
        sys.exit(1)
    stopped = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stopped.set)
    await stopped.wait()
    await serving.close()


if __name__ == "__main__":
    uvloop.run(serve(Opening.from_environment()))
