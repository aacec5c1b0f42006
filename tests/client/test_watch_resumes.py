"""Watches against a real server whose links break in every way that we know of."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
from doorstep import Backoff, Client, DoorstepError, NotFound, StateChange, Unauthenticated, WatchSettings, WatchState
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

FAST = WatchSettings(silence_seconds=5.0, backoff=Backoff(first_seconds=0.01, most_seconds=0.05))


def kinds(updates: list[Any]) -> list[str]:
    return [update.WhichOneof("update") for update in updates]


def revisions(updates: list[Any]) -> list[int]:
    return [update.change.revision for update in updates if update.HasField("change")]


def sequences(updates: list[Any]) -> list[int]:
    return [update.position.position.sequence for update in updates if update.HasField("position")]


async def take(watch: AsyncIterator[Any], count: int) -> list[Any]:
    async with asyncio.timeout(10):
        return [await anext(watch) for _ in range(count)]


async def until_no_stream_is_open(live: ScriptedLive) -> None:
    async with asyncio.timeout(10):
        while live.open_streams:
            await asyncio.sleep(0.01)


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


@pytest.mark.parametrize("code", ["NOT_FOUND", "PERMISSION_DENIED", "INVALID_ARGUMENT", "UNIMPLEMENTED"])
async def test_what_no_new_link_can_mend_ends_the_watch(code: str) -> None:
    live = ScriptedLive([[snapshot(parcel()), Fail(code, "ERROR_REASON_NOT_FOUND", field="order_id")]])
    async with serving(live) as target, Client(target, watches=FAST) as client:
        watch = client.watch_order("o1")
        await take(watch, 1)
        with pytest.raises(DoorstepError) as raised:
            await take(watch, 1)
        with pytest.raises(StopAsyncIteration):
            await anext(watch)
    assert raised.value.code.name == code
    assert raised.value.reason == "NOT_FOUND"
    assert [violation.field for violation in raised.value.violations] == ["order_id"]
    assert len(live.requests) == 1


async def test_not_found_has_a_class_of_its_own() -> None:
    async with serving(ScriptedLive([[Fail("NOT_FOUND")]])) as target, Client(target, watches=FAST) as client:
        with pytest.raises(NotFound):
            await take(client.watch_order("o1"), 1)


async def test_an_expired_token_is_renewed_and_the_watch_resumes() -> None:
    live = ScriptedLive([[snapshot(parcel()), Fail("UNAUTHENTICATED", "TOKEN_EXPIRED")], [change(2)]])
    fresh = iter(["one", "two"])
    async with serving(live) as target, Client(target, token_provider=lambda: next(fresh), watches=FAST) as client:
        await take(client.watch_order("o1"), 2)
    assert live.tokens == ["Bearer one", "Bearer two"]
    assert live.requests[1].resume_token == "t0"


async def test_a_token_refused_twice_ends_the_watch() -> None:
    live = ScriptedLive([[Fail("UNAUTHENTICATED", "INVALID_TOKEN")] for _ in range(3)])

    async def provide() -> str:
        return "bad"

    async with serving(live) as target, Client(target, token_provider=provide, watches=FAST) as client:
        with pytest.raises(Unauthenticated):
            await take(client.watch_order("o1"), 1)
    assert len(live.requests) == 2


async def test_a_fixed_token_that_is_refused_is_not_sent_again() -> None:
    live = ScriptedLive([[Fail("UNAUTHENTICATED", "INVALID_TOKEN")]])
    async with serving(live) as target, Client(target, token="fixed", watches=FAST) as client:
        with pytest.raises(Unauthenticated):
            await take(client.watch_order("o1"), 1)
    assert len(live.requests) == 1


async def test_a_token_provider_that_fails_later_is_asked_again() -> None:
    live = ScriptedLive([[snapshot(parcel()), Fail("UNAUTHENTICATED", "TOKEN_EXPIRED")], [change(2)]])
    asked = 0

    def provide() -> str:
        nonlocal asked
        asked += 1
        if asked == 2:
            raise OSError("no network")
        return f"token {asked}"

    async with serving(live) as target, Client(target, token_provider=provide, watches=FAST) as client:
        await take(client.watch_order("o1"), 2)
    assert live.tokens == ["Bearer token 1", "Bearer token 3"]


async def test_a_token_provider_that_fails_at_the_start_is_the_callers_to_see() -> None:
    def provide() -> str:
        raise OSError("no network")

    async with serving(ScriptedLive()) as target, Client(target, token_provider=provide) as client:
        with pytest.raises(OSError, match="no network"):
            await take(client.watch_order("o1"), 1)


async def test_closing_a_watch_cancels_its_call() -> None:
    live = ScriptedLive([[snapshot(parcel())]])
    async with serving(live) as target, Client(target, watches=FAST) as client:
        watch = client.watch_order("o1")
        await take(watch, 1)
        await watch.aclose()
        await until_no_stream_is_open(live)
        with pytest.raises(StopAsyncIteration):
            await anext(watch)


async def test_a_break_out_of_the_loop_cancels_the_call() -> None:
    live = ScriptedLive([[snapshot(parcel())]])
    async with serving(live) as target, Client(target, watches=FAST) as client:
        async for _ in client.watch_order("o1"):
            break
        await until_no_stream_is_open(live)


async def test_cancelling_the_reader_cancels_the_call() -> None:
    live = ScriptedLive([[snapshot(parcel())]])

    async def read_on(client: Client) -> None:
        async for _ in client.watch_order("o1"):
            pass

    async with serving(live) as target, Client(target, watches=FAST) as client:
        reader = asyncio.create_task(read_on(client))
        while not live.open_streams:
            await asyncio.sleep(0.01)
        reader.cancel()
        with pytest.raises(asyncio.CancelledError):
            await reader
        await until_no_stream_is_open(live)


async def test_a_step_that_waits_ends_when_the_watch_is_closed_beside_it() -> None:
    live = ScriptedLive([[snapshot(parcel())]])
    async with serving(live) as target, Client(target, watches=FAST) as client:
        watch = client.watch_order("o1")
        await take(watch, 1)
        waiting = asyncio.create_task(anext(watch, None))  # type: ignore[arg-type]
        await asyncio.sleep(0.05)
        await watch.aclose()
        assert await asyncio.wait_for(waiting, 5) is None


async def test_closing_the_client_ends_its_watches() -> None:
    live = ScriptedLive([[snapshot(parcel())]])
    async with serving(live) as target:
        async with Client(target, watches=FAST) as client:
            watch = client.watch_order("o1")
            await take(watch, 1)
            waiting = asyncio.create_task(anext(watch, None))  # type: ignore[arg-type]
            await asyncio.sleep(0.05)
        assert await asyncio.wait_for(waiting, 5) is None
        await until_no_stream_is_open(live)


async def test_a_timeout_around_one_step_loses_nothing() -> None:
    live = ScriptedLive([[snapshot(parcel())], [change(2)]])
    async with serving(live) as target, Client(target, watches=FAST) as client:
        watch = client.watch_order("o1")
        await take(watch, 1)
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(anext(watch), 0.2)
        assert revisions(await take(watch, 1)) == [2]
    assert live.requests[1].resume_token == "t0"


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
