"""A parcel's timeline as its reader sees it: from rows of the database to messages, with no record between them.

What an event says is kept by what it is made of: scans of one hub say the same of every parcel that passes it.
"""

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from functools import lru_cache
from itertools import pairwise
from typing import Any

from doorstep.tracking.v1 import parcel_pb2, status_pb2, text_pb2, tracking_event_pb2
from google.protobuf.timestamp_pb2 import Timestamp

from doorstepd.live.frames import varint
from doorstepd.parcels.events import TrackingEvent, Zone
from doorstepd.parcels.reads import EventRow
from doorstepd.parcels.sentences import UNTOLD, Coming, told
from doorstepd.parcels.timeline import merge
from doorstepd.parcels.vocabulary import Status, SubStatus

_KEPT = 32_768
_EVENTS = varint(parcel_pb2.Parcel.EVENTS_FIELD_NUMBER << 3 | 2)
_ANY_TIME = datetime(2000, 1, 1, tzinfo=UTC)
# By value and not by member: rows have strings, and an enum's hash is worked out anew each time.
_STATUS: dict[str | None, Any] = {
    one.value: status_pb2.ParcelStatus.Value(f"PARCEL_STATUS_{one.name}") for one in Status
}
_SUB_STATUS: dict[str | None, Any] = {
    one.value: status_pb2.ParcelSubStatus.Value(f"PARCEL_SUB_STATUS_{one.name}") for one in SubStatus
}


def timeline(events: Sequence[EventRow], *, guest: bool = False) -> bytes:
    """The field `Parcel.events`: newest first, the same scan told by several sources is one row.

    `events` as they were read, oldest first.
    """
    if _nothing_to_merge(events):
        shown = [_event(row, (row.source,), guest) for row in reversed(events)]
    else:
        happened = [row.stored("").event for row in events]
        row_of = {id(one): row for one, row in zip(happened, events, strict=True)}
        shown = [
            _event(row_of[id(one.event)], one.sources, guest)
            + _conflicts([row_of[id(rival)] for rival in one.conflicts], guest)
            for one in reversed(merge(happened))
        ]
    return b"".join([_EVENTS + varint(len(one)) + one for one in shown])


def event(row: EventRow, *, guest: bool = False) -> tracking_event_pb2.TrackingEvent:
    """One row of a timeline by itself."""
    return tracking_event_pb2.TrackingEvent.FromString(_event(row, (row.source,), guest))


def _event(row: EventRow, sources: tuple[str, ...], guest: bool) -> bytes:
    """A `TrackingEvent`: what it shares with others, and what is its own. As a message it costs three times as much."""
    name, time, received = row.event_id.encode(), _timestamp(row.time), _receive_time(row.receive_time)
    text = b"" if guest else row.text.encode()
    shared = _shared(
        row.source, sources, row.status, row.sub_status, row.location, row.facts, row.offset_minutes, row.zone, guest
    )
    return b"%b\x0a%b%b\x12%b%b\x42%b%b\x62%b%b" % (
        shared, varint(len(name)), name, varint(len(time)), time,
        varint(len(text)), text, varint(len(received)), received,
    )  # fmt: skip


def _conflicts(rows: Sequence[EventRow], guest: bool) -> bytes:
    """The field `TrackingEvent.conflicts`: what these tell otherwise."""
    if not rows:
        return b""
    accounts = [
        tracking_event_pb2.ConflictingAccount(
            source=row.source,
            status=_STATUS.get(row.status),
            sub_status=_SUB_STATUS.get(row.sub_status),
            sentence=sentence(row, guest=guest),
            raw_text="" if guest else row.text,
        )
        for row in rows
    ]
    return tracking_event_pb2.TrackingEvent(conflicts=accounts).SerializeToString()


@lru_cache(maxsize=_KEPT)
def _shared(
    source: str,
    sources: tuple[str, ...],
    status: str | None,
    sub_status: str | None,
    location: str | None,
    facts: str,
    offset_minutes: int | None,
    zone: str,
    guest: bool,
) -> bytes:
    """All of an event that does not depend on its name, its times and the carrier's own text."""
    message = tracking_event_pb2.TrackingEvent(
        utc_offset_minutes=offset_minutes,
        time_zone_known=zone != Zone.UNKNOWN.value,
        status=_STATUS.get(status),
        sub_status=_SUB_STATUS.get(sub_status),
        sentence=_sentence(status, sub_status, location, facts, UNTOLD, guest),
        location=location,
        source=source,
        sources=sources,
    )
    return message.SerializeToString()


def sentence(row: EventRow, when: Coming = UNTOLD, *, guest: bool = False) -> text_pb2.LocalizedText:
    """What the event means for the reader, and when the parcel will come. A message that is kept: not to be changed."""
    return _sentence(row.status, row.sub_status, row.location, row.facts, when, guest)


@lru_cache(maxsize=_KEPT)
def _sentence(
    status: str | None, sub_status: str | None, location: str | None, facts: str, when: Coming, guest: bool
) -> text_pb2.LocalizedText:
    known = json.loads(facts)
    happened = TrackingEvent(
        source="",
        time=_ANY_TIME,
        text="",
        status=Status(status) if status else None,
        sub_status=SubStatus(sub_status) if sub_status else None,
        location=location,
        places=tuple(known["places"]),
        next_place=known["next_place"],
        courier_name=known["courier_name"],
        # Whoever holds a share link learns nothing of the courier's phone, not even its mask.
        courier_phone=None if guest else known["courier_phone"],
    )
    words = told(happened, when)
    return text_pb2.LocalizedText(zh=words.zh, en=words.en)


def _nothing_to_merge(events: Sequence[EventRow]) -> bool:
    """Whether one source told each thing at a time of its own, and knew the zone: then rows stand as they are."""
    return all(one.time < next_.time and one.source == next_.source for one, next_ in pairwise(events)) and all(
        one.zone != Zone.UNKNOWN.value for one in events
    )


def _timestamp(microseconds: int) -> bytes:
    """A `Timestamp`. Seconds take five bytes of seven bits from 1978 to 3058, which is worth knowing here."""
    seconds, rest = divmod(microseconds, 1_000_000)
    if not 1 << 28 <= seconds < 1 << 35:
        return Timestamp(seconds=seconds, nanos=rest * 1000).SerializeToString()
    whole = bytes(
        (
            0x08,
            seconds & 0x7F | 0x80,
            seconds >> 7 & 0x7F | 0x80,
            seconds >> 14 & 0x7F | 0x80,
            seconds >> 21 & 0x7F | 0x80,
            seconds >> 28,
        )
    )
    return whole + b"\x10" + varint(rest * 1000) if rest else whole


# Scans that came with one push were all received at one moment.
_receive_time = lru_cache(maxsize=4096)(_timestamp)
