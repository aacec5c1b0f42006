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
from doorstepd.reminders.stop import OpenStop

DRIVES_MPS = 4.0
"""Straight metres a second between places: about 20 km/h on streets."""

_USUAL_STAND_S = 120.0
_USUAL_WEIGHT = 2
"""What is taken for a place before he has served any, and how many places of his own weigh as much."""

_STANDS_M = 40.0
_STANDS_S = 30.0
_LONGEST_STAND_S = 1800.0  # what is longer was a break
_SAME_PLACE_M = 15.0
_LONGEST_UNSEEN_S = 900.0  # of a leg while the phone was silent: what is longer may have been a break
_WITNESSES = 3


@dataclass(slots=True)
class Pace:
    """Seconds stood and places served. `_stand`: the point that he is around, since when and until when."""

    _stood_s: float = 0.0
    _places: int = 0
    _stand: tuple[float, float, float, float] | None = None
    _last: tuple[float, float, float] | None = None
    _signed: deque[int] = field(default_factory=lambda: deque(maxlen=_WITNESSES))

    @property
    def reached(self) -> int:
        """The sequence that he has got to: the middle of the last few, as one may be handed over out of order."""
        return sorted(self._signed)[(len(self._signed) - 1) // 2] if self._signed else -1

    @property
    def stand_s(self) -> float:
        """How long he stands for each place: the usual value at first, his own as he goes on."""
        return (self._stood_s + _USUAL_WEIGHT * _USUAL_STAND_S) / (self._places + _USUAL_WEIGHT)

    def seconds(self, places: int, metres: float) -> float:
        """What so many places and so much straight way between them will take him."""
        return places * self.stand_s + metres / DRIVES_MPS

    def moved(self, fix: Fix) -> None:
        """He was seen; the time of a stand counts once it has lasted for half a minute, from its beginning."""
        stand, time = self._stand, fix.fix_time
        circle_m = max(_STANDS_M, 2.0 * fix.accuracy_m)
        if stand is None or distance_m(stand[0], stand[1], fix.lat, fix.lng) > circle_m:
            self._stand = (fix.lat, fix.lng, time, time)
            return
        lat, lng, since, until = stand
        if time > until:
            self._stood_s += _counted(time - since) - _counted(until - since)
            self._stand = (lat, lng, since, time)

    def signed(self, time: float, stop: OpenStop) -> None:
        """A stop was signed for at this time."""
        if stop.sequence is not None:
            self._signed.append(stop.sequence)
        last = self._last
        if last is None:
            self._last, self._places = (time, stop.lat, stop.lng), 1
            return
        metres = distance_m(last[1], last[2], stop.lat, stop.lng)
        if time <= last[0] or metres < _SAME_PLACE_M:
            return
        self._places += 1
        self._last = (time, stop.lat, stop.lng)
        if self._stand is None or self._stand[3] < last[0]:  # nobody saw how long he stood
            self._stood_s += max(0.0, min(time - last[0], _LONGEST_UNSEEN_S) - metres / DRIVES_MPS)

    def to_list(self) -> list[Any]:
        """A small JSON value; `pace_from_list` reads it."""
        return [self._stood_s, self._places, self._stand, self._last, list(self._signed)]


def _counted(stand_s: float) -> float:
    return min(stand_s, _LONGEST_STAND_S) if stand_s >= _STANDS_S else 0.0


def pace_from_list(row: Sequence[Any]) -> Pace:
    """What `Pace.to_list` wrote."""
    stood_s, places, stand, last, signed = row
    return Pace(
        stood_s, places, tuple(stand) if stand else None, tuple(last) if last else None, deque(signed, _WITNESSES)
    )
