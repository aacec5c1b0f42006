"""Queries about orders and parcels. Every one carries the merchant."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import and_, bindparam, func, insert, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection

from doorstepd.database.tables import customers, orders, parcels
from doorstepd.parcels import rows
from doorstepd.parcels.records import Order, Parcel
from doorstepd.parcels.silence import first_question

Cursor = tuple[datetime, str]

# Made once: building a statement costs SQLAlchemy more than SQLite takes to carry it out.
_IDS: Any = bindparam("ids", expanding=True)
_ORDERS = select(orders).where(orders.c.merchant_id == bindparam("merchant"), orders.c.order_id.in_(_IDS))
_PARCELS = select(parcels).where(parcels.c.merchant_id == bindparam("merchant"), parcels.c.parcel_id.in_(_IDS))
_PARCELS_OF_ORDERS = (
    select(parcels)
    .where(parcels.c.merchant_id == bindparam("merchant"), parcels.c.order_id.in_(_IDS))
    .order_by(parcels.c.order_id, parcels.c.number)
)
_LOCKED_PARCELS = _PARCELS.order_by(parcels.c.parcel_id).with_for_update()
_BY_NUMBER = select(parcels).where(
    parcels.c.merchant_id == bindparam("merchant"), parcels.c.tracking_number == bindparam("number")
)
_LOCKED_BY_NUMBER = _BY_NUMBER.order_by(parcels.c.parcel_id).with_for_update()
_OF_CARRIER = _BY_NUMBER.where(or_(parcels.c.carrier == bindparam("carrier"), parcels.c.carrier == ""))
_LOCKED_OF_CARRIER = _OF_CARRIER.order_by(parcels.c.parcel_id).with_for_update()
_SAVE = update(parcels).where(
    parcels.c.merchant_id == bindparam("merchant"), parcels.c.parcel_id == bindparam("parcel")
)


@dataclass(frozen=True, slots=True)
class ParcelFilter:
    """Which parcels; what is empty or None does not filter."""

    order_ids: tuple[str, ...] = ()
    created_after: datetime | None = None
    created_before: datetime | None = None
    statuses: tuple[str, ...] = ()
    sub_statuses: tuple[str, ...] = ()
    needs_attention: bool = False
    tracking_number: str = ""


async def insert_order(c: AsyncConnection, order: Order, sealed: bytes | None, its_parcels: Sequence[Parcel]) -> None:
    """A new order with its parcels; the IDs must be free. Its customer is noted if new."""
    insertion: Any = (postgresql if c.dialect.name == "postgresql" else sqlite).insert(customers)
    customer = {
        "merchant_id": order.merchant_id,
        "customer_id": order.customer_id,
        "settings": {},
        "create_time": order.create_time,
    }
    await c.execute(insertion.values(customer).on_conflict_do_nothing())
    await c.execute(insert(orders), rows.order_row(order, sealed))
    await c.execute(insert(parcels), [rows.parcel_row(parcel) for parcel in its_parcels])


async def get_orders(c: AsyncConnection, merchant_id: str, order_ids: Iterable[str]) -> dict[str, Order]:
    """Those that exist, by ID."""
    found = await c.execute(_ORDERS, {"merchant": merchant_id, "ids": list(order_ids)})
    return {row["order_id"]: rows.order(row) for row in found.mappings()}


async def get_order(c: AsyncConnection, merchant_id: str, order_id: str) -> Order | None:
    """One order, or None."""
    query = select(orders).where(orders.c.merchant_id == merchant_id, orders.c.order_id == order_id)
    row = (await c.execute(query)).mappings().first()
    return rows.order(row) if row else None


async def list_orders(
    c: AsyncConnection, merchant_id: str, customer_id: str | None, limit: int, after: Cursor | None
) -> list[Order]:
    """Newest first, beginning after the cursor (create time, order ID)."""
    query = select(orders).where(orders.c.merchant_id == merchant_id)
    if customer_id is not None:
        query = query.where(orders.c.customer_id == customer_id)
    if after is not None:
        query = query.where(_older(orders.c.create_time, orders.c.order_id, after))
    query = query.order_by(orders.c.create_time.desc(), orders.c.order_id.desc()).limit(limit)
    return [rows.order(row) for row in (await c.execute(query)).mappings()]


async def parcels_of_orders(c: AsyncConnection, merchant_id: str, order_ids: Iterable[str]) -> dict[str, list[Parcel]]:
    """The parcels of each order, in the order's own numbering."""
    found: dict[str, list[Parcel]] = {}
    wanted = {"merchant": merchant_id, "ids": list(order_ids)}
    for row in (await c.execute(_PARCELS_OF_ORDERS, wanted)).mappings():
        found.setdefault(row["order_id"], []).append(rows.parcel(row))
    return found


async def get_parcels(c: AsyncConnection, merchant_id: str, parcel_ids: Iterable[str]) -> dict[str, Parcel]:
    """Those that exist, by ID."""
    found = await c.execute(_PARCELS, {"merchant": merchant_id, "ids": list(parcel_ids)})
    return {row["parcel_id"]: rows.parcel(row) for row in found.mappings()}


async def lock_parcels(c: AsyncConnection, merchant_id: str, parcel_ids: Iterable[str]) -> dict[str, Parcel]:
    """As get_parcels, and nobody else changes them until this transaction ends. Locked by ID, so none deadlock."""
    found = await c.execute(_LOCKED_PARCELS, {"merchant": merchant_id, "ids": list(parcel_ids)})
    return {row["parcel_id"]: rows.parcel(row) for row in found.mappings()}


async def lock_by_tracking_number(
    c: AsyncConnection, merchant_id: str, tracking_number: str, carrier: str | None = None
) -> list[Parcel]:
    """As lock_parcels, of the parcels under a number: several orders may share one."""
    wanted = {"merchant": merchant_id, "number": tracking_number}
    query, more = (_LOCKED_OF_CARRIER, {"carrier": carrier}) if carrier else (_LOCKED_BY_NUMBER, {})
    return [rows.parcel(row) for row in (await c.execute(query, wanted | more)).mappings()]


async def search(
    c: AsyncConnection, merchant_id: str, wanted: ParcelFilter, limit: int, after: Cursor | None
) -> list[Parcel]:
    """Newest first, beginning after the cursor (create time, parcel ID)."""
    query = select(parcels).where(parcels.c.merchant_id == merchant_id, *_conditions(wanted))
    if after is not None:
        query = query.where(_older(parcels.c.create_time, parcels.c.parcel_id, after))
    query = query.order_by(parcels.c.create_time.desc(), parcels.c.parcel_id.desc()).limit(limit)
    return [rows.parcel(row) for row in (await c.execute(query)).mappings()]


async def save(c: AsyncConnection, parcel: Parcel) -> None:
    """Writes back a parcel that this transaction has locked. It was news, so its carrier need not be asked for long."""
    columns = {k: v for k, v in rows.parcel_row(parcel).items() if k not in rows.FIXED}
    columns |= {"next_poll_time": first_question(parcel, parcel.update_time), "polls": 0}
    await c.execute(_SAVE, columns | {"merchant": parcel.merchant_id, "parcel": parcel.parcel_id})


async def count_orders(c: AsyncConnection, merchant_id: str) -> int:
    """How many orders the merchant has."""
    query = select(func.count()).select_from(orders).where(orders.c.merchant_id == merchant_id)
    return int((await c.execute(query)).scalar_one())


def _conditions(wanted: ParcelFilter) -> list[Any]:
    conditions: list[Any] = []
    if wanted.order_ids:
        conditions.append(parcels.c.order_id.in_(wanted.order_ids))
    if wanted.created_after:
        conditions.append(parcels.c.create_time >= wanted.created_after)
    if wanted.created_before:
        conditions.append(parcels.c.create_time < wanted.created_before)
    if wanted.statuses:
        conditions.append(parcels.c.status.in_(wanted.statuses))
    if wanted.sub_statuses:
        conditions.append(parcels.c.sub_status.in_(wanted.sub_statuses))
    if wanted.needs_attention:
        conditions.append(parcels.c.attention.is_(True))
    if wanted.tracking_number:
        conditions.append(parcels.c.tracking_number == wanted.tracking_number)
    return conditions


def _older(time_column: Any, id_column: Any, cursor: Cursor) -> Any:
    time, name = cursor
    return or_(time_column < time, and_(time_column == time, id_column < name))
