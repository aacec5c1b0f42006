"""Streams end when what their viewers showed is withdrawn, and only those."""

import asyncio
from collections.abc import Hashable
from dataclasses import replace

from eventually import eventually
from memory_log import MemoryLog
from plane import VIEWER, FleetClient, plane
from valkey_process import ValkeyProcess

from doorstepd.errors import Unauthenticated

FIRST, SECOND = (replace(VIEWER, credential=name) for name in ("first", "second"))


class Desk:
    """Credentials that a test withdraws."""

    def __init__(self) -> None:
        self.withdrawn: set[Hashable] = set()
        self.asked = 0

    def generation(self, now: float) -> int:
        return len(self.withdrawn)

    def stands(self, credential: Hashable) -> bool:
        self.asked += 1
        return credential not in self.withdrawn


def one_parcel() -> MemoryLog:
    log = MemoryLog()
    log.add_order("o", "p")
    return log


async def test_a_watch_ends_when_its_credential_is_withdrawn(calm_valkey: ValkeyProcess) -> None:
    async with plane(calm_valkey.url, one_parcel()) as here:
        here.hub._credentials = desk = Desk()
        gone, stays = here.read(("o",), viewer=FIRST), here.read(("o",), viewer=SECOND)
        await eventually(lambda: gone.updates and stays.updates)
        desk.withdrawn.add("first")
        await eventually(gone.task.done)
        assert isinstance(gone.ended, Unauthenticated)
        here.append("p")
        await stays.reaches(here.log)
        assert here.hub.counters.revoked == 1
        await stays.leave()


async def test_a_fleet_map_ends_when_its_credential_is_withdrawn(calm_valkey: ValkeyProcess) -> None:
    async with plane(calm_valkey.url) as here:
        here.hub._credentials = desk = Desk()
        client = FleetClient(here.hub.fleet(FIRST, tick=60.0))
        await eventually(lambda: client.updates)
        desk.withdrawn.add("first")
        await eventually(client.task.done)
        assert isinstance(client.task.exception(), Unauthenticated)


async def test_who_comes_with_a_withdrawn_credential_is_not_let_in(calm_valkey: ValkeyProcess) -> None:
    """It was good when the call began, and withdrawn before the watch was open."""
    async with plane(calm_valkey.url, one_parcel()) as here:
        here.hub._credentials = desk = Desk()
        desk.withdrawn.add("first")
        client = here.read(("o",), viewer=FIRST)
        await eventually(client.task.done)
        assert isinstance(client.ended, Unauthenticated)
        assert not client.updates


async def test_nobody_is_asked_while_nothing_is_withdrawn(calm_valkey: ValkeyProcess) -> None:
    async with plane(calm_valkey.url, one_parcel()) as here:
        here.hub._credentials = desk = Desk()
        client = here.read(("o",), viewer=FIRST)
        await eventually(lambda: client.updates)
        asked = desk.asked
        await asyncio.sleep(5 * here.hub.limits.sweep)
        assert desk.asked == asked
        await client.leave()
