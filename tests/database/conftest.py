"""Every test of this room runs on both databases."""

import sys
from collections.abc import AsyncIterator
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

import pytest
import pytest_asyncio
from databases import KINDS, empty_url, migrated_url, opened

from doorstepd.database import Database


@pytest.fixture(params=KINDS)
def kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def bare_url(kind: str, tmp_path: Path) -> str:
    """A database without tables."""
    return empty_url(kind, tmp_path)


@pytest_asyncio.fixture
async def url(kind: str, tmp_path: Path) -> str:
    """A migrated database."""
    return await migrated_url(kind, tmp_path)


@pytest_asyncio.fixture
async def database(url: str) -> AsyncIterator[Database]:
    async with opened(url) as it:
        yield it
