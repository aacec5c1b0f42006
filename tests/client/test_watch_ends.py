"""What ends a watch, and what is left behind when it ends."""

from __future__ import annotations

import asyncio

import pytest
from doorstep import Client, DoorstepError, NotFound, Unauthenticated
from scripted_server import (
    Fail,
    ScriptedLive,
    change,
    parcel,
    serving,
    snapshot,
)
from taking import FAST, revisions, take, until_no_stream_is_open


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
