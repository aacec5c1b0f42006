"""A carrier speaks of a number before its order is here: what it says is kept sealed for a while, and told again then.

Some carriers say a thing once and cannot be asked, so forgetting it would lose it. What was told stays until its time
is over: more parcels may come under the number, and a repeat changes nothing.
"""

import json
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import bindparam, delete, select, text, tuple_
from sqlalchemy.ext.asyncio import AsyncConnection

from doorstepd.access.sealing import SealBroken
from doorstepd.database.prepared import Prepared, insert_or_leave
from doorstepd.database.tables import early_reports
from doorstepd.database.types import among
from doorstepd.intake.ledger import Ledger, Report
from doorstepd.parcels import rows
from doorstepd.parcels.events import TrackingEvent
from doorstepd.parcels.records import Parcel, StoredEvent
from doorstepd.parcels.trust import Trust

KEPT = timedelta(days=3)
MOST = 20_000
"""So many of a merchant; beyond that the oldest go."""

_TIDY_EVERY = 256
_SEALED = "early_reports.report"
_LONGEST_NUMBER = 64

_ADD = Prepared(insert_or_leave(early_reports))
_OF_NUMBERS = Prepared(
    select(early_reports.c.tracking_number, early_reports.c.sealed)
    .where(
        early_reports.c.merchant_id == bindparam("merchant"),
        among(early_reports.c.tracking_number, "numbers"),
        early_reports.c.receive_time > bindparam("since", type_=early_reports.c.receive_time.type),
    )
    .order_by(early_reports.c.receive_time)
)
_TURNS = text(
    "SELECT pg_advisory_xact_lock(hashtextextended(name, 0)) FROM unnest(CAST(:names AS text[])) AS named(name)"
)


@dataclass(frozen=True, slots=True)
class Early:
    """A report on a number that no parcel of the merchant has."""

    merchant_id: str
    tracking_number: str
    report: Report
    now: datetime


class EarlyReports:
    """Keeps them and tells them again, inside the transaction of whoever looked for, or brings, the parcel."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self._kept = 0

    async def keep(self, c: AsyncConnection, early: Iterable[Early]) -> None:
        """Keeps reports. One that is kept already stays."""
        kept = [self._row(one) for one in early if 0 < len(one.tracking_number) <= _LONGEST_NUMBER]
        await _take_turns(c, {(row["merchant_id"], row["tracking_number"]) for row in kept})
        await _ADD.run(c, sorted(kept, key=lambda row: (row["merchant_id"], row["tracking_number"], row["digest"])))
        for row in kept:
            if self._kept % _TIDY_EVERY == 0:
                await _tidy(c, row["merchant_id"], row["receive_time"])
            self._kept += 1

    async def replay(
        self, c: AsyncConnection, parcels: Iterable[Parcel], now: datetime
    ) -> dict[tuple[str, str], Parcel]:
        """Enters what was kept in the books of parcels, which are locked or new; those that changed, by merchant and
        ID."""
        numbered: dict[str, list[Parcel]] = {}
        for one in parcels:
            if one.tracking_number:
                numbered.setdefault(one.merchant_id, []).append(one)
        await _take_turns(c, {(one.merchant_id, one.tracking_number) for its in numbered.values() for one in its})
        changed: dict[tuple[str, str], Parcel] = {}
        for merchant_id in sorted(numbered):
            for after in await self._replay(c, merchant_id, numbered[merchant_id], now):
                changed[merchant_id, after.parcel_id] = after
        return changed

    async def _replay(
        self, c: AsyncConnection, merchant_id: str, parcels: Sequence[Parcel], now: datetime
    ) -> list[Parcel]:
        told = await self._told(c, merchant_id, {one.tracking_number for one in parcels}, now)
        named = [one for one in parcels if one.tracking_number in told]
        if not named:
            return []
        books = (await self._ledger.open(c, merchant_id, named)).values()
        for book in books:
            for report in told[book.parcel.tracking_number]:
                if not report.carrier or book.parcel.carrier in ("", report.carrier):
                    self._ledger.enter_in(book, report, now)
        await self._ledger.write(c, books)
        return [book.parcel for book in books if book.changes]

    async def _told(
        self, c: AsyncConnection, merchant_id: str, numbers: set[str], now: datetime
    ) -> dict[str, list[Report]]:
        named = {"merchant": merchant_id, "numbers": sorted(numbers), "since": now - KEPT}
        told: dict[str, list[Report]] = {}
        for row in await _OF_NUMBERS.fetch(c, named):
            try:
                kept = self._ledger.sealer.open(merchant_id, _SEALED, row["sealed"])
            except SealBroken:
                continue
            told.setdefault(row["tracking_number"], []).append(_read(kept))
        return told

    def _row(self, one: Early) -> dict[str, Any]:
        written = _written(one.report)
        return {
            "merchant_id": one.merchant_id,
            "tracking_number": one.tracking_number,
            "digest": self._ledger.sealer.fingerprint(one.merchant_id, written),
            "sealed": self._ledger.sealer.seal(one.merchant_id, _SEALED, written),
            "receive_time": one.now,
        }


async def _take_turns(c: AsyncConnection, numbers: Collection[tuple[str, str]]) -> None:
    """Until this transaction ends nobody else keeps or replays what is said of these numbers of merchants: else who
    brings the order and who found none could miss each other. SQLite has one writer at a time as it is."""
    if numbers and c.dialect.name == "postgresql":
        names = sorted("\x1f".join(one) for one in numbers)
        await c.execute(_TURNS, {"names": names})


async def _tidy(c: AsyncConnection, merchant_id: str, now: datetime) -> None:
    """Removes a merchant's reports that are too old or too many."""
    its = early_reports.c.merchant_id == merchant_id
    await c.execute(delete(early_reports).where(its, early_reports.c.receive_time < now - KEPT))
    key = early_reports.primary_key.columns
    newest_first = select(*key).where(its).order_by(early_reports.c.receive_time.desc(), *key)
    await c.execute(delete(early_reports).where(tuple_(*key).in_(newest_first.offset(MOST))))


def _written(report: Report) -> str:
    kept = {
        "events": [_event(event) for event in report.events],
        "shipment": rows.shipment_row(report.shipment) if report.shipment else None,
        "carrier": report.carrier,
        "trust": report.trust,
    }
    return json.dumps(kept, ensure_ascii=False, sort_keys=True)


def _event(event: TrackingEvent) -> dict[str, Any]:
    """With what is never kept in the open, as the text can only be masked knowing it."""
    stored = StoredEvent("", f"{event.source}/", event, datetime.fromtimestamp(0, UTC))
    detail: dict[str, Any] = rows.event_detail("", stored)["event"]
    return detail | {"pickup_code": event.pickup_code}


def _read(written: str) -> Report:
    kept = json.loads(written)
    events: Sequence[TrackingEvent] = [
        replace(rows.detailed_event(one).event, pickup_code=one["pickup_code"]) for one in kept["events"]
    ]
    shipment = rows.shipment(kept["shipment"]) if kept["shipment"] else None
    return Report(tuple(events), shipment, carrier=kept["carrier"], trust=Trust(kept["trust"]))
