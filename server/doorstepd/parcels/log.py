"""The numbered log of a parcel's changes, and its timeline of events: what watches and pages read."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, delete, func, insert, select, tuple_, update
from sqlalchemy.ext.asyncio import AsyncConnection

from doorstepd.database.prepared import Prepared
from doorstepd.database.tables import epochs, events, parcels, revisions
from doorstepd.database.types import among
from doorstepd.parcels import rows
from doorstepd.parcels.records import Change, Parcel, StoredEvent, StoredReminder

# Made once: building a statement costs SQLAlchemy more than SQLite takes to carry it out.
_IDS: Any = bindparam("ids", expanding=True)
_EVENTS = Prepared(
    select(events)
    .where(events.c.merchant_id == bindparam("merchant"), among(events.c.parcel_id, "ids"))
    .order_by(events.c.parcel_id, events.c.event_time, events.c.sequence, events.c.source, events.c.event_key)
)
_OLDEST = (
    select(revisions.c.parcel_id, func.min(revisions.c.revision))
    .where(revisions.c.merchant_id == bindparam("merchant"), revisions.c.parcel_id.in_(_IDS))
    .group_by(revisions.c.parcel_id)
)

_ADD_EVENTS, _APPEND = Prepared(insert(events)), Prepared(insert(revisions))


@dataclass(frozen=True, slots=True)
class NewEvent:
    """An event to add, masked, with what the mask hid."""

    stored: StoredEvent
    text_sealed: bytes | None = None


async def add_events(c: AsyncConnection, new: Sequence[tuple[str, NewEvent]]) -> None:
    """Adds events, each with its merchant, that are not known yet; `events_of`, under the parcel's lock, tells that."""
    await _ADD_EVENTS.run(c, [rows.event_row(merchant_id, one.stored, one.text_sealed) for merchant_id, one in new])


async def confirm_events(c: AsyncConnection, confirmed: Sequence[tuple[str, NewEvent]]) -> None:
    """Writes events of which a claim was not believed before, each with its merchant, as they are now."""
    for merchant_id, one in confirmed:
        row = rows.event_row(merchant_id, one.stored, one.text_sealed)
        key = [events.c[name] == row[name] for name in ("merchant_id", "parcel_id", "source", "event_key")]
        values = {name: row[name] for name in ("status", "sub_status", "text", "facts")}
        if one.text_sealed is not None:
            values["text_sealed"] = one.text_sealed
        await c.execute(update(events).where(*key).values(values))


async def events_of(c: AsyncConnection, merchant_id: str, parcel_ids: Iterable[str]) -> dict[str, list[StoredEvent]]:
    """Every event of each parcel, oldest first."""
    found: dict[str, list[StoredEvent]] = {}
    for row in await _EVENTS.fetch(c, {"merchant": merchant_id, "ids": list(parcel_ids)}):
        found.setdefault(row["parcel_id"], []).append(rows.event(row))
    return found


def place(stored: StoredEvent) -> tuple[datetime, int, str, str]:
    """Where an event stands among those of its parcel, as `events_of` orders them."""
    return stored.event.instant, stored.event.sequence, *_name(stored)


def _name(stored: StoredEvent) -> tuple[str, str]:
    source, _, key = stored.event_id.partition("/")
    return source, key


async def events_named(c: AsyncConnection, merchant_id: str, parcels_: Sequence[Parcel]) -> dict[str, StoredEvent]:
    """The event that each parcel's status rests on, by parcel ID."""
    wanted = [(one.parcel_id, *one.event_id.split("/", 1)) for one in parcels_ if one.event_id]
    if not wanted:
        return {}
    query = select(events).where(
        events.c.merchant_id == merchant_id,
        tuple_(events.c.parcel_id, events.c.source, events.c.event_key).in_(wanted),
    )
    return {row["parcel_id"]: rows.event(row) for row in (await c.execute(query)).mappings()}


@dataclass(frozen=True, slots=True)
class NewChange:
    """Change number `after.revision` of a parcel, made at its update time: its kind, how the parcel stood then, and
    what it was."""

    kind: str
    after: Parcel
    event: StoredEvent | None = None
    reminder: StoredReminder | None = None


async def append(c: AsyncConnection, *changes: NewChange) -> None:
    """Writes changes. A revision is written once: a second writer's would violate the key."""
    await _APPEND.run(c, [_revision_row(one) for one in changes])


def _revision_row(new: NewChange) -> dict[str, Any]:
    detail: dict[str, Any] | None = None
    if new.event is not None:
        detail = rows.event_detail(new.after.merchant_id, new.event)
    elif new.reminder is not None:
        detail = rows.reminder_detail(new.reminder)
    return {
        "merchant_id": new.after.merchant_id,
        "parcel_id": new.after.parcel_id,
        "revision": new.after.revision,
        "kind": new.kind,
        "change_time": new.after.update_time,
        "after": rows.after(new.after),
        "detail": detail,
    }


async def changes(c: AsyncConnection, merchant_id: str, parcel_id: str, after: int, limit: int = 256) -> list[Change]:
    """Changes numbered above `after`, in order."""
    fixed = [parcels.c[name] for name in rows.FIXED]
    query = (
        select(revisions.c.revision, revisions.c.kind, revisions.c.change_time, revisions.c.after, revisions.c.detail)
        .add_columns(*fixed)
        .join_from(
            revisions,
            parcels,
            (revisions.c.merchant_id == parcels.c.merchant_id) & (revisions.c.parcel_id == parcels.c.parcel_id),
        )
        .where(
            revisions.c.merchant_id == merchant_id,
            revisions.c.parcel_id == parcel_id,
            revisions.c.revision > after,
        )
        .order_by(revisions.c.revision)
        .limit(limit)
    )
    found = [_change(row) for row in (await c.execute(query)).mappings()]
    every = await events_of(c, merchant_id, [parcel_id]) if found else {}
    by_id = {one.event_id: one for one in every.get(parcel_id, [])}
    return [replace(one, deciding=by_id.get(one.after.event_id or "")) for one in found]


async def oldest_kept(c: AsyncConnection, merchant_id: str, parcel_ids: Iterable[str]) -> dict[str, int]:
    """The lowest revision of each parcel that the log still has."""
    found = await c.execute(_OLDEST, {"merchant": merchant_id, "ids": list(parcel_ids)})
    return {row[0]: row[1] for row in found}


async def trim(c: AsyncConnection, merchant_id: str, parcel_id: str, keep_from: int) -> None:
    """Forgets changes below a revision."""
    await c.execute(
        delete(revisions).where(
            revisions.c.merchant_id == merchant_id,
            revisions.c.parcel_id == parcel_id,
            revisions.c.revision < keep_from,
        )
    )


async def epoch(c: AsyncConnection) -> int:
    """Tells this database from a restored copy."""
    return int((await c.execute(select(epochs.c.epoch))).scalar_one())


def _change(row: Any) -> Change:
    detail = row["detail"] or {}
    return Change(
        revision=row["revision"],
        kind=row["kind"],
        time=row["change_time"],
        after=rows.parcel_after(row, row["after"]),
        event=rows.detailed_event(detail["event"]) if "event" in detail else None,
        reminder=rows.detailed_reminder(detail["reminder"]) if "reminder" in detail else None,
    )
