"""The service behind a front: gRPC goes to its calls, everything else to the app that answers HTTP."""

from __future__ import annotations

import asyncio

from doorstepd.doors import http1
from doorstepd.doors.calls.asgi import PLAIN, AsgiDoor, content_type
from doorstepd.doors.calls.stalls import end_stalled
from doorstepd.doors.collector import Collector
from doorstepd.doors.nghttp2.calls import ExchangeOutbox, ToldByExchanges
from doorstepd.doors.nghttp2.exchange import Exchange
from doorstepd.doors.nghttp2.front import Front
from doorstepd.doors.nghttp2.keepalive import keep_alive
from doorstepd.doors.nghttp2.limits import Limits
from doorstepd.doors.ports import bound
from doorstepd.doors.worker import Worker


class Serving:
    """One worker process, open."""

    def __init__(self, worker: Worker) -> None:
        self._worker = worker
        self._front: Front
        self._http1: http1.Protocols
        self._doors: tuple[AsgiDoor, ...] = ()

    async def open(self) -> None:
        """Starts the app and listens. Raises whatever keeps it from doing so."""
        worker, opening = self._worker, self._worker.opening
        served = await worker.build()
        calls = AsgiDoor(served.http, max_message_bytes=opening.max_message_bytes, departures=ToldByExchanges())
        web = AsgiDoor(served.http, max_message_bytes=opening.max_message_bytes)
        worker.register(calls, web)
        Collector().begin()
        self._doors = (calls, web)
        guarded = http1.with_cors(web, opening.cors_origins)

        async def answer(exchange: Exchange) -> None:
            scope = exchange.scope
            if content_type(scope) in PLAIN and scope["method"] == "POST":
                await calls.answer(scope, exchange.receive, ExchangeOutbox(exchange))
            else:
                await guarded(scope, exchange.receive, exchange.send)

        self._http1 = http1.Protocols(http1.configured(guarded, opening))
        self._front = Front(answer, self._http1, Limits.of(public=opening.public))
        for door in self._doors:
            worker.keep(end_stalled(door.calls, opening.stalled_after))
        worker.keep(keep_alive(self._front.connections, self._front.limits))
        await self._front.open(bound(opening.host, opening.port, shared=opening.shared), opening)

    async def end_calls(self, grace: float) -> None:
        """Asks callers to go elsewhere, and ends calls that are not over after `grace` seconds."""
        self._front.leave()
        await asyncio.gather(*(door.drain(grace) for door in self._doors))

    async def close(self) -> None:
        """Ends what is open."""
        self._front.close()
        self._http1.close()
        await self._worker.stop()
