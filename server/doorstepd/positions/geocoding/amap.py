"""AMap (高德): GET /v3/geocode/regeo, which takes and gives GCJ-02. https://lbs.amap.com/api/webservice/guide/api/georegeo"""

import hashlib
from collections.abc import Mapping
from typing import Any

import httpx2

from doorstepd.positions.datum import Datum, from_wgs84
from doorstepd.positions.geocoding.street import NoAnswer, Words, street_of

URL = "https://restapi.amap.com"
_PATH = "/v3/geocode/regeo"


class Amap:
    """With a key of the deployment's own; and its secret, where the key was made to be signed."""

    def __init__(self, http: httpx2.AsyncClient, key: str, secret: str = "", url: str = URL) -> None:
        self._http = http
        self._key = key
        self._secret = secret
        self._url = url.rstrip("/")

    async def street(self, lat: float, lng: float) -> Words | None:
        """The street or district of a point in WGS-84. Raises NoAnswer."""
        north, east = from_wgs84(lat, lng, Datum.GCJ02)
        asked = {"key": self._key, "location": f"{east:.6f},{north:.6f}", "output": "JSON", "extensions": "base"}
        if self._secret:
            asked["sig"] = signature(asked, self._secret)
        try:
            answer = await self._http.get(self._url + _PATH, params=asked)
            found = answer.json()
        except (httpx2.HTTPError, ValueError, RecursionError):
            raise NoAnswer from None
        if answer.status_code != 200 or not isinstance(found, dict) or str(found.get("status")) != "1":
            raise NoAnswer
        name = street_of(_parts(found))
        return Words(name, name) if name else None


def signature(asked: Mapping[str, str], secret: str) -> str:
    """MD5 over the parameters in the order of their names, and the secret: AMap's own rule."""
    text = "&".join(f"{name}={asked[name]}" for name in sorted(asked))
    return hashlib.md5((text + secret).encode(), usedforsecurity=False).hexdigest()


def _parts(found: Mapping[str, Any]) -> dict[str, Any]:
    """AMap says [] for what it does not know."""
    component = _mapping(_mapping(found.get("regeocode")).get("addressComponent"))
    street = _mapping(component.get("streetNumber")).get("street")
    return {"street": street, "district": component.get("district"), "city": component.get("city")}


def _mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}
