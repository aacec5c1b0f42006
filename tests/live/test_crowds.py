"""Many watchers: one read for all, nothing left behind."""

import asyncio
import contextlib
import gc
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import replace

from doorstep.tracking.v1.live_service_pb2 import WatchUpdate
from eventually import eventually
from memory_log import MemoryLog
from plane import VIEWER, plane
from valkey_process import ValkeyProcess

from doorstepd import errors
from doorstepd.live import Head, Targets


class AttentiveLog(MemoryLog):
    """Remembers of how many parcels it was asked at once."""

    def __init__(self) -> None:
        super().__init__()
        self.at_once: list[int] = []

    async def heads(self, merchant_id: str, parcel_ids: Sequence[str]) -> Mapping[str, Head]:
        self.at_once.append(len(parcel_ids))
        return await super().heads(merchant_id, parcel_ids)


async def test_a_thousand_watchers_of_one_parcel_cost_one_read_an_event(calm_valkey: ValkeyProcess) -> None:
    async with plane(calm_valkey.url, recheck=60.0, watches_per_principal=5000) as here:
        here.log.add_order("o1", "p1")
        clients = [here.read(("o1",)) for _ in range(1000)]
        await asyncio.gather(*(client.reaches(here.log) for client in clients))
        asked = dict(here.log.asked)
        for _ in range(10):
            here.append("p1")
            await asyncio.gather(*(client.reaches(here.log) for client in clients))
        assert here.log.asked["changes"] - asked["changes"] == 10
        assert here.log.asked["heads"] - asked["heads"] == 10
        assert here.renderer.rendered_changes == 10
        assert all(client.history == {"p1": list(range(2, 12))} for client in clients)
        for client in clients:
            client.task.cancel()
        await eventually(here.at_rest)


async def test_wakes_that_a_crowd_lost_are_made_up_for_a_few_at_a_time(calm_valkey: ValkeyProcess) -> None:
    log = AttentiveLog()
    async with plane(calm_valkey.url, log, watches_per_principal=1000) as here:
        for number in range(250):
            log.add_order(f"o{number}", f"p{number}")
        clients = [here.read((f"o{number}",)) for number in range(250)]
        await asyncio.gather(*(client.reaches(log) for client in clients))
        log.at_once.clear()
        for number in range(250):
            here.append(f"p{number}", wake=False)
        await asyncio.gather(*(client.reaches(log) for client in clients))
        assert max(log.at_once) <= 100
        await asyncio.gather(*(client.leave() for client in clients))


async def test_two_thousand_watches_opened_and_left_leave_no_subscription_and_no_task(
    calm_valkey: ValkeyProcess,
) -> None:
    async with plane(calm_valkey.url) as here:
        for number in range(10):
            here.log.add_order(f"o{number}", f"p{number}")
            here.append(f"p{number}", courier_id=f"c{number % 3}", live=True)
        await asyncio.sleep(0.05)
        before = len(asyncio.all_tasks())
        for cycle in range(200):
            clients = [here.read((f"o{number}",)) for number in range(10)]
            if cycle % 2:
                await asyncio.gather(*(client.reaches(here.log) for client in clients))
                here.move("c1")
            await asyncio.gather(*(client.leave() for client in clients))
        await eventually(here.at_rest)
        await eventually(lambda: len(asyncio.all_tasks()) == before)
        # Some are cancelled before their task ever ran.
        assert 1000 <= here.hub.counters.opened <= 2000
        assert here.hub.counters.opened == here.hub.counters.left + here.hub.counters.failed
        del clients
        gc.collect()
        assert not [one for one in gc.get_objects() if type(one).__name__ in ("Watch", "ParcelTopic", "CourierTopic")]


async def test_a_crowd_is_taken_in_a_few_at_a_time_and_who_waits_too_long_is_told_to_come_back(
    calm_valkey: ValkeyProcess,
) -> None:
    async with plane(calm_valkey.url, openings=3, turn=0.2) as here:
        here.log.add_order("o1", "p1")
        inside, most = 0, 0
        goes_on = asyncio.Event()

        async def slowly(original=here.renderer.snapshot, *asked):
            nonlocal inside, most
            inside, most = inside + 1, max(most, inside + 1)
            await goes_on.wait()
            inside -= 1
            return await original(*asked)

        original = here.renderer.snapshot
        here.renderer.snapshot = lambda viewer, targets: slowly(original, viewer, targets)
        clients = [here.read(("o1",)) for _ in range(10)]
        await eventually(lambda: sum(client.task.done() for client in clients) == 7)
        goes_on.set()
        refused = [client for client in clients if client.task.done()]
        assert {type(client.ended) for client in refused} == {errors.Unavailable}
        await eventually(lambda: here.hub.open_watches == 3)
        assert most == 3


async def test_generators_left_to_the_garbage_collector_leave_nothing_either(calm_valkey: ValkeyProcess) -> None:
    async with plane(calm_valkey.url) as here:
        here.log.add_order("o1", "p1")

        async def servicer():
            async with here.hub.watch(VIEWER, Targets(("o1",))) as frames:
                async for frame in frames:
                    yield frame

        for _ in range(100):
            stream = servicer()
            await anext(stream)
            del stream
        gc.collect()
        await eventually(here.at_rest)


async def test_a_watch_that_ends_leaves_nothing_to_the_collector(calm_valkey: ValkeyProcess) -> None:
    async with plane(calm_valkey.url) as here:
        here.log.add_order("o1", "p1", "p2")
        for parcel in ("p1", "p2"):
            here.append(parcel, courier_id="c1", live=True)

        async def visits() -> None:
            for targets in (Targets(("o1",)), Targets((), ("p1",))):
                async with here.hub.watch(VIEWER, targets) as frames:
                    here.move("c1")
                    while not WatchUpdate.FromString(await anext(frames)).HasField("position"):
                        pass
            async with here.hub.fleet(VIEWER, tick=0.2) as frames:
                await anext(frames)
            with contextlib.suppress(errors.TokenExpired):
                async with here.hub.watch(replace(VIEWER, expires_at=1.0), Targets(("o1",))) as frames:
                    async for _ in frames:
                        pass
            with contextlib.suppress(errors.SlowReader):
                async with here.hub.watch(VIEWER, Targets(("o1",))) as frames:
                    await anext(frames)
                    frames.cut()
                    await asyncio.sleep(10)

        await visits()
        assert await circles_after(visits) == []


async def circles_after(work: Callable[[], Awaitable[None]]) -> list[str]:
    """Kinds of our objects that only the collector could free; a connection to Valkey makes some of its own."""
    gc.collect()
    gc.disable()
    try:
        await work()
        gc.set_debug(gc.DEBUG_SAVEALL)
        gc.collect()
        return sorted({type(one).__qualname__ for one in gc.garbage if type(one).__module__.startswith("doorstepd")})
    finally:
        gc.set_debug(0)
        gc.garbage.clear()
        gc.enable()
