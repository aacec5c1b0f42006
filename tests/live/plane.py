"""A live plane on a real Valkey and a log in memory, and clients that check what they are promised."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace

from doorstep.tracking.v1.live_service_pb2 import FleetUpdate, WatchUpdate
from eventually import eventually
from memory_log import MemoryLog, PlainRenderer

from doorstepd.broadcast import Broadcast, NewestFixes, Pulse
from doorstepd.live import Head, Hub, Limits, Position, Publisher, Targets, Viewer
from doorstepd.live.publish import StoredFixes
from doorstepd.live.reader import Reader

QUICK_PULSE = Pulse(interval=0.05, silence=0.4, connect=0.5, slowest_retry=0.1)
QUICK = Limits(recheck=0.3, recheck_degraded=0.1, sweep=0.05, retry=0.05)
VIEWER = Viewer("somebody", "m", "plain")


class Plane:
    """One process's live plane. Several may share a log and a Valkey."""

    def __init__(self, url: str, log: MemoryLog, limits: Limits) -> None:
        self.bus = Broadcast(url, pulse=QUICK_PULSE, linger=0.1)
        self.fixes = NewestFixes(self.bus, timeout=0.3)
        self.log = log
        self.renderer = PlainRenderer(log)
        self.skew = 0.0
        self.hub = Hub(self.bus, StoredFixes(self.fixes), log, self.renderer, limits, lambda: time.time() + self.skew)
        self.publisher = Publisher(self.bus, self.fixes)
        self.sequence = 0

    def append(self, parcel_id: str, *, wake: bool = True, **changed: object) -> int:
        """Commits a change and, unless told not to, wakes whoever watches."""
        revision = self.log.append(parcel_id, **changed)
        order_id = next(order for order, parcels in self.log.orders.items() if parcel_id in parcels)
        if wake:
            self.publisher.wake("m", order_id, parcel_id, revision)
        return revision

    def move(self, courier_id: str = "c1", sequence: int | None = None, age: float = 0.0, north: float = 0.0) -> int:
        """Accepts a position of a courier."""
        self.sequence = sequence if sequence is not None else self.sequence + 1
        now = time.time()
        position = Position(courier_id, self.sequence, now - age, now, 31.2 + north, 121.4)
        self.publisher.positions("m", [position])
        return self.sequence

    def read(
        self,
        orders: tuple[str, ...] = (),
        parcels: tuple[str, ...] = (),
        *,
        after: "Client | None" = None,
        token: str = "",
        viewer: Viewer = VIEWER,
    ) -> "Client":
        """A client that reads on by itself; `after` another that it takes over from."""
        token = after.token if after else token
        return Client(self.hub.watch(viewer, Targets(orders, parcels), token), after)

    def at_rest(self) -> bool:
        """Whether nobody watches anything any more."""
        bus = self.bus.channels
        return not (self.hub.open_watches or self.hub._boards or len(bus) or bus.listeners())


@asynccontextmanager
async def plane(url: str, log: MemoryLog | None = None, **limits: float) -> AsyncIterator[Plane]:
    """A started plane."""
    one = Plane(url, log or MemoryLog(), replace(QUICK, **limits))
    await one.bus.start(wait=1.0)
    await one.hub.start()
    try:
        yield one
    finally:
        await one.hub.stop()
        await one.fixes.close()
        await one.bus.stop()


class Client:
    """Reads a watch and fails on anything it was promised not to see: a hole, a repeat, a step back."""

    def __init__(self, watch: Reader, after: "Client | None" = None) -> None:
        self.updates: list[WatchUpdate] = []
        self.revisions: dict[str, int] = dict(after.revisions) if after else {}
        self.history: dict[str, list[int]] = {}
        self.shown: dict[str, int] = dict(after.shown) if after else {}
        self.states: list[int] = []
        self.token = ""
        self.pace: Callable[[], float] = lambda: 0.0
        self.ended: BaseException | None = None
        self.task = asyncio.create_task(self._read(watch))

    async def _read(self, watch: Reader) -> None:
        try:
            async with watch as frames:
                async for frame in frames:
                    self.take(WatchUpdate.FromString(frame))
                    if delay := self.pace():
                        await asyncio.sleep(delay)
        except Exception as error:
            self.ended = error
            if isinstance(error, AssertionError):
                raise

    def take(self, update: WatchUpdate) -> None:
        assert update.resume_token
        assert update.HasField("sent_time")
        self.updates.append(update)
        self.token = update.resume_token
        kind = update.WhichOneof("update")
        assert kind
        if kind == "snapshot":
            parcels = [*update.snapshot.parcels, *(p for order in update.snapshot.orders for p in order.parcels)]
            self.revisions = {parcel.parcel_id: parcel.revision for parcel in parcels}
        elif kind == "change":
            parcel_id, revision = update.change.parcel_id, update.change.revision
            assert revision == self.revisions.get(parcel_id, 0) + 1, f"{parcel_id} went to {revision}"
            self.revisions[parcel_id] = revision
            self.history.setdefault(parcel_id, []).append(revision)
        elif kind == "position":
            self._take_position(update)

    def _take_position(self, update: WatchUpdate) -> None:
        courier_id = update.position.courier_id
        self.states.append(update.position.state)
        if update.position.HasField("position"):
            sequence = update.position.position.sequence
            assert sequence >= self.shown.get(courier_id, 0), "a position ran backwards"
            self.shown[courier_id] = sequence

    @property
    def kinds(self) -> list[str]:
        return [update.WhichOneof("update") or "" for update in self.updates]

    async def reaches(self, log: MemoryLog, within: float = 10.0) -> None:
        """Waits until everything in the log of the parcels it watches has arrived."""

        def all_there() -> bool:
            assert self.ended is None, repr(self.ended)
            return bool(self.revisions) and all(log.state[p].revision == r for p, r in self.revisions.items())

        await eventually(all_there, f"{self.revisions} reaching the log", within)

    async def leave(self) -> "Client":
        self.task.cancel()
        await asyncio.gather(self.task, return_exceptions=True)
        return self


class FleetClient:
    """Reads a fleet map and keeps who is on it."""

    def __init__(self, watch: Reader) -> None:
        self.updates: list[FleetUpdate] = []
        self.on_map: dict[str, int] = {}
        self.task = asyncio.create_task(self._read(watch))

    async def _read(self, watch: Reader) -> None:
        async with watch as frames:
            async for frame in frames:
                update = FleetUpdate.FromString(frame)
                self.updates.append(update)
                for position in update.positions:
                    assert position.sequence > self.on_map.get(position.courier_id, 0)
                    self.on_map[position.courier_id] = position.sequence
                for courier_id in update.left_courier_ids:
                    del self.on_map[courier_id]

    async def leave(self) -> None:
        self.task.cancel()
        await asyncio.gather(self.task, return_exceptions=True)


OUT_WITH_C1 = {"courier_id": "c1", "live": True, "destination": (31.21, 121.4)}

__all__ = ["OUT_WITH_C1", "QUICK", "VIEWER", "Client", "FleetClient", "Head", "Plane", "plane"]
