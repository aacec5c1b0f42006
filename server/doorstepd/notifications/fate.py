"""What becomes of a notice, read again right before it is sent. Pure."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from doorstepd.notifications.outbox import Claimed
from doorstepd.reminders.quiet import Timing, timing

_BELL_EXPIRES = timedelta(minutes=10)
"""A bell that comes late is worse than none: the courier has been and gone."""

_OUTLIVED = timedelta(minutes=10)
"""News that waited for so long, as over night, goes out only if it is still so."""

_SO_WHILE = {
    "courier_near": "out_for_delivery",
    "due_soon": "out_for_delivery",
    "out_for_delivery": "out_for_delivery",
    "ready_for_pickup": "available_for_pickup",
}
"""The parcel's status while a reminder of this kind is true; the others are of the past and stay true."""

_AT_ONCE = frozenset({"courier_near", "due_soon"})


@dataclass(frozen=True, slots=True)
class Fate:
    """Dropped for a reason, held until a time, or sent, perhaps silently."""

    drop_reason: str | None = None
    held_until: datetime | None = None
    silently: bool = False


def fate(claimed: Claimed, now: datetime) -> Fate:
    """What to do with a notice now."""
    if (reason := drop_reason(claimed, now)) is not None:
        return Fate(reason)
    what, when = timing(claimed.notice.kind, now, claimed.quiet)
    if what is Timing.DROP:
        return Fate("QUIET_HOURS")
    return Fate(held_until=when) if what is Timing.HOLD else Fate(silently=what is Timing.SILENTLY)


def drop_reason(claimed: Claimed, now: datetime) -> str | None:
    """Why a notice should not go out any more."""
    kind, waited = claimed.notice.kind, now - claimed.ring_time
    so_while = _SO_WHILE.get(kind)
    if so_while is None or (kind not in _AT_ONCE and waited <= _OUTLIVED):
        return None
    if claimed.parcel_status != so_while or claimed.parcel_attempt != claimed.notice.attempt:
        return "PARCEL_MOVED_ON"
    return "EXPIRED" if kind == "courier_near" and waited > _BELL_EXPIRES else None
