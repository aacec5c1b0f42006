"""Reminders and the outbox of their notices. A reminder and its notices are one transaction, and exist once."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import insert, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection

from doorstepd.database.tables import outbox, reminders
from doorstepd.parcels.records import StoredReminder


async def insert_once(c: AsyncConnection, merchant_id: str, reminder: StoredReminder, channels: Sequence[str]) -> bool:
    """True if it is new. False if (parcel, attempt, kind) had its reminder already: then nothing is written."""
    insertion: Any = (postgresql if c.dialect.name == "postgresql" else sqlite).insert(reminders)
    columns = {
        "merchant_id": merchant_id,
        "parcel_id": reminder.parcel_id,
        "attempt": reminder.attempt,
        "kind": reminder.kind,
        "ring_time": reminder.ring_time,
        "text_zh": reminder.text_zh,
        "text_en": reminder.text_en,
        "reason": reminder.reason,
    }
    added = await c.execute(insertion.values(columns).on_conflict_do_nothing().returning(reminders.c.parcel_id))
    if added.first() is None:
        return False
    if channels:
        await c.execute(insert(outbox), [_notice(merchant_id, reminder, channel) for channel in channels])
    return True


async def of_parcels(
    c: AsyncConnection, merchant_id: str, parcel_ids: Iterable[str]
) -> list[tuple[StoredReminder, list[dict[str, Any]]]]:
    """Reminders, newest first, each with its notices (`channel`, `state`, `send_time`, `drop_reason`)."""
    wanted = list(parcel_ids)
    query = (
        select(reminders)
        .where(reminders.c.merchant_id == merchant_id, reminders.c.parcel_id.in_(wanted))
        .order_by(reminders.c.ring_time.desc(), reminders.c.kind)
    )
    found = [_reminder(row) for row in (await c.execute(query)).mappings()]
    notices: dict[tuple[str, int, str], list[dict[str, Any]]] = {}
    sent = select(outbox).where(outbox.c.merchant_id == merchant_id, outbox.c.parcel_id.in_(wanted))
    for row in (await c.execute(sent)).mappings():
        notices.setdefault((row["parcel_id"], row["attempt"], row["kind"]), []).append(dict(row))
    return [(one, notices.get((one.parcel_id, one.attempt, one.kind), [])) for one in found]


async def rung(c: AsyncConnection, merchant_id: str, parcel_ids: Iterable[str], kind: str) -> set[tuple[str, int]]:
    """Which (parcel, attempt) had a reminder of this kind."""
    query = select(reminders.c.parcel_id, reminders.c.attempt).where(
        reminders.c.merchant_id == merchant_id,
        reminders.c.parcel_id.in_(list(parcel_ids)),
        reminders.c.kind == kind,
    )
    return {(row[0], row[1]) for row in await c.execute(query)}


def _reminder(row: Any) -> StoredReminder:
    return StoredReminder(
        parcel_id=row["parcel_id"],
        attempt=row["attempt"],
        kind=row["kind"],
        ring_time=row["ring_time"],
        text_zh=row["text_zh"],
        text_en=row["text_en"],
        reason=row["reason"],
    )


def _notice(merchant_id: str, reminder: StoredReminder, channel: str) -> dict[str, Any]:
    due: datetime = reminder.ring_time
    return {
        "merchant_id": merchant_id,
        "parcel_id": reminder.parcel_id,
        "attempt": reminder.attempt,
        "kind": reminder.kind,
        "channel": channel,
        "state": "queued",
        "tries": 0,
        "due_time": due,
    }
