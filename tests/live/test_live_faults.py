"""Streams while Redis, the database or the reader is not well. The oracle is the log: no hole, no repeat, no step back.

`Client` fails on any of those by itself, and on a position that runs backwards; each test then waits until every client
has everything that the log has.
"""

import asyncio
import random
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace

import pytest
import redis.asyncio as redis
from eventually import eventually
from memory_log import MemoryLog
from plane import OUT_WITH_C1, VIEWER, Client, Plane, plane
from tcp_proxy import tcp_proxy
from valkey_process import ValkeyProcess

from doorstepd import errors
from doorstepd.live import Targets

pytestmark = pytest.mark.fault

PARCELS = [f"p{number}" for number in range(20)]


class Load:
    """Writes changes and positions all the time."""

    def __init__(self, writer: Plane) -> None:
        self.writer = writer
        self.written = 0
        self._task = asyncio.create_task(self._write())

    async def _write(self) -> None:
        chance = random.Random(3)
        while True:
            for _ in range(5):
                self.writer.append(chance.choice(PARCELS))
                self.written += 1
            self.writer.move()
            await asyncio.sleep(0.005)

    async def stop(self) -> None:
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)


@asynccontextmanager
async def under_load(url: str, log: MemoryLog | None = None) -> AsyncIterator[tuple[Plane, Load, list[Client]]]:
    """One process writes, another has 30 watchers, on twenty parcels; at the end everything must have arrived."""
    log = log or MemoryLog()
    for number, parcel in enumerate(PARCELS):
        log.add_order(f"o{number // 2}", parcel) if number % 2 == 0 else log.add_parcel(f"o{number // 2}", parcel)
        log.append(parcel, **OUT_WITH_C1)
    async with plane(url, log) as writer, plane(url, log) as reader:
        clients = [reader.read((f"o{number % 10}",)) for number in range(20)]
        clients += [reader.read(parcels=tuple(PARCELS[number : number + 5])) for number in range(10)]
        await asyncio.gather(*(client.reaches(log) for client in clients))
        load = Load(writer)
        await asyncio.sleep(0.1)
        yield reader, load, clients
        await load.stop()
        await asyncio.gather(*(client.reaches(log) for client in clients))
        last = writer.move()
        await eventually(lambda: all(client.shown.get("c1", 0) >= last for client in clients) or not writer.move())
        assert load.written > 50
        for client in clients:
            await client.leave()
            for parcel, seen in client.history.items():
                assert seen == log.revisions(parcel)[-len(seen) :]
        await eventually(reader.at_rest)


async def positions_flow(load: Load, clients: list[Client]) -> None:
    """Waits until everybody gets positions again."""
    seen = load.writer.sequence
    await eventually(lambda: all(client.shown.get("c1", 0) > seen for client in clients), "positions")


async def test_restarts_of_valkey_under_load_lose_no_status(valkey: ValkeyProcess) -> None:
    async with under_load(valkey.url) as (reader, load, clients):
        for _ in range(3):
            valkey.kill()
            await eventually(lambda: reader.hub.degraded)
            await eventually(lambda: all(client.kinds.count("link_state") % 2 for client in clients), "being told")
            written = load.written
            await eventually(lambda written=written: load.written > written + 50)
            valkey.start()
            await eventually(lambda: not reader.hub.degraded)
            await positions_flow(load, clients)


async def test_statuses_flow_while_valkey_is_gone(valkey: ValkeyProcess) -> None:
    async with under_load(valkey.url) as (reader, load, clients):
        valkey.kill()
        await eventually(lambda: reader.hub.degraded)
        before = [sum(client.revisions.values()) for client in clients]
        await eventually(
            lambda: all(sum(c.revisions.values()) > b + 20 for c, b in zip(clients, before, strict=True)), "statuses"
        )
        assert reader.hub.degraded
        opened = reader.read(("o1",))
        await opened.reaches(reader.log)
        await eventually(lambda: opened.kinds[:2] == ["snapshot", "link_state"] or "link_state" in opened.kinds)
        await opened.leave()
        valkey.start()
        await positions_flow(load, clients)


async def test_a_black_hole_loses_no_status(valkey: ValkeyProcess) -> None:
    async with (
        tcp_proxy(valkey.port) as proxy,
        under_load(f"redis://127.0.0.1:{proxy.port}/0") as (reader, load, clients),
    ):
        proxy.mode = "blackhole"
        await eventually(lambda: reader.hub.degraded, "noticing")
        await asyncio.sleep(0.5)
        proxy.mode = "pass"
        await eventually(lambda: not reader.hub.degraded, "healing")
        await positions_flow(load, clients)


async def test_a_frozen_valkey_blocks_nobody(valkey: ValkeyProcess) -> None:
    async with under_load(valkey.url) as (reader, load, clients):
        tasks = len(asyncio.all_tasks())
        valkey.freeze()
        await eventually(lambda: reader.hub.degraded, "noticing")
        before = [sum(client.revisions.values()) for client in clients]
        await asyncio.sleep(0.5)
        assert all(sum(c.revisions.values()) > b for c, b in zip(clients, before, strict=True))
        assert len(asyncio.all_tasks()) <= tasks + 8
        valkey.thaw()
        await positions_flow(load, clients)


async def test_listeners_killed_again_and_again_lose_no_status(valkey: ValkeyProcess) -> None:
    async with redis.Redis(port=valkey.port) as admin, under_load(valkey.url) as (reader, load, clients):
        for _ in range(10):
            await admin.execute_command("CLIENT", "KILL", "TYPE", "pubsub")
            await asyncio.sleep(0.1)
        await eventually(lambda: not reader.hub.degraded)
        await positions_flow(load, clients)


async def test_a_wake_lost_without_a_sign_is_caught_up_by_looking_again(valkey: ValkeyProcess) -> None:
    async with plane(valkey.url) as here:
        here.log.add_order("o1", "p1")
        client = here.read(("o1",))
        await client.reaches(here.log)
        here.append("p1", wake=False)
        here.append("p1", wake=False)
        await client.reaches(here.log)
        here.log.add_parcel("o1", "p2")
        await eventually(lambda: client.history.get("p2") == [1])
        assert client.history == {"p1": [2, 3], "p2": [1]}
        await client.leave()


async def test_streams_survive_a_database_that_is_away(valkey: ValkeyProcess) -> None:
    async with plane(valkey.url, heartbeat=0.1) as here:
        here.log.add_order("o1", "p1")
        clients = [here.read(("o1",)) for _ in range(10)]
        await asyncio.gather(*(client.reaches(here.log) for client in clients))
        here.log.away = True
        for _ in range(10):
            here.append("p1")
        await asyncio.sleep(0.3)
        late = here.read(("o1",))
        await asyncio.wait_for(late.task, 5.0)
        assert isinstance(late.ended, errors.Unavailable)
        assert all("heartbeat" in client.kinds for client in clients)
        await eventually(lambda: all(client.kinds.count("link_state") == 1 for client in clients), "being told")
        here.log.away = False
        await asyncio.gather(*(client.reaches(here.log) for client in clients))
        await eventually(lambda: all(client.kinds.count("link_state") == 2 for client in clients))
        for client in clients:
            await client.leave()
        await eventually(here.at_rest)


async def test_a_slow_reader_gets_every_status_and_only_the_newest_positions(valkey: ValkeyProcess) -> None:
    async with plane(valkey.url) as here:
        here.log.add_order("o1", "p1")
        here.append("p1", **OUT_WITH_C1)
        slow, quick = here.read(("o1",)), here.read(("o1",))
        await asyncio.gather(slow.reaches(here.log), quick.reaches(here.log))
        slow.pace = lambda: 0.02
        for round_ in range(300):
            here.move()
            if round_ % 10 == 0:
                here.append("p1")
            await asyncio.sleep(0.004)
        last = here.sequence
        await eventually(lambda: slow.shown.get("c1") == quick.shown.get("c1") == last)
        assert slow.history == quick.history == {"p1": list(range(3, 33))}
        assert slow.kinds.count("position") < quick.kinds.count("position") / 2
        assert here.hub.counters.conflated > 0
        await slow.leave()
        await quick.leave()


async def test_a_reader_stuck_in_one_frame_is_ended_and_can_resume_everything(valkey: ValkeyProcess) -> None:
    async with plane(valkey.url, stuck=0.3) as here:
        here.log.add_order("o1", "p1")
        stuck, other = here.read(("o1",)), here.read(("o1",))
        await asyncio.gather(stuck.reaches(here.log), other.reaches(here.log))
        stuck.pace = lambda: 3600.0
        for _ in range(1000):
            here.append("p1")
        await asyncio.wait_for(stuck.task, 10.0)
        assert isinstance(stuck.ended, errors.SlowReader)
        assert here.hub.counters.slow == 1
        await other.reaches(here.log)
        after = here.read(("o1",), after=stuck)
        await after.reaches(here.log)
        assert [*stuck.history["p1"], *after.history["p1"]] == list(range(2, 1002))
        await after.leave()
        await other.leave()
        await eventually(here.at_rest)


async def test_a_door_may_end_a_stuck_reader_in_its_own_way(valkey: ValkeyProcess) -> None:
    async with plane(valkey.url, stuck=0.2) as here:
        here.log.add_order("o1", "p1")
        cut = asyncio.Event()
        async with here.hub.watch(VIEWER, Targets(("o1",)), on_stuck=cut.set) as frames:
            await anext(frames)
            await asyncio.wait_for(cut.wait(), 5.0)
            with pytest.raises(errors.SlowReader):
                await anext(frames)
        await eventually(here.at_rest)


async def test_a_reader_who_leaves_while_opening_leaves_nothing(valkey: ValkeyProcess) -> None:
    async with plane(valkey.url) as here:
        here.log.add_order("o1", "p1")
        here.append("p1", **OUT_WITH_C1)
        here.log.delay = 0.01
        for round_ in range(60):
            client = here.read(("o1",))
            await asyncio.sleep(0.0007 * round_)
            await client.leave()
        await eventually(here.at_rest)


async def test_a_hub_that_stood_still_does_not_blame_its_readers(valkey: ValkeyProcess) -> None:
    async with plane(valkey.url, stuck=1.0) as here:
        here.log.add_order("o1", "p1")
        client = here.read(("o1",))
        await client.reaches(here.log)
        client.pace = lambda: 0.1
        here.append("p1")
        await eventually(lambda: client.history)
        time.sleep(1.5)
        here.append("p1")
        await client.reaches(here.log)
        await client.leave()


async def test_a_stuck_reader_whose_token_expired_is_let_go_too(valkey: ValkeyProcess) -> None:
    async with plane(valkey.url, stuck=0.4) as here:
        here.log.add_order("o1", "p1")
        client = here.read(("o1",), viewer=replace(VIEWER, expires_at=time.time() + 0.1))
        client.pace = lambda: 3600.0
        await asyncio.wait_for(client.task, 10.0)
        assert isinstance(client.ended, errors.TokenExpired)
        await eventually(here.at_rest)
