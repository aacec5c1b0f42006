"""Who may see what of a courier, and when. Pure; asked anew for every frame.

Each field is shown by a rule of the merchant's: always, never, or once few enough stops, seconds or metres are left.
A fact that is not known satisfies no limit. Beyond all rules:

- nothing of the courier's way is shown unless the parcel is out for delivery with this very courier, nor to a service
  without the right to positions;
- no place is shown while he rests (see `rest`);
- near the door of anybody else whose stop is open, and to guests always, the place is that of a coarse grid.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, fields
from functools import lru_cache
from math import cos, floor, isfinite, radians
from typing import Any

STALE_S = 30.0
HIDDEN_S = 120.0
NEIGHBOUR_M = 150.0
"""How near to another's door an exact place would tell whose door it is."""

GRID_M = 300.0
COARSE_ACCURACY_M = 212.0
"""Half a diagonal of the grid: the courier is within this of the place shown."""

WAY_STEP_M = 100.0
"""To the metre, the way by other stops would tell where they are, as the places along it are seen."""

_METRES_A_DEGREE = 111_195.0
_LONGEST_NAME = 40


@dataclass(frozen=True, slots=True)
class Rule:
    """Any of the limits will do; without one it is never, unless always."""

    stops: int | None = None
    seconds: float | None = None
    metres: float | None = None
    always: bool = False

    def holds(self, facts: "Facts") -> bool:
        """Whether it is time to show the field."""
        return (
            self.always
            or _within(facts.stops_ahead, self.stops)
            or _within(facts.seconds, self.seconds)
            or _within(facts.distance_m, self.metres)
        )


ALWAYS = Rule(always=True)
NEVER = Rule()
NEAR = Rule(stops=10, seconds=45 * 60.0)


@dataclass(frozen=True, slots=True)
class VisibilityRules:
    """A merchant's rules for those who wait for a parcel. Its own staff is not bound by them."""

    position: Rule = NEAR
    distance: Rule = NEAR
    place: Rule = NEAR
    stops_ahead: Rule = ALWAYS
    expected_time: Rule = ALWAYS
    courier_name: Rule = ALWAYS
    courier_phone: Rule = ALWAYS


DEFAULT_RULES = VisibilityRules()
FIELDS = tuple(one.name for one in fields(VisibilityRules))


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known of one parcel and one courier's place. `live`: out for delivery with this courier.

    `near_another`: the door of another open stop of the round is within `NEIGHBOUR_M`. None where it is not known.
    """

    live: bool
    stops_ahead: int | None = None
    seconds: float | None = None
    distance_m: float | None = None
    near_another: bool = True
    resting: bool = False


@dataclass(frozen=True, slots=True)
class Mask:
    """Which fields one viewer may see now. `exact`: the place as it is, not that of the coarse grid."""

    position: bool = False
    exact: bool = False
    distance: bool = False
    place: bool = False
    stops_ahead: bool = False
    expected_time: bool = False
    courier_name: bool = False
    courier_phone: bool = False

    @property
    def anything(self) -> bool:
        """Whether some of the courier's way may be seen."""
        return self.position or self.distance or self.place or self.stops_ahead or self.expected_time


NOTHING = Mask()
_SETTLED = Facts(live=False)


def visible(rules: VisibilityRules, facts: Facts, view: str) -> Mask:
    """What a viewer may see. `view`: "self", "guest", "desk"; with ".still" behind it, one without positions."""
    view, _, still = view.partition(".")
    desk = view == "desk"
    known = facts if facts.live else _SETTLED
    name = desk or rules.courier_name.holds(known)
    phone = desk or (view == "self" and rules.courier_phone.holds(known))
    if not facts.live or still or view not in ("self", "guest", "desk"):
        return Mask(courier_name=name, courier_phone=phone)
    awake = not facts.resting
    return Mask(
        position=awake and (desk or rules.position.holds(facts)),
        exact=desk or (view == "self" and not facts.near_another),
        distance=awake and (desk or rules.distance.holds(facts)),
        place=awake and (desk or rules.place.holds(facts)),
        stops_ahead=desk or rules.stops_ahead.holds(facts),
        expected_time=desk or rules.expected_time.holds(facts),
        courier_name=name,
        courier_phone=phone,
    )


def way_shown(metres: float, distance_m: float, *, exact: bool) -> float:
    """The way by other stops as it may be told beside the straight line, which it is never shorter than."""
    step = WAY_STEP_M if exact else GRID_M
    return max(distance_m, round(metres / step) * step)


def coarse(lat: float, lng: float) -> tuple[float, float]:
    """The middle of the cell of about `GRID_M` that a point lies in, in the same degrees."""
    high = GRID_M / _METRES_A_DEGREE
    middle = min(90.0, max(-90.0, (floor(lat / high) + 0.5) * high))
    wide = min(360.0, high / max(cos(radians(middle)), 1e-6))
    return middle, (((floor(lng / wide) + 0.5) * wide) + 180.0) % 360.0 - 180.0


class BadRule(ValueError):
    """A visibility setting that cannot be read; the text names the field and says what is allowed."""

    def __init__(self, field: str | None) -> None:
        where, fields = f"visibility.{field}" if field else "visibility", ", ".join(FIELDS)
        rule = "always, never, or limits such as stops<=10, time<=45m, metres<=2000 joined by or"
        if field is None:
            told = f"must be an object of rules by field; there are {fields}"
        else:
            told = f"must be {rule}" if field in FIELDS else f"no such field; there are {fields}"
        super().__init__(f"{where}: {told}")


def parse_rules(settings: object) -> VisibilityRules:
    """From a merchant's settings, such as {"position": "stops<=5 or time<=20m", "courier_phone": "never"}.

    Fields that are not named keep their defaults. Raises BadRule.
    """
    if not isinstance(settings, Mapping):
        raise BadRule(None)
    return VisibilityRules(**{str(name): _parsed(str(name), said) for name, said in settings.items()})


def cautious_rules(settings: object) -> VisibilityRules:
    """As `parse_rules`, but what cannot be read is never shown."""
    if not isinstance(settings, Mapping):
        return VisibilityRules(*[NEVER] * len(FIELDS))
    return VisibilityRules(**{name: _cautious(name, settings[name]) for name in FIELDS if name in settings})


_LIMIT = re.compile(r"(stops|time|metres|meters)\s*<=\s*(\d{1,6}(?:\.\d{1,3})?)\s*(s|m|min|h|km)?")
_SECONDS = {None: 60.0, "s": 1.0, "m": 60.0, "min": 60.0, "h": 3600.0}
_METRES = {None: 1.0, "m": 1.0, "km": 1000.0}


def _cautious(field: str, said: object) -> Rule:
    try:
        return _parsed(field, said)
    except BadRule:
        return NEVER


@lru_cache(maxsize=1024)
def _parsed_text(field: str, said: str) -> Rule:
    text = said.strip().lower()
    if text in ("always", "never"):
        return ALWAYS if text == "always" else NEVER
    limits: dict[str, Any] = {}
    for part in re.split(r"\s+or\s+", text):
        name, limit = _limit(field, part)
        limits[name] = limit
    return Rule(**limits)


def _parsed(field: str, said: object) -> Rule:
    if field not in FIELDS or not isinstance(said, str):
        raise BadRule(field[:_LONGEST_NAME])
    return _parsed_text(field, said)


def _limit(field: str, part: str) -> tuple[str, float]:
    found = _LIMIT.fullmatch(part)
    kind, number, unit = found.groups() if found else ("", "0", None)
    if kind == "stops" and unit is None and number.isdigit():
        return "stops", int(number)
    if kind == "time" and unit in _SECONDS:
        return "seconds", float(number) * _SECONDS[unit]
    if kind in ("metres", "meters") and unit in _METRES:
        return "metres", float(number) * _METRES[unit]
    raise BadRule(field)


def _within(fact: float | None, limit: float | None) -> bool:
    return fact is not None and limit is not None and isfinite(fact) and fact <= limit
