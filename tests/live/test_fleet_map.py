"""The fleet map: everybody first, then who moved, then who left."""

import asyncio
import math
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from eventually import eventually
from hypothesis import given
from hypothesis import strategies as st
from memory_log import MemoryLog
from plane import VIEWER, FleetClient, plane
from valkey_process import ValkeyProcess

from doorstepd.live import Box, Position

HERE = Box(31.0, 121.0, 31.25, 122.0)


async def test_the_first_frame_has_everybody_and_later_ones_only_who_moved(calm_valkey: ValkeyProcess) -> None:
    log = MemoryLog()
    async with plane(calm_valkey.url, log) as here, plane(calm_valkey.url, log) as there:
        for number in range(200):
            there.move(f"c{number}", 1)
        await asyncio.sleep(0.1)
        client = FleetClient(here.hub.fleet(VIEWER, tick=0.05))
        await eventually(lambda: client.updates)
        assert len(client.updates[0].positions) == 200
        there.move("c7", 2)
        await eventually(lambda: client.on_map["c7"] == 2)
        assert sum(len(update.positions) for update in client.updates[1:]) == 1
        await client.leave()
        await eventually(here.at_rest)


async def test_a_map_without_couriers_says_so_at_once(calm_valkey: ValkeyProcess) -> None:
    async with plane(calm_valkey.url) as here:
        client = FleetClient(here.hub.fleet(VIEWER, tick=0.05))
        await eventually(lambda: client.updates)
        assert not client.updates[0].positions
        await client.leave()


class EarlyLoop:
    """A loop that rounds, as those do that count in milliseconds: its timers fire a little before their time."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop

    def __getattr__(self, name: str) -> object:
        return getattr(self._loop, name)

    def call_at(self, when: float, callback: Callable[[], None]) -> asyncio.TimerHandle:
        return self._loop.call_at(when - 0.002, callback)


async def test_a_tick_that_comes_early_is_not_the_last_one(calm_valkey: ValkeyProcess) -> None:
    async with plane(calm_valkey.url) as here:
        watch = here.hub.fleet(VIEWER, tick=0.05)
        watch._loop = EarlyLoop(asyncio.get_running_loop())  # type: ignore[assignment]
        client = FleetClient(watch)
        await eventually(lambda: client.updates)
        for _ in range(5):
            here.move("c1")
            await eventually(lambda: client.on_map.get("c1") == here.sequence)
        await client.leave()


async def test_many_moves_within_a_tick_are_one_cell(calm_valkey: ValkeyProcess) -> None:
    async with plane(calm_valkey.url) as here:
        client = FleetClient(here.hub.fleet(VIEWER, tick=0.5))
        await eventually(lambda: client.updates)
        for _ in range(30):
            here.move("c1")
            await asyncio.sleep(0.006)
        await eventually(lambda: client.on_map == {"c1": here.sequence})
        assert len(client.updates) <= 4
        await client.leave()


async def test_couriers_who_leave_the_box_or_fall_silent_are_taken_off(calm_valkey: ValkeyProcess) -> None:
    async with plane(calm_valkey.url) as here:
        here.move("in", 1)
        here.move("out", 1, north=0.1)
        here.move("quiet", 1, age=60.0)
        await asyncio.sleep(0.05)
        client = FleetClient(here.hub.fleet(VIEWER, box=HERE, tick=0.05))
        await eventually(lambda: client.on_map == {"in": 1, "quiet": 1})
        here.move("in", 2, north=0.1)
        await eventually(lambda: client.on_map == {"quiet": 1})
        here.skew = 61.0
        await eventually(lambda: client.on_map == {})
        here.skew = 0.0
        here.move("out", 2)
        here.move("quiet", 2)
        await eventually(lambda: client.on_map == {"out": 2, "quiet": 2})
        await client.leave()


async def test_only_the_couriers_asked_for_are_shown(calm_valkey: ValkeyProcess) -> None:
    async with plane(calm_valkey.url) as here:
        for number in range(20):
            here.move(f"c{number}", 1)
        await asyncio.sleep(0.05)
        client = FleetClient(here.hub.fleet(VIEWER, courier_ids=frozenset({"c3", "c4", "nobody"}), tick=0.05))
        await eventually(lambda: client.on_map == {"c3": 1, "c4": 1})
        here.move("c5", 2)
        here.move("c3", 2)
        await eventually(lambda: client.on_map == {"c3": 2, "c4": 1})
        await client.leave()


async def test_another_merchants_couriers_are_not_on_the_map(calm_valkey: ValkeyProcess) -> None:
    async with plane(calm_valkey.url) as here:
        here.move("c1", 1)
        await asyncio.sleep(0.05)
        client = FleetClient(here.hub.fleet(replace(VIEWER, merchant_id="another"), tick=0.05))
        await eventually(lambda: client.updates)
        here.move("c1", 2)
        await asyncio.sleep(0.2)
        assert client.on_map == {}
        await client.leave()


async def test_maps_share_the_bytes_of_a_courier(calm_valkey: ValkeyProcess) -> None:
    async with plane(calm_valkey.url) as here:
        clients = [FleetClient(here.hub.fleet(VIEWER, tick=0.05)) for _ in range(20)]
        await eventually(lambda: all(client.updates for client in clients))
        here.move("c1", 1)
        await eventually(lambda: all(client.on_map for client in clients))
        assert here.renderer.rendered_positions == 1
        await asyncio.gather(*(client.leave() for client in clients))


async def test_whoever_drives_out_of_one_box_and_into_another_is_on_one_map_only(calm_valkey: ValkeyProcess) -> None:
    async with plane(calm_valkey.url) as here:
        here.move("c1", 1)
        here.move("c2", 1)
        north = Box(31.25, 121.0, 31.5, 122.0)
        maps = [FleetClient(here.hub.fleet(VIEWER, box=box, tick=0.05)) for box in (HERE, north)]
        await eventually(lambda: [one.on_map for one in maps] == [{"c1": 1, "c2": 1}, {}])
        here.move("c2", 2, north=0.1)
        await eventually(lambda: [one.on_map for one in maps] == [{"c1": 1}, {"c2": 2}])
        here.move("c1", 2, north=0.1)
        here.move("c2", 3)
        await eventually(lambda: [one.on_map for one in maps] == [{"c2": 3}, {"c1": 2}])
        await asyncio.gather(*(one.leave() for one in maps))


async def test_a_map_says_when_positions_are_paused_and_recovers(valkey: ValkeyProcess) -> None:
    async with plane(valkey.url) as here:
        client = FleetClient(here.hub.fleet(VIEWER, tick=0.05))
        await eventually(lambda: client.updates)
        valkey.kill()
        await eventually(lambda: client.updates[-1].degraded)
        valkey.start()
        await eventually(lambda: not client.updates[-1].degraded)
        here.move("c1", 1)
        await eventually(lambda: client.on_map == {"c1": 1})
        await client.leave()


async def test_a_fleet_map_is_sent_away_when_draining(calm_valkey: ValkeyProcess) -> None:
    async with plane(calm_valkey.url) as here:
        client = FleetClient(here.hub.fleet(VIEWER, tick=60.0))
        await asyncio.sleep(0.05)
        await here.hub.drain(timeout=5.0)
        await asyncio.wait_for(client.task, 5.0)
        assert here.hub.counters.sent_away == 1
        last = client.updates[-1]
        assert last.HasField("go_away")
        assert 0 <= last.go_away.retry_after.ToMilliseconds() <= 1000 * here.hub.limits.go_away_spread
        assert not any(one.HasField("go_away") for one in client.updates[:-1])


MOMENTS = ["before subscribe 0", "after subscribe 0", "after subscribe 3", "before all", "after all"]


@pytest.mark.parametrize("moment", MOMENTS)
async def test_what_is_published_while_a_map_opens_is_on_it(calm_valkey: ValkeyProcess, moment: str) -> None:
    """Three maps open at once: one that does the work, and two that wait for it, of which one gives up."""
    async with plane(calm_valkey.url) as here, plane(calm_valkey.url, here.log) as there:
        published: dict[str, int] = {}

        def publish(now: str) -> None:
            if now == moment:
                published.update({f"c{n}": there.move(f"c{n}", 1) for n in range(12)})

        subscribe, everything, asked = here.bus.subscribe, here.hub.fixes.all, iter(range(100))

        async def publishing_subscribe(*given: Any) -> Any:
            number = next(asked)
            publish(f"before subscribe {number}")
            subscription = await subscribe(*given)
            publish(f"after subscribe {number}")
            return subscription

        async def publishing_all(merchant_id: str) -> Any:
            publish("before all")
            found = await everything(merchant_id)
            publish("after all")
            await asyncio.sleep(0.02)  # what was published meanwhile overtakes what was read
            return found

        here.bus.subscribe, here.hub.fixes.all = publishing_subscribe, publishing_all  # type: ignore[method-assign]
        clients = [FleetClient(here.hub.fleet(VIEWER, tick=0.05)) for _ in range(3)]
        await asyncio.sleep(0)
        await clients.pop(1).leave()
        for client in clients:
            await eventually(
                lambda client=client: published and client.on_map == published, "everybody on the map", 5.0
            )
            await client.leave()
        await eventually(here.at_rest)


@given(
    st.floats(-90, 90), st.floats(-180, 180), st.floats(-90, 90), st.floats(-180, 180), st.floats(-90, 90),
    st.floats(-180, 180),
)  # fmt: skip
def test_a_box_holds_what_lies_between_its_edges_also_across_the_antimeridian(
    south: float, west: float, north: float, east: float, lat: float, lng: float
) -> None:
    holds = Box(south, west, north, east).holds(Position("c", 1, 0.0, 0.0, lat, lng))
    width, offset = math.fmod(east - west + 360, 360), math.fmod(lng - west + 360, 360)
    if abs(width) in (0.0, 360.0) or abs(offset) in (0.0, 360.0) or abs(width - offset) < 1e-9 or abs(lng) == 180:
        return
    assert holds == (south <= lat <= north and offset <= width)
