"""What a courier's customers may expect, kept up to date as he drives and serves his stops. Pure; one a courier."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from doorstepd.positions.areas import Areas
from doorstepd.positions.distance import distance_m
from doorstepd.positions.eta import Ahead, Estimate, estimate, in_order, next_of, settle
from doorstepd.positions.pace import Pace, pace_from_list

EVERY_S = 15.0
"""Between looks at all of it; it is also looked at when a stop was served, added or moved."""

RECORDED_EVERY_S = 300.0
WORTH_RECORDING_S = 60.0


@dataclass(slots=True)
class Forecast:
    """Times are seconds since the epoch on the server's clock. `shown` has the next stop first."""

    areas: Areas = field(default_factory=Areas)
    shown: dict[str, Estimate] = field(default_factory=dict)
    next_stop: Ahead | None = None
    _pace: Pace = field(default_factory=Pace)
    _stops: list[Ahead] = field(default_factory=list)
    _looked: float | None = None
    _recorded: dict[str, float] = field(default_factory=dict)
    _recorded_at: float = 0.0

    def take_stops(self, stops: Iterable[Ahead]) -> None:
        """These are open now, in place of those before."""
        every = next_of(stops)
        if every != self._stops:
            self._stops, self._looked = every, None

    def served(self, lat: float, lng: float, time: float) -> None:
        """A stop was signed for."""
        self._pace.served(lat, lng, time, self.areas.at(lat, lng))

    def move(self, lat: float, lng: float, fix_time: float, now: float) -> bool:
        """He is here now. Whether something else may be expected than before."""
        stands = self._pace.stands.see(lat, lng, fix_time)
        if self._looked is not None and 0.0 <= now - self._looked < EVERY_S:
            return False
        since = EVERY_S if self._looked is None else now - self._looked
        self._looked = now
        stops = in_order(self._stops, lat, lng)
        self.next_stop = stops[0] if stops else None
        habits = self.areas.at(lat, lng)
        raw = estimate(stops, lat, lng, now, habits, self._pace.today(habits), stands)
        self.shown = {name: settle(self.shown.get(name), one, since, now) for name, one in raw.items()}
        return True

    def to_next_m(self, lat: float, lng: float) -> float | None:
        """Metres from there to the next stop; None without one."""
        stop = self.next_stop
        return distance_m(lat, lng, stop.lat, stop.lng) if stop else None

    def within(self, seconds: float, now: float) -> list[str]:
        """Parcels that should be at the door in so long, nearest first."""
        due = [(one.expected, name) for name, one in self.shown.items() if one.expected - now <= seconds]
        return [name for _, name in sorted(due)]

    def to_record(self, now: float) -> dict[str, Estimate]:
        """What has changed enough to be written down, now and then."""
        if now - self._recorded_at < RECORDED_EVERY_S:
            return {}
        self._recorded_at = now
        before = self._recorded
        self._recorded = {name: before.get(name, 0.0) for name in self.shown}
        news = {
            name: one
            for name, one in self.shown.items()
            if abs(one.expected - self._recorded[name]) > WORTH_RECORDING_S
        }
        self._recorded.update((name, one.expected) for name, one in news.items())
        return news

    def to_list(self) -> list[Any]:
        """What the next process needs, as a small JSON value."""
        return self._pace.to_list()

    def restore(self, row: list[Any]) -> None:
        """Goes on from what `to_list` wrote."""
        self._pace = pace_from_list(row)
