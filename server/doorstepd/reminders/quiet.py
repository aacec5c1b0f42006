"""Quiet hours: when a reminder waits for the morning, and what becomes of one that by then would be worthless."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from enum import StrEnum
from typing import Any
from zoneinfo import ZoneInfo


class Timing(StrEnum):
    """What to do with a reminder that is due."""

    SEND = "send"
    SILENTLY = "silently"
    HOLD = "hold"
    DROP = "drop"


@dataclass(frozen=True, slots=True)
class QuietHours:
    """From `start` to `end` on the recipient's own clock, over midnight if `end` is the earlier. `zone` is IANA's name.

    Equal ends mean no quiet hours at all. `silently`: what cannot wait goes out without a sound, instead of not at all.
    """

    start: time
    end: time
    zone: str = "Asia/Shanghai"
    silently: bool = False

    def covers(self, now: datetime) -> bool:
        """Whether it is quiet at this instant (any zone)."""
        clock = now.astimezone(ZoneInfo(self.zone)).time()
        if self.start <= self.end:
            return self.start <= clock < self.end
        return clock >= self.start or clock < self.end

    def to_settings(self) -> dict[str, str]:
        """As a merchant writes it; `parse_quiet_hours` reads it."""
        ends = {"start": f"{self.start:%H:%M}", "end": f"{self.end:%H:%M}"}
        return ends | {"zone": self.zone, "bell": "silent" if self.silently else "dropped"}

    def over(self, now: datetime) -> datetime:
        """The first instant from `now` on that is not quiet, in UTC; wall clocks that jump are followed."""
        if not self.covers(now):
            return now.astimezone(UTC)
        local = now.astimezone(ZoneInfo(self.zone))
        day = local.date() if local.time() < self.end else local.date() + timedelta(days=1)
        return datetime.combine(day, self.end, ZoneInfo(self.zone)).astimezone(UTC)


def timing(kind: str, now: datetime, quiet: QuietHours | None) -> tuple[Timing, datetime]:
    """What to do with a reminder of this kind, and when it may go out.

    The bell is about the next half hour and the notice before it about the next hour: in the morning they would be
    wrong. Everything else still matters then: it is held.
    """
    if quiet is None or not quiet.covers(now):
        return Timing.SEND, now
    if kind in _WORTHLESS_LATER:
        return (Timing.SILENTLY if quiet.silently else Timing.DROP), now
    return Timing.HOLD, quiet.over(now)


_WORTHLESS_LATER = frozenset({"courier_near", "due_soon"})


class BadQuietHours(ValueError):
    """A setting that cannot be read; the text names the field and says what it may be."""

    def __init__(self, field: str) -> None:
        where, allowed = (f"quiet_hours.{field}", _ALLOWED[field]) if field in _ALLOWED else ("quiet_hours", _WHOLE)
        self.where, self.description = where, f"must be {allowed}"
        super().__init__(f"{where}: {self.description}")


_ALLOWED = {
    "start": "a time of the day such as 22:00",
    "end": "a time of the day such as 08:00",
    "zone": "a time zone such as Asia/Shanghai",
    "bell": "dropped or silent",
}
_WHOLE = f"an object of start and end, and if you like zone and bell ({_ALLOWED['bell']})"


def parse_quiet_hours(settings: object) -> QuietHours:
    """As merchants or customers chose: {"start": "22:00", "end": "08:00", "bell": "silent"}. Raises BadQuietHours."""
    if not isinstance(settings, Mapping) or not {"start", "end"} <= set(settings) <= set(_ALLOWED):
        raise BadQuietHours("*")
    bell = settings.get("bell", "dropped")
    if bell not in ("dropped", "silent"):
        raise BadQuietHours("bell")
    start, end = (_clock(name, settings[name]) for name in ("start", "end"))
    return QuietHours(start, end, _zone(settings.get("zone", "Asia/Shanghai")), bell == "silent")


def _clock(field: str, said: Any) -> time:
    try:
        return datetime.strptime(said, "%H:%M").time()
    except (TypeError, ValueError):
        raise BadQuietHours(field) from None


def _zone(said: Any) -> str:
    try:
        return ZoneInfo(said).key
    except (AttributeError, TypeError, ValueError, KeyError, OSError):
        raise BadQuietHours("zone") from None
