"""Any of geopy's geocoders that can look up a point: nominatim, photon, and so on by their names there."""

import asyncio
from collections.abc import Mapping
from typing import Any

from geopy.exc import GeopyError
from geopy.geocoders import get_geocoder_for_service

from doorstepd.positions.geocoding.street import NoAnswer, Words, street_of

_TIMEOUT_S = 1.0


class UnknownGeocoder(ValueError):
    """The setting names a geocoder that geopy does not have, or gives it options that it does not take."""


class ByGeopy:
    """geopy waits for an answer in a thread of its own."""

    def __init__(self, name: str, options: Mapping[str, str]) -> None:
        try:
            self._geocoder: Any = get_geocoder_for_service(name)(**{"timeout": _TIMEOUT_S, **options})
        except (GeopyError, TypeError) as error:
            raise UnknownGeocoder(f"{name}: {error}") from None

    async def street(self, lat: float, lng: float) -> Words | None:
        """The street or district of a point in WGS-84. Raises NoAnswer."""
        try:
            found = await asyncio.to_thread(self._geocoder.reverse, (lat, lng), exactly_one=True)
        except (GeopyError, ValueError, KeyError, TypeError):
            raise NoAnswer from None
        name = street_of(_parts(found.raw)) if found is not None else None
        return Words(name, name) if name else None


def _parts(raw: Any) -> Mapping[str, Any]:
    """Nominatim has them under "address", Photon under "properties", others at the top."""
    if not isinstance(raw, Mapping):
        return {}
    for name in ("address", "properties"):
        if isinstance(raw.get(name), Mapping):
            return raw[name]  # type: ignore[no-any-return]
    return raw
