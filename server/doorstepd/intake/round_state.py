"""A courier's round as it is written down for the next process. Pure.

In two parts, as most of it seldom changes: how he walks, a kilobyte every two seconds; and what he has to do, which
with 200 stops is twenty times as much to write. A part of another version is no state: the round begins afresh.
"""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from doorstepd.intake import decisions
from doorstepd.intake.decisions import Decision
from doorstepd.positions.fix import Fix, fix_from_list
from doorstepd.positions.forecast import Forecast
from doorstepd.positions.rest import Rest, rest_from_list
from doorstepd.positions.track import Taken, Track
from doorstepd.reminders.bell import CourierBell

VERSION = 2


@dataclass(frozen=True, slots=True)
class Kept:
    """Both parts. A `plan` of None: as it was written before."""

    walk: bytes
    plan: bytes | None


@dataclass(frozen=True, slots=True)
class State:
    """What was kept. `stops`: a row of the bell for each stop that was open; `pace` as the forecast wrote it."""

    track: Track
    bell: CourierBell
    rest: Rest
    sequence: int
    stops: Sequence[Any]
    pace: list[Any]
    unwritten: list[Decision]


def walk(
    track: Track,
    rest: Rest,
    sequence: int,
    walked: Iterable[Fix],
    unwritten: Iterable[Decision],
    held_until: float = 0.0,
) -> bytes:
    """The part that changes with each fix. `walked`: the last trusted fixes that the bell took since `plan`.

    `held_until`: when, without another fix, whoever wrote this is no longer sure to have the stream.
    """
    return _written(
        {
            "track": track.to_brief_dict(),
            "rest": rest.to_list(),
            "sequence": sequence,
            "walked": [fix.to_list() for fix in walked],
            "unwritten": decisions.to_list(unwritten),
            "held_until": held_until,
        }
    )


def plan(track: Track, bell: CourierBell, forecast: Forecast) -> bytes:
    """The part that changes with a stop or a ring."""
    return _written({"bell": bell.to_dict(), "pace": forecast.to_list(), "seen": track.seen})


def read(kept: Kept) -> State:
    """Raises ValueError for another version, and whatever the parts raise for what is no state."""
    walked, planned = _read(kept.walk), _read(kept.plan or b"")
    bell, unwritten = CourierBell.from_dict(planned["bell"]), decisions.from_list(walked["unwritten"])
    for fix in map(fix_from_list, walked["walked"]):
        unwritten += bell.take(Taken(fix, None, (fix,)), fix.receive_time)
    return State(
        Track.from_dict(walked["track"] | {"seen": planned["seen"]}),
        bell,
        rest_from_list(walked["rest"]),
        walked["sequence"],
        planned["bell"]["stops"],
        planned["pace"],
        unwritten,
    )


def is_held(kept: Kept, now: float) -> bool:
    """Whether a process has the courier's stream and hears from him; so it decides what is to be decided."""
    try:
        return float(_read(kept.walk).get("held_until", 0.0)) > now
    except (ValueError, TypeError, KeyError):  # no state at all
        return False


def _written(part: dict[str, Any]) -> bytes:
    return json.dumps(part | {"version": VERSION}, separators=(",", ":")).encode()


def _read(part: bytes) -> dict[str, Any]:
    state: dict[str, Any] = json.loads(part)
    if state["version"] != VERSION:
        raise ValueError("of another version")
    return state
