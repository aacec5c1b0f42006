"""What is compared: our doors, and the peers. Each runs alone on the server's core while it is measured."""

import asyncio
import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from machine import GO, LOAD_CORE, SERVER_CORE, on_core

from doorstepd.broadcast.embedded import EmbeddedValkey
from doorstepd.doors import envoy, nghttp2
from doorstepd.doors.opening import Opening
from doorstepd.doors.supervisor import DoorName, OpenDoor

PEER_AIO = Path(__file__).with_name("peer_aio.py")
PEER_GO = GO / "peer"
only = ""
"""A word in the names of the sides to run; all when empty."""


@dataclass(frozen=True, slots=True)
class Side:
    """A server that is open."""

    name: str
    target: str
    pids: tuple[int, ...]
    ours: bool


def doors() -> list[DoorName]:
    """Those that can open here, the fast one first."""
    found: list[tuple[DoorName, str | None]] = [("nghttp2", nghttp2.available()), ("envoy", envoy.available())]
    every: list[DoorName] = [name for name, why_not in found if why_not is None]
    return [name for name in [*every, "grpcio"] if only in name]


@asynccontextmanager
async def door(name: DoorName, data: Path, redis_url: str) -> AsyncIterator[Side]:
    """Our service behind one of its doors."""
    environment = {
        "DOORSTEP_DATA": str(data.resolve()),
        "DOORSTEP_REDIS_URL": redis_url,
        "DOORSTEP_LOG_LEVEL": "warning",
        "DOORSTEP_ASK_CARRIERS": "false",
        "DOORSTEP_MAX_WATCHES": "100000",
    }
    opened = OpenDoor(name, Opening(public=False, grace=0.5), environment)
    with on_core(SERVER_CORE):
        await opened.open()
    try:
        yield Side(f"doorstep, {name} door", opened.target, tuple(opened.pids), ours=True)
    finally:
        await opened.close()


@asynccontextmanager
async def peer(name: str, *command: str) -> AsyncIterator[Side]:
    """Another server, which says on its first line where it listens."""
    with on_core(SERVER_CORE):
        process = await asyncio.create_subprocess_exec(
            *command, stdout=asyncio.subprocess.PIPE, env={**os.environ, "GOMAXPROCS": "1"}
        )
    assert process.stdout is not None
    try:
        target = (await asyncio.wait_for(process.stdout.readline(), 30)).decode().strip()
        yield Side(name, target, (process.pid,), ours=False)
    finally:
        process.kill()
        await process.wait()


def fanout_peers(redis_url: str) -> list[tuple[str, ...]]:
    """Name and command of each peer that is built."""
    found: list[tuple[str, ...]] = [("grpc.aio", sys.executable, str(PEER_AIO), redis_url)]
    if PEER_GO.exists():
        found.append(("grpc-go", str(PEER_GO), redis_url))
    return [one for one in found if only in one[0]]


@asynccontextmanager
async def valkey(folder: Path) -> AsyncIterator[str]:
    """A Valkey for a run, on the core of the load."""
    with on_core(LOAD_CORE):
        server = EmbeddedValkey(folder)
        async with server:
            yield server.url
