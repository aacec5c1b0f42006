"""The portable door: grpc.aio's server, and uvicorn beside it for HTTP and gRPC-Web.

Run as a module it is one worker process. The options are those that were measured: without `max_pending_requests` a
herd of returning callers is refused as CANCELLED, without `ping_timeout_ms` a dead link is noticed after a minute.
"""

import asyncio
import contextlib
import sys
from pathlib import Path

import grpc
import structlog
import uvicorn
import uvloop

from doorstepd.doors import http1
from doorstepd.doors.calls.asgi import AsgiDoor
from doorstepd.doors.calls.stalls import end_stalled
from doorstepd.doors.grpcio.shield import ShieldedRegistrar
from doorstepd.doors.opening import Opening
from doorstepd.doors.ports import bound
from doorstepd.doors.worker import Worker, why_not_started

log = structlog.get_logger(__name__)


def options(opening: Opening) -> list[tuple[str, int]]:
    """grpcio's server options."""
    return [
        ("grpc.so_reuseport", 1 if opening.shared else 0),  # else a forgotten server takes half of the calls
        # Fewer would blunt rapid resets more, as Envoy's 100 do; but at its limit this server refuses streams of a
        # client who keeps to it, because it counts a call as open for a while after the client has its status.
        ("grpc.max_concurrent_streams", 1000),
        ("grpc.max_receive_message_length", opening.max_message_bytes),
        ("grpc.max_send_message_length", -1),
        ("grpc.server.max_pending_requests", 20_000),
        ("grpc.server.max_pending_requests_hard_limit", 40_000),
        ("grpc.keepalive_time_ms", 20_000),
        ("grpc.keepalive_timeout_ms", 10_000),
        ("grpc.http2.ping_timeout_ms", 10_000),
        ("grpc.http2.max_pings_without_data", 0),
        ("grpc.keepalive_permit_without_calls", 1),
        ("grpc.http2.min_recv_ping_interval_without_data_ms", 10_000),
    ]


def _listen(server: grpc.aio.Server, opening: Opening) -> None:
    address = f"{opening.host}:{opening.port}"
    if not opening.tls:
        server.add_insecure_port(address)
        return
    pair = (Path(opening.private_key).read_bytes(), Path(opening.certificate).read_bytes())
    server.add_secure_port(address, grpc.ssl_server_credentials([pair]))


def _http_server(web: AsgiDoor, opening: Opening) -> uvicorn.Server:
    server = uvicorn.Server(http1.configured(http1.with_cors(web, opening.cors_origins), opening))
    # A signal is for the supervisor, which drains before it stops.
    server.capture_signals = contextlib.nullcontext  # type: ignore[assignment,method-assign]
    return server


async def _open(worker: Worker) -> tuple[grpc.aio.Server, uvicorn.Server, AsgiDoor]:
    opening = worker.opening
    served = await worker.build()
    server = grpc.aio.server(options=options(opening))
    web = AsgiDoor(served.http, max_message_bytes=opening.max_message_bytes)
    shielded = ShieldedRegistrar(server)
    worker.register(shielded, web)
    worker.keep(end_stalled(shielded.streams, opening.stalled_after))
    worker.keep(end_stalled(web.calls, opening.stalled_after))
    _listen(server, opening)
    await server.start()
    return server, _http_server(web, opening), web


async def serve(opening: Opening) -> None:
    """One worker process, from start to SIGTERM."""
    worker = Worker(opening)
    try:
        server, http, web = await _open(worker)
    except Exception as error:
        log.error("the app did not start", **why_not_started(error))
        sys.exit(1)
    http_socket = bound(opening.host, opening.http_port, shared=opening.shared)
    serving = asyncio.create_task(http.serve(sockets=[http_socket]))

    async def end_calls(grace: float) -> None:
        await asyncio.gather(server.stop(grace), web.drain(grace))

    await worker.until_ended(end_calls)
    await server.stop(0)
    http.should_exit = True
    await serving
    await worker.stop()


if __name__ == "__main__":
    uvloop.run(serve(Opening.from_environment()))
