"""Where a merchant's couriers are: who moved since when, joined from bytes serialised once for whoever watches."""

import asyncio
from collections.abc import Callable, Iterator

from doorstepd.broadcast import SHARDS, Subscription, positions_channel
from doorstepd.live import frames
from doorstepd.live.moves import Cell, Moves
from doorstepd.live.position import Position
from doorstepd.live.reader import Reader
from doorstepd.live.surroundings import Surroundings
from doorstepd.positions.datum import Datum

_SAME_MOMENT_S = 0.02
"""For so long a frame may go to others with the time at which it was made."""


class FleetMap:
    """All couriers of a merchant in the order in which they last moved; shared by every fleet watch of the merchant.

    `on_fix` takes what is heard on the bus, and offers it here again.
    """

    def __init__(self, merchant_id: str, surroundings: Surroundings, on_fix: Callable[[bytes], None]) -> None:
        self.watchers: dict[Reader, None] = {}
        self.version = 0
        self._merchant_id = merchant_id
        self._around = surroundings
        self._on_fix = on_fix
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
                for shard in range(len(self._subscriptions), SHARDS):
                    channel = positions_channel(self._merchant_id, shard)
                    subscription = await self._around.bus.subscribe(channel, self._on_fix)
                    self._subscriptions.append(subscription)
                await self.reload()
                self._loaded = True
        if self._closed:
            self.close()

    async def reload(self) -> None:
        """Fetches the newest position of everybody."""
        for position in (await self._around.fixes.all(self._merchant_id)).values():
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
        key, now = (since, datum, degraded), self._around.clock()
        made_at, frame = self._frames.get(key, (0.0, b""))
        if not 0 <= now - made_at < _SAME_MOMENT_S:
            cells = moves.joined(datum, self._around.renderer)
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
        return self._around.clock() - position.fix_time >= self._around.limits.hidden
