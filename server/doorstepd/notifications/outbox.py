"""Claiming notices from the outbox. A claim is a lease: who dies with one loses it to another after a while."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import structlog
from sqlalchemy import and_, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from doorstepd.database.tables import customers, merchants, orders, outbox, parcels, reminders
from doorstepd.notifications.channel import Notice
from doorstepd.reminders.quiet import BadQuietHours, QuietHours, parse_quiet_hours

log = structlog.get_logger(__name__)

LEASE = timedelta(seconds=30)
MOST_TRIES = 8
GIVE_UP = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class Claimed:
    """A notice to send now, with what decides whether it still should be. `quiet`: his own, or the shop's."""

    outbox_id: int
    channel: str
    tries: int
    ring_time: datetime
    parcel_status: str
    parcel_attempt: int
    notice: Notice
    quiet: QuietHours | None = None


async def claim(c: AsyncConnection, now: datetime, most: int = 100) -> list[Claimed]:
    """Leases notices that are due; others skip those rows until the lease runs out."""
    free = or_(outbox.c.lease_until.is_(None), outbox.c.lease_until < now)
    due = (
        select(outbox.c.outbox_id)
        .where(outbox.c.state == "queued", outbox.c.due_time <= now, free)
        .order_by(outbox.c.due_time)
        .limit(most)
        .with_for_update(skip_locked=True)
    )
    ids = list((await c.execute(due)).scalars())
    if not ids:
        return []
    await c.execute(
        update(outbox).where(outbox.c.outbox_id.in_(ids)).values(lease_until=now + LEASE, tries=outbox.c.tries + 1)
    )
    return await _claimed(c, ids)


async def settle(
    c: AsyncConnection, outbox_ids: Sequence[int], state: str, now: datetime, reason: str | None = None
) -> None:
    """What became of notices: sent, dropped (with the reason) or dead. What another has settled already stays so."""
    await c.execute(
        update(outbox)
        .where(outbox.c.outbox_id.in_(list(outbox_ids)), outbox.c.state == "queued")
        .values(state=state, send_time=now if state == "sent" else None, drop_reason=reason, lease_until=None)
    )


async def put_off(c: AsyncConnection, outbox_id: int, until: datetime) -> None:
    """Tries again later."""
    await c.execute(
        update(outbox)
        .where(outbox.c.outbox_id == outbox_id, outbox.c.state == "queued")
        .values(due_time=until, lease_until=None)
    )


async def _claimed(c: AsyncConnection, ids: Sequence[int]) -> list[Claimed]:
    of_reminder = and_(
        *(outbox.c[name] == reminders.c[name] for name in ("merchant_id", "parcel_id", "attempt", "kind"))
    )
    of_parcel = and_(outbox.c.merchant_id == parcels.c.merchant_id, outbox.c.parcel_id == parcels.c.parcel_id)
    of_order = and_(parcels.c.merchant_id == orders.c.merchant_id, parcels.c.order_id == orders.c.order_id)
    of_customer = and_(orders.c.merchant_id == customers.c.merchant_id, orders.c.customer_id == customers.c.customer_id)
    of_merchant = outbox.c.merchant_id == merchants.c.merchant_id
    query = (
        select(outbox, reminders.c.text_zh, reminders.c.text_en, reminders.c.ring_time)
        .select_from(
            outbox.join(reminders, of_reminder)
            .join(parcels, of_parcel)
            .outerjoin(orders, of_order)
            .outerjoin(customers, of_customer)
            .outerjoin(merchants, of_merchant)
        )
        .add_columns(parcels.c.status.label("parcel_status"), parcels.c.attempt.label("parcel_attempt"))
        .add_columns(customers.c.settings.label("customers_own"), merchants.c.settings.label("shops"))
        .where(outbox.c.outbox_id.in_(list(ids)))
        .order_by(outbox.c.outbox_id)
    )
    return [
        Claimed(
            row["outbox_id"],
            row["channel"],
            row["tries"],
            row["ring_time"],
            row["parcel_status"],
            row["parcel_attempt"],
            Notice(
                f"{row['merchant_id']}/{row['parcel_id']}/{row['attempt']}/{row['kind']}/{row['channel']}",
                row["merchant_id"],
                row["parcel_id"],
                row["attempt"],
                row["kind"],
                row["text_zh"],
                row["text_en"],
            ),
            _quiet(row["merchant_id"], row["customers_own"], row["shops"]),
        )
        for row in (await c.execute(query)).mappings()
    ]


def _quiet(merchant_id: str, *settings: Mapping[str, Any] | None) -> QuietHours | None:
    """The first that were chosen; nothing is held back by a setting that cannot be read."""
    for chosen in ((one or {}).get("quiet_hours") for one in settings):
        try:
            if chosen is not None:
                return parse_quiet_hours(chosen)
        except BadQuietHours as problem:
            log.warning("quiet_hours.unreadable", merchant_id=merchant_id, problem=str(problem))
    return None
