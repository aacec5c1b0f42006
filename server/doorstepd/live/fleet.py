"""A watch of a merchant's couriers on a map: one frame a tick with everybody who moved."""

import asyncio
import math
from collections.abc import Callable

from doorstepd.live import frames
from doorstepd.live.fleet_map import FleetMap
from doorstepd.live.host import Host
from doorstepd.live.moves import Box, Cell, Moves
from doorstepd.live.ports import Viewer
from doorstepd.live.reader import Fate, Reader


class FleetWatch(Reader):
    """Frames are serialised `FleetUpdate` messages.

    Ticks are whole multiples of the interval on the process's clock, so that watches of everybody at the same pace send
    the very same frame, built once.
    """

    def __init__(
        self,
        hub: Host,
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
            board.fleet = FleetMap(board.merchant_id, self.hub, board.on_fix)
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
