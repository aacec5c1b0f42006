"""How long before the door each bell rang: for gated rules, where 'within the radius' alone is far too early.

A ring is well timed from 5 to 30 minutes before the parcel was handed over. An attempt counts only where the trace
makes that possible: it ended in a delivery, was open at least 5 minutes before, and in those 25 minutes a fix that was
fresh on receipt showed the courier within the radius.
"""

from bisect import bisect_left
from collections import defaultdict
from dataclasses import dataclass, field

from doorstepd.positions.distance import distance_m
from doorstepd.positions.fix import Fix
from doorstepd.positions.track import FRESH_S, Track
from doorstepd.reminders.bell import Outcome
from doorstepd.replay.rounds import (
    AttemptRecord,
    CloseRecord,
    FixRecord,
    HandoverRecord,
    Round,
    StopRecord,
)
from doorstepd.replay.run import Attempt, Result

SOONEST_S = 300.0
LATEST_S = 1800.0


@dataclass(slots=True)
class Leads:
    """Counts over attempts where a well-timed ring was possible; `leads_s` are those that rang."""

    possible: int = 0
    silent: int = 0
    leads_s: list[float] = field(default_factory=list)

    @property
    def well_timed(self) -> int:
        """Rings 5 to 30 minutes before the door."""
        return sum(SOONEST_S <= lead <= LATEST_S for lead in self.leads_s)

    @property
    def too_early(self) -> int:
        """Rings more than 30 minutes before it."""
        return sum(lead > LATEST_S for lead in self.leads_s)

    @property
    def too_late(self) -> int:
        """Rings less than 5 minutes before it."""
        return sum(lead < SOONEST_S for lead in self.leads_s)

    def add(self, other: "Leads") -> None:
        """Count another round in."""
        self.possible += other.possible
        self.silent += other.silent
        self.leads_s += other.leads_s


@dataclass(frozen=True, slots=True)
class _Door:
    courier: str
    opened: float
    time: float


def lead_times(result: Result) -> Leads:
    """Judge one round's rings by their lead."""
    rung = {(one.ring.parcel_id, one.ring.attempt): one.ring.time for one in result.rings}
    places = {r.record.parcel: r.record for r in result.round.received if isinstance(r.record, StopRecord)}
    paths = _paths(result.round)
    leads = Leads()
    for attempt, door in _doors(result.round).items():
        if not _possible(door, places[attempt[0]], paths[door.courier], result.round.header.radius_m):
            continue
        leads.possible += 1
        if attempt in rung:
            leads.leads_s.append(door.time - rung[attempt])
        else:
            leads.silent += 1
    return leads


def _possible(door: _Door, place: StopRecord, path: list[Fix], radius_m: float) -> bool:
    first = bisect_left(path, max(door.opened, door.time - LATEST_S), key=lambda fix: fix.receive_time)
    for fix in path[first:]:
        if fix.receive_time > door.time - SOONEST_S:
            return False
        if distance_m(place.lat, place.lng, fix.lat, fix.lng) <= radius_m:
            return True
    return False


def _paths(one: Round) -> dict[str, list[Fix]]:
    """The fresh, trusted fixes of each courier in the order of receipt."""
    tracks: dict[str, Track] = defaultdict(Track)
    paths: dict[str, list[Fix]] = defaultdict(list)
    for received in one.received:
        if isinstance(received.record, FixRecord):
            taken = tracks[received.record.courier].take(received.record.raw)
            paths[received.record.courier] += [fix for fix in taken.trusted[-1:] if fix.age_s(received.time) <= FRESH_S]
    return paths


def _doors(one: Round) -> dict[Attempt, _Door]:
    """Where and when each delivered attempt ended, by the time of the scan itself."""
    opened: dict[Attempt, float] = {}
    holders: dict[Attempt, str] = {}
    doors: dict[Attempt, _Door] = {}
    for received in one.received:
        match received.record:
            case AttemptRecord(parcel, attempt, courier):
                opened.setdefault((parcel, attempt), received.time)
                holders.setdefault((parcel, attempt), courier)
            case HandoverRecord(parcel, attempt, _, taker):
                holders[parcel, attempt] = taker
            case CloseRecord(parcel, attempt, Outcome.DELIVERED) if (parcel, attempt) in opened:
                key = (parcel, attempt)
                time = min(received.event_time, received.time)
                doors.setdefault(key, _Door(holders[key], opened[key], time))
            case _:
                pass
    return doors
