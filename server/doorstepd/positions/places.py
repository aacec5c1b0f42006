"""The courier's place in words, for those who watch, with as few questions to the geocoder as will do.

`name` answers at once with what is known and asks in the background: not before the courier has moved by `MOVED_M`, at
most once in `EVERY_S` a courier, never twice for one cell of about 100 m that is remembered, not more often than the
geocoder's owner allows nor more than `AT_ONCE` at a time, and for a while not at all after `FAILURES` in a row without
an answer. What is not known by street is named by its district's shape.
"""

import asyncio
import time
from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass

import structlog

from doorstepd.positions.distance import distance_m
from doorstepd.positions.districts import Districts, shipped
from doorstepd.positions.geocoding.street import NoAnswer, Reverse, Words

log = structlog.get_logger(__name__)

MOVED_M = 150.0
EVERY_S = 20.0
TIMEOUT_S = 1.0
AT_ONCE = 4
PER_SECOND = 1.0
FAILURES = 5
PAUSE_S = 60.0
_CELLS = 50_000
_COURIERS = 20_000
_CELL_DEGREES = 0.001


@dataclass(slots=True)
class _Known:
    """Of one courier: where it was last asked, when, and what the answer was; `owed` while there was none."""

    lat: float
    lng: float
    asked_at: float
    words: Words | None
    owed: bool = False


class Places:
    """One a process, which asks `per_second` times at most. Its clock is monotonic seconds."""

    def __init__(
        self,
        reverse: Reverse | None = None,
        districts: Districts | None = None,
        clock: Callable[[], float] = time.monotonic,
        per_second: float = PER_SECOND,
    ) -> None:
        self._reverse = reverse
        self._districts = districts or shipped()
        self._clock = clock
        self._known: OrderedDict[Hashable, _Known] = OrderedDict()
        self._cells: OrderedDict[tuple[int, int], Words | None] = OrderedDict()
        self._tasks: set[asyncio.Task[None]] = set()
        self._failures = 0
        self._not_before = 0.0
        self._apart = 1.0 / per_second

    def name(self, courier: Hashable, lat: float, lng: float) -> Words | None:
        """The street or district as far as it is known now; never waits."""
        known, now = self._known.get(courier), self._clock()
        if known is None:
            known = self._look(courier, lat, lng, now)
        elif known.owed or distance_m(lat, lng, known.lat, known.lng) > MOVED_M:
            if now - known.asked_at >= EVERY_S:
                known = self._look(courier, lat, lng, now)
            elif known.words is not None:
                return self._districts.name(lat, lng)  # he has left that street
        return known.words or self._districts.name(lat, lng)

    async def close(self) -> None:
        """Ends questions that are open."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def _look(self, courier: Hashable, lat: float, lng: float, now: float) -> _Known:
        cell = _cell(lat, lng)
        known = self._known[courier] = _Known(lat, lng, now, self._cells.get(cell))
        self._known.move_to_end(courier)
        if len(self._known) > _COURIERS:
            self._known.popitem(last=False)
        if self._reverse is not None and cell not in self._cells:
            known.owed = True
            if self._may_ask(now):
                self._not_before = now + self._apart
                task = asyncio.get_running_loop().create_task(self._ask(self._reverse, cell, known))
                self._tasks.add(task)
                task.add_done_callback(self._tasks.discard)
            else:
                known.asked_at = now - EVERY_S  # the next one who looks may have more luck
        return known

    def _may_ask(self, now: float) -> bool:
        return now >= self._not_before and len(self._tasks) < AT_ONCE

    async def _ask(self, reverse: Reverse, cell: tuple[int, int], known: _Known) -> None:
        try:
            async with asyncio.timeout(TIMEOUT_S):
                known.words = await reverse.street(known.lat, known.lng)
        except (NoAnswer, TimeoutError):
            self._failed()
            return
        except Exception as error:  # a geocoder may raise what it likes; a name is worth no more than this line
            log.warning("places.failed", kind=type(error).__name__)
            self._failed()
            return
        self._failures = 0
        known.owed = False
        self._cells[cell] = known.words
        if len(self._cells) > _CELLS:
            self._cells.popitem(last=False)

    def _failed(self) -> None:
        self._failures += 1
        if self._failures >= FAILURES:
            self._failures, self._not_before = 0, self._clock() + PAUSE_S
            log.warning("places.paused", seconds=PAUSE_S)


def _cell(lat: float, lng: float) -> tuple[int, int]:
    return int(lat // _CELL_DEGREES), int(lng // _CELL_DEGREES)
