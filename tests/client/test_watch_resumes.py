"""Watches against a real server whose links break in every way that we know of."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from doorstep import Client, StateChange, WatchSettings, WatchState
from doorstep.tracking.v1.live_service_pb2 import FleetUpdate
from scripted_server import (
    END,
    SILENCE,
    Fail,
    ScriptedLive,
    change,
    frame,
    gap,
    go_away,
    heartbeat,
    moved,
    parcel,
    position,
    serving,
    snapshot,
)
from taking import FAST, kinds, revisions, sequences, take

BREAKS = [
    pytest.param(END, id="the stream ends with OK"),
    *[
        pytest.param(Fail(code), id=code)
        for code in ("CANCELLED", "UNAVAILABLE", "RESOURCE_EXHAUSTED", "INTERNAL", "DEADLINE_EXCEEDED", "UNKNOWN")
    ],
    pytest.param(Fail("RESOURCE_EXHAUSTED", "SLOW_READER"), id="slow reader"),
]


@pytest.mark.parametrize("broken", BREAKS)
async def test_a_watch_resumes_after_its_link_breaks(broken: Any) -> None:
    live = ScriptedLive([[snapshot(parcel(revision=1)), change(2), change(3), broken], [change(4), change(5)]])
    async with serving(live) as target, Client(target, watches=FAST) as client:
        updates = await take(client.watch_order("o1"), 5)
    assert kinds(updates) == ["snapshot", *["change"] * 4]
    assert revisions(updates) == [2, 3, 4, 5]
    assert [request.resume_token for request in live.requests] == ["", "t3"]


async def test_the_token_given_by_the_caller_opens_the_first_link() -> None:
    live = ScriptedLive([[change(7)]])
    async with serving(live) as target, Client(target, watches=FAST) as client:
        watch = client.watch_order("o1", "kept")
        assert revisions(await take(watch, 1)) == [7]
        assert watch.resume_token == "t7"
    assert live.requests[0].resume_token == "kept"


async def test_a_link_that_breaks_before_its_first_message_keeps_the_token() -> None:
    live = ScriptedLive([[END], [Fail("UNAVAILABLE")], [change(7)]])
    async with serving(live) as target, Client(target, watches=FAST) as client:
        await take(client.watch_order("o1", "kept"), 1)
    assert [request.resume_token for request in live.requests] == ["kept"] * 3


async def test_heartbeats_move_the_token_and_are_not_yielded() -> None:
    live = ScriptedLive([[snapshot(parcel()), heartbeat("beat"), END], [change(2)]])
    async with serving(live) as target, Client(target, watches=FAST) as client:
        assert kinds(await take(client.watch_order("o1"), 2)) == ["snapshot", "change"]
    assert live.requests[1].resume_token == "beat"


async def test_repeated_changes_are_yielded_once_and_in_order() -> None:
    first = [snapshot(parcel(revision=2)), change(2), change(3), change(3), change(2), END]
    live = ScriptedLive([first, [change(2), change(3), change(4)]])
    async with serving(live) as target, Client(target, watches=FAST) as client:
        assert revisions(await take(client.watch_order("o1"), 3)) == [3, 4]


async def test_a_repeated_change_does_not_move_the_token_back() -> None:
    live = ScriptedLive([[snapshot(parcel(revision=1)), change(2), change(3), change(2), END], [change(4)]])
    async with serving(live) as target, Client(target, watches=FAST) as client:
        await take(client.watch_order("o1"), 4)
    assert live.requests[1].resume_token == "t3"


async def test_a_hole_is_asked_for_again() -> None:
    live = ScriptedLive([[snapshot(parcel(revision=1)), change(2), change(4)], [change(3), change(4)]])
    async with serving(live) as target, Client(target, watches=FAST) as client:
        assert revisions(await take(client.watch_order("o1"), 4)) == [2, 3, 4]
    assert live.requests[1].resume_token == "t2"


async def test_a_hole_that_stays_is_announced_and_bridged_by_a_fresh_snapshot() -> None:
    live = ScriptedLive(
        [
            [snapshot(parcel(revision=1)), change(3)],
            [change(3)],
            [snapshot(parcel(revision=3)), change(4)],
        ]
    )
    async with serving(live) as target, Client(target, watches=FAST) as client:
        updates = await take(client.watch_order("o1"), 4)
    assert kinds(updates) == ["snapshot", "gap", "snapshot", "change"]
    assert [request.resume_token for request in live.requests] == ["", "t0", ""]


async def test_after_a_gap_the_snapshot_counts_even_if_its_revisions_are_lower() -> None:
    live = ScriptedLive([[snapshot(parcel(revision=9)), END], [gap(), snapshot(parcel(revision=4)), change(5)]])
    async with serving(live) as target, Client(target, watches=FAST) as client:
        updates = await take(client.watch_order("o1"), 4)
    assert kinds(updates) == ["snapshot", "gap", "snapshot", "change"]
    assert revisions(updates) == [5]


async def test_no_position_is_older_than_one_already_shown() -> None:
    live = ScriptedLive([[snapshot(parcel()), position(5), position(4), position(6), END], [position(5), position(7)]])
    async with serving(live) as target, Client(target, watches=FAST) as client:
        assert sequences(await take(client.watch_order("o1"), 4)) == [5, 6, 7]


async def test_couriers_are_numbered_each_by_themselves() -> None:
    live = ScriptedLive([[snapshot(parcel()), position(5), position(2, "c2"), position(3, "c2")]])
    async with serving(live) as target, Client(target, watches=FAST) as client:
        assert sequences(await take(client.watch_order("o1"), 4)) == [5, 2, 3]


async def test_a_server_that_numbers_from_one_again_is_believed_on_a_new_link_only() -> None:
    live = ScriptedLive(
        [
            [snapshot(parcel()), position(50, seconds=100), position(1, seconds=101), END],
            [position(1, seconds=99), position(2, seconds=102), position(3, seconds=103)],
        ]
    )
    async with serving(live) as target, Client(target, watches=FAST) as client:
        assert sequences(await take(client.watch_order("o1"), 4)) == [50, 2, 3]


async def test_silence_is_taken_for_a_broken_link() -> None:
    live = ScriptedLive([[snapshot(parcel()), SILENCE], [change(2)]])
    settings = WatchSettings(silence_seconds=0.3, backoff=FAST.backoff)
    states: list[StateChange] = []
    async with serving(live) as target, Client(target, watches=settings) as client:
        await take(client.watch_order("o1", on_state=states.append), 2)
    assert [change.state for change in states[:3]] == [WatchState.LIVE, WatchState.RECONNECTING, WatchState.LIVE]
    assert states[1].cause is not None
    assert states[1].cause.reason == "LINK_SILENT"


async def test_go_away_is_left_at_once_and_its_pause_is_kept() -> None:
    live = ScriptedLive([[snapshot(parcel()), go_away(0.25, "away"), SILENCE], [change(2)]])
    states: list[StateChange] = []
    async with serving(live) as target, Client(target, watches=FAST) as client:
        await take(client.watch_order("o1", on_state=states.append), 2)
        assert live.open_streams == 1
    assert live.requests[1].resume_token == "away"
    assert states[1] == StateChange(WatchState.RECONNECTING, None, 0.25)


async def test_a_server_that_always_sends_away_is_not_called_in_a_tight_loop() -> None:
    live = ScriptedLive([[go_away(0)] for _ in range(5)] + [[snapshot(parcel())]])
    states: list[StateChange] = []
    async with serving(live) as target, Client(target, watches=FAST) as client:
        await take(client.watch_order("o1", on_state=states.append), 1)
    pauses = [change.pause_seconds for change in states if change.state is WatchState.RECONNECTING]
    assert pauses[0] == 0
    assert all(pause >= FAST.backoff.first_seconds for pause in pauses[1:])


async def test_retry_info_is_kept() -> None:
    live = ScriptedLive([[Fail("UNAVAILABLE", "TRY_AGAIN", retry_after=0.3)], [snapshot(parcel())]])
    states: list[StateChange] = []
    async with serving(live) as target, Client(target, watches=FAST) as client:
        await take(client.watch_order("o1", on_state=states.append), 1)
    assert states[0].pause_seconds == 0.3


async def test_a_server_that_comes_back_is_found_again() -> None:
    before, after = ScriptedLive([[snapshot(parcel())]]), ScriptedLive([[change(2)]])
    async with serving(before) as target:
        client = Client(target, watches=FAST)
        watch = client.watch_order("o1")
        await take(watch, 1)
    waiting = asyncio.create_task(take(watch, 1))
    await asyncio.sleep(0.5)
    async with serving(after, port=int(target.rpartition(":")[2])):
        assert revisions(await waiting) == [2]
        await client.close()
    assert after.requests[0].resume_token == "t0"


async def test_many_parcels_are_watched_as_one_order_is() -> None:
    live = ScriptedLive(
        [[change(1, "a", "x1"), change(8, "b", "x2"), END], [change(8, "b", "x3"), change(9, "b", "x4")]]
    )
    async with serving(live) as target, Client(target, watches=FAST) as client:
        watch = client.watch_parcels(order_ids=["o1"], parcel_ids=["b"])
        assert revisions(await take(watch, 3)) == [1, 8, 9]
    assert list(live.requests[1].parcel_ids) == ["b"]
    assert live.requests[1].resume_token == "x2"


async def test_couriers_that_left_while_the_link_was_down_are_taken_off_the_map() -> None:
    live = ScriptedLive(
        [
            [frame(moved(5, "a"), moved(5, "b")), frame(moved(4, "a")), frame(), frame(moved(6, "a")), END],
            [frame(moved(6, "a"), moved(1, "c")), frame(moved(9, "b"))],
        ]
    )
    async with serving(live) as target, Client(target, watches=FAST) as client:
        frames = await take(client.watch_fleet(), 4)
    seen = [([(p.courier_id, p.sequence) for p in f.positions], list(f.left_courier_ids)) for f in frames]
    assert seen == [
        ([("a", 5), ("b", 5)], []),
        ([("a", 6)], []),
        ([("c", 1)], ["b"]),
        ([("b", 9)], []),
    ]


async def test_a_fleet_map_leaves_at_once_when_sent_away_and_shows_nothing_of_it() -> None:
    away = FleetUpdate(go_away=go_away(0.25).go_away)
    live = ScriptedLive([[frame(moved(5, "a")), away, SILENCE], [frame(moved(6, "a"))]])
    states: list[StateChange] = []
    async with serving(live) as target, Client(target, watches=FAST) as client:
        frames = await take(client.watch_fleet(on_state=states.append), 2)
    assert [[p.sequence for p in one.positions] for one in frames] == [[5], [6]]
    assert [list(one.left_courier_ids) for one in frames] == [[], []]
    assert states[1] == StateChange(WatchState.RECONNECTING, None, 0.25)
