"""What the bell keeps of one open stop."""

from dataclasses import dataclass
from typing import Any

from doorstepd.reminders.circle import Sight
from doorstepd.reminders.reason import Cause
from doorstepd.reminders.stop import OpenStop, stop_from_list


@dataclass(slots=True)
class Watch:
    """Since when it is open, whether it rang or waits for its gate, and the nearest that the courier was seen.

    `too_old_s`: the age of a fix that showed him inside and came too late to ring. `wake`: the odometer reading at
    which it is to be looked at again; None while nothing waits for one.
    """

    stop: OpenStop
    opened: float
    rung: bool = False
    held: bool = False
    nearest: Sight | None = None
    too_old_s: float | None = None
    wake: float | None = None

    def see(self, seen: Sight) -> None:
        """Remember the nearest sight."""
        if self.nearest is None or seen.distance_m < self.nearest.distance_m:
            self.nearest = seen

    def cause_of_silence(self, seen: Sight | None) -> Cause:
        """Why it has not rung, the nearest sight being this."""
        if self.rung:
            return Cause.RANG_ALREADY
        if self.held or (seen and seen.inside):
            return Cause.GATE_CLOSED
        if self.too_old_s is not None:
            return Cause.TOO_OLD
        if seen is None:
            return Cause.NO_POSITION
        return Cause.NOT_CERTAIN if seen.distance_m <= self.stop.radius_m else Cause.NEVER_NEAR

    def to_list(self) -> list[Any]:
        """A small JSON value; `watch_from_list` reads it."""
        seen = self.nearest
        nearest = None if seen is None else [seen.distance_m, seen.error_m, seen.inside]
        return [self.stop.to_list(), self.opened, self.rung, self.held, nearest, self.too_old_s, self.wake]


def watch_from_list(row: list[Any]) -> Watch:
    """What `Watch.to_list` wrote."""
    stop, opened, rung, held, nearest, *rest = row
    return Watch(stop_from_list(stop), opened, rung, held, Sight(*nearest) if nearest else None, *rest)
