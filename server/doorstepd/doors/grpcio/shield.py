"""Makes grpc.aio's server answer as the others do.

By itself it sends the text of whatever a handler raised to the caller, and for a malformed message the name of the
exception's class before any handler runs; and where a caller leaves while a generator waits to be read, it leaves the
generator to the garbage collector. So each handler is run from here, in the call's own task, on undecoded requests.
"""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterable, Mapping
from contextlib import aclosing
from typing import Any

import grpc
import structlog

from doorstepd.doors.calls.call import Method
from doorstepd.doors.calls.handlers import methods_of
from doorstepd.doors.calls.status import Ended, internal
from doorstepd.logs import describe_failure

log = structlog.get_logger(__name__)


_ABORT_SECONDS = 2.0


class Stream:
    """One call that sends a stream, for `end_stalled`."""

    __slots__ = ("fate", "sent", "task", "writing")

    def __init__(self) -> None:
        self.task = asyncio.current_task()
        self.sent = 0
        self.writing = False
        self.fate: Ended | None = None

    def end(self, fate: Ended) -> None:
        """Stops the handler; the caller gets `fate`."""
        if self.fate is None and self.task is not None:
            self.fate = fate
            self.task.cancel()


class ShieldedRegistrar:
    """Registers handlers with a grpc.aio server, each behind a shield that lets statuses through and nothing else."""

    def __init__(self, server: grpc.aio.Server) -> None:
        self._server = server
        self.streams: set[Stream] = set()

    def add_generic_rpc_handlers(self, generic_rpc_handlers: Iterable[grpc.GenericRpcHandler]) -> None:
        """Part of what generated code calls; `add_registered_method_handlers` says all that is in it."""

    def add_registered_method_handlers(
        self, service_name: str, method_handlers: Mapping[str, grpc.RpcMethodHandler[Any, Any]]
    ) -> None:
        """Takes a service's handlers. Raises TypeError for one that would block the event loop."""
        shielded = {
            method.path.rpartition("/")[2]: _shielded(method, self.streams)
            for method in methods_of(service_name, method_handlers)
        }
        self._server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler(service_name, shielded),))
        self._server.add_registered_method_handlers(service_name, shielded)


def _shielded(method: Method, streams: set[Stream]) -> grpc.RpcMethodHandler[Any, Any]:
    build: Any = {
        (False, False): grpc.unary_unary_rpc_method_handler,
        (False, True): grpc.unary_stream_rpc_method_handler,
        (True, False): grpc.stream_unary_rpc_method_handler,
        (True, True): grpc.stream_stream_rpc_method_handler,
    }[method.request_streaming, method.response_streaming]
    handler: grpc.RpcMethodHandler[Any, Any] = build(_behind_shield(method, streams), None, method.encode)
    return handler


def _behind_shield(method: Method, streams: set[Stream]) -> Callable[[Any, Any], Any]:
    async def answer(request: Any, context: Any) -> Any:
        stream = Stream()
        try:
            return await _run(method, request, context, stream, streams)
        except grpc.aio.AbortError:
            raise
        except (Exception, asyncio.CancelledError) as error:
            await _end(method, context, stream.fate or error)

    return answer


async def _end(method: Method, context: Any, error: BaseException) -> None:
    if isinstance(error, asyncio.CancelledError):
        raise error
    if isinstance(error, grpc.aio.InternalError):  # what `write` raises when the caller has left
        return
    if isinstance(error, Ended):
        ended = error
    else:
        log.error("a handler failed", method=method.path, **describe_failure(error))
        ended = internal()
    # To a reader who does not read, not even a status can be sent: grpcio would wait for ever.
    await asyncio.wait_for(context.abort(ended.code, ended.details), _ABORT_SECONDS)


async def _run(method: Method, request: Any, context: Any, stream: Stream, streams: set[Stream]) -> Any:
    if not method.request_streaming:
        return await _answer(method, method.decoded(request), context, stream, streams)
    async with aclosing(_decoded(method, request)) as requests:
        return await _answer(method, requests, context, stream, streams)


async def _decoded(method: Method, requests: AsyncIterator[bytes]) -> AsyncGenerator[Any, None]:
    async for data in requests:
        yield method.decoded(data)


async def _answer(method: Method, request: Any, context: Any, stream: Stream, streams: set[Stream]) -> Any:
    answer = method.behaviour(request, context)
    if inspect.isawaitable(answer):
        return await answer
    streams.add(stream)
    try:
        async with aclosing(answer):
            async for message in answer:
                stream.writing = True
                await context.write(message)
                stream.writing = False
                stream.sent += 1
    finally:
        streams.discard(stream)
    return None
