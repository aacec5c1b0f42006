"""`follow_order` against a real server: the picture, and the headline of an order with several parcels."""

from __future__ import annotations

import asyncio
from typing import Any

from doorstep import Backoff, Client, WatchSettings
from doorstep.messages import PARCEL_STATUS_DELIVERED, PARCEL_STATUS_IN_TRANSIT, LocalizedText, Order
from scripted_server import END, Fail, ScriptedLive, ScriptedTracking, change, gap, parcel, position, serving, snapshot

FAST = WatchSettings(backoff=Backoff(first_seconds=0.01, most_seconds=0.05))


def headline(text: str) -> Any:
    return lambda request: Order(
        order_id=request.order_id, status=PARCEL_STATUS_IN_TRANSIT, sentence=LocalizedText(en=text)
    )


async def test_an_order_is_followed_over_a_broken_link() -> None:
    live = ScriptedLive([[snapshot(parcel()), position(5), END], [change(2, status=PARCEL_STATUS_DELIVERED)]])
    async with serving(live) as target, Client(target, watches=FAST) as client:
        followed = client.follow_order("o1")
        pictures = [await asyncio.wait_for(anext(followed), 10) for _ in range(3)]
    assert [picture.order.parcels[0].position.sequence for picture in pictures] == [0, 5, 0]
    assert pictures[2].order.status == PARCEL_STATUS_DELIVERED


async def test_the_headline_of_several_parcels_is_the_servers() -> None:
    live = ScriptedLive([[snapshot(parcel("p1"), parcel("p2")), change(2, status=PARCEL_STATUS_DELIVERED)]])
    tracking = ScriptedTracking(headline("1 of 2 delivered"))
    async with serving(live, tracking) as target, Client(target, watches=FAST) as client:
        followed = client.follow_order("o1")
        await anext(followed)
        order = (await asyncio.wait_for(anext(followed), 10)).order
    assert (order.status, order.sentence.en) == (PARCEL_STATUS_IN_TRANSIT, "1 of 2 delivered")
    assert order.parcels[0].status == PARCEL_STATUS_DELIVERED


async def test_a_headline_that_cannot_be_read_stops_nothing() -> None:
    live = ScriptedLive([[snapshot(parcel("p1"), parcel("p2")), change(2)]])
    tracking = ScriptedTracking(lambda request: Fail("INTERNAL"))
    async with serving(live, tracking) as target, Client(target, watches=FAST) as client:
        followed = client.follow_order("o1")
        await anext(followed)
        assert len((await asyncio.wait_for(anext(followed), 10)).order.parcels) == 2


async def test_a_gap_is_no_picture_of_its_own() -> None:
    live = ScriptedLive([[snapshot(parcel()), END], [gap(), snapshot(parcel(revision=7))]])
    async with serving(live) as target, Client(target, watches=FAST) as client:
        followed = client.follow_order("o1")
        pictures = [await asyncio.wait_for(anext(followed), 10) for _ in range(2)]
    assert pictures[1].order.parcels[0].revision == 7


async def test_a_break_out_of_following_cancels_the_call() -> None:
    live = ScriptedLive([[snapshot(parcel())]])
    async with serving(live) as target, Client(target, watches=FAST) as client:
        async for _ in client.follow_order("o1"):
            break
        async with asyncio.timeout(5):
            while live.open_streams:
                await asyncio.sleep(0.01)
