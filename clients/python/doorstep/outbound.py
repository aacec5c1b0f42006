"""The fixes that a courier's device has still to get across, as a plain structure: no clock, no link."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

from doorstep.tracking.v1.courier_pb2 import PositionFix

MOST_PER_MESSAGE = 500


@dataclass(frozen=True, slots=True)
class Batch:
    """Fixes that went out in one message; the acknowledgement names it and, by place, the fixes that were not taken."""

    batch_id: int
    fixes: tuple[PositionFix, ...]


class OutboundFixes:
    """Fixes waiting and fixes on their way, `capacity` of them in all; when it is full the oldest that is not on its
    way makes room and is counted in `dropped`."""

    def __init__(self, capacity: int, most_under_way: int = 8) -> None:
        if capacity < 1:
            raise ValueError(f"capacity: {capacity} is out of range, at least 1")
        self._capacity = capacity
        self._most_under_way = most_under_way
        self._waiting: deque[PositionFix] = deque()
        self._under_way: deque[Batch] = deque()
        self._last_batch_id = 0
        self.dropped = 0

    def __len__(self) -> int:
        return len(self._waiting) + sum(len(batch.fixes) for batch in self._under_way)

    @property
    def is_full(self) -> bool:
        return len(self) >= self._capacity

    @property
    def can_send(self) -> bool:
        return bool(self._waiting) and len(self._under_way) < self._most_under_way

    @property
    def awaits_acknowledgement(self) -> bool:
        return bool(self._under_way)

    def add(self, fix: PositionFix) -> None:
        self._waiting.append(fix)
        self._make_room()

    def next_batch(self) -> Batch:
        """The next message to send, oldest fixes first. Only where `can_send`."""
        count = min(MOST_PER_MESSAGE, len(self._waiting))
        self._last_batch_id += 1
        batch = Batch(self._last_batch_id, tuple(self._waiting.popleft() for _ in range(count)))
        self._under_way.append(batch)
        return batch

    def acknowledge(self, batch_id: int) -> bool:
        """The server took a message, and with it those before; False if it is none of those under way."""
        if all(batch.batch_id != batch_id for batch in self._under_way):
            return False
        while self._under_way and self._under_way[0].batch_id <= batch_id:
            self._under_way.popleft()
        return True

    def link_lost(self) -> None:
        """What was under way will be sent again, in new messages: the server knows a fix that comes twice."""
        unsent = [fix for batch in self._under_way for fix in batch.fixes]
        self._under_way.clear()
        self._waiting.extendleft(reversed(unsent))
        self._make_room()

    def _make_room(self) -> None:
        while len(self) > self._capacity and self._waiting:
            self._waiting.popleft()
            self.dropped += 1
