"""The four shapes of a call, each from its first byte read to its status sent."""

import inspect
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import aclosing
from typing import Any

from doorstepd.doors.calls.call import Call


async def _unary_unary(call: Call) -> None:
    request = call.method.decoded(await call.inbox.only())
    await call.finish(await call.method.behaviour(request, call), with_answer=True)


async def _unary_stream(call: Call) -> None:
    request = call.method.decoded(await call.inbox.only())
    await _send_all(call, call.method.behaviour(request, call))


async def _stream_unary(call: Call) -> None:
    async with aclosing(_requests(call)) as requests:
        await call.finish(await call.method.behaviour(requests, call), with_answer=True)


async def _stream_stream(call: Call) -> None:
    async with aclosing(_requests(call)) as requests:
        await _send_all(call, call.method.behaviour(requests, call))


async def _requests(call: Call) -> AsyncGenerator[Any, None]:
    while (data := await call.next_message()) is not None:
        yield call.method.decoded(data)


async def _send_all(call: Call, answers: Any) -> None:
    if inspect.isawaitable(answers):  # a coroutine that calls context.write
        await answers
    else:
        async with aclosing(answers):
            async for answer in answers:
                await call.write(answer)
    await call.finish()


_ARITIES: dict[tuple[bool, bool], Callable[[Call], Awaitable[None]]] = {
    (False, False): _unary_unary,
    (False, True): _unary_stream,
    (True, False): _stream_unary,
    (True, True): _stream_stream,
}


def arity(call: Call) -> Callable[[Call], Awaitable[None]]:
    """How to run this call."""
    return _ARITIES[call.method.request_streaming, call.method.response_streaming]
