"""The service behind each door with fake carriers beside it: Envoy over SQLite, and grpcio over PostgreSQL."""

import sys
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "database"))
sys.path.insert(0, str(Path(__file__).parents[1] / "rpc"))
sys.path.insert(0, str(Path(__file__).parent))

import grpc
import pytest
import pytest_asyncio
from carrier_street import Street, street_at
from databases import postgres
from house import House, Stubs
from house import house as open_house
from serving import skip_unless_available

from doorstepd.doors.supervisor import DOORS


@pytest.fixture(scope="session", params=DOORS)
def street(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Street]:
    skip_unless_available(request.param)
    with street_at() as it:
        url = postgres().empty() if request.param == "grpcio" else ""
        folder = tmp_path_factory.mktemp(f"street-{request.param}")
        with open_house(request.param, folder, url, **it.environment) as house:
            it.house = house
            yield it


@pytest.fixture
def house(street: Street) -> House:
    street.quiet()
    return street.house


@pytest_asyncio.fixture
async def stubs(house: House) -> AsyncIterator[Stubs]:
    async with grpc.aio.insecure_channel(house.daemon.target) as channel:
        yield Stubs(channel)
