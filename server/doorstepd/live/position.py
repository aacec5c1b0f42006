"""A courier's accepted position, as it travels between processes, and how fresh it is."""

import struct
from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum
from functools import lru_cache
from hashlib import blake2b
from math import isnan, nan
from typing import NamedTuple

from doorstepd.broadcast import STARTS_ANEW, NewestFix
from doorstepd.positions.visibility import COARSE_ACCURACY_M, coarse

_BODY = struct.Struct("<7d3B")
"""Latitude, longitude, time of arrival; accuracy, speed, heading, metres to the next stop, NaN where unknown; flags,
doors near, doors named."""
_OUTLOOK = struct.Struct("<8sIHHHH")
_WAY_UNIT_M = 10.0
_RESTING = 1
_UNKNOWN = 0xFFFF
_NAMED_AT_MOST = 255

SEVERAL = 2
"""So many doors near the courier, or more: whoever looks, one of them is another's."""


@dataclass(frozen=True, slots=True)
class Outlook:
    """When the courier will be at one stop: seconds since the epoch; stops ahead None where the order is not known.

    `beyond_m` is the way to it from the next stop of all, straight from stop to stop: 0 for the next itself.
    """

    earliest: float
    expected: float
    latest: float
    stops_ahead: int | None = None
    beyond_m: float = 0.0


class Freshness(IntEnum):
    """How a position is shown; the numbers are those of the wire."""

    LIVE = 1
    STALE = 2
    HIDDEN = 3


class Position(NamedTuple):
    """Degrees in WGS-84, times in seconds since the epoch. `sequence` grows with each position of the courier.

    What only the process with his round knows travels along: `doors_near`, how many doors of open stops are near (0, 1,
    `SEVERAL`), with `doors_of`, whose it is if it is one (`stop_key` of each parcel for it); `outlooks` of the next
    stops (`pack_outlooks`), with the straight line to the first of them, `next_m`; and whether he is `resting`. `named`
    does not travel: the place may be told in words.
    """

    courier_id: str
    sequence: int
    fix_time: float
    receive_time: float
    lat: float
    lng: float
    accuracy_m: float | None = None
    speed_mps: float | None = None
    heading_deg: float | None = None
    doors_near: int = 0
    doors_of: bytes = b""
    outlooks: bytes = b""
    resting: bool = False
    named: bool = False
    next_m: float | None = None

    def near_another(self, parcel_id: str) -> bool:
        """Whether the door of an open stop that is not this parcel's is near."""
        if self.doors_near != 1:
            return self.doors_near > 1
        key = stop_key(parcel_id)
        return all(self.doors_of[at : at + 8] != key for at in range(0, len(self.doors_of), 8))

    def outlook(self, parcel_id: str) -> Outlook | None:
        """When he will be at this parcel's stop, if it is one of the next."""
        key = stop_key(parcel_id) if self.outlooks else b""
        for found, expected, sooner, later, ahead, beyond in _OUTLOOK.iter_unpack(self.outlooks):
            if found == key:
                stops = None if ahead == _UNKNOWN else ahead
                return Outlook(expected - sooner, expected, expected + later, stops, beyond * _WAY_UNIT_M)
        return None

    def coarsened(self) -> "Position":
        """The same for eyes that may not have it exactly: the middle of a grid's cell, without speed and heading."""
        lat, lng = coarse(self.lat, self.lng)
        return self._replace(
            lat=lat,
            lng=lng,
            accuracy_m=COARSE_ACCURACY_M,
            speed_mps=None,
            heading_deg=None,
            doors_of=b"",
            outlooks=b"",
            next_m=None,
        )

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


@lru_cache(maxsize=65_536)
def stop_key(parcel_id: str) -> bytes:
    """Eight bytes that stand for a parcel among those of one courier."""
    return blake2b(parcel_id.encode(), digest_size=8).digest()


def pack_outlooks(outlooks: Mapping[str, Outlook]) -> bytes:
    """By parcel ID, to the second and to ten metres."""
    return b"".join(_pack_outlook(parcel_id, one) for parcel_id, one in outlooks.items())


def pack(position: Position) -> NewestFix:
    """The form that the bus stores and publishes."""
    optional = (position.accuracy_m, position.speed_mps, position.heading_deg, position.next_m)
    doors, near = position.doors_of, position.doors_near
    if near != 1 or len(doors) > 8 * _NAMED_AT_MOST:
        doors, near = b"", SEVERAL if near else 0
    body = _BODY.pack(
        position.lat,
        position.lng,
        position.receive_time,
        *(nan if x is None else x for x in optional),
        _RESTING if position.resting else 0,
        near,
        len(doors) // 8,
    )
    return NewestFix(position.courier_id, position.fix_time, position.sequence, body + doors + position.outlooks)


def unpack(fix: NewestFix) -> Position | None:
    """The position of a fix; None when another version of the server wrote something unreadable."""
    body, start = fix.body, _BODY.size
    if len(body) < start:
        return None
    lat, lng, received, accuracy, speed, heading, to_next, flags, near, named = _BODY.unpack_from(body)
    end = start + 8 * named
    if (len(body) - end) % _OUTLOOK.size:
        return None
    return Position(
        fix.courier_id,
        fix.sequence,
        fix.fix_time,
        received,
        lat,
        lng,
        None if isnan(accuracy) else accuracy,
        None if isnan(speed) else speed,
        None if isnan(heading) else heading,
        near,
        body[start:end],
        body[end:],
        bool(flags & _RESTING),
        next_m=None if isnan(to_next) else to_next,
    )


def _pack_outlook(parcel_id: str, one: Outlook) -> bytes:
    sooner, later = (
        min(_UNKNOWN, max(0, round(span))) for span in (one.expected - one.earliest, one.latest - one.expected)
    )
    ahead = _UNKNOWN if one.stops_ahead is None else min(_UNKNOWN - 1, one.stops_ahead)
    beyond = min(_UNKNOWN, max(0, round(one.beyond_m / _WAY_UNIT_M)))
    expected = min(0xFFFFFFFF, max(0, round(one.expected)))
    return _OUTLOOK.pack(stop_key(parcel_id), expected, sooner, later, ahead, beyond)
