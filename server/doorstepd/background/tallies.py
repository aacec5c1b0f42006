"""Carries the plain counts of the hot paths over to the metrics, where counting would cost more than the work."""

import asyncio
from collections.abc import Iterator
from dataclasses import fields
from typing import Any

from prometheus_client import Counter

from doorstepd import metrics
from doorstepd.broadcast import Broadcast
from doorstepd.live import Hub

SECONDS = 2.0


class Tallies:
    """The hub's and the bus's counts, every two seconds and whenever somebody asks."""

    def __init__(self, hub: Hub, bus: Broadcast) -> None:
        self._hub = hub
        self._sources: tuple[tuple[Counter, Any], ...] = ((metrics.LIVE, hub.counters), (metrics.BUS, bus.counters))
        self._carried: dict[tuple[Counter, str], int] = {}
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begins to carry."""
        self._task = asyncio.create_task(self._repeat(), name="tallies")

    async def stop(self) -> None:
        """Carries what is left."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
        self.carry()

    def carry(self) -> None:
        """Brings the metrics up to date."""
        metrics.WATCHES.set(self._hub.open_watches)
        for counter, source in self._sources:
            for event, count in _counts(source):
                grown = count - self._carried.get((counter, event), 0)
                if grown:
                    counter.labels(event).inc(grown)
                    self._carried[counter, event] = count

    async def _repeat(self) -> None:
        while True:
            self.carry()
            await asyncio.sleep(SECONDS)


def _counts(source: Any) -> Iterator[tuple[str, int]]:
    """The whole numbers among the fields; those by kind under `field_kind`."""
    for field in fields(source):
        value = getattr(source, field.name)
        if isinstance(value, int):
            yield field.name, value
        elif isinstance(value, dict):
            yield from ((f"{field.name}_{kind}", count) for kind, count in value.items())
