"""Whether a courier was inside a stop's circle: one fix with its error circle, or the way between two fixes."""

from dataclasses import dataclass

from doorstepd.positions.distance import SPHERE_ERROR, distance_m, geodesic_m, offset_m, to_segment_m
from doorstepd.positions.fix import Fix
from doorstepd.reminders.rules import BellRules
from doorstepd.reminders.stop import OpenStop

_NEAR_THE_LINE_M = 0.1
_NEARBY_M = 10_000.0
_PLANE_LATITUDE = 85.0


@dataclass(frozen=True, slots=True)
class Sight:
    """What one fix says about one stop: metres, and whether the whole error circle is inside."""

    distance_m: float
    error_m: float
    inside: bool


def error_m(fix: Fix, rules: BellRules) -> float:
    """The radius that the fix is taken to be good for."""
    return max(fix.accuracy_m, rules.least_error_m)


def sight(stop: OpenStop, fix: Fix, rules: BellRules) -> Sight:
    """Measure cheaply; near the line, and near a pole, on the ellipsoid itself."""
    error = error_m(fix, rules)
    metres = distance_m(stop.lat, stop.lng, fix.lat, fix.lng)
    doubt = _NEAR_THE_LINE_M if metres < _NEARBY_M else metres * SPHERE_ERROR
    if abs(metres + error - stop.radius_m) <= doubt or abs(stop.lat) > _PLANE_LATITUDE:
        metres = geodesic_m(stop.lat, stop.lng, fix.lat, fix.lng)
    return Sight(metres, error, metres + error <= stop.radius_m)


def crossing(stop: OpenStop, before: Fix, fix: Fix, rules: BellRules) -> Sight:
    """The nearest point of the straight way between two fixes, its error that of the worse end."""
    start = offset_m(stop.lat, stop.lng, before.lat, before.lng)
    metres, _ = to_segment_m(start, offset_m(stop.lat, stop.lng, fix.lat, fix.lng))
    depth = max(rules.crossing_depth_m, error_m(before, rules), error_m(fix, rules))
    return Sight(metres, depth, metres + depth <= stop.radius_m)


def is_way(before: Fix, fix: Fix, rules: BellRules) -> bool:
    """Whether the straight line between two fixes says something about the way between them."""
    elapsed = fix.fix_time - before.fix_time
    if before.age_s(before.receive_time) > rules.fresh_s or not 0.0 < elapsed <= rules.crossing_s:
        return False
    reach = rules.crossing_speed_mps * elapsed + 2.0 * (error_m(before, rules) + error_m(fix, rules))
    return apart_m(before, fix) <= reach


def apart_m(before: Fix, fix: Fix) -> float:
    """Metres between two fixes in a row."""
    return distance_m(before.lat, before.lng, fix.lat, fix.lng)
