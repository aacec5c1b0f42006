"""Queries about couriers and their stops. Every one carries the merchant."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, case, func, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection

from doorstepd.database.tables import couriers, stops
from doorstepd.parcels.records import CourierCard, Door

# Made once: building a statement costs SQLAlchemy more than SQLite takes to carry it out.
_IDS: Any = bindparam("ids", expanding=True)
_OF_PARCELS = (
    select(stops)
    .where(stops.c.merchant_id == bindparam("merchant"), stops.c.parcel_id.in_(_IDS))
    .order_by(stops.c.attempt)
)
_mine, _other = stops.alias("mine"), stops.alias("other")
_AHEAD = (
    select(_mine.c.parcel_id, func.count(_other.c.parcel_id))
    .select_from(
        _mine.outerjoin(
            _other,
            (_other.c.merchant_id == _mine.c.merchant_id)
            & (_other.c.courier_id == _mine.c.courier_id)
            & (_other.c.state == "open")
            & (_other.c.sequence > 0)
            & (_other.c.sequence < _mine.c.sequence),
        )
    )
    .where(
        _mine.c.merchant_id == bindparam("merchant"),
        _mine.c.parcel_id.in_(_IDS),
        _mine.c.state == "open",
        _mine.c.sequence > 0,
    )
    .group_by(_mine.c.parcel_id)
)


@dataclass(frozen=True, slots=True)
class StoredStop:
    """One delivery attempt on a courier's round. `state`: open, delivered, failed, reassigned.

    `radius_m`: the bell's, where the customer chose one and it was asked for.
    """

    parcel_id: str
    attempt: int
    courier_id: str
    sequence: int
    state: str
    door: Door | None
    open_time: datetime
    radius_m: float | None = None

    def ended_at(self, told: datetime, now: datetime) -> datetime:
        """When it ended, if somebody says when: not before it was opened, and not later than now."""
        return min(max(told, self.open_time), max(now, self.open_time))


_MOVED = ("courier_id", "sequence", "state", "latitude", "longitude", "close_time")


async def get_courier(c: AsyncConnection, merchant_id: str, courier_id: str) -> CourierCard | None:
    """What is known of a courier."""
    query = select(couriers.c.name, couriers.c.phone).where(
        couriers.c.merchant_id == merchant_id, couriers.c.courier_id == courier_id
    )
    row = (await c.execute(query)).first()
    return CourierCard(courier_id, row.name or None, row.phone or None) if row else None


async def put_courier(
    c: AsyncConnection, merchant_id: str, card: CourierCard, sealed: bytes | None, now: datetime
) -> None:
    """What is known of a courier, in place of what was."""
    columns = {
        "merchant_id": merchant_id,
        "courier_id": card.courier_id,
        "name": card.name or "",
        "phone": card.phone or "",
        "sealed": sealed,
        "update_time": now,
    }
    insertion = _insert(c, couriers).values(columns)
    await c.execute(
        insertion.on_conflict_do_update(
            index_elements=["merchant_id", "courier_id"],
            set_={k: insertion.excluded[k] for k in ("name", "phone", "sealed", "update_time")},
        )
    )


async def put(c: AsyncConnection, merchant_id: str, stop: StoredStop) -> None:
    """Opens a stop, or moves one to another courier or place in the round, opening it again if it was closed."""
    columns = {
        "merchant_id": merchant_id,
        "parcel_id": stop.parcel_id,
        "attempt": stop.attempt,
        "courier_id": stop.courier_id,
        "sequence": stop.sequence,
        "state": stop.state,
        "latitude": stop.door.latitude if stop.door else None,
        "longitude": stop.door.longitude if stop.door else None,
        "open_time": stop.open_time,
        "close_time": None,
    }
    insertion = _insert(c, stops).values(columns)
    await c.execute(
        insertion.on_conflict_do_update(
            index_elements=["merchant_id", "parcel_id", "attempt"],
            set_={
                "open_time": case((stops.c.state == "open", stops.c.open_time), else_=insertion.excluded.open_time),
                **{k: insertion.excluded[k] for k in _MOVED},
            },
        )
    )


async def close(c: AsyncConnection, merchant_id: str, parcel_id: str, state: str, ended: datetime) -> None:
    """Closes the parcel's open stop, if it has one; `ended`: when that happened (`ended_at`)."""
    await c.execute(
        update(stops)
        .where(stops.c.merchant_id == merchant_id, stops.c.parcel_id == parcel_id, stops.c.state == "open")
        .values(state=state, close_time=ended)
    )


async def renumber(c: AsyncConnection, merchant_id: str, parcel_id: str, attempt: int) -> None:
    """The parcel's open stop belongs to another attempt than was thought."""
    await c.execute(
        update(stops)
        .where(stops.c.merchant_id == merchant_id, stops.c.parcel_id == parcel_id, stops.c.state == "open")
        .values(attempt=attempt)
    )


async def open_of_courier(c: AsyncConnection, merchant_id: str, courier_id: str) -> list[StoredStop]:
    """The courier's open stops in the order of his round."""
    query = (
        select(stops)
        .where(stops.c.merchant_id == merchant_id, stops.c.courier_id == courier_id, stops.c.state == "open")
        .order_by(stops.c.sequence, stops.c.parcel_id)
    )
    return [_stop(row) for row in (await c.execute(query)).mappings()]


async def ended_of_courier(c: AsyncConnection, merchant_id: str, courier_id: str, since: datetime) -> list[StoredStop]:
    """The courier's stops that ended after that moment."""
    query = select(stops).where(
        stops.c.merchant_id == merchant_id,
        stops.c.courier_id == courier_id,
        stops.c.state.in_(("delivered", "failed")),
        stops.c.close_time > since,
    )
    return [_stop(row) for row in (await c.execute(query)).mappings()]


async def of_parcels(c: AsyncConnection, merchant_id: str, parcel_ids: Iterable[str]) -> dict[str, StoredStop]:
    """The newest stop of each parcel."""
    found = await c.execute(_OF_PARCELS, {"merchant": merchant_id, "ids": list(parcel_ids)})
    return {row["parcel_id"]: _stop(row) for row in found.mappings()}


async def ahead(c: AsyncConnection, merchant_id: str, parcel_ids: Iterable[str]) -> dict[str, int]:
    """How many of the courier's open stops come before each parcel's; parcels without a known place have no entry."""
    found = await c.execute(_AHEAD, {"merchant": merchant_id, "ids": list(parcel_ids)})
    return {row[0]: row[1] for row in found}


async def states(
    c: AsyncConnection, merchant_id: str, keys: Iterable[tuple[str, int]]
) -> dict[tuple[str, int], StoredStop]:
    """The stops of these (parcel, attempt), whatever became of them."""
    wanted = set(keys)
    query = select(stops).where(
        stops.c.merchant_id == merchant_id, stops.c.parcel_id.in_({parcel_id for parcel_id, _ in wanted})
    )
    found = [_stop(row) for row in (await c.execute(query)).mappings()]
    return {(one.parcel_id, one.attempt): one for one in found if (one.parcel_id, one.attempt) in wanted}


def _insert(c: AsyncConnection, table: Any) -> Any:
    return (postgresql if c.dialect.name == "postgresql" else sqlite).insert(table)


def _stop(row: Any) -> StoredStop:
    door = Door(row["latitude"], row["longitude"]) if row["latitude"] is not None else None
    return StoredStop(
        row["parcel_id"], row["attempt"], row["courier_id"], row["sequence"], row["state"], door, row["open_time"]
    )
