"""Every test of this room runs on both databases."""

import sys
from collections.abc import AsyncIterator
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent / "database"))
sys.path.insert(0, str(Path(__file__).parent))

import pytest
import pytest_asyncio
from asking_world import World, world_at
from databases import KINDS, migrated_url


@pytest.fixture(params=KINDS)
def kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest_asyncio.fixture
async def url(kind: str, tmp_path: Path) -> str:
    """A migrated database."""
    return await migrated_url(kind, tmp_path)


@pytest_asyncio.fixture
async def world(url: str) -> AsyncIterator[World]:
    async with world_at(url) as it:
        yield it
