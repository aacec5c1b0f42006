"""Valkey killed, frozen, and cut off without a sign, at the timings that the service is shipped with.

Statuses go on all the while, from the log; positions pause, say so, and come back.
"""

import asyncio

import pytest
import redis.asyncio as redis
from broken import BreakableHouse
from every_door import at_every_door
from sizes import size
from street import Street

from doorstepd.live.publish import wakes_channel

pytestmark = [pytest.mark.fault, pytest.mark.timeout(size(120, 900))]

BLACK_HOLE_S = 10.0


async def degraded(street: Street) -> None:
    """Returns when every watcher was told that positions pause."""
    await street.everybody(lambda it: it.degraded, "word of it")


async def well_again(street: Street) -> None:
    """Returns when every watcher was told that they go on, and was given one."""
    await street.everybody(lambda it: not it.degraded, "word of it")
    await street.positions_flow()


async def reckon(street: Street) -> None:
    """No stream ended, nothing was lost, and the bell rang once."""
    assert not any(one.ends for one in street.watchers)
    await street.bells_ring()
    await street.nothing_was_lost(bells=1)


async def test_a_black_hole_before_valkey_stops_no_status_and_is_noticed_though_no_socket_says_so(houses):
    async def story(house: BreakableHouse, street: Street) -> None:
        await street.opens()
        street.starts()
        await street.flows()
        house.proxy.swallow()
        try:
            healed = asyncio.create_task(asyncio.sleep(BLACK_HOLE_S))
            await degraded(street)
            while not healed.done():
                await street.flows()
        finally:
            house.proxy.heal()
        await well_again(street)
        await reckon(street)

    await at_every_door(houses, story)


async def test_a_valkey_that_stands_still_stops_no_status(houses):
    async def story(house: BreakableHouse, street: Street) -> None:
        await street.opens()
        street.starts()
        await street.flows()
        house.valkey.freeze()
        try:
            await degraded(street)
            await street.flows()
        finally:
            house.valkey.thaw()
        await well_again(street)
        await reckon(street)

    await at_every_door(houses, story)


async def test_a_valkey_killed_and_started_again_and_again_loses_nothing(houses):
    async def story(house: BreakableHouse, street: Street) -> None:
        await street.opens()
        street.starts()
        await street.flows()
        for _ in range(3):
            house.valkey.kill()
            await degraded(street)
            await street.flows(1)
            house.valkey.start()
            await well_again(street)
        await reckon(street)

    await at_every_door(houses, story)


async def test_a_subscriber_cut_for_its_full_buffer_reads_again_what_it_missed(houses):
    async def story(house: BreakableHouse, street: Street) -> None:
        await street.opens()
        street.starts()
        await street.flows()
        async with redis.Redis(port=house.valkey.port) as admin:
            await admin.config_set("client-output-buffer-limit", "pubsub 64kb 64kb 1")
            for _ in range(3):
                await overrun(admin)
                await street.flows(1)
            await admin.config_set("client-output-buffer-limit", "pubsub 32mb 8mb 60")
        await street.positions_flow()
        await reckon(street)

    await at_every_door(houses, story)


async def overrun(admin: redis.Redis) -> None:
    """Says more at once than a subscriber's buffer holds; returns when both workers were cut off, and listen again."""
    channel = wakes_channel("shop")

    async def cuts() -> int:
        return int((await admin.info("stats"))["client_output_buffer_limit_disconnections"])

    before = await cuts()
    async with admin.pipeline(transaction=True) as burst:
        for _ in range(2000):
            burst.publish(channel, bytes(1000))
        await burst.execute()
    for _ in range(1000):
        after, listening = await cuts(), (await admin.pubsub_numsub(channel))[0][1]
        if after >= before + 2 and listening == 2:
            return
        await asyncio.sleep(0.02)
    raise AssertionError(f"{after - before} were cut off, {listening} listen")
