"""What a customer chose for his own bell. What he left open is his shop's to say. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from doorstepd.access.merchant_files import RADIUS_M
from doorstepd.reminders.quiet import BadQuietHours, QuietHours, parse_quiet_hours


@dataclass(frozen=True, slots=True)
class Preferences:
    """`radius_m`: how near the courier is when the bell rings. None: as the shop has it.

    Quiet hours with equal ends are none at all, whatever the shop's are.
    """

    radius_m: float | None = None
    quiet: QuietHours | None = None

    def to_settings(self) -> dict[str, Any]:
        """A small JSON value, in a merchant's words; `read_preferences` reads it."""
        chosen = {"radius_m": self.radius_m, "quiet_hours": self.quiet and self.quiet.to_settings()}
        return {name: value for name, value in chosen.items() if value is not None}


def read_preferences(settings: Mapping[str, Any]) -> Preferences:
    """What `Preferences.to_settings` wrote; what cannot be read counts as not chosen."""
    return Preferences(_radius(settings.get("radius_m")), _quiet(settings.get("quiet_hours")))


def _radius(said: object) -> float | None:
    least, most = RADIUS_M
    known = isinstance(said, int | float) and least <= said <= most
    return float(said) if known else None  # type: ignore[arg-type]


def _quiet(said: object) -> QuietHours | None:
    try:
        return None if said is None else parse_quiet_hours(said)
    except BadQuietHours:
        return None
