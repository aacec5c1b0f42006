"""The numbers of the positions pipeline, each with where it comes from."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class PositionRules:
    """Thresholds; seconds, metres, metres a second."""

    unstated_accuracy_m: float = 10.0
    """What a fix without an accuracy is taken to be good for: a phone outdoors."""

    ordinary_speed_mps: float = 25.0
    """Up to 90 km/h a fix needs no second witness."""

    slow_speed_mps: float = 10.0
    pace_share: float = 1.5
    """Nor up to this, nor up to this share above the fastest that he went in the last half hour; beyond it does."""

    top_speed_mps: float = 40.0
    """Above 144 km/h nobody delivers: the fix is wrong, or the one before it was."""

    told_margin_mps: float = 3.0
    acceleration_mps2: float = 1.5
    """Where the phone tells its speed at both ends, he can have been so much faster between them and no more."""

    error_circles: float = 2.0
    """How many 68 % circles each end may be off: two hold 99 of 100 fixes."""

    coarse_m: float = 250.0
    coarse_share: float = 3.0
    """A fix worse than this, and this many times worse than the phone's usual, is a guess from masts: set aside."""

    future_s: float = 60.0
    """A fix may be ahead of the server's clock by this much, once the phone's clock is known."""

    oldest_s: float = 86_400.0
    """Raw fixes are kept for a day, so an older one is of no use."""

    agreement_fixes: int = 3
    agreement_s: float = 120.0
    """So many fixes over so long that agree among themselves, and not with the track, become the track."""

    same_place_m: float = 0.5
    standing_mps: float = 1.0
    """A place repeated to within this, while the phone tells of a higher speed than this, is a stale one."""

    frozen_m: float = 60.0
    frozen_share: float = 0.3
    """A phone that tells of more than so many metres driven and moved less than this share of them stands still."""

    remembered: int = 128
    """How many fixes are remembered to know a repeat; an older one comes too late to matter."""
