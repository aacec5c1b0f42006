"""A service for the whole room behind each door, of two workers: Envoy over SQLite, the others over PostgreSQL.

They are broken again and again by design; that the next test finds them well is a check of its own.
"""

import sys
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "database"))
sys.path.insert(0, str(Path(__file__).parents[1] / "rpc"))
sys.path.insert(0, str(Path(__file__).parents[1] / "stories"))
sys.path.insert(0, str(Path(__file__).parent))

import pytest
import pytest_asyncio
from broken import BreakableHouse, MortalPostgres, breakable_house
from street import Street
from street import street as open_street

from doorstepd.doors.supervisor import DOORS


@pytest.fixture(scope="session")
def mortal_postgres() -> Iterator[MortalPostgres]:
    server = MortalPostgres()
    yield server
    server.bury()


@pytest.fixture(scope="session")
def envoy_house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[BreakableHouse]:
    with breakable_house("envoy", tmp_path_factory.mktemp("faults-envoy")) as it:
        yield it


@pytest.fixture(scope="session")
def nghttp2_house(
    mortal_postgres: MortalPostgres, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[BreakableHouse]:
    with breakable_house("nghttp2", tmp_path_factory.mktemp("faults-nghttp2"), mortal_postgres.empty()) as it:
        yield it


@pytest.fixture(scope="session")
def grpcio_house(mortal_postgres: MortalPostgres, tmp_path_factory: pytest.TempPathFactory) -> Iterator[BreakableHouse]:
    with breakable_house("grpcio", tmp_path_factory.mktemp("faults-grpcio"), mortal_postgres.empty()) as it:
        yield it


@pytest.fixture(params=DOORS)
def house(request: pytest.FixtureRequest) -> BreakableHouse:
    """The house behind one door."""
    return request.getfixturevalue(f"{request.param}_house")


@pytest.fixture
def houses(request: pytest.FixtureRequest) -> list[BreakableHouse]:
    """Those behind every door, for tests that mostly wait and can do so at once."""
    return [request.getfixturevalue(f"{door}_house") for door in DOORS]


@pytest_asyncio.fixture
async def street(house: BreakableHouse) -> AsyncIterator[Street]:
    async with open_street(house) as it:
        yield it
