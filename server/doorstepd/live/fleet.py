"""A merchant's couriers on a map: one frame a tick with everybody who moved, joined from bytes serialised once."""

import asyncio
import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from doorstepd.broadcast import SHARDS, Subscription, positions_channel
from doorstepd.live import frames
from doorstepd.live.ports import Renderer, Viewer
from doorstepd.live.position import Position
from doorstepd.live.reader import Fate, Reader
from doorstepd.positions.datum import Datum

if TYPE_CHECKING:
    from doorstepd.live.board import Board
    from doorstepd.live.hub import Hub


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle, degrees in WGS-84. `west > east` means that it crosses the antimeridian."""

    south: float
    west: float
    north: float
    east: float

    def holds(self, position: Position) -> bool:
        """Whether a position lies in it, edges included."""
        if not self.south <= position.lat <= self.north:
            return False
        if self.west <= self.east:
            return self.west <= position.lng <= self.east
        return position.lng >= self.west or position.lng <= self.east


class Cell:
    """One courier's newest position on the map, and its bytes for each datum. `gone` when it is too old to show."""

    __slots__ = ("_bytes", "gone", "position", "version")

    def __init__(self, position: Position, version: int, *, gone: bool) -> None:
        self.position = position
        self.version = version
        self.gone = gone
        self._bytes: dict[Datum, bytes] = {}

    def rendered(self, datum: Datum, renderer: Renderer) -> bytes:
        """The position as a field of the frame."""
        body = self._bytes.get(datum)
        if body is None:
            body = self._bytes[datum] = frames.fleet_cell(renderer.position(self.position, datum, named=False))
        return body


class FleetMap:
    """All couriers of a merchant in the order in which they last moved; shared by every fleet watch of the merchant."""

    def __init__(self, board: "Board") -> None:
        self.watchers: dict[FleetWatch, None] = {}
        self.version = 0
        self._board = board
        self._cells: dict[str, Cell] = {}
        self._joined: dict[tuple[int, Datum], tuple[bytes, tuple[str, ...]]] = {}
        self._joined_at = 0
        self._subscriptions: list[Subscription] = []
        self._opening = asyncio.Lock()
        self._loaded = False
        self._closed = False

    async def open(self) -> None:
        """Listens to every shard, then fetches what was known before."""
        async with self._opening:
            if not self._loaded:
                hub, merchant_id = self._board.hub, self._board.merchant_id
                for shard in range(len(self._subscriptions), SHARDS):
                    channel = positions_channel(merchant_id, shard)
                    subscription = await hub.bus.subscribe(channel, self._board.on_fix)
                    self._subscriptions.append(subscription)
                await self.reload()
                self._loaded = True
        if self._closed:
            self.close()

    async def reload(self) -> None:
        """Fetches the newest position of everybody."""
        for position in (await self._board.hub.fixes.all(self._board.merchant_id)).values():
            self.offer(position)

    def close(self) -> None:
        """Stops listening."""
        self._closed = True
        for subscription in self._subscriptions:
            subscription.release()
        self._subscriptions.clear()

    def offer(self, position: Position) -> None:
        """Takes a position if it is newer than the one it has."""
        kept = self._cells.get(position.courier_id)
        if kept is None or position.newer_than(kept.position):
            self._put(position, gone=self._too_old(position))

    def age(self) -> None:
        """Takes those off the map who have been silent for too long."""
        for cell in list(self._cells.values()):
            if not cell.gone and self._too_old(cell.position):
                self._put(cell.position, gone=True)

    def moved_since(self, version: int) -> Iterator[Cell]:
        """Everybody who moved after a version, last first."""
        for cell in reversed(self._cells.values()):
            if cell.version <= version:
                return
            yield cell

    def everybody_since(self, version: int, datum: Datum, renderer: Renderer) -> tuple[bytes, tuple[str, ...]]:
        """Who moved and who left, for those who watch all of it; joined once for all of them."""
        if self._joined_at != self.version:
            self._joined_at = self.version
            self._joined.clear()
        joined = self._joined.get((version, datum))
        if joined is None:
            moved = list(self.moved_since(version))
            cells = b"".join([cell.rendered(datum, renderer) for cell in moved if not cell.gone])
            left = tuple(cell.position.courier_id for cell in moved if cell.gone and version)
            joined = self._joined[version, datum] = (cells, left)
        return joined

    def _put(self, position: Position, *, gone: bool) -> None:
        self.version += 1
        self._cells.pop(position.courier_id, None)
        self._cells[position.courier_id] = Cell(position, self.version, gone=gone)

    def _too_old(self, position: Position) -> bool:
        return self._board.hub.clock() - position.fix_time >= self._board.hub.limits.hidden


class FleetWatch(Reader):
    """Frames are serialised `FleetUpdate` messages.

    Ticks are whole multiples of the interval on the process's clock, so that watches of everybody at the same pace send
    the very same frame, built once.
    """

    def __init__(
        self,
        hub: "Hub",
        viewer: Viewer,
        box: Box | None,
        courier_ids: frozenset[str],
        tick: float,
        on_stuck: Callable[[], None] | None,
    ) -> None:
        super().__init__(viewer, on_stuck)
        self.hub = hub
        self._box = box
        self._only = courier_ids
        self._tick = tick
        self._map: FleetMap | None = None
        self._version = 0
        self._shown: set[str] = set()
        self._first = True
        self._due = 0.0
        self._timer: asyncio.TimerHandle | None = None
        self._told_degraded = False

    async def open(self) -> None:
        self.hub.admit(self)
        board = self.hub.board(self.viewer.merchant_id)
        if board.fleet is None:
            board.fleet = FleetMap(board)
        self._map = board.fleet
        self._map.watchers[self] = None
        await self._map.open()

    def close(self, fate: Fate) -> None:
        if self._timer is not None:
            self._timer.cancel()
        if self._map is not None:
            self._map.watchers.pop(self, None)
            if not self._map.watchers:
                self._map.close()
                self.hub.board(self.viewer.merchant_id).fleet = None
            self._map = None
        self.hub.dismiss(self, fate)

    async def next_frame(self) -> bytes | None:
        if self._leaving:
            self.end(Fate.SENT_AWAY, StopAsyncIteration())
            return None
        now = self._loop.time()
        if now < self._due:
            # Set anew each time: loops round, and a timer that fired a little early would have been the last one.
            self._wake_when_due()
            return None
        self._due = (math.floor(now / self._tick) + 1) * self._tick
        self._wake_when_due()
        return self._frame()

    def _wake_when_due(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._timer = self._loop.call_at(self._due, self.wake)

    def _frame(self) -> bytes | None:
        """What changed since the last frame; None when that is nothing and silence is not yet long."""
        assert self._map is not None
        since, self._version = self._version, self._map.version
        degraded, told = self.hub.degraded, self._told_degraded
        cells, left = self._changes(self._map, since)
        if not (cells or left or self._first or self.heartbeat_due or degraded != told):
            return None
        self._first, self._told_degraded = False, degraded
        self.hub.counters.frames += 1
        return frames.fleet(cells, left, self.hub.clock(), degraded=degraded)

    def _changes(self, fleet: FleetMap, since: int) -> tuple[bytes, Sequence[str]]:
        if self._box is None and not self._only:
            return fleet.everybody_since(since, self.viewer.datum, self.hub.renderer)
        cells: list[bytes] = []
        left: list[str] = []
        for cell in fleet.moved_since(since):
            courier_id = cell.position.courier_id
            if not self._only or courier_id in self._only:
                if not cell.gone and (self._box is None or self._box.holds(cell.position)):
                    self._shown.add(courier_id)
                    cells.append(cell.rendered(self.viewer.datum, self.hub.renderer))
                elif courier_id in self._shown:
                    self._shown.discard(courier_id)
                    left.append(courier_id)
        return b"".join(cells), left
