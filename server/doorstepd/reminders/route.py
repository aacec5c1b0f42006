"""The order of a courier's open stops, and how long he takes from one to the next."""

from bisect import bisect_left, insort
from collections import Counter, deque
from dataclasses import dataclass, field
from statistics import median
from typing import Any

_UNKNOWN_PACE_S = 180.0
_LONGEST_PACE_S = 1800.0
_ROAD_FACTOR = 1.4
_TOWN_SPEED_MPS = 4.0


@dataclass(slots=True)
class Route:
    """The places still open, by their sequence; parcels for one place count once."""

    _sequences: list[int] = field(default_factory=list)
    _parcels: Counter[int] = field(default_factory=Counter)

    def add(self, sequence: int | None) -> None:
        """One more parcel at this place."""
        if sequence is None:
            return
        if not self._parcels[sequence]:
            insort(self._sequences, sequence)
        self._parcels[sequence] += 1

    def remove(self, sequence: int | None) -> None:
        """One parcel less at this place."""
        if sequence is None:
            return
        self._parcels[sequence] -= 1
        if not self._parcels[sequence]:
            del self._parcels[sequence]
            del self._sequences[bisect_left(self._sequences, sequence)]

    def stops_ahead(self, sequence: int | None) -> int | None:
        """How many open places come before this one; None where the order is not known."""
        return None if sequence is None else bisect_left(self._sequences, sequence)

    def at(self, index: int) -> int | None:
        """The sequence of the place with so many before it."""
        return self._sequences[index] if 0 <= index < len(self._sequences) else None


@dataclass(slots=True)
class Pace:
    """Seconds from one signed stop to the next: the median of the last few, so that lunch does not count."""

    _last: float | None = None
    _gaps: deque[float] = field(default_factory=lambda: deque(maxlen=9))

    @property
    def seconds(self) -> float:
        """The usual time for a stop."""
        return median(self._gaps) if self._gaps else _UNKNOWN_PACE_S

    def signed(self, time: float) -> None:
        """A stop was signed for."""
        if self._last is not None and 0.0 < time - self._last <= _LONGEST_PACE_S:
            self._gaps.append(time - self._last)
        self._last = time if self._last is None else max(self._last, time)

    def eta_s(self, distance_m: float, stops_ahead: int | None) -> float:
        """Seconds to a stop so far away with so many before it; never negative."""
        drive = distance_m * _ROAD_FACTOR / _TOWN_SPEED_MPS
        if not stops_ahead:
            return drive
        return max(stops_ahead * self.seconds, drive)

    def to_list(self) -> list[Any]:
        """A small JSON value."""
        return [self._last, list(self._gaps)]

    @classmethod
    def from_list(cls, row: list[Any]) -> "Pace":
        """What `to_list` wrote."""
        pace = cls(row[0])
        pace._gaps.extend(row[1])
        return pace
