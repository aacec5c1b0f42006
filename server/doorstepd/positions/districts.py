"""Names of places without asking anybody: the rough shapes that are shipped, or those of a deployment's own."""

import json
from functools import cache
from pathlib import Path

from shapely import STRtree
from shapely.geometry import Point, box, shape
from shapely.geometry.base import BaseGeometry

from doorstepd.positions.geocoding.street import Words

CITIES = Path(__file__).parent / "geocoding" / "cities.json"


class Districts:
    """Shapes in WGS-84 with their names; of several that hold a point the smallest counts."""

    def __init__(self, path: Path = CITIES) -> None:
        """`path`: GeoJSON; each feature with `zh` and `en` and a geometry, or a bbox for one."""
        features = json.loads(path.read_text(encoding="utf-8"))["features"]
        self._names = [Words(one["properties"]["zh"], one["properties"]["en"]) for one in features]
        self._shapes: list[BaseGeometry] = [
            shape(one["geometry"]) if one.get("geometry") else box(*one["bbox"]) for one in features
        ]
        self._tree = STRtree(self._shapes)

    def name(self, lat: float, lng: float) -> Words | None:
        """Of the shape that a point lies in."""
        found = [int(one) for one in self._tree.query(Point(lng, lat), predicate="intersects")]
        return self._names[min(found, key=lambda one: self._shapes[one].area)] if found else None


@cache
def shipped() -> Districts:
    """Large cities, as boxes."""
    return Districts()
