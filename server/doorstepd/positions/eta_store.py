"""The legs that expected times are learnt from, and what was expected when. Every query carries the merchant."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

from sqlalchemy import select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection

from doorstepd.database.tables import eta_history, stops
from doorstepd.positions.distance import distance_m
from doorstepd.positions.eta import Estimate
from doorstepd.positions.legs import Leg

LEARNT_FROM = timedelta(days=14)
KEPT = timedelta(days=90)
_MOST_STOPS = 5000


async def legs(c: AsyncConnection, merchant_id: str, now: datetime) -> list[tuple[float, float, Leg]]:
    """From each stop to the courier's next, with the place of the latter, over the last two weeks' newest stops."""
    query = (
        select(stops.c.courier_id, stops.c.close_time, stops.c.latitude, stops.c.longitude)
        .where(
            stops.c.merchant_id == merchant_id,
            stops.c.state == "delivered",
            stops.c.close_time > now - LEARNT_FROM,
            stops.c.latitude.is_not(None),
        )
        .order_by(stops.c.close_time.desc())
        .limit(_MOST_STOPS)
    )
    served = sorted((row[0], row[1], row[2], row[3]) for row in await c.execute(query))
    found = []
    for before, after in pairwise(served):
        if before[0] == after[0]:
            metres, seconds = distance_m(*before[2:], *after[2:]), (after[1] - before[1]).total_seconds()
            found.append((after[2], after[3], Leg(metres, seconds)))
    return found


async def record(
    c: AsyncConnection, merchant_id: str, attempts: Mapping[str, int], made: Mapping[str, Estimate], now: datetime
) -> None:
    """What is expected now, by parcel; `attempts` says which delivery attempt of it. Others are left out."""
    rows = [
        {
            "merchant_id": merchant_id,
            "parcel_id": parcel_id,
            "attempt": attempts[parcel_id],
            "made_time": now,
            "earliest_time": _moment(one.earliest),
            "expected_time": _moment(one.expected),
            "latest_time": _moment(one.latest),
            "stops_ahead": one.stops_ahead,
        }
        for parcel_id, one in made.items()
        if parcel_id in attempts
    ]
    if rows:
        insertion: Any = (postgresql if c.dialect.name == "postgresql" else sqlite).insert(eta_history)
        await c.execute(insertion.on_conflict_do_nothing(), rows)


async def history(
    c: AsyncConnection, merchant_id: str, parcel_id: str, attempt: int
) -> list[tuple[datetime, datetime, datetime, datetime]]:
    """(made, earliest, expected, latest) of an attempt, oldest first."""
    query = (
        select(
            eta_history.c.made_time,
            eta_history.c.earliest_time,
            eta_history.c.expected_time,
            eta_history.c.latest_time,
        )
        .where(
            eta_history.c.merchant_id == merchant_id,
            eta_history.c.parcel_id == parcel_id,
            eta_history.c.attempt == attempt,
        )
        .order_by(eta_history.c.made_time)
    )
    return [(row[0], row[1], row[2], row[3]) for row in await c.execute(query)]


def _moment(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
