"""What the bell keeps of one open stop."""

from dataclasses import dataclass
from typing import Any

from doorstepd.reminders.circle import Sight
from doorstepd.reminders.reason import Cause
from doorstepd.reminders.stop import OpenStop, stop_from_list


@dataclass(slots=True)
class Watch:
    """Since when it is open, whether it rang or waits for its gate, and the nearest that the courier was seen."""

    stop: OpenStop
    opened: float
    rung: bool = False
    held: bool = False
    nearest: Sight | None = None

    def see(self, seen: Sight) -> None:
        """Remember the nearest sight."""
        if self.nearest is None or seen.distance_m < self.nearest.distance_m:
            self.nearest = seen

    def cause_of_silence(self, seen: Sight | None) -> Cause:
        """Why it has not rung, the nearest sight being this."""
        if self.rung:
            return Cause.RANG_ALREADY
        if seen is None:
            return Cause.NO_POSITION
        if self.held or seen.inside:
            return Cause.GATE_CLOSED
        return Cause.NOT_CERTAIN if seen.distance_m <= self.stop.radius_m else Cause.NEVER_NEAR

    def to_list(self) -> list[Any]:
        """A small JSON value; `watch_from_list` reads it."""
        seen = self.nearest
        nearest = None if seen is None else [seen.distance_m, seen.error_m, seen.inside]
        return [self.stop.to_list(), self.opened, self.rung, self.held, nearest]


def watch_from_list(row: list[Any]) -> Watch:
    """What `Watch.to_list` wrote."""
    stop, opened, rung, held, nearest = row
    return Watch(stop_from_list(stop), opened, rung, held, Sight(*nearest) if nearest else None)
