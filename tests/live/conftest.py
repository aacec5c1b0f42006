"""A Valkey for the live plane's tests."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import redis

sys.path.insert(0, str(Path(__file__).parent.parent))

from valkey_process import ValkeyProcess, valkey_process


@pytest.fixture
def valkey() -> Iterator[ValkeyProcess]:
    """A server of this test's own, to be hurt."""
    with valkey_process() as process:
        yield process


@pytest.fixture(scope="module")
def shared_valkey() -> Iterator[ValkeyProcess]:
    """A server shared by the tests of a file, none of which hurts it."""
    with valkey_process() as process:
        yield process


@pytest.fixture
def calm_valkey(shared_valkey: ValkeyProcess) -> ValkeyProcess:
    """The shared server, empty."""
    with redis.Redis(port=shared_valkey.port) as admin:
        admin.flushall()
    return shared_valkey
