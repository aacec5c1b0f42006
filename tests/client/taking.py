"""What a watch gave, in the words of the tests."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

from doorstep import Backoff, WatchSettings
from scripted_server import ScriptedLive

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
