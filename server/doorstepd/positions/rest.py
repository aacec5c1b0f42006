"""When a courier takes a break. Pure.

Nobody tells us, so it is read off his way: who has not left a circle of `AROUND_M` for `LONG_S`, no open stop being
near, rests until he leaves it. A traffic jam can look the same: his place is hidden for a while, which harms nobody.
"""

from dataclasses import dataclass
from typing import Any

from doorstepd.positions.distance import distance_m

AROUND_M = 60.0
LONG_S = 600.0


@dataclass(slots=True)
class Rest:
    """Since when he has been around one point. Times are seconds since the epoch."""

    _lat: float = 0.0
    _lng: float = 0.0
    _since: float | None = None

    def see(self, lat: float, lng: float, time: float, near_a_stop: bool) -> bool:
        """Takes his newest place; whether he rests there."""
        stays = self._since is not None and distance_m(lat, lng, self._lat, self._lng) <= AROUND_M
        if near_a_stop or not stays:
            self._lat, self._lng, self._since = lat, lng, time
        assert self._since is not None
        return not near_a_stop and time - self._since >= LONG_S

    def to_list(self) -> list[Any]:
        """A small JSON value."""
        return [self._lat, self._lng, self._since]


def rest_from_list(row: list[Any]) -> Rest:
    """What `Rest.to_list` wrote."""
    return Rest(*row)
