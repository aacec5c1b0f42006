"""The three datums met in China, both ways: WGS-84 (satellites), GCJ-02 (AMap, Tencent), BD-09 (Baidu).

The shifts are the publicly known formulas. There is no closed inverse for GCJ-02: three fixed-point steps bring the
error under a millimetre. Outside China, drawn as the usual rectangle, the three are one.
"""

from collections.abc import Callable
from enum import StrEnum
from math import atan2, cos, hypot, pi, sin, sqrt

_SEMI_MAJOR_M = 6_378_245.0  # Krasovsky 1940, which the public formula uses
_ECCENTRICITY_SQUARED = 0.00669342162296594323
_BAIDU_PI = pi * 3000.0 / 180.0
_Shift = Callable[[float, float], tuple[float, float]]


class Datum(StrEnum):
    """What a pair of coordinates is measured in."""

    WGS84 = "WGS84"
    GCJ02 = "GCJ02"
    BD09 = "BD09"


def outside_china(lat: float, lng: float) -> bool:
    """Whether the shifted datums equal WGS-84 here."""
    return not (0.8293 <= lat <= 55.8271 and 72.004 <= lng <= 137.8347)


def to_wgs84(lat: float, lng: float, datum: Datum) -> tuple[float, float]:
    """Degrees in `datum` to degrees in WGS-84."""
    if datum is Datum.WGS84 or outside_china(lat, lng):
        return lat, lng
    if datum is Datum.BD09:
        lat, lng = _settle(_gcj02_to_bd09, lat, lng)
    return _settle(_wgs84_to_gcj02, lat, lng)


def from_wgs84(lat: float, lng: float, datum: Datum) -> tuple[float, float]:
    """Degrees in WGS-84 to degrees in `datum`."""
    if datum is Datum.WGS84 or outside_china(lat, lng):
        return lat, lng
    lat, lng = _wgs84_to_gcj02(lat, lng)
    return _gcj02_to_bd09(lat, lng) if datum is Datum.BD09 else (lat, lng)


def convert(lat: float, lng: float, source: Datum, target: Datum) -> tuple[float, float]:
    """Degrees in `source` to degrees in `target`; the same datum gives the very same numbers."""
    if source is target:
        return lat, lng
    return from_wgs84(*to_wgs84(lat, lng, source), target)


def _wgs84_to_gcj02(lat: float, lng: float) -> tuple[float, float]:
    x, y = lng - 105.0, lat - 35.0
    wave = (20.0 * sin(6.0 * x * pi) + 20.0 * sin(2.0 * x * pi)) * 2.0 / 3.0
    north = -100.0 + 2.0 * x + 3.0 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * sqrt(abs(x)) + wave
    north += (20.0 * sin(y * pi) + 40.0 * sin(y / 3.0 * pi)) * 2.0 / 3.0
    north += (160.0 * sin(y / 12.0 * pi) + 320.0 * sin(y * pi / 30.0)) * 2.0 / 3.0
    east = 300.0 + x + 2.0 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * sqrt(abs(x)) + wave
    east += (20.0 * sin(x * pi) + 40.0 * sin(x / 3.0 * pi)) * 2.0 / 3.0
    east += (150.0 * sin(x / 12.0 * pi) + 300.0 * sin(x / 30.0 * pi)) * 2.0 / 3.0
    phi = lat / 180.0 * pi
    magic = 1.0 - _ECCENTRICITY_SQUARED * sin(phi) ** 2
    root = sqrt(magic)
    per_degree_north = _SEMI_MAJOR_M * (1.0 - _ECCENTRICITY_SQUARED) / (magic * root) * pi / 180.0
    per_degree_east = _SEMI_MAJOR_M / root * cos(phi) * pi / 180.0
    return lat + north / per_degree_north, lng + east / per_degree_east


def _gcj02_to_bd09(lat: float, lng: float) -> tuple[float, float]:
    radius = hypot(lng, lat) + 0.00002 * sin(lat * _BAIDU_PI)
    angle = atan2(lat, lng) + 0.000003 * cos(lng * _BAIDU_PI)
    return radius * sin(angle) + 0.006, radius * cos(angle) + 0.0065


def _settle(shift: _Shift, lat: float, lng: float) -> tuple[float, float]:
    """The point that `shift` moves onto (lat, lng)."""
    at_lat, at_lng = lat, lng
    for _ in range(3):
        there_lat, there_lng = shift(at_lat, at_lng)
        at_lat, at_lng = at_lat + lat - there_lat, at_lng + lng - there_lng
    return at_lat, at_lng
