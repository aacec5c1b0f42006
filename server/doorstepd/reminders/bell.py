"""The bell of one courier: his open stops, his last places, and which recipients are due their reminder.

The state belongs to the process that holds the courier's stream, and can be written down and taken up by another at
any step (`to_dict`, `from_dict`). The same inputs give the same rings; that a ring goes out once, whoever computes it,
is the database's unique key's business.

A stop costs nothing until the courier has travelled far enough to have reached its circle: `_wakes` is a heap of the
odometer readings at which each must be looked at again.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from enum import StrEnum
from heapq import heapify, heappop, heappush
from typing import Any

from doorstepd.positions.distance import SPHERE_ERROR
from doorstepd.positions.fix import Fix, fix_from_list
from doorstepd.positions.track import Taken
from doorstepd.reminders.circle import Sight, apart_m, crossing, is_way, sight
from doorstepd.reminders.pace import pace_from_list
from doorstepd.reminders.reason import Cause, Reason
from doorstepd.reminders.route import Eta, Route
from doorstepd.reminders.rules import BellRules
from doorstepd.reminders.stop import PLAIN, OpenStop
from doorstepd.reminders.watch import Watch, watch_from_list

COURIER_NEAR = "courier_near"
"""The kind of this reminder; one is sent for each (parcel, attempt), whatever caused it."""

_REMEMBERED = 4096


class Outcome(StrEnum):
    """How a stop left a courier's hands."""

    DELIVERED = "delivered"
    FAILED = "failed"
    REASSIGNED = "reassigned"


@dataclass(frozen=True, slots=True)
class Ring:
    """One reminder that is due. `time` is seconds since the epoch on the server's clock."""

    parcel_id: str
    attempt: int
    kind: str
    time: float
    reason: Reason


@dataclass(slots=True)
class CourierBell:
    """All open stops of one courier. Times are seconds since the epoch on the server's clock."""

    rules: BellRules = field(default_factory=BellRules)
    _watches: dict[str, Watch] = field(default_factory=dict)
    _over: dict[str, int] = field(default_factory=dict)
    _wakes: list[tuple[float, str]] = field(default_factory=list)
    _route: Route = field(default_factory=Route)
    _newest: Fix | None = None
    _before: Fix | None = None
    _travelled_m: float = 0.0

    def open(self, stop: OpenStop, now: float, rung: bool = False) -> list[Ring]:
        """A parcel went out for delivery with this courier; he may be near already.

        Repeating it changes nothing but the stop's place; an attempt that is over stays over. `rung`: the attempt has
        had its reminder, from another courier or before a restart.
        """
        held = self._watches.get(stop.parcel_id)
        if stop.attempt <= self._over.get(stop.parcel_id, -1) or (held and held.stop.attempt > stop.attempt):
            return []
        if held:
            self._route.remove(held.stop)
        again = held is not None and held.stop.attempt == stop.attempt
        watch = Watch(stop, held.opened if held and again else now, rung or bool(held and again and held.rung))
        self._watches[stop.parcel_id] = watch
        self._route.add(stop)
        return self._look_at_once(watch, now)

    def close(
        self,
        parcel_id: str,
        now: float,
        attempt: int | None = None,
        outcome: Outcome = Outcome.DELIVERED,
        scan_time: float | None = None,
    ) -> list[Ring]:
        """The attempt is over, or passes to another courier; the stops behind it may become due.

        A close that names another attempt than the open one only makes sure that it never opens again. `scan_time`:
        when the scan was made, if that is known; an old one rings nothing.
        """
        watch = self._watches.get(parcel_id)
        over = attempt if attempt is not None else watch.stop.attempt if watch else None
        if over is not None and outcome is not Outcome.REASSIGNED:
            self._remember_over(parcel_id, over)
        if watch is None or over != watch.stop.attempt:
            return []
        del self._watches[parcel_id]
        self._route.remove(watch.stop)
        if outcome is Outcome.DELIVERED:
            self._route.pace.signed(scan_time or now, watch.stop)
        rings = self._release(now)
        if outcome is Outcome.DELIVERED and now - (scan_time or now) <= self.rules.fresh_s:
            rings += self._ring_by_scan(watch.stop, now)
        return rings

    def take(self, taken: Taken, now: float) -> list[Ring]:
        """Act on what became of a fix: `taken.trusted`, oldest first."""
        rings = [ring for fix in taken.trusted for ring in self._move(fix, now)]
        return rings + self._look_back(taken.witness, now) if taken.witness else rings

    def why(self, parcel_id: str, now: float) -> Reason | None:
        """Why an open stop has not rung so far; None if it is not open here. Ask before closing it."""
        watch = self._watches.get(parcel_id)
        return self._silence(watch, now) if watch else None

    def eta(self, parcel_id: str) -> Eta | None:
        """When the courier will be at an open stop; None if it is not open here or he has not been seen yet."""
        watch = self._watches.get(parcel_id)
        return self._route.eta(watch.stop, self._newest) if watch and self._newest else None

    def to_dict(self) -> dict[str, Any]:
        """The state as JSON values."""
        return {
            "stops": [watch.to_list() for watch in self._watches.values()],
            "over": self._over,
            "pace": self._route.pace.to_list(),
            "fixes": [fix.to_list() if fix else None for fix in (self._newest, self._before)],
            "travelled": self._travelled_m,
        }

    @classmethod
    def from_dict(cls, state: dict[str, Any], rules: BellRules | None = None) -> "CourierBell":
        """What `to_dict` wrote; goes on exactly where that left off."""
        bell = cls(rules or BellRules())
        for watch in map(watch_from_list, state["stops"]):
            bell._watches[watch.stop.parcel_id] = watch
            bell._route.add(watch.stop)
        bell._over = dict(state["over"])
        bell._wakes = [(one.wake, key) for key, one in bell._watches.items() if one.wake is not None]
        heapify(bell._wakes)
        bell._route.pace = pace_from_list(state["pace"])
        bell._newest, bell._before = (fix_from_list(row) if row else None for row in state["fixes"])
        bell._travelled_m = state["travelled"]
        return bell

    def _move(self, fix: Fix, now: float) -> list[Ring]:
        if self._newest:
            self._travelled_m += apart_m(self._newest, fix) * (1.0 + SPHERE_ERROR)
        self._before, self._newest = self._newest, fix
        self._route.pace.moved(fix)
        if fix.age_s(now) <= self.rules.fresh_s:
            return self._look(self._woken(), now)
        for watch in self._woken():
            seen = sight(watch.stop, fix, self.rules)
            watch.too_old_s = fix.age_s(now) if seen.inside else watch.too_old_s
            self._wake_when_near(watch, seen)
        return []

    def _look_back(self, witness: Fix, now: float) -> list[Ring]:
        """A fix overtaken by newer ones rings only where the newest place is within the radius too."""
        newest, rings = self._newest, []
        if newest is None or newest.age_s(now) > self.rules.fresh_s or witness.age_s(now) > self.rules.fresh_s:
            return []
        for watch in self._woken():
            seen, last = (sight(watch.stop, fix, self.rules) for fix in (witness, newest))
            watch.see(seen)
            bears_out = seen.inside and last.distance_m <= watch.stop.radius_m
            if bears_out and not self._route.gate_is_shut(watch.stop, newest):
                rings.append(self._ring(watch, Cause.INSIDE, seen, now))
            else:
                self._wake(watch, 0.0)
        return sorted(rings, key=_by_parcel)

    def _woken(self) -> list[Watch]:
        """The stops whose circle he may have reached, out of the heap, in a fixed order."""
        woken = []
        while self._wakes and self._wakes[0][0] <= self._travelled_m:
            wake, parcel_id = heappop(self._wakes)
            watch = self._watches.get(parcel_id)
            if watch and watch.wake == wake:  # else it is left over from before the stop closed or was looked at
                watch.wake = None
                woken.append(watch)
        return woken

    def _look_at_once(self, watch: Watch, now: float) -> list[Ring]:
        if watch.rung:
            return []
        if self._newest and self._newest.age_s(now) <= self.rules.known_s:
            return self._look([watch], now)
        self._wake(watch, 0.0)
        return []

    def _look(self, watches: Iterable[Watch], now: float) -> list[Ring]:
        rings = [ring for watch in watches if (ring := self._look_at(watch, now))]
        return sorted(rings, key=_by_parcel)

    def _look_at(self, watch: Watch, now: float) -> Ring | None:
        if self._route.is_behind_gate(watch.stop):
            watch.held = True
            return None
        assert self._newest
        here = sight(watch.stop, self._newest, self.rules)
        watch.see(here)
        cause, seen = self._verdict(watch, here)
        if cause and not self._route.gate_is_shut(watch.stop, self._newest):
            return self._ring(watch, cause, seen, now)
        self._wake_when_near(watch, here)
        return None

    def _verdict(self, watch: Watch, seen: Sight) -> tuple[Cause | None, Sight]:
        if seen.inside:
            return Cause.INSIDE, seen
        before, fix = self._before, self._newest
        assert fix
        if before is None or before.receive_time < watch.opened or not is_way(before, fix, self.rules):
            return None, seen
        passed = crossing(watch.stop, before, fix, self.rules)
        return (Cause.CROSSED, passed) if passed.inside else (None, seen)

    def _release(self, now: float) -> list[Ring]:
        """Look at the stops whose gate was shut by the order and is no longer."""
        free = [watch for watch in self._watches.values() if watch.held and not self._route.is_behind_gate(watch.stop)]
        rings: list[Ring] = []
        for watch in free:
            watch.held = False
            rings += self._look_at_once(watch, now)
        return rings

    def _ring_by_scan(self, signed: OpenStop, now: float) -> list[Ring]:
        """With the courier's phone silent, the scan of one stop rings the next and the one after it."""
        if self._newest and self._newest.age_s(now) <= self.rules.silent_s:
            return []
        waiting = [watch for watch in self._watches.values() if not watch.rung and watch.stop.gate != PLAIN]
        near = [watch for watch in waiting if self._route.is_next(watch.stop, signed)]
        return [self._ring(watch, Cause.SCANNED_BEFORE, None, now) for watch in near]

    def _ring(self, watch: Watch, cause: Cause, seen: Sight | None, now: float) -> Ring:
        watch.rung, watch.held, watch.wake = True, False, None
        stop = watch.stop
        return Ring(stop.parcel_id, stop.attempt, COURIER_NEAR, now, self._reason(stop, cause, seen, now))

    def _reason(self, stop: OpenStop, cause: Cause, seen: Sight | None, now: float) -> Reason:
        eta = self._route.eta(stop, self._newest) if self._newest and stop.sequence is not None else None
        return Reason(
            cause=cause,
            radius_m=stop.radius_m,
            distance_m=round(seen.distance_m, 1) if seen else None,
            accuracy_m=round(seen.error_m, 1) if seen else None,
            fix_age_s=round(self._newest.age_s(now), 1) if self._newest else None,
            stops_ahead=self._route.stops_ahead(stop),
            eta_s=round(eta.seconds) if eta else None,
            gate=str(stop.gate),
        )

    def _silence(self, watch: Watch, now: float) -> Reason:
        seen = watch.nearest
        if seen is None and self._newest:
            seen = sight(watch.stop, self._newest, self.rules)
        reason = self._reason(watch.stop, watch.cause_of_silence(seen), seen, now)
        return replace(reason, fix_age_s=watch.too_old_s) if reason.cause is Cause.TOO_OLD else reason

    def _wake_when_near(self, watch: Watch, seen: Sight) -> None:
        self._wake(watch, seen.distance_m * (1.0 - SPHERE_ERROR) - watch.stop.radius_m)

    def _wake(self, watch: Watch, after_m: float) -> None:
        watch.wake = self._travelled_m + max(0.0, after_m)
        heappush(self._wakes, (watch.wake, watch.stop.parcel_id))

    def _remember_over(self, parcel_id: str, attempt: int) -> None:
        self._over[parcel_id] = max(attempt, self._over.pop(parcel_id, attempt))
        if len(self._over) > _REMEMBERED:
            del self._over[next(iter(self._over))]


def _by_parcel(ring: Ring) -> tuple[str, int]:
    return ring.parcel_id, ring.attempt
