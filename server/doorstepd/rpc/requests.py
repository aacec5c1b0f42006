"""Reading requests: every field is checked here, and a bad one is named with what to do about it."""

import base64
import binascii
import hashlib
import json
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime, timedelta
from math import isfinite
from typing import Any, TypeVar

from google.protobuf.message import Message
from google.protobuf.timestamp_pb2 import Timestamp

from doorstepd.access import permissions
from doorstepd.access.callers import Caller
from doorstepd.errors import InvalidRequest, TooMany, Violation
from doorstepd.names import checked_id, is_id
from doorstepd.parcels.records import Door
from doorstepd.parcels.vocabulary import STATUS_OF, Status, SubStatus
from doorstepd.positions.datum import Datum, to_wgs84
from doorstepd.rpc import wire

_T = TypeVar("_T")
_EARLIEST = datetime(2000, 1, 1, tzinfo=UTC)
_LONGEST_TOKEN = 512


def bad(field: str, description: str) -> InvalidRequest:
    """The refusal of one field."""
    return InvalidRequest(Violation(field, description))


def ids(caller: Caller, field: str, given: Sequence[str]) -> list[str]:
    """A batch's IDs as sent: 1 to as many as the caller may ask for. Each is checked by whoever looks it up."""
    if not given:
        raise bad(field, "is empty; name at least one")
    permissions.check_batch(caller, field, len(given))
    return list(given)


def size(field: str, given: int, default: int, most: int) -> int:
    """A page size."""
    if given < 0:
        raise bad(field, "is negative; leave it 0 for the usual size")
    return min(given or default, most)


def datum(field: str, number: int) -> Datum:
    """The datum wanted in an answer; WGS-84 when not given."""
    if number == 0:
        return Datum.WGS84
    known = wire.datum_from(number)
    if known is None:
        raise bad(field, "is not a datum; use WGS84, GCJ02 or BD09")
    return known


def door(field: str, point: Any) -> Door:
    """A place that a device or an order system sent, in WGS-84."""
    if point.datum and point.latitude == 0.0 and point.longitude == 0.0:
        raise bad(field, "is 0,0, which is what a device sends when it does not know")
    return corner(field, point)


def corner(field: str, point: Any) -> Door:
    """Any point, in WGS-84. Its datum must be given: a guess would be off by 265 to 621 m in China."""
    known = wire.datum_from(point.datum)
    if known is None:
        raise bad(f"{field}.datum", "is not given; say WGS84, GCJ02 or BD09, whichever your map or device uses")
    for name, value, limit in (("latitude", point.latitude, 90.0), ("longitude", point.longitude, 180.0)):
        if not isfinite(value) or abs(value) > limit:
            raise bad(f"{field}.{name}", f"is out of range, -{limit:.0f} to {limit:.0f}")
    return Door(*to_wgs84(point.latitude, point.longitude, known))


def moment(message: Message, name: str, path: str = "", *, future: timedelta | None = None) -> datetime | None:
    """A timestamp field; None when not set. `future`: how far ahead of now it may lie."""
    field = f"{path}{name}"
    if not message.HasField(name):
        return None
    stamp: Timestamp = getattr(message, name)
    try:
        found = stamp.ToDatetime(UTC)
    except (ValueError, OverflowError):
        raise bad(field, "is not a time between the years 1 and 9999") from None
    if found < _EARLIEST:
        raise bad(field, "is before the year 2000; a missing time must be left out")
    if future is not None and found > datetime.now(UTC) + future:
        raise bad(field, "is in the future; check the sender's clock")
    return found


def state(status: int, sub_status: int, path: str = "") -> tuple[Status | None, SubStatus | None]:
    """A status with its finer state, which must belong to it."""
    coarse, fine = wire.status_from(status), wire.sub_status_from(sub_status)
    if status and coarse is None:
        raise bad(f"{path}status", "is not known to this server; regenerate the client from its protos")
    if sub_status and fine is None:
        raise bad(f"{path}sub_status", "is not known to this server; regenerate the client from its protos")
    if fine is not None and coarse is not None and STATUS_OF[fine] is not coarse:
        raise bad(f"{path}sub_status", f"belongs to {STATUS_OF[fine].value}, not to {coarse.value}")
    return coarse or (STATUS_OF[fine] if fine else None), fine


def short(field: str, given: str, most: int) -> str:
    """A text of bounded length, without control characters."""
    if len(given) > most:
        raise bad(field, f"is longer than {most} characters")
    if any(ord(character) < 32 for character in given):
        raise bad(field, "has control characters")
    return given.strip()


def each(path: str, given: Iterable[Any], read: Callable[[str, Any], _T]) -> list[_T]:
    """Reads repeated messages, each under its own path `path[i].`."""
    return [read(f"{path}[{place}].", one) for place, one in enumerate(given)]


def at_most(field: str, given: Sequence[Any], most: int, least: int = 1) -> None:
    """Bounds the length of a repeated field. Raises TooMany above, InvalidRequest below."""
    if len(given) > most:
        raise TooMany(Violation(field, f"{len(given)} given, at most {most}"))
    if len(given) < least:
        raise bad(field, "is empty; name at least one")


def optional_id(field: str, given: str) -> str:
    """An ID that may be left out."""
    return checked_id(field, given) if given else ""


def page_after(token: str, question: Message) -> tuple[datetime, str] | None:
    """Where the next page begins; None for the first. The token is good for the same question only."""
    if not token:
        return None
    try:
        if len(token) > _LONGEST_TOKEN:  # a deep one would exhaust the reader's stack
            raise ValueError
        digest, microseconds, name = json.loads(base64.urlsafe_b64decode(token.encode()))
        if digest == _digest(question) and is_id(name):
            return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=microseconds), name
    except (ValueError, TypeError, binascii.Error, OverflowError):
        pass
    raise bad("page_token", "is not the one of the page before with the same filters; begin again without it")


def next_page(after: tuple[datetime, str] | None, question: Message) -> str:
    """The token of the page after this position; empty when there is none."""
    if after is None:
        return ""
    microseconds = (after[0] - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)
    content = json.dumps([_digest(question), microseconds, after[1]], separators=(",", ":"))
    return base64.urlsafe_b64encode(content.encode()).decode()


def _digest(question: Message) -> str:
    same = type(question)()
    same.CopyFrom(question)
    for field in ("page_token", "page_size"):
        same.ClearField(field)
    return hashlib.blake2b(same.SerializeToString(deterministic=True), digest_size=6).hexdigest()
