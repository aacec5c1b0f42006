"""How a courier does today: how long his legs took against what is usual, and how long he stands for each place. Pure.

The two are told apart because they say different things of what is to come: a long way round shows in the legs, stairs,
waiting and rests show in the stands.
"""

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from doorstepd.positions.distance import distance_m
from doorstepd.positions.legs import LEAST_LEG_M, Habits, Leg

DRIVES_MPS = 4.0
"""Straight metres a second between places: about 20 km/h on streets."""

_OWN_LEGS = 12
_OWN_WEIGHT_S = 1800.0
_OWN_WEIGHT_PLACES = 8
_STANDS_M = 40.0
_STANDS_S = 30.0
_LONGEST_STAND_S = 1800.0  # what is longer was a break
_LONGEST_UNSEEN_S = 900.0


@dataclass(slots=True)
class Stands:
    """Seconds that he stood, by his places. A stand counts from its beginning once it has lasted for half a minute.

    `_here`: the point that he is around, since when and until when.
    """

    total_s: float = 0.0
    _here: tuple[float, float, float, float] | None = None

    def see(self, lat: float, lng: float, time: float, accuracy_m: float = 0.0) -> bool:
        """Takes his newest place; whether he stands there."""
        here = self._here
        if here is None or distance_m(here[0], here[1], lat, lng) > max(_STANDS_M, 2.0 * accuracy_m):
            self._here = (lat, lng, time, time)
            return False
        at_lat, at_lng, since, until = here
        if time > until:
            self.total_s += _counted(time - since) - _counted(until - since)
            self._here = (at_lat, at_lng, since, time)
        return time - since >= _STANDS_S

    def fill(self, start: float, end: float, metres: float) -> None:
        """A leg so long, in seconds and metres: if his phone was silent then, he stood as long as he did not drive."""
        if self._here is None or self._here[3] < start:
            self.total_s += max(0.0, min(end - start, _LONGEST_UNSEEN_S) - metres / DRIVES_MPS)

    def to_list(self) -> list[Any]:
        """A small JSON value; `stands_from_list` reads it."""
        return [self.total_s, self._here]


def stands_from_list(row: Sequence[Any]) -> Stands:
    """What `Stands.to_list` wrote."""
    total_s, here = row
    return Stands(float(total_s), tuple(here) if here else None)


@dataclass(frozen=True, slots=True)
class Today:
    """What is known of a courier's day.

    `factor`: what his legs took against what they usually would; over 1 he is slower. `stand_s`: how long he stands for
    a place; None where that is not known.
    """

    factor: float = 1.0
    stand_s: float | None = None


@dataclass(slots=True)
class Pace:
    """A courier's last legs, his stands, and the places that he served."""

    stands: Stands = field(default_factory=Stands)
    _legs: deque[tuple[float, float]] = field(default_factory=lambda: deque(maxlen=_OWN_LEGS))
    _last: tuple[float, float, float] | None = None
    _places: int = 0

    def served(self, lat: float, lng: float, time: float, habits: Habits) -> Leg | None:
        """A stop was signed for; the leg to it, unless it is the first or the same door again."""
        last = self._last
        if last is not None and time <= last[2]:
            return None
        metres = distance_m(last[0], last[1], lat, lng) if last else 0.0
        if last is not None and metres < LEAST_LEG_M:
            return None  # his time there goes on
        self._last = (lat, lng, time)
        self._places += 1
        if last is None:
            return None
        self.stands.fill(last[2], time, metres)
        leg = Leg(metres, time - last[2])
        self._legs.append((leg.held().seconds, habits.of(metres)))
        return leg

    def today(self, habits: Habits) -> Today:
        """His own numbers, held near what is usual while there are few of them."""
        took = sum(leg[0] for leg in self._legs) + _OWN_WEIGHT_S
        usual = sum(leg[1] for leg in self._legs) + _OWN_WEIGHT_S
        stood_s = self.stands.total_s + _OWN_WEIGHT_PLACES * habits.stop_s
        return Today(min(2.5, max(0.4, took / usual)), stood_s / (self._places + _OWN_WEIGHT_PLACES))

    def to_list(self) -> list[Any]:
        """A small JSON value; `pace_from_list` reads it."""
        return [list(self._legs), self._last, self._places, self.stands.to_list()]


def pace_from_list(row: Sequence[Any]) -> Pace:
    """What `Pace.to_list` wrote."""
    legs, last, places, stands = row
    kept = deque(((took, usual) for took, usual in legs), _OWN_LEGS)
    return Pace(stands_from_list(stands), kept, tuple(last) if last else None, places)


def _counted(stand_s: float) -> float:
    return min(stand_s, _LONGEST_STAND_S) if stand_s >= _STANDS_S else 0.0
