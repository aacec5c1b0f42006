"""What a phone and its courier usually do: how exact, how scattered, how fast. Learnt on the way, a few numbers."""

from collections import deque
from dataclasses import dataclass, field
from statistics import median
from typing import Any, NamedTuple

from doorstepd.positions.fix import RawFix
from doorstepd.positions.point import Point, aside_m, pace_mps, point_from_list, slack_m
from doorstepd.positions.rules import PositionRules

_ACCURACIES = 48
_EXPECTED_ACCURACIES_M = (15.0,) * 8
"""What is thought of a phone before it has shown what it can do."""

_SCATTER_STEP = 1.06
_LEAST_SCATTER_M = 1.0
_MOST_SCATTER_M = 60.0
_CIRCLE_OF_SCATTER = 1.8
"""A 68 % circle is 1.51 standard deviations of an axis, the median of |b - (a + c) / 2| across the way is 0.83."""


class _Grain(NamedTuple):
    """The diagonal of a cell of so many decimals, as nobody knows whether they were cut or rounded."""

    decimals: int
    metres: float


_GRAINS = (_Grain(3, 157.0), _Grain(4, 15.7))
_A_HABIT = 8
"""So many places in a row with so few decimals are no chance and no test by hand."""

_CLOSE_S = 20.0
_CLOSE_M = 150.0
_PACE_HALF_LIFE_S = 1800.0


@dataclass(slots=True)
class Habits:
    """Running estimates; `to_dict` makes them JSON."""

    scatter_m: float = 2.0
    top_pace_mps: float = 12.0
    _accuracies: deque[float] = field(default_factory=lambda: deque(maxlen=_ACCURACIES))
    _last: list[Point] = field(default_factory=list)
    _cut: dict[int, int] = field(default_factory=lambda: {grain.decimals: 0 for grain in _GRAINS})

    def is_coarse(self, accuracy_m: float | None, rules: PositionRules) -> bool:
        """Whether the phone itself says that this fix is far worse than its fixes are; learns from it."""
        if accuracy_m is None:
            return False
        self._accuracies.append(accuracy_m)
        if accuracy_m <= rules.coarse_m:
            return False
        return accuracy_m > rules.coarse_share * median((*_EXPECTED_ACCURACIES_M, *self._accuracies))

    def accuracy_m(self, raw: RawFix, rules: PositionRules) -> float:
        """The radius that holds 68 of 100 of this phone's fixes: as stated, or as seen if that is worse."""
        return max(raw.accuracy_m or rules.unstated_accuracy_m, _CIRCLE_OF_SCATTER * self.scatter_m, self._grain_m(raw))

    def _grain_m(self, raw: RawFix) -> float:
        """How far off the phone's habit of cutting its degrees to three or four decimals can put it."""
        stays = bool(self._last) and (self._last[-1].fix.raw.lat, self._last[-1].fix.raw.lng) == (raw.lat, raw.lng)
        for grain in () if stays else _GRAINS:
            fits = round(raw.lat, grain.decimals) == raw.lat and round(raw.lng, grain.decimals) == raw.lng
            self._cut[grain.decimals] = self._cut[grain.decimals] + 1 if fits else 0
        return max((grain.metres for grain in _GRAINS if self._cut[grain.decimals] > _A_HABIT), default=0.0)

    def usual_reach_mps(self, rules: PositionRules) -> float:
        """The speed up to which a fix needs no second witness."""
        return min(rules.ordinary_speed_mps, max(rules.slow_speed_mps, rules.pace_share * self.top_pace_mps))

    def learn(self, point: Point, rules: PositionRules) -> None:
        """One more fix of the track."""
        if self._last:
            self._learn_pace(self._last[-1], point, rules)
        self._last = [*self._last[-2:], point]
        if len(self._last) == 3:
            self._learn_scatter(*self._last)

    def forget_way(self) -> None:
        """The next fix does not go on from the last one."""
        self._last = []

    def to_dict(self) -> dict[str, Any]:
        """The state as JSON values."""
        last = [point.to_list() for point in self._last]
        accuracies = list(self._accuracies)
        cut = [self._cut[grain.decimals] for grain in _GRAINS]
        seen = {"scatter": self.scatter_m, "pace": self.top_pace_mps, "accuracies": accuracies}
        return seen | {"last": last, "cut": cut}

    @classmethod
    def from_dict(cls, state: dict[str, Any]) -> "Habits":
        """What `to_dict` wrote."""
        accuracies = deque(state["accuracies"], _ACCURACIES)
        last = [point_from_list(row) for row in state["last"]]
        cut = {grain.decimals: int(count) for grain, count in zip(_GRAINS, state["cut"], strict=True)}
        return cls(state["scatter"], state["pace"], accuracies, last, cut)

    def _learn_pace(self, before: Point, after: Point, rules: PositionRules) -> None:
        elapsed = after.event - before.event
        if elapsed <= 0.0:
            return
        self.top_pace_mps *= 0.5 ** (min(elapsed, _PACE_HALF_LIFE_S) / _PACE_HALF_LIFE_S)
        pace = pace_mps(before, after) - slack_m(before, after, rules) / elapsed
        self.top_pace_mps = max(self.top_pace_mps, pace)

    def _learn_scatter(self, before: Point, middle: Point, after: Point) -> None:
        """A running median: up or down by the same factor. Corners are rarer than straights and do not move it."""
        if after.event - before.event > 2.0 * _CLOSE_S:
            return
        aside = aside_m(before, middle, after)
        if aside > _CLOSE_M:
            return
        step = _SCATTER_STEP if aside > self.scatter_m else 1.0 / _SCATTER_STEP
        self.scatter_m = min(_MOST_SCATTER_M, max(_LEAST_SCATTER_M, self.scatter_m * step))
