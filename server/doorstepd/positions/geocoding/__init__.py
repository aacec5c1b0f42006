"""From a point to the name of its street or district: who can be asked, and how little we ask."""

from doorstepd.positions.geocoding.amap import URL as AMAP_URL
from doorstepd.positions.geocoding.amap import Amap
from doorstepd.positions.geocoding.by_geopy import ByGeopy, UnknownGeocoder
from doorstepd.positions.geocoding.street import NoAnswer, Reverse, Words

__all__ = ["AMAP_URL", "Amap", "ByGeopy", "NoAnswer", "Reverse", "UnknownGeocoder", "Words"]
