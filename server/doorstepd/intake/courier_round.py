"""One courier's round in this process: his track, his bell, the stops that are open, and what all that has decided.

Nothing here waits; `report_positions` reads what it needs and writes what it decided.

The state is this process's while a stream is open. It is written down now and then (`round_state`), so that the next
process goes on from there; what it then lacks it takes from the database, whose unique key lets no reminder out twice.
"""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Protocol

from doorstepd.intake import round_state
from doorstepd.intake.decisions import Decision, DueSoon, Expected
from doorstepd.intake.round_state import Kept
from doorstepd.intake.round_stops import Ended, StopsSeen
from doorstepd.live.position import SEVERAL, Outlook, Position, pack_outlooks, stop_key
from doorstepd.parcels.records import Door
from doorstepd.positions.eta import Ahead
from doorstepd.positions.fix import Fix, RawFix, Rejection
from doorstepd.positions.forecast import Forecast
from doorstepd.positions.nearby import Nearby
from doorstepd.positions.rest import Rest
from doorstepd.positions.stops import StoredStop
from doorstepd.positions.track import Track
from doorstepd.positions.visibility import NEIGHBOUR_M
from doorstepd.reminders.bell import COURIER_NEAR, CourierBell, Outcome, Ring
from doorstepd.reminders.reason import Cause
from doorstepd.reminders.reason_store import Decided
from doorstepd.reminders.stop import DEFAULT_GATE, PLAIN, Gate, OpenStop, stop_from_list

KIND = COURIER_NEAR
DUE_SOON = "due_soon"
WITHIN_S = 3600.0
"""Who has a parcel coming within so long is told."""

_OUTCOMES = {"delivered": Outcome.DELIVERED, "failed": Outcome.FAILED}
_TELLING = frozenset({KIND, DUE_SOON})


class Feed(Protocol):
    """Where positions go, and where a courier's state waits for the next process."""

    def received(self, merchant_id: str, courier_id: str, fixes: Sequence[RawFix]) -> None:
        """What the phone sent, before anything is made of it; never waits."""

    def moved(self, merchant_id: str, position: Position) -> None:
        """The courier's newest place; never waits."""

    def keep(self, merchant_id: str, courier_id: str, state: Kept) -> None:
        """Writes the state down; never waits."""

    @property
    def reachable(self) -> bool:
        """Whether `kept` can say; if not, another process may have the courier's stream."""

    async def kept(self, merchant_id: str, courier_id: str) -> Kept | None:
        """What `keep` wrote last, anywhere; None when nothing, or nobody can say."""

    async def handed_over(self) -> None:
        """Returns once what was kept before has left this process, or cannot; milliseconds."""


@dataclass(frozen=True, slots=True)
class BellPolicy:
    """How a merchant's bell rings: the circle's radius, and the gate where the order of stops is known."""

    radius_m: float = 1000.0
    gate: Gate = DEFAULT_GATE


@dataclass(slots=True)
class Due:
    """When, by the monotonic clock, his stops are to be read again and the parts of the state to be written."""

    stops: float = 0.0
    walk: float = 0.0
    plan: float = 0.0


class CourierRound:
    """Fixes are taken without waiting, so streams of one courier need no lock for that; `lock` is for reading."""

    def __init__(self, merchant_id: str, courier_id: str, policy: BellPolicy | None = None) -> None:
        self.merchant_id = merchant_id
        self.courier_id = courier_id
        self.policy = policy or BellPolicy()
        self.lock = asyncio.Lock()
        self.due = Due()
        self.streams = 0
        self.prepared = False  # what the last process wrote down has been taken over
        self.looked = False  # his stops are known
        self.stale = True  # the database knows of stops that the bell does not, or the other way round
        self.newest: Position | None = None
        self.unwritten: list[Decision] = []  # oldest first; whoever has written the first ones takes them away
        self.news = False  # something was decided since the state was asked for
        self.forecast = Forecast()
        self.replanned = True  # since `plan` was asked for
        self._track = Track()
        self._bell = CourierBell()
        self._walked: tuple[Fix, ...] = ()  # the last trusted fixes since then
        self._open: dict[str, StoredStop] = {}
        self._nearby = Nearby()
        self._rest = Rest()
        self._outlooks = b""
        self._told: set[str] = set()  # that they are due, or that he is near
        self._sequence = 0

    def restore(self, kept: Kept) -> None:
        """Goes on from what another process wrote down. Raises whatever it meets in what is no state; nothing is
        changed then."""
        state = round_state.read(kept)
        self._track, self._bell, self._rest = state.track, state.bell, state.rest
        self._sequence = state.sequence
        self.unwritten += state.unwritten
        self.forecast.restore(state.pace)
        # What closed while nobody held the stream is then seen to be gone, and its silence can still be explained.
        self._open = {stop.parcel_id: stop for stop in map(self._stored_stop, state.stops)}

    def state(self, *, planned: bool) -> Kept:
        """What `restore` reads, its larger part only if asked for. Points of stops, no address."""
        self.news = False
        if planned:
            self.replanned, self._walked = False, ()
        return Kept(
            round_state.walk(self._track, self._rest, self._sequence, self._walked, self.unwritten, self._held_until()),
            round_state.plan(self._track, self._bell, self.forecast) if planned else None,
        )

    @property
    def stops(self) -> Mapping[str, StoredStop]:
        """Those that the round takes to be open, by parcel."""
        return self._open

    def obey(self, policy: BellPolicy) -> None:
        """Has the stops that are seen next opened anew where the shop has chosen otherwise meanwhile."""
        if policy != self.policy:
            self.policy, self._open = policy, {}

    def take_stops(self, seen: StopsSeen, now: float) -> None:
        """Brings the bell's stops in line with the database; a stop that opens near the courier rings at once."""
        for ended in seen.ended:
            self._close(ended, now)
        same = {name for name, one in seen.present.items() if one == self._open.get(name)}
        told = self._told_of(seen)
        news = [one for name, one in seen.present.items() if name not in same or name in told - self._told]
        for one in news:
            if one.door is not None:
                rung = (one.attempt, KIND) in seen.rung.get(one.parcel_id, ())
                self._decide(self._bell.open(self._open_stop(one), now, rung=rung))
        if news or seen.ended:
            placed = [one for one in seen.present.values() if one.door]
            self.replanned = True
            self._nearby = Nearby((one.parcel_id, *_place(one.door)) for one in placed)
            self.forecast.take_stops(Ahead(one.parcel_id, *_place(one.door), one.sequence or None) for one in placed)
        self._open, self._told, self.looked = seen.present, self._told_of(seen) | self._told & same, True

    def recall(self, seen: StopsSeen, now: float) -> None:
        """Takes for open what was open a moment ago, before anybody looked: `take_stops` then sees it end."""
        self.take_stops(seen, now)
        self.looked = False

    def take_fixes(self, fixes: Sequence[RawFix], now: float) -> list[Rejection | None]:
        """Weighs each fix and asks the bell, then moves the newest position; per fix None, or why it was not taken."""
        rejections, reached = [], None
        for raw in fixes:
            taken = self._track.take(raw)
            rejections.append(taken.rejection)
            if taken.trusted:
                self._walked = (*self._walked, *taken.trusted)[-2:]
                reached = taken.trusted[-1] if taken.moves_dot else reached
            if taken.trusted or taken.witness:
                self._decide(self._bell.take(taken, now))
        if reached is not None:
            self._move(reached, now)
        return rejections

    def _decide(self, rings: Sequence[Ring]) -> None:
        if rings:
            self._note(*rings)
            self.replanned = True
            self._told.update(ring.parcel_id for ring in rings)

    def _note(self, *decisions: Decision) -> None:
        self.unwritten += decisions
        self.news = True

    def _move(self, fix: Fix, now: float) -> None:
        if self.forecast.move(fix.lat, fix.lng, fix.fix_time, now):
            self._look_ahead(now)
        # Milliseconds as a floor: the sequence grows even where another process's count was lost.
        self._sequence = max(self._sequence + 1, int(fix.receive_time * 1000))
        doors = list(self._nearby.within(fix.lat, fix.lng, NEIGHBOUR_M).values())
        self.newest = Position(
            courier_id=self.courier_id,
            sequence=self._sequence,
            fix_time=fix.fix_time,
            receive_time=fix.receive_time,
            lat=fix.lat,
            lng=fix.lng,
            accuracy_m=fix.accuracy_m,
            speed_mps=fix.speed_mps,
            heading_deg=fix.heading_deg,
            doors_near=min(len(doors), SEVERAL),
            doors_of=b"".join(map(stop_key, doors[0])) if len(doors) == 1 else b"",
            outlooks=self._outlooks,
            resting=self._rest.see(fix.lat, fix.lng, fix.fix_time, bool(doors)),
            next_m=self.forecast.to_next_m(fix.lat, fix.lng),
        )

    def _look_ahead(self, now: float) -> None:
        """What follows from other expected times: who is due is told once, and they are written down."""
        shown = self.forecast.shown
        to_next = min((one.metres for one in shown.values()), default=0.0)
        self._outlooks = pack_outlooks(
            {
                name: Outlook(one.earliest, one.expected, one.latest, one.stops_ahead, one.metres - to_next)
                for name, one in shown.items()
            }
        )
        for name in self.forecast.within(WITHIN_S, now):
            if name not in self._told:
                self._told.add(name)
                self._note(DueSoon(name, self._open[name].attempt, shown[name], now))
        if made := self.forecast.to_record(now):
            attempts = {name: self._open[name].attempt for name in made}
            self._note(Expected(attempts, made, _moment(now)))

    def _close(self, ended: Ended, now: float) -> None:
        stop, became = ended.stop, ended.became
        outcome = _OUTCOMES.get(became.state, Outcome.REASSIGNED) if became else Outcome.REASSIGNED
        reason = self._bell.why(stop.parcel_id, now)
        if reason and reason.cause is not Cause.RANG_ALREADY:
            self._note(Decided(stop.parcel_id, stop.attempt, reason, _moment(now)))
        if outcome is Outcome.DELIVERED and stop.door:
            self.forecast.served(*_place(stop.door), ended.scan_time)
        self._decide(self._bell.close(stop.parcel_id, now, stop.attempt, outcome, ended.scan_time))

    def _held_until(self) -> float:
        """When the phone counts as silent if it sends no more; past already if no stream is open."""
        return self.newest.fix_time + self._bell.rules.silent_s if self.newest and self.streams else 0.0

    def _told_of(self, seen: StopsSeen) -> set[str]:
        """Whose customers were told of this attempt, or are about to be."""
        every = ((name, one.attempt, kind) for name, one in seen.present.items() for kind in _TELLING)
        written = {name for name, attempt, kind in every if (attempt, kind) in seen.rung.get(name, ())}
        return written | {one.parcel_id for one in self.unwritten if isinstance(one, Ring | DueSoon)}

    def _stored_stop(self, row: Sequence[Any]) -> StoredStop:
        """A stop that the bell had open when the state was written down."""
        stop = stop_from_list(row[0])
        door, opened = Door(stop.lat, stop.lng), _moment(row[1])
        return StoredStop(stop.parcel_id, stop.attempt, self.courier_id, stop.sequence or 0, "open", door, opened)

    def _open_stop(self, stop: StoredStop) -> OpenStop:
        return OpenStop(
            stop.parcel_id,
            stop.attempt,
            *_place(stop.door),
            radius_m=stop.radius_m or self.policy.radius_m,
            sequence=stop.sequence or None,
            gate=self.policy.gate if stop.sequence else PLAIN,
        )


def _place(door: Door | None) -> tuple[float, float]:
    assert door is not None
    return door.latitude, door.longitude


def _moment(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
