"""Claiming parcels whose carrier should be asked. A claim is a lease: who dies with one loses it to another."""

import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import and_, case, exists, literal, select, tuple_, update
from sqlalchemy.ext.asyncio import AsyncConnection

from doorstepd.access.sealing import SealBroken, Sealer
from doorstepd.database.tables import orders, parcels
from doorstepd.database.types import Instant
from doorstepd.parcels import rows
from doorstepd.parcels.records import Parcel

LEASE = timedelta(minutes=3)


@dataclass(frozen=True, slots=True)
class Claimed:
    """A parcel to ask about: when it was asked about last, and how often since the last news."""

    parcel: Parcel
    lease: datetime
    poll_time: datetime | None
    polls: int
    recipient_sealed: bytes | None


@dataclass(frozen=True, slots=True)
class Settled:
    """What became of a claim: when to ask next, and whether its carrier was asked."""

    claimed: Claimed
    until: datetime | None
    asked: datetime | None


async def any_due(c: AsyncConnection, merchants: Collection[str], now: datetime) -> bool:
    """Whether a claim would find something; a look is cheaper."""
    return bool((await c.execute(select(exists().where(_due(merchants, now))))).scalar_one())


async def claim(c: AsyncConnection, merchants: Collection[str], now: datetime, most: int = 100) -> list[Claimed]:
    """Leases parcels of these merchants that are due, with all others under the same numbers."""
    due = (
        select(parcels.c.merchant_id, parcels.c.tracking_number)
        .where(_due(merchants, now))
        .order_by(parcels.c.next_poll_time)
        .limit(most)
        .with_for_update(skip_locked=True)
    )
    numbers = {(row[0], row[1]) for row in await c.execute(due)}
    if not numbers:
        return []
    lease = now + LEASE
    claimed = [
        Claimed(rows.parcel(row), lease, row["poll_time"], row["polls"], row["recipient_sealed"])
        for row in (await c.execute(_under(numbers))).mappings()
    ]
    names = [(one.parcel.merchant_id, one.parcel.parcel_id) for one in claimed]
    await c.execute(update(parcels).where(_named(names)).values(next_poll_time=lease))
    return claimed


async def settle(c: AsyncConnection, outcomes: Sequence[Settled]) -> None:
    """Sets the next questions. News that came meanwhile has set a better time, which stays."""
    for one in outcomes:
        ours = parcels.c.next_poll_time == one.claimed.lease
        values: dict[str, Any] = {
            "next_poll_time": case((ours, literal(one.until, Instant())), else_=parcels.c.next_poll_time)
        }
        if one.asked is not None:
            values |= {"poll_time": one.asked, "polls": case((ours, parcels.c.polls + 1), else_=parcels.c.polls)}
        key = (one.claimed.parcel.merchant_id, one.claimed.parcel.parcel_id)
        await c.execute(update(parcels).where(_named([key])).values(values))


def recipient_phone(sealer: Sealer, merchant_id: str, sealed: bytes | None) -> str:
    """The recipient's complete phone, for a carrier that wants its last digits; never kept or logged."""
    if sealed is None:
        return ""
    try:
        return str(json.loads(sealer.open(merchant_id, "orders.recipient", sealed)).get("phone", ""))
    except SealBroken:
        return ""


def _due(merchants: Collection[str], now: datetime) -> Any:
    return and_(parcels.c.merchant_id.in_(list(merchants)), parcels.c.next_poll_time <= now)


def _under(numbers: Collection[tuple[str, str]]) -> Any:
    same_order = and_(orders.c.merchant_id == parcels.c.merchant_id, orders.c.order_id == parcels.c.order_id)
    return (
        select(parcels, orders.c.recipient_sealed)
        .select_from(parcels.join(orders, same_order))
        .where(
            tuple_(parcels.c.merchant_id, parcels.c.tracking_number).in_(list(numbers)),
            parcels.c.next_poll_time.is_not(None),
        )
        .order_by(parcels.c.merchant_id, parcels.c.parcel_id)
        .with_for_update(of=parcels, skip_locked=True)
    )


def _named(names: Sequence[tuple[str, str]]) -> Any:
    return tuple_(parcels.c.merchant_id, parcels.c.parcel_id).in_(list(names))
