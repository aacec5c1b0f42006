"""A merchant's couriers on a map: one frame a tick with everybody who moved, joined from bytes serialised once."""

import asyncio
import math
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from doorstepd.broadcast import SHARDS, Subscription, positions_channel
from doorstepd.live import frames
from doorstepd.live.moves import Box, Cell, Moves
from doorstepd.live.ports import Viewer
from doorstepd.live.position import Position
from doorstepd.live.reader import Fate, Reader
from doorstepd.positions.datum import Datum

if TYPE_CHECKING:
    from doorstepd.live.board import Board
    from doorstepd.live.hub import Hub

_SAME_MOMENT_S = 0.02
"""For so long a frame may go to others with the time at which it was made."""


class FleetMap:
    """All couriers of a merchant in the order in which they last moved; shared by every fleet watch of the merchant."""

    def __init__(self, board: "Board") -> None:
        self.watchers: dict[FleetWatch, None] = {}
        self.version = 0
        self._board = board
        self._cells: dict[str, Cell] = {}
        self._moves: dict[int, Moves] = {}
        self._moves_at = 0
        self._frames: dict[tuple[object, ...], tuple[float, bytes]] = {}
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

    def moves_since(self, version: int) -> Moves:
        """Everybody who moved after a version."""
        if self._moves_at != self.version:
            self._moves_at = self.version
            self._moves.clear()
            self._frames.clear()
        moves = self._moves.get(version)
        if moves is None:
            moves = self._moves[version] = Moves(self._cells_since(version))
        return moves

    def whole_frame(self, moves: Moves, since: int, datum: Datum, *, degraded: bool) -> bytes:
        """The frame of those who watch all of it: for a moment the very same for everybody who stands there."""
        key, now = (since, datum, degraded), self._board.hub.clock()
        made_at, frame = self._frames.get(key, (0.0, b""))
        if not 0 <= now - made_at < _SAME_MOMENT_S:
            cells = moves.joined(datum, self._board.hub.renderer)
            frame = frames.fleet(cells, moves.left if since else (), now, degraded=degraded)
            self._frames[key] = (now, frame)
        return frame

    def _cells_since(self, version: int) -> Iterator[Cell]:
        for cell in reversed(self._cells.values()):
            if cell.version <= version:
                return
            yield cell

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
            last = frames.fleet(b"", (), self.hub.clock(), degraded=self.hub.degraded)
            return last + frames.fleet_go_away(self.hub.return_delay())
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
        fleet, since = self._map, self._version
        self._version = fleet.version
        moves, degraded, told = fleet.moves_since(since), self.hub.degraded, self._told_degraded
        news = self._first or self.heartbeat_due or degraded != told
        self._first, self._told_degraded = False, degraded
        if self._box is None and not self._only:
            if not (news or moves.stay or (moves.left and since)):
                return None
            frame = fleet.whole_frame(moves, since, self.viewer.datum, degraded=degraded)
        else:
            cells, left = self._mine(moves)
            if not (news or cells or left):
                return None
            frame = frames.fleet(cells, left, self.hub.clock(), degraded=degraded)
        self.hub.counters.frames += 1
        return frame

    def _mine(self, moves: Moves) -> tuple[bytes, list[str]]:
        """Those of them who are in the box and were asked for, and who of those shown is so no longer."""
        datum, renderer, shown = self.viewer.datum, self.hub.renderer, self._shown
        if not self._only and moves.all_in(self._box):
            shown |= moves.ids
            cells, left = moves.joined(datum, renderer), shown.intersection(moves.left)
        else:
            inside = [cell for cell in moves.stay if self._wants(cell)]
            here = {cell.courier_id for cell in inside}
            left = shown.intersection(moves.left) | (shown & moves.ids) - here
            shown |= here
            cells = b"".join([cell.rendered(datum, renderer) for cell in inside])
        shown -= left
        return cells, sorted(left)

    def _wants(self, cell: Cell) -> bool:
        if self._only and cell.courier_id not in self._only:
            return False
        return self._box is None or self._box.holds(cell.position)
