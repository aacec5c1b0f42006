"""One kind of viewer of one parcel: what it sees of each of the courier's positions.

What is the same from one position to the next is worked out once; what may be seen is decided for each.
"""

import time
from bisect import bisect_left
from dataclasses import fields
from functools import lru_cache
from math import isfinite

from doorstepd.live.ports import Glimpse, Head, Seen
from doorstepd.live.position import Outlook, Position
from doorstepd.positions.visibility import Facts, Mask, VisibilityRules, visible
from doorstepd.rpc import position_bytes
from doorstepd.rpc.arrivals import arrival_of, way_left
from doorstepd.rpc.glimpses import Known, distance_to_door, known_of

Limits = tuple[float, ...]
_Standing = tuple[bool, int | None, int, int, bool, bool]


class Onlooker:
    """Made anew for each new head of the parcel; a merchant's rules are part of the head."""

    __slots__ = ("_glimpse", "_head", "_mask", "_metres", "_parcel_id", "_seconds", "_standing", "_view", "_whose")

    def __init__(self, parcel_id: str, head: Head, view: str) -> None:
        self._head = head
        self._parcel_id = parcel_id
        self._view = view
        self._whose = position_bytes.whose(parcel_id)
        self._seconds, self._metres = limits_of(head.rules)
        self._standing: _Standing | None = None
        self._mask: Mask
        self._glimpse: Glimpse

    def look(self, position: Position, now: float | None = None) -> Seen:
        """How much of the courier may be shown because of the parcel, and an `Approach` with what else may be."""
        now = now or time.time()
        outlook = position.outlook(self._parcel_id) if position.outlooks else None
        known = known_of(self._head, position, outlook, now)
        self._see(known)
        if not self._glimpse:
            return self._glimpse, b""
        return self._glimpse, self._approach(position, outlook, known, now)

    def _see(self, known: Known) -> None:
        """What may be seen. The rules are asked again once some fact has passed one of their limits."""
        live, stops_ahead, seconds, metres, near_another, resting = known
        beyond = limits_passed(self._seconds, seconds) if self._seconds else 0
        away = limits_passed(self._metres, metres) if self._metres else 0
        standing = (live, stops_ahead, beyond, away, near_another, resting)
        if standing != self._standing:
            self._mask, self._standing = visible(self._head.rules, Facts(*known), self._view), standing
            self._glimpse = glimpse_of(self._mask)

    def _approach(self, position: Position, outlook: Outlook | None, known: Known, now: float) -> bytes:
        _, stops_ahead, _, distance, _, _ = known
        mask = self._mask
        if mask.distance and not mask.exact:
            distance = distance_to_door(self._head, position.coarsened())
        return position_bytes.approach(
            self._whose,
            distance if mask.distance else None,
            way_left(outlook, position, mask, distance) if outlook is not None else None,
            stops_ahead if mask.stops_ahead else None,
            arrival_of(outlook, mask, now) if outlook is not None else None,
        )


def glimpse_of(mask: Mask) -> Glimpse:
    """How much of the place a mask shows."""
    if mask.position and mask.exact:
        return Glimpse.EXACT if mask.place else Glimpse.EXACT_UNNAMED
    if mask.position:
        return Glimpse.COARSE if mask.place else Glimpse.COARSE_UNNAMED
    return Glimpse.NO_PLACE if mask.anything else Glimpse.NOTHING


@lru_cache(maxsize=4096)
def limits_of(rules: VisibilityRules) -> tuple[Limits, Limits]:
    """All seconds and all metres at which some rule says something else, each in order."""
    every = [getattr(rules, one.name) for one in fields(rules)]
    seconds = {rule.seconds for rule in every if rule.seconds is not None}
    metres = {rule.metres for rule in every if rule.metres is not None}
    return tuple(sorted(seconds)), tuple(sorted(metres))


def limits_passed(limits: Limits, fact: float | None) -> int:
    """How many of the limits a fact is beyond: all of them where it is not known."""
    if not limits:
        return 0
    return bisect_left(limits, fact) if fact is not None and isfinite(fact) else len(limits)
