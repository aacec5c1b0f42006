"""The service behind each door, opened once for the room: Envoy over SQLite, and grpcio over PostgreSQL."""

import sys
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "database"))
sys.path.insert(0, str(Path(__file__).parents[1] / "rpc"))

import grpc
import httpx2
import pytest
import pytest_asyncio
from databases import postgres
from house import House, Stubs
from house import house as open_house
from serving import skip_unless_available

from doorstepd.doors.supervisor import DOORS


@pytest.fixture(scope="session", params=DOORS)
def house(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    skip_unless_available(request.param)
    url = postgres().empty() if request.param == "grpcio" else ""
    with open_house(request.param, tmp_path_factory.mktemp(f"house-{request.param}"), url) as it:
        yield it


@pytest_asyncio.fixture
async def stubs(house: House) -> AsyncIterator[Stubs]:
    async with grpc.aio.insecure_channel(house.daemon.target) as channel:
        yield Stubs(channel)


@pytest_asyncio.fixture
async def web(house: House) -> AsyncIterator[httpx2.AsyncClient]:
    async with httpx2.AsyncClient(base_url=house.daemon.http_url, timeout=20) as client:
        yield client
