"""When a courier will be at each of his next stops. Pure.

The way is straight from stop to stop in the planned order. There are two guesses of what it takes, and what is expected
is their geometric mean, as one errs up where the other errs down:

- by legs: each stop takes a while and each metre takes a while, as in the merchant's legs of late (`Habits`), all of it
  longer or shorter as this courier's own last legs were;
- by stands: each place takes as long as he stood for each place today, and the way between them is driven.

What is shown moves smoothly: a guess that differs is taken over within a minute or so, but at once when a stop was
served, added or moved.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import exp, sqrt

from doorstepd.positions.distance import distance_m
from doorstepd.positions.legs import LEAST_LEG_M, Habits
from doorstepd.positions.pace import DRIVES_MPS, Today

NEXT_STOPS = 20
"""Further ahead nobody asks, and nobody knows."""

_AT_THE_DOOR_M = 60.0
_SETTLES_S = 60.0


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
    stops: Sequence[Ahead], lat: float, lng: float, now: float, habits: Habits, today: Today, stands: bool = False
) -> dict[str, Estimate]:
    """For stops in the order in which they will be served. `stands`: whether he does, here and now.

    Never in the past, never nearer than the stop before.
    """
    found: dict[str, Estimate] = {}
    metres = by_legs = 0.0
    places, at = 0, (lat, lng)
    order = [stop.sequence for stop in stops]
    for place, stop in enumerate(stops):
        leg = distance_m(*at, stop.lat, stop.lng)
        if place == 0 or leg >= LEAST_LEG_M:
            by_legs += (habits.of(leg) if place else _first(leg, habits, stands)) * today.factor
            places += 1
        metres += leg
        ahead = None if stop.sequence is None else order.index(stop.sequence)
        found[stop.parcel_id] = _spread(now, _together(by_legs, places, metres, today), metres, places, ahead)
        at = (stop.lat, stop.lng)
    return found


def _together(by_legs: float, places: int, metres: float, today: Today) -> float:
    if today.stand_s is None:
        return by_legs
    return sqrt(by_legs * (places * today.stand_s + metres / DRIVES_MPS))


def _first(metres: float, habits: Habits, stands: bool) -> float:
    if metres <= _AT_THE_DOOR_M:
        return habits.stay_s if stands else habits.stop_s
    return habits.of(metres) + (habits.stay_s if stands else 0.0)


def _spread(now: float, seconds: float, metres: float, places: int, ahead: int | None) -> Estimate:
    """Eight of ten recorded times lie between these shares. Over many places chance evens out, his day does not."""
    earliest = seconds * (0.45 - 0.3 / sqrt(places))
    latest = seconds * (1.4 + 1.3 / sqrt(places)) + 30.0
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
