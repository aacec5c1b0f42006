"""Recorded rounds of couriers, and when each of their positions is played. Sources and terms: data/ATTRIBUTION.md."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.resources import files
from itertools import pairwise
from typing import Any, Final

from doorstepd.positions.distance import haversine_m

NAMES: Final = ("suzhou", "shanghai", "hangzhou", "chongqing")

FASTEST_MPS: Final = 15.0
"""However fast a round is played, nobody drives faster than this (54 km/h): the service would not believe it."""


@dataclass(frozen=True, slots=True)
class Moment:
    """Where the courier was so many seconds into the recording; WGS-84."""

    seconds: float
    lat: float
    lng: float


@dataclass(frozen=True, slots=True)
class Door:
    """A delivery: the point of the door, and at which moment of the round it is done."""

    lat: float
    lng: float
    done: int


@dataclass(frozen=True, slots=True)
class Round:
    """A recorded round. `bell`: the place in `doors` whose 1 km circle the courier enters soon after he set out."""

    city: str
    city_en: str
    district: str
    roads: tuple[str, ...]
    station: str
    bell: int
    moments: tuple[Moment, ...]
    doors: tuple[Door, ...]


def load(name: str) -> Round:
    """One of NAMES."""
    text = (files(__package__) / "data" / f"round_{name}.json").read_text(encoding="utf-8")
    return _round(json.loads(text))


def _round(said: dict[str, Any]) -> Round:
    return Round(
        city=said["city"]["zh"],
        city_en=said["city"]["en"],
        district=said["district"],
        roads=tuple(said["roads"]),
        station=said["station"],
        bell=said["bell"],
        moments=tuple(Moment(*row) for row in said["fixes"]),
        doors=tuple(Door(stop["point"][0], stop["point"][1], stop["done"]) for stop in said["stops"]),
    )


def timetable(moments: Sequence[Moment], speed: float) -> list[float]:
    """For each moment, how many seconds after the start it is played.

    A leg takes its recorded time divided by `speed`, and longer where the courier would have to exceed FASTEST_MPS.
    Standing still shrinks by the whole factor, driving by less; at speed 1 everything is as recorded.
    """
    due = [0.0]
    for before, after in pairwise(moments):
        recorded = after.seconds - before.seconds
        possible = haversine_m(before.lat, before.lng, after.lat, after.lng) / FASTEST_MPS
        due.append(due[-1] + max(recorded / speed, min(recorded, possible)))
    return due
