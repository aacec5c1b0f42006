"""Whole orders, read in one statement: each with its parcels and their events, as plain rows.

What pages and apps ask for most. One statement sees one moment, so it needs no transaction around it. Times are
microseconds since 1970 here, as a renderer needs them; JSON stays text, as it repeats from row to row and what is made
of it can be kept.
"""

import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import JSON, BigInteger, ColumnElement, Dialect, Select, Text, bindparam, cast, extract, func, select
from sqlalchemy import literal_column as literally
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.sql import ClauseElement

from doorstepd.database import Database
from doorstepd.database.prepared import Prepared
from doorstepd.database.tables import events, orders, parcels
from doorstepd.database.types import Instant, among
from doorstepd.parcels import rows
from doorstepd.parcels.records import Order, Parcel, StoredEvent

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
    """Reads orders of one merchant; `among` is a connection in whose transaction to read, none to read alone."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def orders(
        self, merchant_id: str, order_ids: Iterable[str], among: AsyncConnection | None = None
    ) -> list[ReadOrder]:
        """Those that exist, in any order."""
        return await self._read(_ORDERS, merchant_id, order_ids, among)

    async def orders_of_parcels(
        self, merchant_id: str, parcel_ids: Iterable[str], among: AsyncConnection | None = None
    ) -> list[ReadOrder]:
        """The orders that these parcels belong to, whole."""
        return await self._read(_ORDERS_OF_PARCELS, merchant_id, parcel_ids, among)

    async def revisions(self, merchant_id: str, order_ids: Iterable[str]) -> dict[str, Revisions]:
        """How far the log of each order's parcels has come."""
        found: dict[str, Revisions] = {}
        named = {"merchant": merchant_id, "ids": list(order_ids)}
        for order_id, parcel_id, revision in await _REVISIONS.values(self._database, named):
            found.setdefault(order_id, {})[parcel_id] = revision
        return found

    async def _read(
        self, statement: Prepared, merchant_id: str, ids: Iterable[str], among: AsyncConnection | None
    ) -> list[ReadOrder]:
        found = await statement.fetch(among or self._database, {"merchant": merchant_id, "ids": list(ids)})
        return [_order(row) for row in found]


# The columns of each table that are read, as `rows` names them. Parcels are sorted by the first.
_OF_ORDER = (
    "merchant_id", "order_id", "customer_id", "digest", "order_time", "create_time", "recipient_name",
    "recipient_phone", "recipient_address", "recipient_public", "latitude", "longitude",
)  # fmt: skip
_OF_PARCEL = (
    "number", "parcel_id", "items", "carrier", "tracking_number", "create_time", "update_time", "status", "sub_status",
    "status_time", "event_id", "attention", "terminal", "attempt", "courier_id", "courier_name", "courier_phone",
    "expected_time", "expected_source", "shipments", "revision",
)  # fmt: skip
_OF_EVENT = tuple({"time": "event_time"}.get(name, name) for name in EventRow._fields)
_TIMES_OF_PARCEL = ("create_time", "update_time", "status_time", "expected_time")


def _whole(which: ColumnElement[Any]) -> Callable[[Dialect], ClauseElement]:
    """The statement for the orders of a merchant that a condition picks, each with its parcels and events as JSON."""

    def statement(dialect: Dialect) -> ClauseElement:
        its_events = _gathered(dialect, (events.c[name] for name in _OF_EVENT)).where(
            events.c.merchant_id == parcels.c.merchant_id, events.c.parcel_id == parcels.c.parcel_id
        )
        of_parcel = (parcels.c[name] for name in _OF_PARCEL)
        its_parcels = _gathered(dialect, (*of_parcel, its_events.correlate(parcels).scalar_subquery())).where(
            parcels.c.merchant_id == orders.c.merchant_id, parcels.c.order_id == orders.c.order_id
        )
        as_text = cast(its_parcels.correlate(orders).scalar_subquery(), Text)
        its_own = (orders.c[name] for name in _OF_ORDER)
        return select(*its_own, as_text.label("parcels")).where(orders.c.merchant_id == bindparam("merchant"), which)

    return statement


def _gathered(dialect: Dialect, columns: Iterable[ColumnElement[Any]]) -> Select[Any]:
    """All rows as one JSON array of arrays."""
    if dialect.name == "sqlite":
        return select(func.json_group_array(func.json_array(*map(_in_sqlite, columns))))
    return select(func.json_agg(func.json_build_array(*map(_in_postgresql, columns))))


def _in_sqlite(column: ColumnElement[Any]) -> ColumnElement[Any]:
    """As it is put into a JSON array. Times are microseconds there already."""
    if column is events.c.facts:
        return column
    return func.json(column) if isinstance(column.type, JSON) else column


def _in_postgresql(column: ColumnElement[Any]) -> ColumnElement[Any]:
    if column is events.c.facts:
        return cast(column, Text)
    if isinstance(column.type, Instant):
        return cast(extract("epoch", column) * literally("1000000"), BigInteger)
    return column


_OF_MERCHANT = parcels.c.merchant_id == bindparam("merchant")
_NAMED = select(parcels.c.order_id).where(_OF_MERCHANT, among(parcels.c.parcel_id, "ids"))
_ORDERS = Prepared(_whole(among(orders.c.order_id, "ids")))
_ORDERS_OF_PARCELS = Prepared(_whole(orders.c.order_id.in_(_NAMED)))
_REVISIONS = Prepared(
    select(parcels.c.order_id, parcels.c.parcel_id, parcels.c.revision).where(
        _OF_MERCHANT, among(parcels.c.order_id, "ids")
    )
)


def _order(row: dict[str, Any]) -> ReadOrder:
    order = rows.order(row)
    return ReadOrder(order, [_parcel(order, one) for one in sorted(json.loads(row["parcels"] or "[]"))])


def _parcel(order: Order, row: Sequence[Any]) -> ReadParcel:
    columns: dict[str, Any] = dict(zip(_OF_PARCEL, row, strict=False))
    for name in _TIMES_OF_PARCEL:
        columns[name] = _moment(columns[name])
    columns["merchant_id"], columns["order_id"] = order.merchant_id, order.order_id
    columns["attention"], columns["terminal"] = bool(columns["attention"]), bool(columns["terminal"])
    return ReadParcel(rows.parcel(columns), [EventRow._make(one) for one in sorted(row[-1] or ())])


def _microseconds(moment: datetime) -> int:
    return (moment - _EPOCH) // timedelta(microseconds=1)


def _moment(microseconds: int | None) -> datetime | None:
    return None if microseconds is None else _EPOCH + timedelta(microseconds=microseconds)
