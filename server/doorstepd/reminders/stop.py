"""A stop with an open delivery attempt, and the gate that its bell must pass besides distance."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Any


class GateKind(StrEnum):
    """What else must hold before the bell rings."""

    NONE = "none"
    STOPS = "stops"
    ETA = "eta"


@dataclass(frozen=True, slots=True)
class Gate:
    """`limit` is a number of stops ahead, or seconds within which he will very likely be there; unused for NONE."""

    kind: GateKind = GateKind.NONE
    limit: float = 0.0

    def __str__(self) -> str:
        if self.kind is GateKind.ETA:
            return f"eta:{self.limit / 60:g}m"
        return f"stops:{self.limit:g}" if self.kind is GateKind.STOPS else "none"


PLAIN = Gate()
DEFAULT_GATE = Gate(GateKind.ETA, 1800.0)
"""For stops whose order is known. Within 1 km alone, most bells of a dense zone ring an hour too early; a number of
stops fits one pace only: eight are 12 minutes for one courier and 40 for another."""

_SHORTEST_S, _LONGEST_S = 60.0, 12 * 3600.0
_UNIT_S = {"s": 1.0, "m": 60.0, "h": 3600.0}


def parse_gate(text: str) -> Gate:
    """`none`, `stops:8`, `eta:30m` (or s, h). ValueError says what is wrong."""
    kind, _, limit = text.strip().lower().partition(":")
    if kind == "none" and not limit:
        return PLAIN
    if kind == "stops" and limit.isdecimal():
        if len(limit) > 3:
            raise ValueError("stops: at most 999 stops ahead")
        return Gate(GateKind.STOPS, float(limit))
    if kind == "eta" and limit[:-1].isdecimal() and limit[-1] in _UNIT_S:
        seconds = float(limit[:-1]) * _UNIT_S[limit[-1]]
        if not _SHORTEST_S <= seconds <= _LONGEST_S:
            raise ValueError("eta: from 1 minute to 12 hours")
        return Gate(GateKind.ETA, seconds)
    raise ValueError("a gate is none, stops:N or eta:N with s, m or h, for example stops:8 or eta:30m")


@dataclass(frozen=True, slots=True)
class OpenStop:
    """An address that an attempt is open for: degrees in WGS-84, metres. `sequence` is its place in the route."""

    parcel_id: str
    attempt: int
    lat: float
    lng: float
    radius_m: float = 1000.0
    sequence: int | None = None
    gate: Gate = PLAIN

    def to_list(self) -> list[Any]:
        """A small JSON value; `stop_from_list` reads it."""
        place = [self.lat, self.lng, self.radius_m, self.sequence]
        return [self.parcel_id, self.attempt, *place, self.gate.kind.value, self.gate.limit]


def stop_from_list(row: list[Any]) -> OpenStop:
    """What `OpenStop.to_list` wrote."""
    parcel_id, attempt, lat, lng, radius, sequence, kind, limit = row
    return OpenStop(parcel_id, attempt, lat, lng, radius, sequence, Gate(GateKind(kind), limit))
