"""What is told of a courier's way to one door: the time with its range, the way that is left, and how near he is."""

from math import ceil
from typing import NamedTuple

from doorstepd.live.position import Outlook, Position
from doorstepd.positions.geocoding import Words
from doorstepd.positions.visibility import Mask, way_shown

_MINUTE_S = 60


class Arrival(NamedTuple):
    """Seconds since the epoch; eight of ten times it is between the first and the last."""

    earliest: float
    expected: float
    latest: float


class Near(NamedTuple):
    """What a parcel's reader may know now of its courier. `stale`: the position is shown as one of before."""

    position: Position | None = None
    distance_m: float | None = None
    remaining_m: float | None = None
    stops_ahead: int | None = None
    arrival: Arrival | None = None
    courier_name: bool = True
    courier_phone: bool = True
    place: Words | None = None
    stale: bool = False


NOWHERE = Near()


def arrival_of(outlook: Outlook | None, mask: Mask, now: float) -> Arrival | None:
    """Never in the past. Where it is shown without a place, by the minute: seconds would be news that nobody needs."""
    if outlook is None or not mask.expected_time:
        return None
    earliest, expected, latest = max(outlook.earliest, now), max(outlook.expected, now), max(outlook.latest, now)
    if mask.position:
        return Arrival(earliest, expected, latest)
    return Arrival(_to_minute(earliest), _to_minute(expected), _to_minute(latest))


def way_left(outlook: Outlook | None, position: Position, mask: Mask, distance_m: float | None) -> float | None:
    """Metres by the stops before this one. `distance_m` is the straight line as it may be shown; to the next stop of
    all there is no other way."""
    if outlook is None or distance_m is None or not mask.distance:
        return None
    if position.next_m is None or not outlook.beyond_m:
        return distance_m
    return way_shown(position.next_m + outlook.beyond_m, distance_m, exact=mask.exact)


def _to_minute(seconds: float) -> int:
    return ceil(seconds / _MINUTE_S) * _MINUTE_S
