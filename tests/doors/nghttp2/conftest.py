"""The door that speaks HTTP/2 in Python's process, opened once for this room, as strangers on the internet meet it."""

import sys
from collections.abc import AsyncIterator
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

import pytest_asyncio
from raw_http2 import Wire, introduced
from serving import Server, serving


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def server() -> AsyncIterator[Server]:
    async with serving(door="nghttp2", app="echo_app:build") as opened:
        yield opened


@pytest_asyncio.fixture
async def wire(server: Server) -> AsyncIterator[Wire]:
    async with introduced(server.opening.port) as opened:
        yield opened
