"""What every call passes on its way to a servicer, whichever door it came by.

Who calls, whether that role may, how long it may take, and how a refusal leaves. Servicers raise refusals; here one
becomes a status. A servicer gets the call itself in place of gRPC's context.
"""

import asyncio
import time
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterable, Mapping
from contextlib import aclosing, suppress
from typing import Any, Protocol

import grpc
import structlog
from google.protobuf.message import DecodeError

from doorstepd.access import permissions
from doorstepd.access.callers import Caller
from doorstepd.access.tokens import Verifier, bearer
from doorstepd.errors import DeadlineTooShort, Internal, MalformedMessage, Refusal, Unauthenticated
from doorstepd.logs import describe_failure
from doorstepd.rpc.meter import Meter
from doorstepd.rpc.statuses import code_of, trailers_of

log = structlog.get_logger(__name__)

UNARY_SECONDS = 10.0
FIRST_MESSAGE_SECONDS = 0.5
CANCELLED = "CANCELLED"
"""How a call is counted that its caller left."""


class Door(Protocol):
    """What generated code registers with."""

    def add_generic_rpc_handlers(self, generic_rpc_handlers: Iterable[Any]) -> None: ...

    def add_registered_method_handlers(self, service_name: str, method_handlers: Mapping[str, Any]) -> None: ...


class Call:
    """One call: who makes it, and gRPC's own context for what else a servicer may need."""

    __slots__ = ("context", "known_caller", "method")

    def __init__(self, method: str, caller: Caller | None, context: Any) -> None:
        self.method = method
        self.known_caller = caller
        self.context = context

    @property
    def caller(self) -> Caller:
        """The verified caller. Raises Unauthenticated for a method that anybody may call."""
        if self.known_caller is None:
            raise Unauthenticated
        return self.known_caller


class Guard:
    """Stands between a door and the servicers that are registered through it."""

    def __init__(self, door: Door, verifier: Verifier) -> None:
        self._door = door
        self._verifier = verifier

    def add_generic_rpc_handlers(self, generic_rpc_handlers: Iterable[Any]) -> None:
        """Part of what generated code calls; the registered handlers say all that is in it."""

    def add_registered_method_handlers(self, service_name: str, method_handlers: Mapping[str, Any]) -> None:
        """Registers each method behind its checks."""
        guarded = {
            name: _handler(handler, self._behind_checks(f"/{service_name}/{name}", handler))
            for name, handler in method_handlers.items()
        }
        self._door.add_generic_rpc_handlers((grpc.method_handlers_generic_handler(service_name, guarded),))
        self._door.add_registered_method_handlers(service_name, guarded)

    def _behind_checks(self, method: str, handler: Any) -> Callable[[Any, Any], Any]:
        run = _stream if handler.response_streaming else _unary
        behaviour, decode = _behaviour(handler), handler.request_deserializer

        async def admitted(request: Any, context: Any) -> tuple[Any, Call]:
            if not handler.request_streaming:
                call = Call(method, self._admit(method, context), context)  # first: strangers are not parsed
                return _decode(request, decode), call
            try:
                return _decoded(request, decode), Call(method, self._admit(method, context), context)
            except Refusal:
                await _hear_out(request)
                raise

        return run(method, behaviour, admitted)

    def _admit(self, method: str, context: Any) -> Caller | None:
        if method in permissions.ANONYMOUS:
            return None
        caller = self._verifier.verify(bearer(context.invocation_metadata()), time.time())
        permissions.check(method, caller)
        return caller


def _unary(method: str, behaviour: Any, admitted: Any) -> Callable[[Any, Any], Any]:
    meter = Meter(method)

    async def answer(request: Any, context: Any) -> Any:
        code, began = CANCELLED, time.perf_counter()
        try:
            message, call = await admitted(request, context)
            async with asyncio.timeout(UNARY_SECONDS):
                reply = await behaviour(message, call)
            code = "OK"
            return reply
        except (grpc.aio.AbortError, asyncio.CancelledError):
            raise
        except Exception as error:
            refusal = DeadlineTooShort() if isinstance(error, TimeoutError) else _refusal(method, error)
            code = refusal.code
            await _refuse(context, refusal)
        finally:
            meter.timed(code, began)

    return answer


def _stream(method: str, behaviour: Any, admitted: Any) -> Callable[[Any, Any], Any]:
    meter = Meter(method)

    async def answers(request: Any, context: Any) -> AsyncGenerator[Any, None]:
        code = CANCELLED
        try:
            message, call = await admitted(request, context)
            async with aclosing(behaviour(message, call)) as responses:
                async for response in responses:
                    yield response
            code = "OK"
        except grpc.aio.AbortError:
            raise
        except Exception as error:
            refusal = _refusal(method, error)
            code = refusal.code
            await _refuse(context, refusal)
        finally:
            meter.ended(code)

    return answers


def _refusal(method: str, error: Exception) -> Refusal:
    """What the caller is told; what nobody foresaw goes to the log."""
    if isinstance(error, Refusal):
        return error
    log.error("call.failed", method=method, **describe_failure(error))
    return Internal()


async def _refuse(context: Any, refusal: Refusal) -> None:
    # A reader that is stuck would hold the abort for ever, and the handler with it.
    async with asyncio.timeout(2.0):
        await context.abort(code_of(refusal), refusal.message, trailers_of(refusal))


async def _hear_out(requests: AsyncIterator[bytes]) -> None:
    """Takes the first message before the refusal: a grpcio client whose write meets a call that has ended reports an
    internal error of its own in place of the status."""
    with suppress(TimeoutError, StopAsyncIteration):
        async with asyncio.timeout(FIRST_MESSAGE_SECONDS):
            await anext(aiter(requests))


def _decode(data: bytes, decode: Any) -> Any:
    try:
        return decode(data)
    except (DecodeError, ValueError):
        raise MalformedMessage from None


async def _decoded(requests: AsyncIterator[bytes], decode: Any) -> AsyncGenerator[Any, None]:
    async for data in requests:
        yield _decode(data, decode)


def _encode(message: Any) -> bytes:
    """Live frames come joined from bytes already."""
    return message if isinstance(message, bytes) else message.SerializeToString()


def _behaviour(handler: Any) -> Any:
    """The servicer's method; a handler has exactly one, under the name of its arity."""
    return handler.unary_unary or handler.unary_stream or handler.stream_unary or handler.stream_stream


def _handler(handler: Any, behaviour: Callable[[Any, Any], Any]) -> Any:
    build: Any = {
        (False, False): grpc.unary_unary_rpc_method_handler,
        (False, True): grpc.unary_stream_rpc_method_handler,
        (True, False): grpc.stream_unary_rpc_method_handler,
        (True, True): grpc.stream_stream_rpc_method_handler,
    }[handler.request_streaming, handler.response_streaming]
    return build(behaviour, None, _encode)
