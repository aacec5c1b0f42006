"""Running a round: the same rules as the server's, fed from a file in the order of receipt."""

from collections import Counter
from dataclasses import dataclass, field
from time import process_time

from doorstepd.positions.fix import Rejection
from doorstepd.positions.rules import PositionRules
from doorstepd.positions.track import Track
from doorstepd.reminders.bell import CourierBell, Outcome, Ring
from doorstepd.reminders.reason import Reason
from doorstepd.reminders.rules import BellRules
from doorstepd.reminders.stop import PLAIN, Gate, OpenStop
from doorstepd.replay.rounds import (
    AttemptRecord,
    CloseRecord,
    FixRecord,
    HandoverRecord,
    Received,
    Round,
    StopRecord,
)

Attempt = tuple[str, int]


@dataclass(frozen=True, slots=True)
class Settings:
    """What a replay may change."""

    positions: PositionRules = field(default_factory=PositionRules)
    bell: BellRules = field(default_factory=BellRules)
    gate: Gate = PLAIN


@dataclass(frozen=True, slots=True)
class WrittenRing:
    """A ring and the time of its cause as the file wrote it."""

    ring: Ring
    written: str


@dataclass(slots=True)
class Result:
    """What a round gave: the rings, why the others stayed silent, and counts."""

    round: Round
    rings: list[WrittenRing] = field(default_factory=list)
    silences: dict[Attempt, Reason] = field(default_factory=dict)
    rejections: Counter[Rejection] = field(default_factory=Counter)
    fixes: int = 0
    seconds: float = 0.0  # of the processor


@dataclass(slots=True)
class _Runner:
    settings: Settings
    radius_m: float
    result: Result
    tracks: dict[str, Track] = field(default_factory=dict)
    bells: dict[str, CourierBell] = field(default_factory=dict)
    places: dict[str, StopRecord] = field(default_factory=dict)
    holders: dict[Attempt, str] = field(default_factory=dict)
    handed_over: dict[Attempt, float] = field(default_factory=dict)
    over: set[Attempt] = field(default_factory=set)
    rung: set[Attempt] = field(default_factory=set)

    def feed(self, received: Received) -> list[Ring]:
        match received.record:
            case FixRecord() as fix:
                return self._fix(fix, received.time)
            case StopRecord() as stop:
                return self._place(stop, received.time)
            case AttemptRecord() as attempt:
                return self._open(attempt, received.time)
            case CloseRecord() as close:
                return self._close(close, received)
            case HandoverRecord() as handover:
                return self._hand_over(handover, received)

    def _fix(self, fix: FixRecord, now: float) -> list[Ring]:
        self.result.fixes += 1
        track = self.tracks.get(fix.courier) or self.tracks.setdefault(fix.courier, Track(self.settings.positions))
        taken = track.take(fix.raw)
        if taken.rejection:
            self.result.rejections[taken.rejection] += 1
        return self._bell(fix.courier).take(taken, now)

    def _place(self, stop: StopRecord, now: float) -> list[Ring]:
        self.places[stop.parcel] = stop
        return [ring for key in self.holders if key[0] == stop.parcel for ring in self._watch(key, now)]

    def _open(self, attempt: AttemptRecord, now: float) -> list[Ring]:
        key = (attempt.parcel, attempt.attempt)
        if key in self.over or key in self.holders:
            return []
        self.holders[key] = attempt.courier
        return self._watch(key, now)

    def _close(self, close: CloseRecord, received: Received) -> list[Ring]:
        key = (close.parcel, close.attempt)
        self.over.add(key)
        courier = self.holders.pop(key, None)
        if courier is None:
            return []
        bell = self._bell(courier)
        self.note_silence(key, courier, received.time)
        return bell.close(close.parcel, received.time, close.attempt, close.outcome, received.event_time)

    def _hand_over(self, handover: HandoverRecord, received: Received) -> list[Ring]:
        key, now = (handover.parcel, handover.attempt), received.time
        repeated = received.event_time <= self.handed_over.get(key, float("-inf"))
        if repeated or self.holders.get(key) != handover.giver:
            return []
        self.handed_over[key] = received.event_time
        rings = self._bell(handover.giver).close(handover.parcel, now, handover.attempt, Outcome.REASSIGNED)
        self.holders[key] = handover.taker
        return rings + self._watch(key, now)

    def _watch(self, key: Attempt, now: float) -> list[Ring]:
        place = self.places.get(key[0])
        if place is None:
            return []
        stop = OpenStop(key[0], key[1], place.lat, place.lng, self.radius_m, place.sequence, self.settings.gate)
        return self._bell(self.holders[key]).open(stop, now, rung=key in self.rung)

    def note_silence(self, key: Attempt, courier: str, now: float) -> None:
        reason = self._bell(courier).why(key[0], now)
        if reason and key not in self.rung:
            self.result.silences[key] = reason

    def _bell(self, courier: str) -> CourierBell:
        return self.bells.get(courier) or self.bells.setdefault(courier, CourierBell(self.settings.bell))


def run_round(one: Round, settings: Settings) -> Result:
    """Replay one round. What is still open at its end is asked why it did not ring."""
    result = Result(one)
    runner = _Runner(settings, one.header.radius_m, result)
    started, last = process_time(), 0.0
    for received in one.received:
        last = received.time
        for ring in runner.feed(received):
            runner.rung.add((ring.parcel_id, ring.attempt))
            result.rings.append(WrittenRing(ring, received.written))
    result.seconds = process_time() - started
    for key, courier in runner.holders.items():
        runner.note_silence(key, courier, last)
    return result
