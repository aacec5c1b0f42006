"""A courier's open stops in their planned order, how fast he gets through them, and so when he will be where.

The time to a stop is the planned way to it, straight from stop to stop and `LEG_M` more for each, times the seconds
that he took of late for a metre of such way. One number learns traffic, stairs and signatures alike. It is a rough
guess: two times of three he comes between `SPREAD` times sooner and `SPREAD` times later.
"""

from bisect import bisect_left, insort
from collections import Counter, deque
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

from doorstepd.positions.distance import distance_m
from doorstepd.positions.fix import Fix
from doorstepd.reminders.stop import GateKind, OpenStop

LEG_M = 200.0
"""Parking, stairs and the signature, as metres of way."""

SPREAD = 2.5

_USUAL_S_PER_M = 1.0 / 3.0
_USUAL_WEIGHT_M = 1000.0
_LEGS_REMEMBERED = 12
_WITNESSES = 3
_LONGEST_LEG_S = 900.0  # what is longer was a break


@dataclass(frozen=True, slots=True)
class Eta:
    """When he will be at a stop: the best guess and the range that holds two of three; seconds, never negative."""

    seconds: float
    remaining_m: float

    @property
    def soonest_s(self) -> float:
        """He is seldom there before."""
        return self.seconds / SPREAD

    @property
    def latest_s(self) -> float:
        """He is seldom there after."""
        return self.seconds * SPREAD


@dataclass(slots=True)
class Pace:
    """Seconds for a metre of planned way, over the last few stops that were signed for."""

    _last: tuple[float, float, float] | None = None
    _legs: deque[tuple[float, float]] = field(default_factory=lambda: deque(maxlen=_LEGS_REMEMBERED))
    _signed: deque[int] = field(default_factory=lambda: deque(maxlen=_WITNESSES))

    @property
    def reached(self) -> int:
        """The sequence that he has got to: the middle of the last few, as one may be handed over out of order."""
        return sorted(self._signed)[(len(self._signed) - 1) // 2] if self._signed else -1

    @property
    def s_per_m(self) -> float:
        """The usual value at first; the courier's own as he goes on."""
        seconds = sum(leg[0] for leg in self._legs) + _USUAL_WEIGHT_M * _USUAL_S_PER_M
        return seconds / (sum(leg[1] for leg in self._legs) + _USUAL_WEIGHT_M)

    def signed(self, time: float, stop: OpenStop) -> None:
        """A stop was signed for at this time."""
        if stop.sequence is not None:
            self._signed.append(stop.sequence)
        if self._last is not None and time <= self._last[0]:
            return
        if self._last is not None:
            metres = distance_m(self._last[1], self._last[2], stop.lat, stop.lng) + LEG_M
            self._legs.append((min(time - self._last[0], _LONGEST_LEG_S), metres))
        self._last = (time, stop.lat, stop.lng)

    def to_list(self) -> list[Any]:
        """A small JSON value; `pace_from_list` reads it."""
        return [self._last, list(self._legs), list(self._signed)]


def pace_from_list(row: list[Any]) -> Pace:
    """What `Pace.to_list` wrote."""
    legs = deque(((leg[0], leg[1]) for leg in row[1]), _LEGS_REMEMBERED)
    return Pace((row[0][0], row[0][1], row[0][2]) if row[0] else None, legs, deque(row[2], _WITNESSES))


@dataclass(slots=True)
class Route:
    """The places still open, by their sequence; parcels for one place count once."""

    pace: Pace = field(default_factory=Pace)
    _sequences: list[int] = field(default_factory=list)
    _parcels: Counter[int] = field(default_factory=Counter)
    _places: dict[int, tuple[float, float]] = field(default_factory=dict)
    _ways_m: list[float] | None = None

    def add(self, stop: OpenStop) -> None:
        """One more parcel to deliver."""
        if stop.sequence is None:
            return
        if not self._parcels[stop.sequence]:
            insort(self._sequences, stop.sequence)
        self._parcels[stop.sequence] += 1
        self._places[stop.sequence] = (stop.lat, stop.lng)
        self._ways_m = None

    def remove(self, stop: OpenStop) -> None:
        """One parcel less."""
        if stop.sequence is None:
            return
        self._parcels[stop.sequence] -= 1
        if not self._parcels[stop.sequence]:
            del self._parcels[stop.sequence], self._places[stop.sequence]
            del self._sequences[bisect_left(self._sequences, stop.sequence)]
        self._ways_m = None

    def stops_ahead(self, stop: OpenStop) -> int | None:
        """How many open places come before this one; None where the order is not known.

        Places that he passed over do not count for those behind where he has got to.
        """
        if stop.sequence is None:
            return None
        here = bisect_left(self._sequences, stop.sequence)
        return here - self._next_index(here)

    def is_next(self, stop: OpenStop, signed: OpenStop) -> bool:
        """Whether this stop is one of the next two after the one that was just signed for."""
        if stop.sequence is None or signed.sequence is None or stop.sequence <= signed.sequence:
            return False
        return bisect_left(self._sequences, stop.sequence) - bisect_left(self._sequences, signed.sequence) <= 1

    def eta(self, stop: OpenStop, fix: Fix) -> Eta:
        """From the courier's place by way of the open stops before this one."""
        if stop.sequence is None:
            metres = distance_m(fix.lat, fix.lng, stop.lat, stop.lng)
        else:
            first = self._sequences[self._next_index(bisect_left(self._sequences, stop.sequence))]
            metres = distance_m(fix.lat, fix.lng, *self._places[first]) + self._way_m(stop.sequence)
        return Eta(metres * self.pace.s_per_m, metres)

    def is_behind_gate(self, stop: OpenStop) -> bool:
        """Whether the order of stops alone keeps the gate shut, wherever he is; only a stop that closes can open it."""
        ahead = self.stops_ahead(stop)
        if ahead is None or stop.sequence is None or stop.gate.kind is GateKind.NONE:
            return False
        if stop.gate.kind is GateKind.STOPS:
            return ahead > stop.gate.limit
        return Eta(self._way_m(stop.sequence) * self.pace.s_per_m, 0.0).latest_s > stop.gate.limit

    def gate_is_shut(self, stop: OpenStop, fix: Fix) -> bool:
        """Whether the bell must wait, the courier being here."""
        if self.is_behind_gate(stop):
            return True
        return stop.gate.kind is GateKind.ETA and self.eta(stop, fix).latest_s > stop.gate.limit

    def _way_m(self, sequence: int) -> float:
        """Metres of planned way to this place from the one that he will go to first."""
        if self._ways_m is None:
            self._ways_m = [0.0]
            for before, after in pairwise(self._sequences):
                leg = distance_m(*self._places[before], *self._places[after]) + LEG_M
                self._ways_m.append(self._ways_m[-1] + leg)
        here = bisect_left(self._sequences, sequence)
        return self._ways_m[here] - self._ways_m[self._next_index(here)]

    def _next_index(self, here: int) -> int:
        """Which open place he will go to first, on the way to the place at `here`."""
        index = bisect_left(self._sequences, self.pace.reached)
        return index if index <= here else 0
