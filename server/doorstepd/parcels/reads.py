"""Whole orders, read in one statement: each with its parcels and their events, as plain rows.

What pages and apps ask for most. One statement sees one moment, so it needs no transaction around it. Times are
microseconds since 1970 here, as a renderer needs them; JSON stays text, as it repeats from row to row and what is made
of it can be kept.
"""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy.ext.asyncio import AsyncConnection

from doorstepd.database import Database
from doorstepd.parcels import rows
from doorstepd.parcels.records import Order, Parcel, StoredEvent
from doorstepd.parcels.straight import Straight, placeholders

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class EventRow(NamedTuple):
    """A row of `events`. Its fields begin with what the timeline is sorted by. `facts` is JSON."""

    time: int
    sequence: int
    source: str
    event_key: str
    offset_minutes: int | None
    zone: str
    status: str | None
    sub_status: str | None
    text: str
    code: str | None
    location: str | None
    facts: str
    receive_time: int

    @classmethod
    def of(cls, stored: StoredEvent) -> "EventRow":
        """From a record."""
        columns = rows.event_row("", stored, None)
        columns |= {
            "time": _microseconds(columns["event_time"]),
            "receive_time": _microseconds(columns["receive_time"]),
            "facts": json.dumps(columns["facts"]),
        }
        return cls(**{name: columns[name] for name in cls._fields})

    @property
    def event_id(self) -> str:
        """As `StoredEvent.event_id`."""
        return f"{self.source}/{self.event_key}"

    def stored(self, parcel_id: str) -> StoredEvent:
        """The same as a record."""
        columns = self._asdict() | {
            "parcel_id": parcel_id,
            "event_time": _moment(self.time),
            "receive_time": _moment(self.receive_time),
            "facts": json.loads(self.facts),
        }
        return rows.event(columns)


@dataclass(frozen=True, slots=True)
class ReadParcel:
    """A parcel with its events, oldest first."""

    parcel: Parcel
    events: Sequence[EventRow]


@dataclass(frozen=True, slots=True)
class ReadOrder:
    """An order with its parcels in their numbering."""

    order: Order
    parcels: Sequence[ReadParcel]


Revisions = dict[str, int]
"""The revision of each parcel, by ID. Everything that shows in an order is in it or raises one of them."""


class OrderReads:
    """Reads orders of one merchant; `among` is a connection in whose transaction to read, none to read by itself."""

    def __init__(self, database: Database) -> None:
        self._straight = Straight(database)
        self._by_order, self._by_parcel, self._revisions = (
            STATEMENTS[database.sqlite][name] for name in ("orders", "parcels", "revisions")
        )

    async def orders(
        self, merchant_id: str, order_ids: Iterable[str], among: AsyncConnection | None = None
    ) -> list[ReadOrder]:
        """Those that exist, in any order."""
        return await self._read(self._by_order, merchant_id, order_ids, among)

    async def orders_of_parcels(
        self, merchant_id: str, parcel_ids: Iterable[str], among: AsyncConnection | None = None
    ) -> list[ReadOrder]:
        """The orders that these parcels belong to, whole."""
        return await self._read(self._by_parcel, merchant_id, parcel_ids, among)

    async def revisions(self, merchant_id: str, order_ids: Iterable[str]) -> dict[str, Revisions]:
        """How far the log of each order's parcels has come."""
        found: dict[str, Revisions] = {}
        for order_id, parcel_id, revision in await self._straight.fetch(self._revisions, merchant_id, order_ids):
            found.setdefault(order_id, {})[parcel_id] = revision
        return found

    async def _read(
        self, statement: str, merchant_id: str, ids: Iterable[str], among: AsyncConnection | None
    ) -> list[ReadOrder]:
        found = await self._straight.fetch(statement, merchant_id, ids, among)
        return [_order(merchant_id, row) for row in found]

    def close(self) -> None:
        """Lets go of the database."""
        self._straight.close()


# The columns of each table that are read, as `rows` names them. Parcels are sorted by the first.
_OF_ORDER = (
    "order_id", "customer_id", "digest", "order_time", "create_time", "recipient_name", "recipient_phone",
    "recipient_address", "recipient_public", "latitude", "longitude",
)  # fmt: skip
_OF_PARCEL = (
    "number", "parcel_id", "items", "carrier", "tracking_number", "create_time", "update_time", "status", "sub_status",
    "status_time", "event_id", "attention", "terminal", "attempt", "courier_id", "courier_name", "courier_phone",
    "expected_time", "expected_source", "shipments", "revision",
)  # fmt: skip
_OF_EVENT = tuple({"time": "event_time"}.get(name, name) for name in EventRow._fields)
_TIMES_OF_ORDER = ("order_time", "create_time")
_TIMES_OF_PARCEL = ("create_time", "update_time", "status_time", "expected_time")
_TIMES = frozenset({*_TIMES_OF_ORDER, *_TIMES_OF_PARCEL, "event_time", "receive_time"})
_NESTED, _AS_TEXT = frozenset({"items", "shipments"}), frozenset({"recipient_public", "facts"})

_TEMPLATE = """
SELECT {order}, CAST((
  SELECT {gather}({array}({parcel}, (
    SELECT {gather}({array}({event})) FROM events e
    WHERE e.merchant_id = p.merchant_id AND e.parcel_id = p.parcel_id
  ))) FROM parcels p WHERE p.merchant_id = o.merchant_id AND p.order_id = o.order_id
) AS TEXT) FROM orders o WHERE o.merchant_id = {merchant} AND o.order_id {among}
"""
_OF_PARCELS = "IN (SELECT q.order_id FROM parcels q WHERE q.merchant_id = {merchant} AND q.parcel_id {among})"
_REVISIONS = """
SELECT p.order_id, p.parcel_id, p.revision FROM parcels p WHERE p.merchant_id = {merchant} AND p.order_id {among}
"""


def _statements(*, sqlite: bool) -> dict[str, str]:
    """The statements in the words of SQLite or PostgreSQL."""
    array, gather = ("json_array", "json_group_array") if sqlite else ("json_build_array", "json_agg")
    merchant, among = placeholders(sqlite=sqlite)

    def column(table: str, name: str) -> str:
        if name in _TIMES and not sqlite:
            return f"CAST(extract(epoch FROM {table}.{name}) * 1000000 AS bigint)"
        if name in _NESTED and sqlite:
            return f"json({table}.{name})"
        return f"CAST({table}.{name} AS TEXT)" if name in _AS_TEXT else f"{table}.{name}"

    columns = {
        what: ", ".join(column(what[0], name) for name in names)
        for what, names in (("order", _OF_ORDER), ("parcel", _OF_PARCEL), ("event", _OF_EVENT))
    }

    def whole(among: str) -> str:
        return _TEMPLATE.format(array=array, gather=gather, merchant=merchant, among=among, **columns)

    return {
        "orders": whole(among),
        "parcels": whole(_OF_PARCELS.format(merchant=merchant, among=among)),
        "revisions": _REVISIONS.format(merchant=merchant, among=among),
    }


STATEMENTS = {sqlite: _statements(sqlite=sqlite) for sqlite in (True, False)}
"""By whether they are for SQLite, and by name."""


def _order(merchant_id: str, row: Sequence[Any]) -> ReadOrder:
    columns = _columns(_OF_ORDER, row, _TIMES_OF_ORDER)
    columns["merchant_id"] = merchant_id
    columns["recipient_public"] = json.loads(columns["recipient_public"])
    order = rows.order(columns)
    return ReadOrder(order, [_parcel(order, one) for one in sorted(json.loads(row[-1] or "[]"))])


def _parcel(order: Order, row: Sequence[Any]) -> ReadParcel:
    columns = _columns(_OF_PARCEL, row, _TIMES_OF_PARCEL)
    columns["merchant_id"], columns["order_id"] = order.merchant_id, order.order_id
    columns["attention"], columns["terminal"] = bool(columns["attention"]), bool(columns["terminal"])
    return ReadParcel(rows.parcel(columns), [EventRow._make(one) for one in sorted(row[-1] or ())])


def _columns(names: Sequence[str], row: Sequence[Any], times: Sequence[str]) -> dict[str, Any]:
    columns: dict[str, Any] = dict(zip(names, row, strict=False))
    for name in times:
        columns[name] = _moment(columns[name])
    return columns


def _microseconds(moment: datetime) -> int:
    return (moment - _EPOCH) // timedelta(microseconds=1)


def _moment(microseconds: int | None) -> datetime | None:
    return None if microseconds is None else _EPOCH + timedelta(microseconds=microseconds)
