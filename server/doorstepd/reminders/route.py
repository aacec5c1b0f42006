"""A courier's open stops in their planned order, and so when he will be where.

The time to a stop is that of the places before it and its own, each as long as he has stood for a place today, and of
the way from place to place (`Pace`). It is a rough guess: half the time he comes between `SPREAD` times sooner and
`SPREAD` times later.
"""

from bisect import bisect_left, insort
from collections import Counter
from dataclasses import dataclass, field
from itertools import pairwise

from doorstepd.positions.distance import distance_m
from doorstepd.positions.fix import Fix
from doorstepd.reminders.pace import Pace
from doorstepd.reminders.stop import GateKind, OpenStop

SPREAD = 1.6


@dataclass(frozen=True, slots=True)
class Eta:
    """When he will be at a stop: the best guess and the range that holds half of them; seconds, never negative."""

    seconds: float
    remaining_m: float

    @property
    def soonest_s(self) -> float:
        """Three times of four he is not there before."""
        return self.seconds / SPREAD

    @property
    def latest_s(self) -> float:
        """Three times of four he is there before."""
        return self.seconds * SPREAD


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
            return Eta(self.pace.seconds(1, metres), metres)
        places, way_m = self._before(stop.sequence)
        first = self._places[self._sequences[bisect_left(self._sequences, stop.sequence) - places]]
        metres = distance_m(fix.lat, fix.lng, *first) + way_m
        return Eta(self.pace.seconds(places + 1, metres), metres)

    def is_behind_gate(self, stop: OpenStop) -> bool:
        """Whether the order of stops alone keeps the gate shut, wherever he is; only a stop that closes can open it."""
        if stop.sequence is None or stop.gate.kind is GateKind.NONE:
            return False
        places, way_m = self._before(stop.sequence)
        if stop.gate.kind is GateKind.STOPS:
            return places > stop.gate.limit
        return Eta(self.pace.seconds(places + 1, way_m), way_m).latest_s > stop.gate.limit

    def gate_is_shut(self, stop: OpenStop, fix: Fix) -> bool:
        """Whether the bell must wait, the courier being here."""
        if self.is_behind_gate(stop):
            return True
        return stop.gate.kind is GateKind.ETA and self.eta(stop, fix).latest_s > stop.gate.limit

    def _before(self, sequence: int) -> tuple[int, float]:
        """The places before this one, and the metres from the one that he will go to first to this one."""
        if self._ways_m is None:
            self._ways_m = [0.0]
            for before, after in pairwise(self._sequences):
                self._ways_m.append(self._ways_m[-1] + distance_m(*self._places[before], *self._places[after]))
        here = bisect_left(self._sequences, sequence)
        first = self._next_index(here)
        return here - first, self._ways_m[here] - self._ways_m[first]

    def _next_index(self, here: int) -> int:
        """Which open place he will go to first, on the way to the place at `here`."""
        index = bisect_left(self._sequences, self.pace.reached)
        return index if index <= here else 0
