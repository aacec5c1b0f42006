"""Whatever becomes of a call, its last reference frees it: what is set aside may hold no circle (see `collector`)."""

import asyncio
import contextlib
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path

import grpc
import httpx2
import pytest
import pytest_asyncio
from certificates import self_signed
from echo_notes import noted
from echo_pb2 import Ask
from echo_pb2_grpc import EchoStub
from serving import serving
from test_web import DOWN, UNARY, framed

FAILS = contextlib.suppress(grpc.aio.AioRpcError)
WEB = {"content-type": "application/grpc-web+proto", "x-grpc-web": "1"}


@dataclass
class Reached:
    """A door, and how to reach it."""

    target: str
    http_url: str
    trusted: bytes | None
    context: ssl.SSLContext | bool

    def channel(self) -> grpc.aio.Channel:
        own = [("grpc.use_local_subchannel_pool", 1)]
        if self.trusted is None:
            return grpc.aio.insecure_channel(self.target, options=own)
        return grpc.aio.secure_channel(self.target, grpc.ssl_channel_credentials(self.trusted), options=own)

    def web(self) -> httpx2.AsyncClient:
        return httpx2.AsyncClient(base_url=self.http_url, timeout=10, verify=self.context)


@pytest_asyncio.fixture(scope="module", loop_scope="session", params=["envoy", "nghttp2", "nghttp2 over TLS"])
async def reached(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Reached]:
    door, _, sealed = request.param.partition(" ")
    options = self_signed(tmp_path_factory.mktemp("tls")) if sealed else {}
    async with serving(door=door, app="echo_app:build", **options) as server:
        trusted = Path(options["certificate"]).read_bytes() if sealed else None
        context = ssl.create_default_context(cafile=options["certificate"]) if sealed else True
        yield Reached(server.target, server.http_url, trusted, context)


async def of_unary_calls(echo: EchoStub, reached: Reached) -> None:
    for act in ("echo", "compress", "metadata", "callback", "abort", "status", "code", "raise"):
        with FAILS:
            await echo.Unary(Ask(act=act, count=100))


async def of_streams_that_end(echo: EchoStub, reached: Reached) -> None:
    for act in ("", "abort", "raise", "line"):
        with FAILS:
            async for _ in echo.Down(Ask(act=act, count=3, seconds=0.01, key="line")):
                pass
    await echo.Up(Ask(text=str(number)) for number in range(3))
    async for _ in echo.Both(Ask(text=str(number)) for number in range(3)):
        pass


async def of_a_call_past_its_deadline(echo: EchoStub, reached: Reached) -> None:
    with FAILS:
        await echo.Unary(Ask(act="sleep", seconds=30, key="late"), timeout=0.2)
    await told(echo, "late")


async def of_a_stream_past_its_deadline(echo: EchoStub, reached: Reached) -> None:
    with FAILS:
        async for _ in echo.Down(Ask(act="sleep", count=1, seconds=30, key="late stream"), timeout=0.3):
            pass
    await told(echo, "late stream")


async def of_streams_that_are_given_up(echo: EchoStub, reached: Reached) -> None:
    for act in ("sleep", "line"):
        call = echo.Down(Ask(act=act, count=2, seconds=30, key=f"given up {act}"))
        await call.read()
        await call.read()
        call.cancel()
        await told(echo, f"given up {act}")


async def of_a_connection_that_ends_in_mid_stream(echo: EchoStub, reached: Reached) -> None:
    own = reached.channel()
    call = EchoStub(own).Down(Ask(act="sleep", count=1, seconds=30, key="cut off"))
    await call.read()
    await own.close()
    await told(echo, "cut off")


async def of_plain_http(echo: EchoStub, reached: Reached) -> None:
    for _ in range(3):
        async with reached.web() as web:
            await web.get("/healthz")
            await web.post("/webhook", content=b"x" * 1000)


async def of_a_browser(echo: EchoStub, reached: Reached) -> None:
    async with reached.web() as web:
        await web.post(UNARY, content=framed(Ask(text="x")), headers=WEB)
        await web.post(DOWN, content=framed(Ask(count=3)), headers=WEB)
        request = framed(Ask(act="sleep", count=1, seconds=30, key="page left"))
        async with web.stream("POST", DOWN, content=request, headers=WEB) as response:
            await anext(response.aiter_bytes())
    await told(echo, "page left")


async def told(echo: EchoStub, key: str) -> None:
    """Waits until the handler has ended, and then for whatever ends after it."""
    async with asyncio.timeout(10):
        while "finally" not in await noted(echo, key):
            await asyncio.sleep(0.02)
    await asyncio.sleep(0.2)


Way = Callable[[EchoStub, Reached], Awaitable[None]]
WAYS: list[Way] = [
    of_unary_calls,
    of_streams_that_end,
    of_a_call_past_its_deadline,
    of_a_stream_past_its_deadline,
    of_streams_that_are_given_up,
    of_a_connection_that_ends_in_mid_stream,
    of_plain_http,
    of_a_browser,
]


@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.__name__)
async def test_nothing_is_left_to_the_collector(reached: Reached, way: Way) -> None:
    async with reached.channel() as channel:
        echo = EchoStub(channel)
        await way(echo, reached)  # what is made on first use may be as it likes
        await echo.Unary(Ask(act="tidy"))
        await way(echo, reached)
        assert list((await echo.Unary(Ask(act="circles"))).lines) == []
