"""A fix: one report of where a phone believes it is, as received and as cleaned.

All times are seconds since the epoch, UTC. `event_time` is the phone's clock, which may be wrong; `receive_time` is
the server's; `fix_time` is the event brought onto the server's clock.
"""

from dataclasses import dataclass
from enum import StrEnum
from math import isfinite
from typing import Any

from doorstepd.positions.datum import Datum, to_wgs84

WORST_ACCURACY_M = 20_000.0
_NULL_ISLAND_DEGREES = 1e-4


class Rejection(StrEnum):
    """Why a fix was refused or set aside."""

    NOT_A_NUMBER = "not_a_number"
    LATITUDE_RANGE = "latitude_range"
    LONGITUDE_RANGE = "longitude_range"
    UNTYPED_DATUM = "untyped_datum"
    NULL_ISLAND = "null_island"
    BAD_ACCURACY = "bad_accuracy"
    FROM_THE_FUTURE = "from_the_future"
    TOO_OLD = "too_old"
    DUPLICATE = "duplicate"
    OUT_OF_ORDER = "out_of_order"
    UNCERTAIN = "uncertain"
    UNCONFIRMED = "unconfirmed"
    IMPLAUSIBLE_SPEED = "implausible_speed"


REFUSED_FIELD: dict[Rejection, str] = {
    Rejection.NOT_A_NUMBER: "point",
    Rejection.LATITUDE_RANGE: "point.latitude",
    Rejection.LONGITUDE_RANGE: "point.longitude",
    Rejection.UNTYPED_DATUM: "point.datum",
    Rejection.NULL_ISLAND: "point",
    Rejection.BAD_ACCURACY: "accuracy_meters",
    Rejection.FROM_THE_FUTURE: "event_time",
    Rejection.TOO_OLD: "event_time",
}
"""The field at fault, for rejections that are the sender's mistake; the others are set aside without blame."""


@dataclass(frozen=True, slots=True)
class RawFix:
    """A report as received. `accuracy_m` is the radius that holds the truth in 68 of 100 cases."""

    lat: float
    lng: float
    datum: Datum | None
    event_time: float
    receive_time: float
    accuracy_m: float | None = None
    speed_mps: float | None = None
    heading_deg: float | None = None


@dataclass(frozen=True, slots=True)
class Fix:
    """A readable report in WGS-84, its raw form kept beside it.

    `accuracy_m` is what the fix is taken to be good for: as stated, or worse if the phone has shown worse.
    """

    lat: float
    lng: float
    fix_time: float
    receive_time: float
    accuracy_m: float
    speed_mps: float | None
    heading_deg: float | None
    raw: RawFix

    def age_s(self, now: float) -> float:
        """Seconds since the phone was there; never negative."""
        return max(0.0, now - self.fix_time)

    def to_list(self) -> list[Any]:
        """A small JSON value; `fix_from_list` reads it."""
        raw = self.raw
        datum = raw.datum.value if raw.datum else None
        received = [raw.lat, raw.lng, datum, raw.event_time, raw.receive_time, raw.accuracy_m]
        hints = [self.speed_mps, self.heading_deg]
        return [*received, *hints, self.lat, self.lng, self.fix_time, self.accuracy_m]


def fix_from_list(row: list[Any]) -> Fix:
    """What `Fix.to_list` wrote."""
    lat, lng, datum, event_time, receive_time, stated, speed, heading, *cleaned = row
    raw = RawFix(lat, lng, Datum(datum) if datum else None, event_time, receive_time, stated, speed, heading)
    return Fix(cleaned[0], cleaned[1], cleaned[2], receive_time, cleaned[3], speed, heading, raw)


def fault(raw: RawFix) -> Rejection | None:
    """What makes the report unreadable, whatever came before it."""
    numbers = (raw.lat, raw.lng, raw.event_time, raw.receive_time)
    if not all(map(isfinite, numbers)):
        return Rejection.NOT_A_NUMBER
    if not -90.0 <= raw.lat <= 90.0:
        return Rejection.LATITUDE_RANGE
    if not -180.0 <= raw.lng <= 180.0:
        return Rejection.LONGITUDE_RANGE
    if raw.datum is None:
        return Rejection.UNTYPED_DATUM
    if abs(raw.lat) < _NULL_ISLAND_DEGREES and abs(raw.lng) < _NULL_ISLAND_DEGREES:
        return Rejection.NULL_ISLAND
    # Zero is what Android sends for "unknown" and a negative value what iOS sends for "do not use this point".
    if raw.accuracy_m is not None and not 0.0 < raw.accuracy_m <= WORST_ACCURACY_M:
        return Rejection.BAD_ACCURACY
    return None


def read(raw: RawFix, clock_offset_s: float, accuracy_m: float) -> Fix:
    """The report in WGS-84 on the server's clock; only for one without a `fault`.

    Speed and heading are hints: an impossible one (phones send -1 for unknown) is dropped, the fix stays.
    """
    assert raw.datum is not None
    lat, lng = to_wgs84(raw.lat, raw.lng, raw.datum)
    time = min(raw.event_time + clock_offset_s, raw.receive_time)
    speed, heading = _within(raw.speed_mps, 100.0), _within(raw.heading_deg, 360.0)
    return Fix(lat, lng, time, raw.receive_time, accuracy_m, speed, heading, raw)


def _within(value: float | None, most: float) -> float | None:
    return value if value is not None and 0.0 <= value <= most else None
