"""One worker process of this door."""

import sys

import structlog
import uvloop

from doorstepd.doors.nghttp2.serving import Serving
from doorstepd.doors.opening import Opening
from doorstepd.doors.worker import Worker, why_not_started

log = structlog.get_logger(__name__)


async def serve(opening: Opening) -> None:
    """One worker process, from start to SIGTERM."""
    worker = Worker(opening)
    serving = Serving(worker)
    try:
        await serving.open()
    except Exception as error:
        log.error("the app did not start", **why_not_started(error))
        sys.exit(1)
    await worker.until_ended(serving.end_calls)
    await serving.close()


if __name__ == "__main__":
    uvloop.run(serve(Opening.from_environment()))
