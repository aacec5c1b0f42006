"""One courier's track: each report is read, put on the server's clock, ordered and weighed against what is known.

The steps are those of `Track.take`, top to bottom. A report that contradicts the track is set aside as a rival; rivals
that agree with each other for long enough become the track, so that one wrong fix cannot lock the truth out.
"""

from dataclasses import dataclass, field, replace
from typing import Any

from doorstepd.positions.clock import PhoneClock
from doorstepd.positions.fix import Fix, RawFix, Rejection, fault, read
from doorstepd.positions.habits import Habits
from doorstepd.positions.point import Point, could_follow, follows, is_frozen, pace_mps, point_from_list, repeats_place
from doorstepd.positions.rules import PositionRules

FRESH_S = 120.0
"""A fix older than this at receipt is kept for the track; it moves no dot and rings no bell."""


@dataclass(frozen=True, slots=True)
class Taken:
    """What became of one report.

    `fix` is None exactly when the report could not be read. `rejection` None means it is part of the track now.
    `trusted` are the fixes to act on, oldest first: none if this one was refused or awaits a witness, several if it
    bore out earlier ones. `moves_dot`: the last of them is the newest known place, and fresh. `witness` is a credible
    fix that newer ones overtook on the way: where he was a moment ago, not where he is.
    """

    fix: Fix | None
    rejection: Rejection | None = None
    trusted: tuple[Fix, ...] = ()
    moves_dot: bool = False
    witness: Fix | None = None


@dataclass(slots=True)
class Track:
    """The state of one courier's track; small, and `to_dict` makes it JSON."""

    rules: PositionRules = field(default_factory=PositionRules)
    clock: PhoneClock = field(default_factory=PhoneClock)
    habits: Habits = field(default_factory=Habits)
    _anchor: Point | None = None
    _reached: float = 0.0
    _support: int = 0
    _rivals: list[Point] = field(default_factory=list)
    _seen: dict[tuple[float, float, float], None] = field(default_factory=dict)

    @property
    def newest(self) -> Fix | None:
        """The newest fix of the track, borne out or not."""
        return self._anchor.fix if self._anchor else None

    def take(self, raw: RawFix) -> Taken:
        """Read, order and weigh one report; never raises, whatever the numbers."""
        if (reason := fault(raw)) is not None:
            return Taken(None, reason)
        if self._is_repeat(raw):
            return Taken(None, Rejection.DUPLICATE)
        self._learn_clock(raw)
        fix = read(raw, self.clock.offset_s, self.habits.accuracy_m(raw, self.rules))
        if (reason := self._fault_of_time(raw)) is not None:
            return Taken(fix, reason)
        if self.habits.is_coarse(raw.accuracy_m, self.rules):
            return Taken(fix, Rejection.UNCERTAIN)
        return self._weigh(Point(raw.event_time, fix))

    def to_dict(self) -> dict[str, Any]:
        """The state as JSON values; `from_dict` goes on exactly where this left off."""
        return self.to_brief_dict() | {"seen": self.seen}

    @property
    def seen(self) -> list[list[float]]:
        """What `to_brief_dict` leaves out: by what a report is known again that was sent twice."""
        return [list(key) for key in self._seen]

    def to_brief_dict(self) -> dict[str, Any]:
        """The same but for `seen`, which is most of it and changes least in what matters."""
        return {
            "clock": self.clock.to_dict(),
            "habits": self.habits.to_dict(),
            "anchor": self._anchor.to_list() if self._anchor else None,
            "reached": self._reached,
            "support": self._support,
            "rivals": [rival.to_list() for rival in self._rivals],
            "seen": [],
        }

    @classmethod
    def from_dict(cls, state: dict[str, Any], rules: PositionRules | None = None) -> "Track":
        """What `to_dict` wrote."""
        return cls(
            rules or PositionRules(),
            PhoneClock.from_dict(state["clock"]),
            Habits.from_dict(state["habits"]),
            point_from_list(state["anchor"]) if state["anchor"] else None,
            state["reached"],
            state["support"],
            [point_from_list(row) for row in state["rivals"]],
            dict.fromkeys((event, lat, lng) for event, lat, lng in state["seen"]),
        )

    def _is_repeat(self, raw: RawFix) -> bool:
        key = (raw.event_time, raw.lat, raw.lng)
        if key in self._seen:
            return True
        self._seen[key] = None
        if len(self._seen) > self.rules.remembered:
            del self._seen[next(iter(self._seen))]
        return False

    def _learn_clock(self, raw: RawFix) -> None:
        moved = self.clock.observe(raw.event_time, raw.receive_time)
        if not moved:
            return
        if self._anchor:
            self._anchor = replace(self._anchor, event=self._anchor.event - moved)
        self._reached -= moved
        self._rivals = [replace(rival, event=rival.event - moved) for rival in self._rivals]
        self.habits.forget_way()

    def _fault_of_time(self, raw: RawFix) -> Rejection | None:
        age = raw.receive_time - raw.event_time - self.clock.offset_s
        if age < -self.rules.future_s:
            return Rejection.FROM_THE_FUTURE
        return Rejection.TOO_OLD if age > self.rules.oldest_s else None

    def _weigh(self, point: Point) -> Taken:
        anchor = self._anchor
        if anchor is None:
            return self._begin(point)
        if point.event <= anchor.event:
            return self._look_back(anchor, point)
        reach = self.habits.usual_reach_mps(self.rules)
        if follows(anchor, point, reach, self.rules) and not self._nearer_to_rivals(anchor, point):
            return self._go_on(anchor, point)
        return self._oppose(anchor, point)

    def _begin(self, point: Point) -> Taken:
        self._anchor, self._reached, self._support = point, point.event, 1
        self.habits.learn(point, self.rules)
        return Taken(point.fix, Rejection.UNCONFIRMED)

    def _look_back(self, anchor: Point, point: Point) -> Taken:
        """A fix from before the newest one: it moves nothing, but may bear the newest one out."""
        if not follows(point, anchor, self.rules.ordinary_speed_mps, self.rules):
            return Taken(point.fix, Rejection.OUT_OF_ORDER)
        if self._support > 1:
            return Taken(point.fix, Rejection.OUT_OF_ORDER, witness=point.fix)
        self._support += 1
        fresh = anchor.fix.age_s(point.fix.receive_time) <= FRESH_S
        return Taken(point.fix, Rejection.OUT_OF_ORDER, (anchor.fix,), fresh, point.fix)

    def _go_on(self, anchor: Point, point: Point) -> Taken:
        released = (anchor.fix, point.fix) if self._support == 1 else (point.fix,)
        self._support += 1
        if not repeats_place(anchor, point, self.rules):
            self._reached = point.event
        self._anchor = point
        self._rivals.clear()
        self.habits.learn(point, self.rules)
        return self._trusted(released)

    def _oppose(self, anchor: Point, point: Point) -> Taken:
        last = self._rivals[-1] if self._rivals else None
        if last and point.event <= last.event:
            return Taken(point.fix, Rejection.OUT_OF_ORDER)
        if last and follows(last, point, self.rules.top_speed_mps, self.rules):
            self._rivals.append(point)
        else:
            self._rivals = [point]
        left = replace(anchor, event=self._reached)
        if self._rivals_win(left):
            return self._change_over()
        fast = not could_follow(left, self._rivals[0], self.rules)
        return Taken(point.fix, Rejection.IMPLAUSIBLE_SPEED if fast else Rejection.UNCONFIRMED)

    def _rivals_win(self, left: Point) -> bool:
        """`left`: the track's last place, at the time from which on he may have been on his way from there."""
        rivals = self._rivals
        if len(rivals) < 2 or is_frozen(rivals, self.rules):
            return False
        if self._support == 1 or could_follow(left, rivals[0], self.rules):
            return True
        lasted = rivals[-1].event - rivals[0].event
        return len(rivals) >= self.rules.agreement_fixes and lasted >= self.rules.agreement_s

    def _change_over(self) -> Taken:
        rivals = self._rivals
        self._anchor, self._support, self._rivals = rivals[-1], len(rivals), []
        self._reached = rivals[-1].event
        self.habits.forget_way()
        for rival in rivals[-3:]:
            self.habits.learn(rival, self.rules)
        return self._trusted(tuple(rival.fix for rival in rivals))

    def _trusted(self, fixes: tuple[Fix, ...]) -> Taken:
        newest = fixes[-1]
        return Taken(newest, None, fixes, newest.age_s(newest.receive_time) <= FRESH_S)

    def _nearer_to_rivals(self, anchor: Point, point: Point) -> bool:
        """Whether the point follows the rivals at a lower speed than the track.

        A place that he could not have reached in 15 s is no more credible because the phone repeats it for a minute.
        """
        if not self._rivals or point.event <= self._rivals[-1].event:
            return False
        return pace_mps(self._rivals[-1], point) < pace_mps(anchor, point)
