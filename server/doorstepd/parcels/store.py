"""Queries about orders and parcels. Every one carries the merchant."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import and_, bindparam, insert, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from doorstepd.database.prepared import Prepared, insert_or_leave
from doorstepd.database.tables import customers, orders, parcels
from doorstepd.database.types import among
from doorstepd.names import tracking_number
from doorstepd.parcels import rows
from doorstepd.parcels.records import Order, Parcel
from doorstepd.parcels.silence import first_question

Cursor = tuple[datetime, str]

_OF_MERCHANT = parcels.c.merchant_id == bindparam("merchant")
_ORDERS = Prepared(select(orders).where(orders.c.merchant_id == bindparam("merchant"), among(orders.c.order_id, "ids")))
_PARCELS_OF_ORDERS = Prepared(
    select(parcels).where(_OF_MERCHANT, among(parcels.c.order_id, "ids")).order_by(parcels.c.order_id, parcels.c.number)
)
_NAMED = select(parcels).where(_OF_MERCHANT, among(parcels.c.parcel_id, "ids"))
_PARCELS, _EXISTING = Prepared(_NAMED), Prepared(_NAMED.with_only_columns(parcels.c.parcel_id))
_LOCK = Prepared(_NAMED.order_by(parcels.c.parcel_id).with_for_update())
_UNDER_NUMBER = select(parcels).where(_OF_MERCHANT, among(parcels.c.tracking_number, "numbers"))
_NUMBERED = Prepared(_UNDER_NUMBER.with_only_columns(parcels.c.parcel_id))
_LOCK_NUMBERED = Prepared(_UNDER_NUMBER.order_by(parcels.c.parcel_id).with_for_update())
_SAVE = Prepared(update(parcels).where(_OF_MERCHANT, parcels.c.parcel_id == bindparam("parcel")))
_ADD_CUSTOMERS = Prepared(insert_or_leave(customers))
_ADD_ORDERS, _ADD_PARCELS = Prepared(insert(orders)), Prepared(insert(parcels))


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


async def insert_orders(
    c: AsyncConnection, new: Sequence[tuple[Order, bytes | None]], their_parcels: Sequence[Parcel]
) -> None:
    """New orders, each with its sealed recipient, and their parcels. Customers are noted if new.

    Raises KeyTaken when an ID is not free. Written in the order of their names, so that processes do not deadlock.
    """
    named = sorted(new, key=lambda one: (one[0].merchant_id, one[0].order_id))
    customers_of = {(order.merchant_id, order.customer_id): order for order, _ in named}
    await _ADD_CUSTOMERS.run(c, [_customer_row(order) for _, order in sorted(customers_of.items())])
    await _ADD_ORDERS.run(c, [rows.order_row(order, sealed) for order, sealed in named])
    in_order = sorted(their_parcels, key=lambda one: (one.merchant_id, one.parcel_id))
    await _ADD_PARCELS.run(c, [rows.parcel_row(one) | _poll(one) for one in in_order])


async def get_orders(c: AsyncConnection, merchant_id: str, order_ids: Iterable[str]) -> dict[str, Order]:
    """Those that exist, by ID."""
    found = await _ORDERS.fetch(c, {"merchant": merchant_id, "ids": list(order_ids)})
    return {row["order_id"]: rows.order(row) for row in found}


async def get_order(c: AsyncConnection, merchant_id: str, order_id: str) -> Order | None:
    """One order, or None."""
    return (await get_orders(c, merchant_id, [order_id])).get(order_id)


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
    for row in await _PARCELS_OF_ORDERS.fetch(c, {"merchant": merchant_id, "ids": list(order_ids)}):
        found.setdefault(row["order_id"], []).append(rows.parcel(row))
    return found


async def get_parcels(c: AsyncConnection, merchant_id: str, parcel_ids: Iterable[str]) -> dict[str, Parcel]:
    """Those that exist, by ID."""
    found = await _PARCELS.fetch(c, {"merchant": merchant_id, "ids": list(parcel_ids)})
    return {row["parcel_id"]: rows.parcel(row) for row in found}


async def existing(c: AsyncConnection, merchant_id: str, parcel_ids: Iterable[str]) -> set[str]:
    """Which of these parcel IDs are in use."""
    return {row["parcel_id"] for row in await _EXISTING.fetch(c, {"merchant": merchant_id, "ids": list(parcel_ids)})}


async def lock_parcels(c: AsyncConnection, merchant_id: str, parcel_ids: Iterable[str]) -> dict[str, Parcel]:
    """As get_parcels, and nobody else changes them until this transaction ends. Locked by ID, so none deadlock."""
    found = await _LOCK.fetch(c, {"merchant": merchant_id, "ids": list(parcel_ids)})
    return {row["parcel_id"]: rows.parcel(row) for row in found}


async def lock_numbered(
    c: AsyncConnection, merchant_id: str, tracking_numbers: Iterable[str], parcel_ids: Iterable[str] = ()
) -> dict[str, Parcel]:
    """As lock_parcels, of the parcels under these numbers, of which several orders may share one, and of these IDs."""
    numbers, ids = {"merchant": merchant_id, "numbers": list(tracking_numbers)}, set(parcel_ids)
    if ids:  # in one statement, or the order of locking would be lost
        ids.update(row["parcel_id"] for row in await _NUMBERED.fetch(c, numbers))
        return await lock_parcels(c, merchant_id, ids)
    return {row["parcel_id"]: rows.parcel(row) for row in await _LOCK_NUMBERED.fetch(c, numbers)}


async def search(
    c: AsyncConnection, merchant_id: str, wanted: ParcelFilter, limit: int, after: Cursor | None
) -> list[Parcel]:
    """Newest first, beginning after the cursor (create time, parcel ID)."""
    query = select(parcels).where(parcels.c.merchant_id == merchant_id, *_conditions(wanted))
    if after is not None:
        query = query.where(_older(parcels.c.create_time, parcels.c.parcel_id, after))
    query = query.order_by(parcels.c.create_time.desc(), parcels.c.parcel_id.desc()).limit(limit)
    return [rows.parcel(row) for row in (await c.execute(query)).mappings()]


async def save(c: AsyncConnection, *changed: Parcel) -> None:
    """Writes back parcels that this transaction has locked."""
    await _SAVE.run(c, [_saved_row(one) for one in changed])


async def ask_soon(c: AsyncConnection, merchant_id: str, parcel_ids: Sequence[str], now: datetime) -> None:
    """Has the carriers of these parcels asked next, however lately there was news."""
    its = and_(parcels.c.merchant_id == merchant_id, parcels.c.parcel_id.in_(parcel_ids))
    await c.execute(update(parcels).where(its, parcels.c.tracking_number != "").values(next_poll_time=now))


def _saved_row(parcel: Parcel) -> dict[str, Any]:
    columns = {name: value for name, value in rows.parcel_row(parcel).items() if name not in rows.FIXED}
    return columns | _poll(parcel) | {"merchant": parcel.merchant_id, "parcel": parcel.parcel_id}


def _poll(parcel: Parcel) -> dict[str, Any]:
    """There was news of it, so its carrier need not be asked for long."""
    return {"next_poll_time": first_question(parcel, parcel.update_time), "polls": 0}


def _customer_row(order: Order) -> dict[str, Any]:
    return {
        "merchant_id": order.merchant_id,
        "customer_id": order.customer_id,
        "settings": {},
        "create_time": order.create_time,
    }


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
        conditions.append(parcels.c.tracking_number == tracking_number(wanted.tracking_number))
    return conditions


def _older(time_column: Any, id_column: Any, cursor: Cursor) -> Any:
    time, name = cursor
    return or_(time_column < time, and_(time_column == time, id_column < name))
