"""Reminders and the outbox of their notices. A reminder and its notices are one transaction, and exist once."""

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import bindparam, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from doorstepd.database.prepared import Prepared
from doorstepd.database.tables import outbox, reminders
from doorstepd.database.types import among
from doorstepd.parcels.records import StoredReminder

_RUNG = Prepared(
    select(reminders.c.parcel_id, reminders.c.attempt, reminders.c.kind).where(
        reminders.c.merchant_id == bindparam("merchant"), among(reminders.c.parcel_id, "ids")
    )
)
_ADD, _QUEUE = Prepared(insert(reminders)), Prepared(insert(outbox))


async def rung(c: AsyncConnection, merchant_id: str, parcel_ids: Iterable[str]) -> dict[str, set[tuple[int, str]]]:
    """The (attempt, kind) of every reminder that each of the parcels had."""
    found: dict[str, set[tuple[int, str]]] = {}
    for row in await _RUNG.fetch(c, {"merchant": merchant_id, "ids": list(parcel_ids)}):
        found.setdefault(row["parcel_id"], set()).add((row["attempt"], row["kind"]))
    return found


async def add(c: AsyncConnection, new: Sequence[tuple[str, StoredReminder]], channels: Sequence[str]) -> None:
    """Writes reminders, each with its merchant, and queues their notices; the parcels are locked.

    Each is one that `rung` does not name: a second of a (parcel, attempt, kind) raises KeyTaken.
    """
    await _ADD.run(c, [_reminder_row(merchant_id, one) for merchant_id, one in new])
    await _QUEUE.run(c, [_notice_row(merchant_id, one, channel) for merchant_id, one in new for channel in channels])


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


def _reminder_row(merchant_id: str, reminder: StoredReminder) -> dict[str, Any]:
    return {
        "merchant_id": merchant_id,
        "parcel_id": reminder.parcel_id,
        "attempt": reminder.attempt,
        "kind": reminder.kind,
        "ring_time": reminder.ring_time,
        "text_zh": reminder.text_zh,
        "text_en": reminder.text_en,
        "reason": reminder.reason,
    }


def _notice_row(merchant_id: str, reminder: StoredReminder, channel: str) -> dict[str, Any]:
    return {
        "merchant_id": merchant_id,
        "parcel_id": reminder.parcel_id,
        "attempt": reminder.attempt,
        "kind": reminder.kind,
        "channel": channel,
        "state": "queued",
        "tries": 0,
        "due_time": reminder.ring_time,
    }
