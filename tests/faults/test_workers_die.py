"""Workers that are killed, ended and replaced while customers watch."""

import asyncio
import random

import pytest
from broken import BreakableHouse
from eventually import eventually
from every_door import at_every_door
from sizes import FULL, size
from street import Street
from watchers import Watcher

pytestmark = [pytest.mark.fault, pytest.mark.timeout(size(120, 900))]


async def replaced(house: BreakableHouse, gone: set[int]) -> None:
    """Returns when two workers run, and none of those."""

    def whole() -> bool:
        pids = {one.pid for one in house.daemon.workers()}
        return len(pids) == 2 and not pids & gone

    await eventually(whole, "the worker's successor", 30)


async def test_kill_9_of_one_worker_of_two_loses_nothing_and_spares_the_other(houses):
    async def story(house: BreakableHouse, street: Street) -> None:
        await street.opens()
        street.starts()
        await street.flows()
        victim, spared = house.daemon.workers()
        victim.kill()
        await eventually(lambda: any(one.ends for one in street.watchers), "the end of somebody's stream")
        await street.flows()
        assert not all(one.ends for one in street.watchers)
        await replaced(house, {victim.pid})
        assert spared.is_running()
        await street.positions_flow()
        await street.bells_ring()
        await street.nothing_was_lost(bells=1)

    await at_every_door(houses, story)


async def test_kill_9_of_all_workers_and_of_valkey_at_once_loses_nothing(houses):
    async def story(house: BreakableHouse, street: Street) -> None:
        await street.opens()
        screen = street.screen()
        street.starts()
        await street.flows()
        workers = house.daemon.workers()
        house.valkey.kill()
        for worker in workers:
            worker.kill()
        house.valkey.start()
        await replaced(house, {worker.pid for worker in workers})
        await street.all_end()
        await street.flows()
        assert "reconnecting" in screen.states
        await street.positions_flow()
        await street.bells_ring()
        await street.nothing_was_lost(bells=1)

    await at_every_door(houses, story)


async def test_workers_ended_one_by_one_lose_nothing_and_ring_each_bell_once(houses):
    async def story(house: BreakableHouse, street: Street) -> None:
        await street.opens()
        street.starts()
        await street.flows()
        for worker in house.daemon.workers():
            worker.terminate()
            await replaced(house, {worker.pid})
            await street.flows()
        await street.all_end()
        await street.bells_ring()
        await street.nothing_was_lost(bells=1)

    await at_every_door(houses, story)


async def test_a_new_server_takes_over_while_the_old_one_drains(houses):
    async def story(house: BreakableHouse, street: Street) -> None:
        await street.opens()
        street.starts()
        await street.flows()
        old, house.daemon = house.daemon, house.daemon.another()
        await asyncio.to_thread(house.daemon.start)
        street.moves()
        assert await asyncio.to_thread(old.stop) == 0
        await street.all_end()
        await street.flows()
        for one in street.watchers:
            assert one.count("go_away") == 1
            assert [code.name for code in one.ends] == ["OK"]
        assert street.refused == 0
        await street.bells_ring()
        await street.nothing_was_lost(bells=1)

    await at_every_door(houses, story)


async def test_a_crowd_that_returns_within_a_second_is_taken_in_and_misses_nothing(street):
    live = [street.watch() for _ in range(4)]
    before = await street.left_by_their_watchers()
    await street.goes_on(3)
    street.starts(pause=1.0)
    await street.flows(1)
    served = [one.changes for one in live]
    lines = [street.line() for _ in range(size(1000, 8000) // 80)]

    async def comes_back(number: int) -> Watcher:
        await asyncio.sleep(random.random())
        order_id, left = before[number % len(before)]
        return street.watch(order_id, line=lines[number % len(lines)], after=left)

    crowd = await asyncio.gather(*(comes_back(number) for number in range(len(lines) * 80)))
    await street.flows(3, of=list(crowd))
    assert all(one.changes > before for one, before in zip(live, served, strict=True))
    # At the full size a small machine takes longer than the 30 s for which grpcio keeps a call that nobody answers.
    assert FULL or not [(one.ends, one.message) for one in street.watchers if one.ends]
    await street.nothing_was_lost()
