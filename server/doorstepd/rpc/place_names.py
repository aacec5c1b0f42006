"""A courier's place in words for those who watch him: asked for again only when he has moved, or after a moment."""

import time
from collections.abc import Callable
from typing import NamedTuple

from doorstepd.live.position import Position
from doorstepd.positions.geocoding import Words
from doorstepd.positions.places import Places
from doorstepd.positions.visibility import COARSE_ACCURACY_M

MOVED_DEGREES = 0.0002
"""20 m or less: nothing beside the 150 m after which `Places` looks for another street."""
GOOD_FOR_S = 2.0
_COURIERS = 20_000


class _Said(NamedTuple):
    lat: float
    lng: float
    until: float
    words: Words | None


class PlaceNames:
    """Last words, in front of `Places`, which asks shapes and takes thirty times as long. Its clock is monotonic."""

    def __init__(self, places: Places, clock: Callable[[], float] = time.monotonic) -> None:
        self._places = places
        self._clock = clock
        self._said: dict[tuple[str, bool], _Said] = {}

    def of(self, position: Position) -> Words | None:
        """The street or district; that of the grid's cell has a memory of its own."""
        who = (position.courier_id, position.accuracy_m == COARSE_ACCURACY_M)
        said, now = self._said.get(who), self._clock()
        if (
            said is not None
            and now < said.until
            and abs(position.lat - said.lat) < MOVED_DEGREES
            and abs(position.lng - said.lng) < MOVED_DEGREES
        ):
            return said.words
        if len(self._said) >= _COURIERS:
            self._said.clear()
        words = self._places.name(who, position.lat, position.lng)
        self._said[who] = _Said(position.lat, position.lng, now + GOOD_FOR_S, words)
        return words
