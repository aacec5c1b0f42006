"""Placing times without a zone among times that have one.

A carrier that writes local times tells the same scans as sources which know the zone. Where both tell one scan, the
clock on the wall is the same, so the other's offset is the missing one; the scans around it happened nearby.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from doorstepd.parcels.events import TrackingEvent, Zone

_SAME_WITHIN = timedelta(minutes=10)


def instants(events: Sequence[TrackingEvent]) -> list[datetime]:
    """The instant of each event; a time without zone is read as UTC only where no other source tells better."""
    found = [event.instant for event in events]
    lost = [place for place, event in enumerate(events) if event.zone is Zone.UNKNOWN]
    aware = [event for event in events if event.zone is not Zone.UNKNOWN]
    if not lost or not aware:
        return found
    learned = [
        (_wall(events[place]), offset) for place in lost if (offset := _offset(events[place], aware)) is not None
    ]
    for place in lost if learned else ():
        wall = _wall(events[place])
        _, _, offset = min((abs(wall - at), at, offset) for at, offset in learned)
        found[place] -= offset
    return found


def _offset(event: TrackingEvent, aware: Sequence[TrackingEvent]) -> timedelta | None:
    """The UTC offset of the same scan as told by a source that knows it."""
    wall = _wall(event)
    same = [
        (abs(_wall(other) - wall), other.time.utcoffset() or timedelta())
        for other in aware
        if event.status is not None and other.status is event.status and other.source != event.source
    ]
    gap, offset = min(same, default=(_SAME_WITHIN * 2, timedelta()))
    return offset if gap <= _SAME_WITHIN else None


def _wall(event: TrackingEvent) -> datetime:
    return event.time.replace(tzinfo=None)
