"""The numbers of the bell, each with where it comes from."""

from dataclasses import dataclass

RULE_VERSION = "2"
"""Kept with every reason; raised whenever a rule or a default number changes what rings."""


@dataclass(frozen=True, slots=True)
class BellRules:
    """Thresholds; seconds and metres."""

    least_error_m: float = 7.5
    """No phone is better than this over a whole round, whatever it says."""

    fresh_s: float = 120.0
    """An older fix rings nothing: the courier may be gone."""

    known_s: float = 60.0
    """A parcel that comes out for delivery is measured against the last known place if it is no older than this."""

    crossing_s: float = 150.0
    """A straight line between two fixes says something about the way between them up to this long apart."""

    crossing_depth_m: float = 15.0
    """How deep that line must cut into the circle."""

    crossing_speed_mps: float = 40.0
    """A line that would have been driven faster than this joins two places of which one is wrong."""

    silent_s: float = 120.0
    """With no fix for this long, the scan at the stops before rings instead."""
