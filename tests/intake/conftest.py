"""Every test of this room runs on both databases."""

import sys
from collections.abc import AsyncIterator
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "database"))
sys.path.insert(0, str(Path(__file__).parents[1] / "intake"))

import pytest
import pytest_asyncio
from databases import KINDS, migrated_url
from office import Office
from office import office as opened_office


@pytest.fixture(params=KINDS)
def kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest_asyncio.fixture
async def url(kind: str, tmp_path: Path) -> str:
    """A migrated database."""
    return await migrated_url(kind, tmp_path)


@pytest_asyncio.fixture
async def office(url: str) -> AsyncIterator[Office]:
    async with opened_office(url) as it:
        yield it
