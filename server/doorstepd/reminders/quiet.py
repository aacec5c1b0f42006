"""Quiet hours: when a reminder waits for the morning, and when it is dropped because by then it would be worthless."""

from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo


class Timing(StrEnum):
    """What to do with a reminder that is due."""

    SEND = "send"
    HOLD = "hold"
    DROP = "drop"


@dataclass(frozen=True, slots=True)
class QuietHours:
    """From `start` to `end` on the recipient's own clock, over midnight if `end` is the earlier. `zone` is IANA's name.

    Equal ends mean no quiet hours at all.
    """

    start: time
    end: time
    zone: str = "Asia/Shanghai"

    def covers(self, now: datetime) -> bool:
        """Whether it is quiet at this instant (any zone)."""
        clock = now.astimezone(ZoneInfo(self.zone)).time()
        if self.start <= self.end:
            return self.start <= clock < self.end
        return clock >= self.start or clock < self.end

    def over(self, now: datetime) -> datetime:
        """The first instant from `now` on that is not quiet, in UTC; wall clocks that jump are followed."""
        if not self.covers(now):
            return now.astimezone(UTC)
        local = now.astimezone(ZoneInfo(self.zone))
        day = local.date() if local.time() < self.end else local.date() + timedelta(days=1)
        return datetime.combine(day, self.end, ZoneInfo(self.zone)).astimezone(UTC)


def timing(kind: str, now: datetime, quiet: QuietHours | None) -> tuple[Timing, datetime]:
    """What to do with a reminder of this kind, and when it may go out.

    The bell is about the next half hour: it is dropped. Everything else still matters in the morning: it is held.
    """
    if quiet is None or not quiet.covers(now):
        return Timing.SEND, now
    return (Timing.DROP, now) if kind in _WORTHLESS_LATER else (Timing.HOLD, quiet.over(now))


_WORTHLESS_LATER = frozenset({"courier_near"})
