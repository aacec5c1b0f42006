"""A parcel's timeline as its reader sees it: from rows of the database to messages, with no record between them.

What an event says is kept by what it is made of: scans of one hub say the same of every parcel that passes it.
"""

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from functools import lru_cache
from itertools import pairwise
from typing import Any

from doorstep.tracking.v1 import status_pb2, text_pb2, tracking_event_pb2
from google.protobuf.timestamp_pb2 import Timestamp

from doorstepd.parcels.events import TrackingEvent, Zone
from doorstepd.parcels.reads import EventRow
from doorstepd.parcels.sentences import UNTOLD, Coming, told
from doorstepd.parcels.timeline import merge
from doorstepd.parcels.vocabulary import Status, SubStatus

_SENTENCES_KEPT = 32_768
_ANY_TIME = datetime(2000, 1, 1, tzinfo=UTC)
# By value and not by member: rows have strings, and an enum's hash is worked out anew each time.
_STATUS: dict[str | None, Any] = {
    one.value: status_pb2.ParcelStatus.Value(f"PARCEL_STATUS_{one.name}") for one in Status
}
_SUB_STATUS: dict[str | None, Any] = {
    one.value: status_pb2.ParcelSubStatus.Value(f"PARCEL_SUB_STATUS_{one.name}") for one in SubStatus
}


def timeline(events: Sequence[EventRow], *, guest: bool = False) -> list[tracking_event_pb2.TrackingEvent]:
    """Newest first; the same scan told by several sources is one row. `events` as they were read, oldest first."""
    if _nothing_to_merge(events):
        return [event(row, guest=guest) for row in reversed(events)]
    happened = [row.stored("").event for row in events]
    row_of = {id(one): row for one, row in zip(happened, events, strict=True)}
    told = []
    for one in reversed(merge(happened)):
        message = event(row_of[id(one.event)], one.sources, guest=guest)
        message.conflicts.extend(_account(row_of[id(rival)], guest=guest) for rival in one.conflicts)
        told.append(message)
    return told


def _account(row: EventRow, *, guest: bool) -> tracking_event_pb2.ConflictingAccount:
    return tracking_event_pb2.ConflictingAccount(
        source=row.source,
        status=_STATUS.get(row.status),
        sub_status=_SUB_STATUS.get(row.sub_status),
        sentence=sentence(row, guest=guest),
        raw_text="" if guest else row.text,
    )


def event(row: EventRow, sources: Sequence[str] = (), *, guest: bool = False) -> tracking_event_pb2.TrackingEvent:
    """One row of a timeline, as told by `sources`, its own if none are given."""
    return tracking_event_pb2.TrackingEvent(
        event_id=row.event_id,
        event_time=_timestamp(row.time),
        utc_offset_minutes=row.offset_minutes,
        time_zone_known=row.zone != Zone.UNKNOWN.value,
        status=_STATUS.get(row.status),
        sub_status=_SUB_STATUS.get(row.sub_status),
        sentence=sentence(row, guest=guest),
        raw_text="" if guest else row.text,
        location=row.location,
        source=row.source,
        sources=sources or (row.source,),
        receive_time=_timestamp(row.receive_time),
    )


def sentence(row: EventRow, when: Coming = UNTOLD, *, guest: bool = False) -> text_pb2.LocalizedText:
    """What the event means for the reader. A message that is kept: not to be changed."""
    return _sentence(row.status, row.sub_status, row.location, row.facts, when, guest)


@lru_cache(maxsize=_SENTENCES_KEPT)
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


def _timestamp(microseconds: int) -> Timestamp:
    seconds, rest = divmod(microseconds, 1_000_000)
    return Timestamp(seconds=seconds, nanos=rest * 1000)
