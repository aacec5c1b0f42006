"""A service for each file of stories behind each door: Envoy over SQLite, grpcio over PostgreSQL."""

import sys
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "database"))
sys.path.insert(0, str(Path(__file__).parents[1] / "rpc"))

import pytest
import pytest_asyncio
from databases import postgres
from house import House
from house import house as open_house
from serving import skip_unless_available
from shop import Shop

from doorstepd.doors.supervisor import DOORS


@pytest.fixture(scope="module", params=DOORS)
def house(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    skip_unless_available(request.param)
    url = postgres().empty() if request.param == "grpcio" else ""
    with open_house(request.param, tmp_path_factory.mktemp(f"story-{request.param}"), url) as it:
        yield it


@pytest_asyncio.fixture
async def shop(house: House) -> AsyncIterator[Shop]:
    async with Shop(house) as it:
        yield it
