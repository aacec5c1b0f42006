"""What a courier's round has decided and the database is to have. Pure.

It is written behind the acknowledgements. Until then rings and silences travel with the round's state, so that whoever
goes on from there writes them. The others need not: who is due is seen again; what was expected is one line of many.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from doorstepd.positions.eta import Estimate
from doorstepd.reminders.bell import COURIER_NEAR, Ring
from doorstepd.reminders.reason import Reason
from doorstepd.reminders.reason_store import Decided


@dataclass(frozen=True, slots=True)
class DueSoon:
    """A customer is to be told that the parcel should be there within the hour. `time`: seconds since the epoch."""

    parcel_id: str
    attempt: int
    estimate: Estimate
    time: float


@dataclass(frozen=True, slots=True)
class Expected:
    """What was expected at a moment, by parcel: kept so that it can be judged."""

    attempts: Mapping[str, int]
    made: Mapping[str, Estimate]
    time: datetime


Decision = Ring | Decided | DueSoon | Expected
"""A ring; why an attempt ended without one; and the two above."""


def to_list(decisions: Iterable[Decision]) -> list[Any]:
    """Those that must not be lost, as JSON values; `from_list` reads them."""
    rows: list[Any] = []
    for one in decisions:
        if isinstance(one, Ring):
            rows.append([one.parcel_id, one.attempt, one.time, one.reason.to_dict()])
        elif isinstance(one, Decided):
            rows.append([one.parcel_id, one.attempt, one.time.timestamp(), one.reason.to_dict()])
    return rows


def from_list(rows: Iterable[Sequence[Any]]) -> list[Decision]:
    """What `to_list` wrote."""
    return [_decision(*row) for row in rows]


def _decision(parcel_id: str, attempt: int, time: float, kept: dict[str, Any]) -> Decision:
    reason = Reason.from_dict(kept)
    if reason.rang:
        return Ring(parcel_id, attempt, COURIER_NEAR, time, reason)
    return Decided(parcel_id, attempt, reason, datetime.fromtimestamp(time, UTC))
