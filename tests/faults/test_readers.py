"""Readers who stop, dawdle, come in thousands or whose token expires: each misses nothing, and costs no other."""

import asyncio

import grpc
import pytest
from broken import BreakableHouse
from eventually import eventually
from every_door import at_every_door
from sizes import size
from street import Street

pytestmark = [pytest.mark.fault, pytest.mark.timeout(size(120, 900))]

NARROW = (("grpc.http2.bdp_probe", 0), ("grpc.http2.lookahead_bytes", 16384))
"""A phone whose window stays small: its server waits after a hundred messages, not after twenty thousand."""
STUCK_S = size(16, 60)
"""Longer than the 10 to 15 s after which the doors let go of a reader."""


async def test_a_phone_that_stops_reading_and_a_slow_one_cost_nobody_and_miss_nothing(houses):
    async def story(house: BreakableHouse, street: Street) -> None:
        others = [street.watch() for _ in range(4)]
        stuck, slow = street.watch(line=street.line(*NARROW)), street.watch(line=street.line(*NARROW))
        await street.begin()
        street.starts()
        stuck.reads.clear()
        slow.pause = 1.0
        await street.goes_on(300)
        until = asyncio.get_running_loop().time() + STUCK_S
        while asyncio.get_running_loop().time() < until:
            await street.has_come_to(await street.log(), of=others)
            await asyncio.sleep(0.5)
        assert len(stuck.kinds) < len(slow.kinds)  # both read positions too, at first little else
        assert slow.changes < others[0].changes / 2
        stuck.reads.set()
        slow.pause = 0.0
        await street.nothing_was_lost()
        assert stuck.ends == [grpc.StatusCode.RESOURCE_EXHAUSTED]
        assert not any(one.ends for one in others)

    await at_every_door(houses, story)


async def test_a_token_that_expires_in_mid_stream_ends_it_and_the_next_goes_on_from_there(houses):
    async def story(house: BreakableHouse, street: Street) -> None:
        brief, lasting = street.watch(ttl=2.0), street.watch()
        await street.begin()
        street.starts()
        await eventually(lambda: len(brief.ends) >= 2, "the end of two tokens", 30)
        assert set(brief.ends) == {grpc.StatusCode.UNAUTHENTICATED}
        await street.flows()
        assert not lasting.ends
        await street.nothing_was_lost()

    await at_every_door(houses, story)


async def test_a_crowd_around_one_parcel_is_told_everything(street):
    order_id = next(iter(street.parcels))
    lines = [street.line() for _ in range(size(400, 5000) // 80 + 1)]
    crowd = [street.watch(order_id, line=lines[n % len(lines)]) for n in range(size(400, 5000))]
    await street.begin()
    street.starts()
    await street.flows(10, of=crowd)
    assert not any(one.ends for one in crowd)
    await street.nothing_was_lost()
