"""The reasons of bells that rang and of bells that stayed silent, one an attempt, kept for 30 days."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import or_, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection

from doorstepd.database.tables import bell_reasons
from doorstepd.reminders.reason import Reason

KEPT = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Decided:
    """What the bell of an attempt did, and why."""

    parcel_id: str
    attempt: int
    reason: Reason
    time: datetime

    @property
    def rang(self) -> bool:
        """Whether it rang."""
        return self.reason.rang


async def put(c: AsyncConnection, merchant_id: str, decided: Iterable[Decided]) -> None:
    """A ring stays what the attempt's bell did; a silence gives way to a ring or to a later silence."""
    rows = [_row(merchant_id, one) for one in decided]
    if not rows:
        return
    insertion: Any = (postgresql if c.dialect.name == "postgresql" else sqlite).insert(bell_reasons)
    said = insertion.excluded
    statement = insertion.on_conflict_do_update(
        index_elements=["merchant_id", "parcel_id", "attempt"],
        set_={name: said[name] for name in ("rang", "reason", "decide_time")},
        where=or_(bell_reasons.c.rang.is_(False), said.rang.is_(True)),
    )
    await c.execute(statement, rows)


async def get(c: AsyncConnection, merchant_id: str, parcel_id: str, attempt: int) -> Decided | None:
    """What the bell of this attempt did; None when that is not known, or was too long ago."""
    query = select(bell_reasons).where(
        bell_reasons.c.merchant_id == merchant_id,
        bell_reasons.c.parcel_id == parcel_id,
        bell_reasons.c.attempt == attempt,
    )
    row = (await c.execute(query)).mappings().first()
    return Decided(parcel_id, attempt, Reason.from_dict(row["reason"]), row["decide_time"]) if row else None


def _row(merchant_id: str, decided: Decided) -> dict[str, Any]:
    return {
        "merchant_id": merchant_id,
        "parcel_id": decided.parcel_id,
        "attempt": decided.attempt,
        "rang": decided.rang,
        "reason": decided.reason.to_dict(),
        "decide_time": decided.time,
    }
