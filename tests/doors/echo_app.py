"""The app that the conformance tests put behind each door."""

import asyncio
import gc
import json
import os
from collections import defaultdict
from collections.abc import AsyncIterator
from typing import Any

import echo_pb2_grpc
import grpc
from echo_pb2 import Answer, Ask
from google.protobuf import any_pb2
from google.rpc import code_pb2, error_details_pb2, status_pb2
from grpc_status import rpc_status
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse
from starlette.routing import Route

SECRET = "SELECT phone FROM recipient WHERE phone = '13812345678'"

notes: dict[str, list[str]] = defaultdict(list)


async def noting(key: str, seconds: float) -> None:
    """Sleeps, and notes how that ended."""
    notes[key].append("started")
    try:
        await asyncio.sleep(seconds)
        notes[key].append("slept")
    except asyncio.CancelledError:
        notes[key].append("cancelled")
        raise
    finally:
        notes[key].append("finally")


def rich_status(text: str) -> grpc.Status:
    detail = any_pb2.Any()
    detail.Pack(error_details_pb2.ErrorInfo(reason="BECAUSE", domain="doors.test"))
    return rpc_status.to_status(status_pb2.Status(code=code_pb2.FAILED_PRECONDITION, message=text, details=[detail]))


class Echo(echo_pb2_grpc.EchoServicer):
    def __init__(self, leaving: asyncio.Event) -> None:
        self.leaving = leaving

    async def Unary(self, request: Ask, context: Any) -> Answer:
        return await getattr(self, f"act_{request.act or 'echo'}")(request, context)

    async def act_echo(self, request: Ask, context: Any) -> Answer:
        return Answer(text=request.text, payload=request.payload)

    async def act_inflate(self, request: Ask, context: Any) -> Answer:
        return Answer(payload=b"\0" * request.count)

    async def act_compress(self, request: Ask, context: Any) -> Answer:
        context.set_compression(grpc.Compression.Gzip)
        return Answer(payload=b"\0" * request.count)

    async def act_metadata(self, request: Ask, context: Any) -> Answer:
        pairs = [[k, v if isinstance(v, str) else {"bytes": v.hex()}] for k, v in context.invocation_metadata()]
        await context.send_initial_metadata((("x-head", "first"), ("x-head-bin", b"\x00\xff")))
        context.set_trailing_metadata((("x-tail", "last"), ("x-tail-bin", b"\xfe\x00\x01")))
        return Answer(text=json.dumps(pairs))

    async def act_context(self, request: Ask, context: Any) -> Answer:
        remaining = context.time_remaining()
        lines = [context.peer(), "none" if remaining is None else str(remaining), str(context.cancelled())]
        return Answer(lines=lines)

    async def act_callback(self, request: Ask, context: Any) -> Answer:
        context.add_done_callback(lambda _: notes[request.key].append("done"))
        return Answer()

    async def act_abort(self, request: Ask, context: Any) -> Answer:
        await context.abort(grpc.StatusCode.NOT_FOUND, request.text, (("x-why", "gone"),))
        raise AssertionError

    async def act_status(self, request: Ask, context: Any) -> Answer:
        await context.abort_with_status(rich_status(request.text))
        raise AssertionError

    async def act_code(self, request: Ask, context: Any) -> Answer:
        context.set_code(grpc.StatusCode.ALREADY_EXISTS)
        context.set_details(request.text)
        return Answer()

    async def act_pid(self, request: Ask, context: Any) -> Answer:
        return Answer(number=os.getpid())

    async def act_tidy(self, request: Ask, context: Any) -> Answer:
        """From now on what is left to the collector lies about."""
        gc.collect()
        gc.disable()
        return Answer()

    async def act_circles(self, request: Ask, context: Any) -> Answer:
        """Kinds of objects that were left to it."""
        gc.set_debug(gc.DEBUG_SAVEALL)
        gc.collect()
        gc.set_debug(0)
        kinds = sorted({type(one).__qualname__ for one in gc.garbage})
        gc.garbage.clear()
        gc.enable()
        return Answer(lines=kinds)

    async def act_raise(self, request: Ask, context: Any) -> Answer:
        raise ValueError(SECRET)

    async def act_sleep(self, request: Ask, context: Any) -> Answer:
        await noting(request.key, request.seconds)
        return Answer()

    async def Down(self, request: Ask, context: Any) -> AsyncIterator[Answer]:
        if request.act == "head":
            await context.send_initial_metadata((("x-head", "first"),))
            await noting(request.key, request.seconds)
        for number in range(request.count):
            yield Answer(number=number, payload=request.payload)
        if request.act == "abort":
            context.set_trailing_metadata((("x-tail", "last"),))
            await context.abort(grpc.StatusCode.DATA_LOSS, request.text)
        if request.act == "raise":
            raise ValueError(SECRET)
        if request.act == "sleep":
            await noting(request.key, request.seconds)
        if request.act == "stay":
            await self.leaving.wait()
            yield Answer(text="come again")
        if request.act == "flood":
            async for answer in self.flood(request):
                yield answer
        if request.act == "line":
            await self.count_by_line(request, context)
            yield Answer(text="after the line")

    async def flood(self, request: Ask) -> AsyncIterator[Answer]:
        sent = 0
        try:
            while True:
                yield Answer(number=sent, payload=request.payload)
                sent += 1
                notes[request.key][:] = [str(sent)]
                await asyncio.sleep(0)
        finally:
            notes[request.key].append("finally")

    async def count_by_line(self, request: Ask, context: Any) -> None:
        """Counts on without a pause; sends where it is whenever the line is free."""
        number = sent = request.count
        try:
            while sent < number or number < request.count + request.seconds * 1000:
                await asyncio.sleep(0)
                number += 1
                if not context.line.busy:
                    context.line.post(Answer(number=number, payload=request.payload))
                    sent = number
        finally:
            notes[request.key].append("finally")

    async def Up(self, request_iterator: AsyncIterator[Ask], context: Any) -> Answer:
        texts = [request.text async for request in request_iterator]
        return Answer(lines=texts[:100], number=len(texts))

    async def Both(self, request_iterator: AsyncIterator[Ask], context: Any) -> AsyncIterator[Answer]:
        key = ""
        try:
            async for request in request_iterator:
                key = request.key or key
                if request.act == "sleep":
                    await noting(key, request.seconds)
                elif request.act == "raise":
                    raise ValueError(SECRET)
                for number in range(request.count or 1):
                    yield Answer(text=request.text, number=number)
            yield Answer(text="half-closed")
        finally:
            if key:
                notes[key].append("ended")

    async def Noted(self, request: Ask, context: Any) -> Answer:
        return Answer(lines=notes[request.key])


async def healthz(request: Request) -> PlainTextResponse:
    return PlainTextResponse("ok")


async def webhook(request: Request) -> JSONResponse:
    return JSONResponse({"bytes": len(await request.body()), "query": str(request.url.query)})


async def fails(request: Request) -> PlainTextResponse:
    raise ValueError(SECRET)


class EchoApp:
    def __init__(self) -> None:
        routes = [Route("/healthz", healthz), Route("/webhook", webhook, methods=["POST"]), Route("/fails", fails)]
        self.http = Starlette(routes=routes)
        self._leaving = asyncio.Event()

    def register(self, door: Any) -> None:
        echo_pb2_grpc.add_EchoServicer_to_server(Echo(self._leaving), door)

    async def start(self) -> None:
        notes["app"].append("started")

    async def drain(self) -> None:
        self._leaving.set()

    async def stop(self) -> None:
        notes["app"].append("stopped")


async def build() -> EchoApp:
    return EchoApp()


def fail() -> EchoApp:
    """A factory that fails."""
    raise ValueError(SECRET)
