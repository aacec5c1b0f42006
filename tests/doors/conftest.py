"""One of each door, opened once for the whole room."""

import sys
from collections.abc import AsyncIterator
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

import grpc
import httpx2
import pytest
import pytest_asyncio
from echo_pb2_grpc import EchoStub
from serving import Server, serving

from doorstepd.doors.supervisor import DOORS

_LIMITS = [("grpc.max_receive_message_length", -1), ("grpc.max_send_message_length", -1)]


@pytest_asyncio.fixture(scope="session", loop_scope="session", params=DOORS)
async def server(request: pytest.FixtureRequest) -> AsyncIterator[Server]:
    async with serving(door=request.param, app="echo_app:build", reflection=True) as opened:
        yield opened


@pytest_asyncio.fixture
async def channel(server: Server) -> AsyncIterator[grpc.aio.Channel]:
    async with grpc.aio.insecure_channel(server.target, options=_LIMITS) as opened:
        yield opened


@pytest.fixture
def echo(channel: grpc.aio.Channel) -> EchoStub:
    return EchoStub(channel)


@pytest_asyncio.fixture
async def web(server: Server) -> AsyncIterator[httpx2.AsyncClient]:
    async with httpx2.AsyncClient(base_url=server.http_url, timeout=10) as client:
        yield client
