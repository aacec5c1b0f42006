"""Links that die without a word, and what a client leaves behind."""

from __future__ import annotations

import asyncio
import gc
from typing import Any

import psutil
import pytest
from doorstep import Backoff, Client, StateChange, WatchSettings
from half_open_proxy import half_open_proxy
from scripted_server import END, ScriptedLive, change, parcel, serving, snapshot

QUICK = WatchSettings(silence_seconds=0.3, backoff=Backoff(first_seconds=0.01, most_seconds=0.05))


async def test_a_half_open_link_is_replaced_by_a_new_connection() -> None:
    live = ScriptedLive([[snapshot(parcel())], [change(2)]])
    states: list[StateChange] = []
    async with serving(live) as target, half_open_proxy(target) as proxy, Client(proxy.target, watches=QUICK) as client:
        watch = client.watch_order("o1", on_state=states.append)
        await anext(watch)
        proxy.kill_links()
        assert (await asyncio.wait_for(anext(watch), 10)).change.revision == 2
        assert proxy.connections == 2
    assert states[1].cause is not None
    assert states[1].cause.reason == "LINK_SILENT"


async def test_watches_that_share_a_dead_link_share_the_new_one() -> None:
    live = ScriptedLive([[snapshot(parcel())]] * 5 + [[change(2)]] * 5)
    async with serving(live) as target, half_open_proxy(target) as proxy, Client(proxy.target, watches=QUICK) as client:
        watches = [client.watch_order("o1") for _ in range(5)]
        await asyncio.gather(*(anext(watch) for watch in watches))
        proxy.kill_links()
        updates = await asyncio.wait_for(asyncio.gather(*(anext(watch) for watch in watches)), 10)
        assert [update.change.revision for update in updates] == [2] * 5
        assert proxy.connections == 2


async def test_a_watch_that_still_hears_something_outlives_the_replacement_of_its_channel() -> None:
    class Chatty(ScriptedLive):
        async def WatchOrder(self, request: Any, context: Any) -> Any:
            if request.order_id != "chatty":
                self.requests.append(request)
                await asyncio.Event().wait()
            for revision in range(2, 1000):
                yield change(revision)
                await asyncio.sleep(0.05)

    live = Chatty()
    async with serving(live) as target, Client(target, watches=QUICK) as client:
        states: list[StateChange] = []
        silent = asyncio.create_task(anext(client.watch_order("silent"), None))  # type: ignore[arg-type]
        async with client.watch_order("chatty", on_state=states.append) as watch:
            while len(live.requests) < 2:
                await asyncio.wait_for(anext(watch), 5)
            for _ in range(3):
                await asyncio.wait_for(anext(watch), 5)
        assert [change.state.value for change in states] == ["live", "closed"]
        silent.cancel()
        await asyncio.gather(silent, return_exceptions=True)


class Leavings:
    """What a process holds, before and after."""

    def __init__(self) -> None:
        gc.collect()
        self.tasks = len(asyncio.all_tasks())
        self.objects = len(gc.get_objects())
        self.memory = psutil.Process().memory_info().rss

    def only_these_remain(self) -> bool:
        now = Leavings()
        more_objects, more_memory = now.objects - self.objects, now.memory - self.memory
        return now.tasks <= self.tasks and more_objects < 500 and more_memory < 8_000_000

    async def settle(self) -> None:
        """Waits for what the last links leave for a moment; fails if it stays."""
        async with asyncio.timeout(10):
            while not self.only_these_remain():
                await asyncio.sleep(0.1)


async def nothing_is_open(live: ScriptedLive) -> None:
    async with asyncio.timeout(10):
        while live.open_streams:
            await asyncio.sleep(0.01)
    live.requests.clear()
    live.tokens.clear()


@pytest.mark.parametrize("way", ["aclose", "break"])
async def test_a_thousand_watches_leave_nothing_behind(way: str) -> None:
    live = ScriptedLive([[snapshot(parcel())]] * 1000)

    async def open_and_leave(client: Client) -> None:
        if way == "aclose":
            watch = client.watch_order("o1")
            await anext(watch)
            await watch.aclose()
            return
        async for _ in client.watch_order("o1"):
            break

    async with serving(live) as target, Client(target, watches=QUICK) as client:
        for _ in range(100):
            await open_and_leave(client)
        await nothing_is_open(live)
        before = Leavings()
        for _ in range(1000):
            await open_and_leave(client)
        await nothing_is_open(live)
        await before.settle()


async def test_a_thousand_broken_links_leave_nothing_behind() -> None:
    live = ScriptedLive([[snapshot(parcel()), END]] * 1000)
    settings = WatchSettings(backoff=Backoff(first_seconds=0.0001, most_seconds=0.0002))
    async with serving(live) as target, Client(target, watches=settings) as client, client.watch_order("o1") as watch:
        for _ in range(100):
            await anext(watch)
        live.requests.clear()
        live.tokens.clear()
        before = Leavings()
        for _ in range(1000):
            await anext(watch)
        live.requests.clear()
        live.tokens.clear()
        await before.settle()
