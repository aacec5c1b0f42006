"""Which doors are near the courier, out of all that are open: cheap enough to ask at every fix. Pure."""

from bisect import bisect_left
from collections.abc import Iterable

from doorstepd.positions.distance import distance_m

_METRES_A_DEGREE = 110_000.0  # a little less than there are anywhere, so that the window is never too small

Doors = dict[tuple[float, float], list[str]]


class Nearby:
    """Open stops by their door; parcels for the very same point share one."""

    def __init__(self, stops: Iterable[tuple[str, float, float]] = ()) -> None:
        """`stops`: (parcel, latitude, longitude) in WGS-84 degrees."""
        doors: Doors = {}
        for parcel_id, lat, lng in stops:
            doors.setdefault((lat, lng), []).append(parcel_id)
        self._doors = sorted(doors.items())
        self._latitudes = [door[0] for door, _ in self._doors]

    def within(self, lat: float, lng: float, metres: float) -> Doors:
        """The doors no further away than this, each with its parcels."""
        reach = metres / _METRES_A_DEGREE
        first, near = bisect_left(self._latitudes, lat - reach), {}
        for door, parcels in self._doors[first:]:
            if door[0] > lat + reach:
                break
            if distance_m(lat, lng, *door) <= metres:
                near[door] = parcels
        return near
