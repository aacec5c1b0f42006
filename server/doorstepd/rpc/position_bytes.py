"""`CourierPosition` and `Approach` as bytes, written by hand for the live plane.

It sends one of each ten thousand times a second; built as generated messages they cost five times as much. What goes
out is what `rpc/wire.py` would build: the tests compare the two.
"""

from functools import lru_cache
from struct import Struct

from doorstepd.live.frames import field, timestamp, varint
from doorstepd.live.position import Position
from doorstepd.positions.datum import Datum, from_wgs84
from doorstepd.positions.geocoding import Words
from doorstepd.rpc.arrivals import Arrival

_POINT = Struct("<BBBdBdBB")
_POINT_SIZE = _POINT.size - 2
_DOUBLE = Struct("<Bd")
_DATUM = {Datum.WGS84: 1, Datum.GCJ02: 2, Datum.BD09: 3}
_ACCURACY, _SPEED, _HEADING = 5 << 3 | 1, 6 << 3 | 1, 7 << 3 | 1
_DISTANCE, _REMAINING = 2 << 3 | 1, 5 << 3 | 1


def position(live: Position, datum: Datum, place: Words | None) -> bytes:
    """A `CourierPosition` in the datum asked for; `place` is the same in words."""
    latitude, longitude = from_wgs84(live.lat, live.lng, datum)
    parts = [
        _courier_id(live.courier_id),
        _POINT.pack(0x12, _POINT_SIZE, 0x09, latitude, 0x11, longitude, 0x18, _DATUM[datum]),
        field(3, timestamp(live.fix_time)),
        b"\x20",
        varint(live.sequence),
    ]
    if live.accuracy_m is not None:
        parts.append(_DOUBLE.pack(_ACCURACY, live.accuracy_m))
    if live.speed_mps is not None:
        parts.append(_DOUBLE.pack(_SPEED, live.speed_mps))
    if live.heading_deg is not None:
        parts.append(_DOUBLE.pack(_HEADING, live.heading_deg))
    parts.append(field(8, timestamp(live.receive_time)))
    if place is not None:
        parts.append(_place(place))
    return b"".join(parts)


def whose(parcel_id: str) -> bytes:
    """The beginning of an `Approach`: which parcel it is about."""
    return field(1, parcel_id.encode())


def approach(
    whose: bytes,
    distance_m: float | None,
    remaining_m: float | None,
    stops_ahead: int | None,
    arrival: Arrival | None,
) -> bytes:
    """An `Approach`; what is hidden or unknown stays unset."""
    if distance_m is not None:
        whose += _DOUBLE.pack(_DISTANCE, round(distance_m, 1))
    if stops_ahead is not None:
        whose += b"\x18" + varint(stops_ahead)
    if arrival is not None:
        whose += field(4, timestamp(arrival.expected))
    if remaining_m is not None:
        whose += _DOUBLE.pack(_REMAINING, round(remaining_m, 1))
    if arrival is not None:
        whose += _range(arrival.earliest, arrival.latest)
    return whose


@lru_cache(maxsize=16_384)
def _range(earliest: float, latest: float) -> bytes:
    """The same for a quarter of a minute, in which a dozen positions come."""
    return field(6, timestamp(earliest)) + field(7, timestamp(latest))


@lru_cache(maxsize=16_384)
def _courier_id(courier_id: str) -> bytes:
    return field(1, courier_id.encode())


@lru_cache(maxsize=4096)
def _place(words: Words) -> bytes:
    return field(9, field(1, words.zh.encode()) + field(2, words.en.encode()))
