"""Metres between two WGS-84 points: cheap bounds, a plane good to millimetres, and the geodesic itself."""

from math import asin, atan2, cos, degrees, hypot, radians, sin, sqrt

from geopy.distance import geodesic

_EQUATOR_M = 6_378_137.0
_ECCENTRICITY_SQUARED = 6.69437999014e-3
_MEAN_RADIUS_M = 6_371_008.8

SPHERE_ERROR = 0.006
"""The haversine distance is wrong by less than this share, whatever the two points."""

_PLANE_REACH_DEGREES = 0.5
_PLANE_LATITUDE = 85.0
_A_DEGREE = radians(1.0)
_HALF_A_DEGREE = radians(0.5)


def haversine_m(lat1: float, lng1: float, lat2: float, lng2: float) -> float:
    """Metres on a sphere: cheap, right to `SPHERE_ERROR`."""
    north, east = radians(lat2 - lat1) / 2.0, radians(lng2 - lng1) / 2.0
    a = sin(north) ** 2 + cos(radians(lat1)) * cos(radians(lat2)) * sin(east) ** 2
    return 2.0 * _MEAN_RADIUS_M * asin(min(1.0, sqrt(a)))


def geodesic_m(lat1: float, lng1: float, lat2: float, lng2: float) -> float:
    """Metres on the WGS-84 ellipsoid: exact, and a hundred times dearer."""
    return float(geodesic((lat1, lng1), (lat2, lng2)).meters)


def offset_m(lat1: float, lng1: float, lat2: float, lng2: float) -> tuple[float, float]:
    """(east, north) metres from the first point to the second, in the plane that touches the ellipsoid half way.

    Right to a centimetre at 10 km; not for points near a pole or far apart (see `distance_m`).
    """
    phi = radians((lat1 + lat2) / 2.0)
    root = sqrt(1.0 - _ECCENTRICITY_SQUARED * sin(phi) ** 2)
    east = _EQUATOR_M / root * cos(phi)
    north = _EQUATOR_M * (1.0 - _ECCENTRICITY_SQUARED) / root**3
    return east * radians(_wrapped(lng2 - lng1)), north * radians(lat2 - lat1)


def distance_m(lat1: float, lng1: float, lat2: float, lng2: float) -> float:
    """Metres, right to a centimetre while the points are near each other and to `SPHERE_ERROR` beyond.

    Asked for each position and reader: the plane of `offset_m` is written out here, as calls are most of what it costs.
    """
    reach, north, east = _PLANE_REACH_DEGREES, lat2 - lat1, (lng2 - lng1 + 180.0) % 360.0 - 180.0
    plane = -reach <= north <= reach and -reach <= east <= reach
    if not (plane and -_PLANE_LATITUDE <= lat1 <= _PLANE_LATITUDE and -_PLANE_LATITUDE <= lat2 <= _PLANE_LATITUDE):
        return haversine_m(lat1, lng1, lat2, lng2)
    phi = (lat1 + lat2) * _HALF_A_DEGREE
    sine = sin(phi)
    squared = 1.0 - _ECCENTRICITY_SQUARED * sine * sine
    across = _EQUATOR_M / sqrt(squared)
    return _A_DEGREE * hypot(across * cos(phi) * east, across * (1.0 - _ECCENTRICITY_SQUARED) / squared * north)


def bearing_deg(lat1: float, lng1: float, lat2: float, lng2: float) -> float:
    """The direction from the first point to the second: 0 north, 90 east, in [0, 360)."""
    phi1, phi2, east = radians(lat1), radians(lat2), radians(lng2 - lng1)
    x = cos(phi1) * sin(phi2) - sin(phi1) * cos(phi2) * cos(east)
    return degrees(atan2(sin(east) * cos(phi2), x)) % 360.0


def to_segment_m(start: tuple[float, float], end: tuple[float, float]) -> tuple[float, float]:
    """How near the straight line between two plane points passes to the origin: (metres, share of the way)."""
    dx, dy = end[0] - start[0], end[1] - start[1]
    length_squared = dx * dx + dy * dy
    share = 0.0 if length_squared == 0.0 else -(start[0] * dx + start[1] * dy) / length_squared
    share = min(1.0, max(0.0, share))
    return hypot(start[0] + share * dx, start[1] + share * dy), share


def _wrapped(lng: float) -> float:
    """A difference of longitudes the short way round."""
    return (lng + 180.0) % 360.0 - 180.0
