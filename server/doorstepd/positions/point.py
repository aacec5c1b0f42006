"""A fix on its phone's clock, and what can be said of two or more of them in a row."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import hypot
from typing import Any

from doorstepd.positions.distance import haversine_m, offset_m
from doorstepd.positions.fix import Fix, fix_from_list
from doorstepd.positions.rules import PositionRules


@dataclass(frozen=True, slots=True)
class Point:
    """A fix and its time on the phone's present clock, by which fixes are ordered and speeds reckoned.

    The server's clock will not do for that: the estimate of the offset moves by seconds while it is learnt.
    """

    event: float
    fix: Fix

    def to_list(self) -> list[Any]:
        """A small JSON value; `point_from_list` reads it."""
        return [self.event, self.fix.to_list()]


def point_from_list(row: list[Any]) -> Point:
    """What `Point.to_list` wrote."""
    return Point(row[0], fix_from_list(row[1]))


def apart_m(one: Point, other: Point) -> float:
    """Metres between two points, cheaply."""
    return haversine_m(one.fix.lat, one.fix.lng, other.fix.lat, other.fix.lng)


def pace_mps(before: Point, after: Point) -> float:
    """The speed that would have taken him straight from one to the other."""
    return apart_m(before, after) / (after.event - before.event)


def slack_m(before: Point, after: Point, rules: PositionRules) -> float:
    """How far apart the two may be for no other reason than their error circles."""
    return rules.error_circles * (before.fix.accuracy_m + after.fix.accuracy_m)


def follows(before: Point, after: Point, speed_mps: float, rules: PositionRules) -> bool:
    """Whether a courier could have come from one to the other, both error circles given their due."""
    return apart_m(before, after) <= slack_m(before, after, rules) + speed_mps * (after.event - before.event)


def could_follow(before: Point, after: Point, rules: PositionRules) -> bool:
    """Whether any courier could have: at the top speed, or at what the phone tells and an engine can add."""
    top, first, last = rules.top_speed_mps, before.fix.speed_mps, after.fix.speed_mps
    if first is not None and last is not None:
        more = rules.acceleration_mps2 * (after.event - before.event) / 4.0  # half the way faster, half slower again
        top = min(top, max(first, last) + rules.told_margin_mps + more)
    return follows(before, after, top, rules)


def repeats_place(before: Point, after: Point, rules: PositionRules) -> bool:
    """Whether a phone that says it moves gives the very same place again: a stale one, as in tunnels or asleep."""
    speed = after.fix.speed_mps
    return speed is not None and speed >= rules.standing_mps and apart_m(before, after) < rules.same_place_m


def is_frozen(points: Sequence[Point], rules: PositionRules) -> bool:
    """Whether the phone says that it drives while its place stands still: a stale place repeated, not a courier."""
    told = moved = 0.0
    for before, after in pairwise(points):
        speeds = (before.fix.speed_mps, after.fix.speed_mps)
        if None not in speeds:
            told += min(speed for speed in speeds if speed is not None) * (after.event - before.event)
            moved += apart_m(before, after)
    return told > slack_m(points[0], points[-1], rules) + rules.frozen_m and moved < rules.frozen_share * told


def aside_m(before: Point, middle: Point, after: Point) -> float:
    """How far the middle point lies beside the way from the first to the last."""
    first, last = before.fix, after.fix
    way = offset_m(first.lat, first.lng, last.lat, last.lng)
    there = offset_m(first.lat, first.lng, middle.fix.lat, middle.fix.lng)
    length = hypot(*way)
    if length < 1.0:
        return hypot(*there)
    return abs(way[0] * there[1] - way[1] * there[0]) / length
