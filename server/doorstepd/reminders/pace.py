"""How a courier gets through his round today: how far he has got, and how long he stands for each place. Pure.

What tells most of the time that is left is how long he stood, at doors and elsewhere, for each place that he served:
stairs, signatures, waiting and rests in one number. How long he drove for each says less: it is mostly the way, and the
way that is left is known.
"""

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from doorstepd.positions.distance import distance_m
from doorstepd.positions.fix import Fix
from doorstepd.positions.legs import LEAST_LEG_M
from doorstepd.positions.pace import DRIVES_MPS, Stands, stands_from_list
from doorstepd.reminders.stop import OpenStop

_USUAL_STAND_S = 120.0
_USUAL_WEIGHT = 2
"""What is taken for a place before he has served any, and how many places of his own weigh as much."""

_WITNESSES = 3


@dataclass(slots=True)
class Pace:
    """His stands, and the places that he served."""

    _stands: Stands = field(default_factory=Stands)
    _places: int = 0
    _last: tuple[float, float, float] | None = None
    _signed: deque[int] = field(default_factory=lambda: deque(maxlen=_WITNESSES))

    @property
    def reached(self) -> int:
        """The sequence that he has got to: the middle of the last few, as one may be handed over out of order."""
        return sorted(self._signed)[(len(self._signed) - 1) // 2] if self._signed else -1

    @property
    def stand_s(self) -> float:
        """How long he stands for each place: the usual value at first, his own as he goes on."""
        stood_s = self._stands.total_s + _USUAL_WEIGHT * _USUAL_STAND_S
        return stood_s / (self._places + _USUAL_WEIGHT)

    def seconds(self, places: int, metres: float) -> float:
        """What so many places and so much straight way between them will take him."""
        return places * self.stand_s + metres / DRIVES_MPS

    def moved(self, fix: Fix) -> None:
        """He was seen there."""
        self._stands.see(fix.lat, fix.lng, fix.fix_time, fix.accuracy_m)

    def signed(self, time: float, stop: OpenStop) -> None:
        """A stop was signed for at this time."""
        if stop.sequence is not None:
            self._signed.append(stop.sequence)
        last = self._last
        if last is None:
            self._last, self._places = (time, stop.lat, stop.lng), 1
            return
        metres = distance_m(last[1], last[2], stop.lat, stop.lng)
        if time <= last[0] or metres < LEAST_LEG_M:
            return
        self._places += 1
        self._last = (time, stop.lat, stop.lng)
        self._stands.fill(last[0], time, metres)

    def to_list(self) -> list[Any]:
        """A small JSON value; `pace_from_list` reads it."""
        return [self._stands.to_list(), self._places, self._last, list(self._signed)]


def pace_from_list(row: Sequence[Any]) -> Pace:
    """What `Pace.to_list` wrote."""
    stands, places, last, signed = row
    kept = deque(signed, _WITNESSES)
    return Pace(stands_from_list(stands), places, (last[0], last[1], last[2]) if last else None, kept)
