"""Reminders of many parcels at once, in a transaction that holds their locks."""

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
    """Writes reminders, each with its merchant, that `rung` does not name, and queues their notices."""
    await _ADD.run(c, [_reminder_row(merchant_id, one) for merchant_id, one in new])
    await _QUEUE.run(c, [_notice_row(merchant_id, one, channel) for merchant_id, one in new for channel in channels])


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
