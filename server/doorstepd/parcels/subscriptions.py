"""Tracking numbers of which a provider should tell us by itself."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import and_, exists, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from doorstepd.database.prepared import Prepared, insert_or_leave
from doorstepd.database.tables import orders, parcels, subscriptions
from doorstepd.parcels.records import Parcel

LEASE = timedelta(minutes=3)
_QUEUE = Prepared(insert_or_leave(subscriptions))


@dataclass(frozen=True, slots=True)
class Subscription:
    """One number to subscribe to, `times` so often already in `month` ("2026-11"); `over` once its parcel is there."""

    merchant_id: str
    tracking_number: str
    carrier: str
    provider: str | None
    tries: int
    month: str
    times: int
    over: bool
    recipient_sealed: bytes | None
    parcel_id: str


async def queue(c: AsyncConnection, changed: Sequence[Parcel]) -> None:
    """Queues the numbers of these parcels, in the transaction that records them. One that is queued already stays."""
    new = [
        {
            "merchant_id": one.merchant_id,
            "tracking_number": one.tracking_number,
            "carrier": one.carrier,
            "parcel_id": one.parcel_id,
            "state": "queued",
            "tries": 0,
            "due_time": one.update_time,
            "month": "",
            "times": 0,
        }
        for one in sorted(changed, key=_number)  # so that processes do not deadlock
        if one.tracking_number
    ]
    await _QUEUE.run(c, new)


async def any_due(c: AsyncConnection, merchants: Collection[str], now: datetime) -> bool:
    """Whether a claim would find something."""
    return bool((await c.execute(select(exists().where(_due(merchants, now))))).scalar_one())


async def claim(c: AsyncConnection, merchants: Collection[str], now: datetime, most: int = 50) -> list[Subscription]:
    """Leases numbers that are due: they are due again when the lease runs out."""
    of_parcel = and_(
        subscriptions.c.merchant_id == parcels.c.merchant_id, subscriptions.c.parcel_id == parcels.c.parcel_id
    )
    of_order = and_(orders.c.merchant_id == parcels.c.merchant_id, orders.c.order_id == parcels.c.order_id)
    query = (
        select(subscriptions, parcels.c.terminal, orders.c.recipient_sealed)
        .select_from(subscriptions.join(parcels, of_parcel).join(orders, of_order))
        .where(_due(merchants, now))
        .order_by(subscriptions.c.due_time)
        .limit(most)
        .with_for_update(of=subscriptions, skip_locked=True)
    )
    claimed = [_subscription(row) for row in (await c.execute(query)).mappings()]
    for one in claimed:
        await c.execute(_row(one).values(due_time=now + LEASE, tries=one.tries))
    return claimed


async def settle(c: AsyncConnection, one: Subscription, state: str, due: datetime) -> None:
    """What became of it: queued again until `due`, active, none (nobody offers it) or dead."""
    values = {"tries": one.tries, "month": one.month, "times": one.times, "provider": one.provider}
    await c.execute(_row(one).values(state=state, due_time=due, **values))


async def renew(c: AsyncConnection, merchant_id: str, tracking_number: str, provider: str, due: datetime) -> None:
    """Subscribes again at `due` to what the provider has stopped watching."""
    its = and_(subscriptions.c.merchant_id == merchant_id, subscriptions.c.tracking_number == tracking_number)
    stopped = and_(its, subscriptions.c.provider == provider, subscriptions.c.state == "active")
    await c.execute(update(subscriptions).where(stopped).values(state="queued", due_time=due, tries=0))


def _number(parcel: Parcel) -> tuple[str, str, str]:
    return parcel.merchant_id, parcel.tracking_number, parcel.carrier


def _subscription(row: Any) -> Subscription:
    return Subscription(
        row["merchant_id"],
        row["tracking_number"],
        row["carrier"],
        row["provider"],
        row["tries"] + 1,
        row["month"],
        row["times"],
        row["terminal"],
        row["recipient_sealed"],
        row["parcel_id"],
    )


def _due(merchants: Collection[str], now: datetime) -> Any:
    return and_(
        subscriptions.c.state == "queued",
        subscriptions.c.due_time <= now,
        subscriptions.c.merchant_id.in_(list(merchants)),
    )


def _row(one: Subscription) -> Any:
    return update(subscriptions).where(
        subscriptions.c.merchant_id == one.merchant_id,
        subscriptions.c.tracking_number == one.tracking_number,
        subscriptions.c.carrier == one.carrier,
    )
