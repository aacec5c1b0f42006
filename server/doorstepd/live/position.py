"""A courier's accepted position, as it travels between processes, and how fresh it is."""

import struct
from dataclasses import dataclass
from enum import IntEnum
from math import isnan, nan

from doorstepd.broadcast import STARTS_ANEW, NewestFix

_BODY = struct.Struct("<6d")


class Freshness(IntEnum):
    """How a position is shown; the numbers are those of the wire."""

    LIVE = 1
    STALE = 2
    HIDDEN = 3


@dataclass(frozen=True, slots=True)
class Position:
    """Degrees in WGS-84, times in seconds since the epoch. `sequence` grows with each position of the courier."""

    courier_id: str
    sequence: int
    fix_time: float
    receive_time: float
    lat: float
    lng: float
    accuracy_m: float | None = None
    speed_mps: float | None = None
    heading_deg: float | None = None

    def newer_than(self, other: "Position") -> bool:
        """Whether this one may replace the other: later by number and by time, or after a long silence."""
        if self.fix_time > other.fix_time + STARTS_ANEW:
            return True
        return self.sequence > other.sequence and self.fix_time >= other.fix_time

    def freshness(self, now: float, stale: float, hidden: float) -> Freshness:
        """How to show it at `now`, when it is stale and hidden after so many seconds."""
        age = now - self.fix_time
        if age < stale:
            return Freshness.LIVE
        return Freshness.STALE if age < hidden else Freshness.HIDDEN


def pack(position: Position) -> NewestFix:
    """The form that the bus stores and publishes."""
    optional = (position.accuracy_m, position.speed_mps, position.heading_deg)
    body = _BODY.pack(position.lat, position.lng, position.receive_time, *(nan if x is None else x for x in optional))
    return NewestFix(position.courier_id, position.fix_time, position.sequence, body)


def unpack(fix: NewestFix) -> Position | None:
    """The position of a fix; None when another version of the server wrote something unreadable."""
    if len(fix.body) < _BODY.size:
        return None
    lat, lng, received, accuracy, speed, heading = _BODY.unpack_from(fix.body)
    optional = (None if isnan(x) else x for x in (accuracy, speed, heading))
    return Position(fix.courier_id, fix.sequence, fix.fix_time, received, lat, lng, *optional)
