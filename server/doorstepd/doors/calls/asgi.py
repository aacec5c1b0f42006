"""gRPC over ASGI: takes the servicers that grpcio generates for, and serves them over HTTP/2 with trailers.

Written for Envoy with Python inside (`envoy.py`); uvicorn serves it too, for gRPC-Web (`grpcio.py`). What a unary call
costs: one task, one read, and three events sent, of which none waits.
"""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Iterable, Mapping
from typing import Any

import grpc
import structlog

from doorstepd.doors.app import ASGIApp, Message, Receive, Scope, Send
from doorstepd.doors.calls import grpc_web
from doorstepd.doors.calls.arities import arity
from doorstepd.doors.calls.call import Call, Caller, Method
from doorstepd.doors.calls.departures import Departures, Listening
from doorstepd.doors.calls.framing import ACCEPTED, ENCODINGS, Inbox
from doorstepd.doors.calls.handlers import methods_of
from doorstepd.doors.calls.headers import OWN, STREAM_ID, Raw, timeout_seconds
from doorstepd.doors.calls.outbox import Outbox
from doorstepd.doors.calls.status import ClientLeft, Ended, draining, has_left, internal, unknown_method
from doorstepd.logs import describe_failure

log = structlog.get_logger(__name__)

_GRPC = b"application/grpc"
PLAIN = frozenset({_GRPC, b"application/grpc+proto"})
"""Content types of gRPC proper."""


class AsgiDoor:
    """An ASGI app that answers gRPC itself and hands everything else to `http`.

    `departures` names the calls whose callers left, where `receive` cannot say so; without it `receive` is asked.
    """

    def __init__(self, http: ASGIApp, *, max_message_bytes: int, departures: Departures | None = None) -> None:
        self._http = http
        self._max_message_bytes = max_message_bytes
        self._departures: Departures = departures or Listening()
        self._methods: dict[str, Method] = {}
        self._calls: set[Call] = set()
        self._draining = False

    def add_generic_rpc_handlers(self, generic_rpc_handlers: Iterable[grpc.GenericRpcHandler]) -> None:
        """Part of what generated code calls; `add_registered_method_handlers` says all that is in it."""

    def add_registered_method_handlers(
        self, service_name: str, method_handlers: Mapping[str, grpc.RpcMethodHandler[Any, Any]]
    ) -> None:
        """Takes a service's handlers. Raises TypeError for one that would block the event loop."""
        self._methods.update((method.path, method) for method in methods_of(service_name, method_handlers))

    @property
    def calls(self) -> Collection[Call]:
        """Those that are open now."""
        return self._calls

    async def drain(self, grace: float) -> None:
        """Refuses new calls, waits `grace` seconds for those at work, then ends the rest with UNAVAILABLE."""
        self._draining = True
        if not await self._idle_within(grace):
            for call in tuple(self._calls):
                call.end(draining())
            await self._idle_within(2)

    async def _idle_within(self, seconds: float) -> bool:
        loop = asyncio.get_running_loop()
        until = loop.time() + seconds
        # An event that each call sets at its end would cost every call.
        while self._calls and loop.time() < until:  # noqa: ASYNC110
            await asyncio.sleep(0.02)
        return not self._calls

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._plain(scope, receive, send)
            return
        kind = content_type(scope)
        if kind in PLAIN and scope["method"] == "POST":
            await self.answer(scope, receive, Outbox(send))
        elif (web := grpc_web.dialect(kind)) is not None and scope["method"] == "POST":
            await self.answer(scope, web.request(receive), web.outbox(send))
        elif kind.startswith(_GRPC) or scope["path"] in self._methods:
            await refuse(send, 415 if scope["method"] == "POST" else 405)
        else:
            await self._plain(scope, receive, send)

    async def _plain(self, scope: Scope, receive: Receive, send: Send) -> None:
        """HTTP, to the app that answers it. What that raises stays here: a server would print its text."""
        started = finished = False

        async def note(event: Message) -> None:
            nonlocal started, finished
            started = True
            finished = event["type"] == "http.response.body" and not event.get("more_body", False)
            await send(event)

        try:
            await self._http(scope, receive, note)
        except Exception as error:
            if has_left(error):
                return
            log.error("an HTTP handler failed", **describe_failure(error))
            if not started:
                await refuse(send, 500)
            elif not finished:
                raise RuntimeError("an HTTP answer was cut short") from None  # so that the server resets the stream

    async def answer(self, scope: Scope, receive: Receive, outbox: Outbox) -> None:
        """Answers one gRPC call."""
        own, fields = _sorted_fields(scope["headers"])
        inbox = Inbox(receive, self._max_message_bytes, own.get(b"grpc-encoding"))
        method = self._methods.get(scope["path"])
        caller = Caller(scope.get("client"), fields, own.get(b"grpc-accept-encoding", b""), scope["scheme"] == "https")
        call = Call(method or _NOTHING, caller, inbox, outbox)
        self._calls.add(call)
        forget = self._departures.watch(call, own.get(STREAM_ID, b""))
        try:
            if (timeout := own.get(b"grpc-timeout")) is not None:
                call.start_timer(timeout_seconds(timeout))
            self._admit(method, own)
            await arity(call)(call)
        except (Exception, asyncio.CancelledError) as error:
            await _end(call, error)
        finally:
            forget()
            self._calls.discard(call)
            call.close()

    def _admit(self, method: Method | None, own: dict[bytes, bytes]) -> None:
        if method is None:
            raise unknown_method()
        if self._draining:
            raise draining()
        if own.get(b"grpc-encoding", b"identity") not in ENCODINGS:
            raise Ended(grpc.StatusCode.UNIMPLEMENTED, f"grpc-encoding: must be one of {ACCEPTED.decode()}")


def content_type(scope: Scope) -> bytes:
    """What a request says that its body is."""
    for key, value in scope["headers"]:
        if key == b"content-type":
            return bytes(value)
    return b""


def _sorted_fields(headers: Iterable[tuple[bytes, bytes]]) -> tuple[dict[bytes, bytes], Raw]:
    own: dict[bytes, bytes] = {}
    fields: Raw = []
    for pair in headers:
        if pair[0] in OWN:
            own[pair[0]] = pair[1]
        else:
            fields.append(pair)
    return own, fields


async def _nobody(request: Any, context: Any) -> None:
    """Stands where there is no handler; never runs."""


_NOTHING = Method("", _nobody, request_streaming=False, response_streaming=False, decode=None, encode=None)


async def _end(call: Call, error: BaseException) -> None:
    """Sends the status that `error`, or whoever ended the call before it, stands for."""
    ended = call.fate or error
    if call.fate is not None and call.task is not None:
        call.task.uncancel()
    elif isinstance(error, asyncio.CancelledError):
        raise error
    try:
        if isinstance(ended, grpc.aio.AbortError):
            await call.finish()
        elif isinstance(ended, Ended):
            await call.fail(ended)
        elif not isinstance(ended, ClientLeft) and not (call.over and has_left(ended)):
            log.error("a handler failed", method=call.method.path, **describe_failure(ended))
            await call.fail(internal())
    except Exception as failure:
        if not has_left(failure):
            raise


async def refuse(send: Send, status: int) -> None:
    """Answers with nothing but an HTTP status."""
    headers = [(b"content-length", b"0")] + ([(b"allow", b"POST")] if status == 405 else [])
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": b""})
