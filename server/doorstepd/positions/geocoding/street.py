"""What a reverse geocoder is asked and answers."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol


class NoAnswer(Exception):
    """The geocoder could not be reached, refused, or answered something else than was asked."""


@dataclass(frozen=True, slots=True)
class Words:
    """A street or district. Where only one language is known, both are that."""

    zh: str
    en: str


class Reverse(Protocol):
    """Somebody who knows streets."""

    async def street(self, lat: float, lng: float) -> Words | None:
        """The street or district of a point in WGS-84, never a house number; None for none. Raises NoAnswer."""
        ...


_STREETS = ("road", "street", "pedestrian", "footway", "thoroughfare")
_DISTRICTS = ("suburb", "city_district", "district", "borough", "town", "village", "city", "county", "state")


def street_of(address: Mapping[str, Any]) -> str | None:
    """Out of an address in parts, under the names that geocoders use: the district and the street, nothing finer."""
    street = next((text for name in _STREETS if (text := _text(address.get(name)))), "")
    district = next((text for name in _DISTRICTS if (text := _text(address.get(name)))), "")
    if not street:
        return district or None
    if not district or district in street:
        return street
    chinese = any("\u4e00" <= letter <= "\u9fff" for letter in street)
    return f"{district}{street}" if chinese else f"{street}, {district}"


def _text(value: object) -> str:
    return value.strip()[:100] if isinstance(value, str) else ""
