"""What a servicer's registration holds."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import Any

import grpc

from doorstepd.doors.calls.call import Method


def behaviour_of(handler: grpc.RpcMethodHandler[Any, Any]) -> Callable[[Any, Any], Any]:
    """The one function that a handler holds."""
    names = {
        (False, False): "unary_unary",
        (False, True): "unary_stream",
        (True, False): "stream_unary",
        (True, True): "stream_stream",
    }
    behaviour: Callable[[Any, Any], Any] = getattr(
        handler, names[handler.request_streaming, handler.response_streaming]
    )
    return behaviour


def _function(behaviour: Callable[..., Any]) -> Any:
    plain: Any = behaviour
    while isinstance(plain, partial):
        plain = plain.func
    return plain if inspect.isroutine(plain) else plain.__call__


def _is_async(function: Any) -> bool:
    return inspect.iscoroutinefunction(function) or inspect.isasyncgenfunction(function)


def _is_left_out(function: Any) -> bool:
    """Whether the servicer has no such method, and what stands there is what was generated."""
    return str(function.__module__).endswith("_pb2_grpc")


def methods_of(service: str, handlers: Mapping[str, grpc.RpcMethodHandler[Any, Any]]) -> Iterator[Method]:
    """The methods that a servicer has. Raises TypeError for a handler that would block the event loop."""
    for name, handler in handlers.items():
        behaviour = behaviour_of(handler)
        function = _function(behaviour)
        if not _is_async(function):
            if _is_left_out(function):
                continue
            raise TypeError(f"/{service}/{name}: a handler is a coroutine function or an async generator function")
        yield Method(
            path=f"/{service}/{name}",
            behaviour=behaviour,
            request_streaming=handler.request_streaming,
            response_streaming=handler.response_streaming,
            decode=handler.request_deserializer,
            encode=handler.response_serializer,
        )
