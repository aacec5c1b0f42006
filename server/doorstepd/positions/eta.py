"""When a courier will be at each of his next stops. Pure.

The way is straight from stop to stop in the planned order. Each stop takes a while (parking, stairs, the signature) and
each metre between stops takes a while; both are medians over the legs that were driven lately in the same area, or by
the whole merchant, or the usual values where little is known (`Habits`). How this courier has done today against those
medians, on his last legs, makes all of it longer or shorter (`Pace`). What is shown moves smoothly: a guess that
differs is taken over within a minute or so, but at once when a stop was served, added or moved.
"""

from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from math import exp, sqrt
from statistics import median
from typing import Any

from doorstepd.positions.distance import distance_m

NEXT_STOPS = 20
"""Further ahead nobody asks, and nobody knows."""

SHORT_LEG_M = 150.0
"""On a leg this short nearly all the time is the stop's own."""

LEAST_LEGS = 20
"""Fewer say little about an area."""

_LONGEST_LEG_S = 1800.0  # what is longer was a break
_LEAST_LEG_M = 15.0  # what is shorter was the same door
_OWN_LEGS = 12
_OWN_WEIGHT_S = 1800.0
_AT_THE_DOOR_M = 60.0
_SETTLES_S = 60.0
_STANDS_M = 40.0
_STANDS_S = 30.0


@dataclass(frozen=True, slots=True)
class Leg:
    """From one served stop to the next: straight metres, and seconds from signature to signature."""

    metres: float
    seconds: float

    def held(self) -> "Leg":
        """With a long break in it cut short."""
        return Leg(self.metres, min(self.seconds, _LONGEST_LEG_S))


@dataclass(frozen=True, slots=True)
class Habits:
    """What a stop and a metre take, in seconds, and from how many legs that is known.

    `stay_s`: how much longer who stands now will stand. It is more than half a stop, as one is likelier to look during
    a long stop than during a short one.
    """

    stop_s: float = 75.0
    metre_s: float = 0.28
    stay_s: float = 150.0
    legs: int = 0

    def of(self, metres: float) -> float:
        """Seconds for a leg."""
        return self.stop_s + metres * self.metre_s


USUAL = Habits()


def learn(legs: Iterable[Leg]) -> Habits:
    """Medians over legs; where there are too few of a kind, the usual value stands in."""
    known = [leg.held() for leg in legs if leg.metres >= _LEAST_LEG_M and leg.seconds > 0.0]
    if len(known) < LEAST_LEGS:
        return USUAL
    short = [leg.seconds for leg in known if leg.metres <= SHORT_LEG_M]
    stop_s = min(600.0, max(10.0, median(short))) if len(short) >= LEAST_LEGS // 2 else USUAL.stop_s
    long = [max(0.0, leg.seconds - stop_s) / leg.metres for leg in known if leg.metres > SHORT_LEG_M]
    metre_s = min(2.0, max(0.05, median(long))) if len(long) >= LEAST_LEGS // 2 else USUAL.metre_s
    typical = Habits(stop_s, metre_s)
    # A leg's median is less than its mean, for some take very long; over many legs only the mean comes true.
    took, said = sum(leg.seconds for leg in known), sum(typical.of(leg.metres) for leg in known)
    stays = [max(0.0, leg.seconds - leg.metres * metre_s) for leg in known]
    stay_s = sum(stay * stay for stay in stays) / max(1.0, 2.0 * sum(stays))
    return Habits(stop_s * took / said, metre_s * took / said, min(600.0, max(30.0, stay_s)), len(known))


@dataclass(frozen=True, slots=True)
class Ahead:
    """A stop that is open. `sequence` is its place in the round; None where that is not known."""

    parcel_id: str
    lat: float
    lng: float
    sequence: int | None = None


@dataclass(frozen=True, slots=True)
class Estimate:
    """Seconds since the epoch and metres of way; `earliest` and `latest` hold about eight of ten."""

    earliest: float
    expected: float
    latest: float
    metres: float
    stops_ahead: int | None


@dataclass(slots=True)
class Pace:
    """How a courier does today against what is usual: over 1 he is slower."""

    _legs: deque[tuple[float, float]] = field(default_factory=lambda: deque(maxlen=_OWN_LEGS))
    _last: tuple[float, float, float] | None = None

    def served(self, lat: float, lng: float, time: float, habits: Habits) -> Leg | None:
        """A stop was signed for; the leg to it, unless it is the first or the same door again."""
        last = self._last
        if last is not None and time <= last[2]:
            return None
        metres = distance_m(last[0], last[1], lat, lng) if last else 0.0
        if last is not None and metres < _LEAST_LEG_M:
            return None  # his time there goes on
        self._last = (lat, lng, time)
        if last is None:
            return None
        leg = Leg(metres, time - last[2])
        self._legs.append((leg.held().seconds, habits.of(metres)))
        return leg

    @property
    def factor(self) -> float:
        """What his legs took in all over what they usually would, held near 1 while there are few."""
        took = sum(leg[0] for leg in self._legs) + _OWN_WEIGHT_S
        usual = sum(leg[1] for leg in self._legs) + _OWN_WEIGHT_S
        return min(2.5, max(0.4, took / usual))

    def to_list(self) -> list[Any]:
        """A small JSON value; `pace_from_list` reads it."""
        return [list(self._legs), self._last]


def pace_from_list(row: Sequence[Any]) -> Pace:
    """What `Pace.to_list` wrote."""
    legs, last = row
    return Pace(deque(((took, usual) for took, usual in legs), _OWN_LEGS), tuple(last) if last else None)


def next_of(stops: Iterable[Ahead]) -> list[Ahead]:
    """Those that can be among the next, wherever he is: the first of the round, and all without a place in it."""
    every = list(stops)
    placed = sorted((one for one in every if one.sequence is not None), key=lambda one: (one.sequence, one.parcel_id))
    return placed[:NEXT_STOPS] + [one for one in every if one.sequence is None]


def in_order(stops: Iterable[Ahead], lat: float, lng: float) -> list[Ahead]:
    """The next stops as he will likely drive them: those with a place in the round by it, then each nearest to the
    one before."""
    every = list(stops)
    found = sorted((one for one in every if one.sequence is not None), key=lambda one: (one.sequence, one.parcel_id))
    found = found[:NEXT_STOPS]
    unplaced = [one for one in every if one.sequence is None]
    unplaced.sort(key=lambda one: (distance_m(lat, lng, one.lat, one.lng), one.parcel_id))
    rest = unplaced[: 2 * NEXT_STOPS]
    while rest and len(found) < NEXT_STOPS:
        at = (found[-1].lat, found[-1].lng) if found else (lat, lng)
        nearest = min(rest, key=lambda one: distance_m(*at, one.lat, one.lng))
        rest.remove(nearest)
        found.append(nearest)
    return found


def estimate(
    stops: Sequence[Ahead], lat: float, lng: float, now: float, habits: Habits, factor: float, stands: bool = False
) -> dict[str, Estimate]:
    """For stops in the order in which they will be served. `stands`: whether he does, here and now.

    Never in the past, never nearer than the stop before.
    """
    found: dict[str, Estimate] = {}
    metres = seconds = 0.0
    places, at = 0, (lat, lng)
    order = [stop.sequence for stop in stops]
    for place, stop in enumerate(stops):
        leg = distance_m(*at, stop.lat, stop.lng)
        if place == 0:
            seconds = _first(leg, habits, stands) * factor
            places = 1
        elif leg >= _LEAST_LEG_M:
            seconds += habits.of(leg) * factor
            places += 1
        metres += leg
        ahead = None if stop.sequence is None else order.index(stop.sequence)
        found[stop.parcel_id] = _spread(now, seconds, metres, places, ahead)
        at = (stop.lat, stop.lng)
    return found


def _first(metres: float, habits: Habits, stands: bool) -> float:
    if metres <= _AT_THE_DOOR_M:
        return habits.stay_s if stands else habits.stop_s
    return habits.of(metres) + (habits.stay_s if stands else 0.0)


@dataclass(slots=True)
class Standing:
    """Since when he has been around one point."""

    _at: tuple[float, float] | None = None
    _since: float = 0.0

    def see(self, lat: float, lng: float, time: float) -> bool:
        """Takes his newest place; whether he stands there."""
        if self._at is None or distance_m(lat, lng, *self._at) > _STANDS_M:
            self._at, self._since = (lat, lng), time
        return time - self._since >= _STANDS_S


def _spread(now: float, seconds: float, metres: float, places: int, ahead: int | None) -> Estimate:
    """One leg may take half or twice as long; over many legs it evens out, but a courier's day does not wholly."""
    share = 0.3 + 0.4 / sqrt(places)
    slack = 30.0
    earliest = max(0.0, seconds * (1.0 - share) - slack)
    latest = seconds * (1.0 + 2.5 * share) + 4.0 * slack
    return Estimate(now + earliest, now + seconds, now + latest, metres, ahead)


def settle(shown: Estimate | None, raw: Estimate, since_s: float, now: float) -> Estimate:
    """What to show next: nearer to the raw guess the longer ago the last one was shown, and never in the past."""
    if shown is None or shown.stops_ahead != raw.stops_ahead:
        return raw
    share = 1.0 - exp(-max(0.0, since_s) / _SETTLES_S)
    expected = max(now, shown.expected + share * (raw.expected - shown.expected))
    moved = expected - raw.expected
    earliest = min(expected, max(now, raw.earliest + moved))
    return Estimate(earliest, expected, max(expected, raw.latest + moved), raw.metres, raw.stops_ahead)
