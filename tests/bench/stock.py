"""A store of the size that a benchmark asks for: one order goes through the real write path, SQL copies it.

Copies differ in their IDs, doors and couriers only, so every row is as the service itself writes it.
"""

import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import text

from doorstepd.access.callers import Role
from doorstepd.access.permissions import SCOPES
from doorstepd.access.tokens import Issuer, load_or_create_keys
from doorstepd.database import Database
from doorstepd.database.migrate import migrate
from doorstepd.database.tables import events, orders, parcels, revisions, stops
from doorstepd.intake.assign_stops import Courier, NewStop
from doorstepd.intake.ledger import Report
from doorstepd.intake.register_order import NewOrder, NewParcel
from doorstepd.parcels.events import TrackingEvent, Zone
from doorstepd.parcels.records import Door, Item, Recipient
from doorstepd.parcels.vocabulary import Status, SubStatus
from doorstepd.settings import Settings
from doorstepd.wiring import Doorstep

MERCHANT = "bench"
DOOR = Door(31.2, 121.6)
DOORS_APART = 0.002
"""Degrees of latitude from one stop to the next: 222 m, so that a circle of 1 km has nine of them."""

_HOUR = timedelta(hours=1)
_JOURNEY: tuple[tuple[str, Status, SubStatus | None, str], ...] = (
    ("【义乌市】商家已发货，等待揽收", Status.INFO_RECEIVED, None, "义乌市"),
    ("【义乌市】快件已被【义乌北苑】揽收", Status.PICKED_UP, None, "义乌市"),
    ("【义乌市】快件离开【义乌北苑】已发往【杭州转运中心】", Status.IN_TRANSIT, None, "义乌市"),
    ("【杭州市】快件已到达【杭州转运中心】", Status.IN_TRANSIT, None, "杭州市"),
    ("【杭州市】快件离开【杭州转运中心】已发往【上海转运中心】", Status.IN_TRANSIT, None, "杭州市"),
    ("【上海市】快件已到达【上海转运中心】", Status.IN_TRANSIT, None, "上海市"),
    ("【上海市】快件离开【上海转运中心】已发往【浦东张江】", Status.IN_TRANSIT, None, "上海市"),
    ("【上海市】快件已到达【浦东张江】", Status.IN_TRANSIT, None, "上海市"),
)


@dataclass(frozen=True, slots=True)
class Stock:
    """What is in the store. Orders on their way are T1, T2, ...; those out for delivery D1, D2, ... with couriers
    k0, k1, ... who have `a_courier` each."""

    data: Path
    travelling: int
    out: int
    a_courier: int
    issuer: Issuer

    @property
    def couriers(self) -> int:
        """How many go round."""
        return self.out // self.a_courier

    def courier_of(self, number: int) -> str:
        """Who brings D<number>."""
        return f"k{(number - 1) // self.a_courier}"

    def door_of(self, courier: int, stop: int = 0) -> Door:
        """The door of a courier's stop, from 0."""
        return Door(DOOR.latitude + DOORS_APART * stop, DOOR.longitude)

    def customer(self, number: int) -> str:
        """The token of whoever waits for D<number>."""
        return self._token(role=Role.CUSTOMER, customer_id=f"cD{number}")

    def courier(self, number: int) -> str:
        """The token of courier k<number>."""
        return self._token(role=Role.COURIER, courier_id=f"k{number}")

    def service(self) -> str:
        """The token of a trusted service, with every right."""
        return self._token(role=Role.INTERNAL_SERVICE, scopes=SCOPES)

    def merchant(self) -> str:
        """The token of the merchant's own staff."""
        return self._token(role=Role.MERCHANT_ADMIN, subject="staff")

    def _token(self, **who: Any) -> str:
        return self.issuer.issue(merchant_id=MERCHANT, now=time.time(), ttl=3600.0, **who)


async def stocked(data: Path, redis_url: str, *, travelling: int = 0, out: int = 0, a_courier: int = 10) -> Stock:
    """A store in the folder `data`, in SQLite."""
    data.mkdir(parents=True, exist_ok=True)
    office = Doorstep(Settings(data=data, redis_url=redis_url, ask_carriers=False))
    await migrate(office.database)
    await office.merchants.create(MERCHANT, "Bench", datetime.now(UTC))
    for prefix, count in (("T", travelling), ("D", out)):
        if count:
            await _seed(office, prefix)
            await _copies(office.database, prefix, count, a_courier)
    await office.newest.close()
    await office.database.close()
    return Stock(data, travelling, out, a_courier, Issuer(load_or_create_keys(data / "keys")))


async def _seed(office: Doorstep, prefix: str) -> None:
    now = datetime.now(UTC)
    parcel = NewParcel((Item("纯棉毛巾"), Item("电动牙刷", 2)), "zto", "78000000000021", f"{prefix}0-1")
    recipient = Recipient("张三丰", "13812345678", "上海市浦东新区张江路88号3栋501室")
    new = NewOrder(f"{prefix}0", f"c{prefix}0", (parcel,), recipient, DOOR, now - 30 * _HOUR)
    await office.intake.orders.register(MERCHANT, new, now)
    said = tuple(
        TrackingEvent(
            source="kdniao",
            time=now - (len(_JOURNEY) - place) * _HOUR,
            text=words,
            status=status,
            sub_status=sub_status,
            location=where,
            places=(where,),
            zone=Zone.EXPLICIT,
        )
        for place, (words, status, sub_status, where) in enumerate(_JOURNEY)
    )
    await office.recorder.record(MERCHANT, f"{prefix}0-1", Report(said), now)
    if prefix == "D":
        courier = Courier("k0", "李四", "13800005678")
        await office.intake.rounds.assign(MERCHANT, courier, [NewStop("D0-1", 1, DOOR)], now)


async def _copies(database: Database, prefix: str, count: int, a_courier: int) -> None:
    new = {
        "order_id": f"'{prefix}' || i",
        "parcel_id": f"'{prefix}' || i || '-1'",
        "customer_id": f"'c{prefix}' || i",
        "tracking_number": "'B' || i",
    }
    if prefix == "D":
        new["courier_id"] = f"'k' || ((i - 1) / {a_courier})"
    at_stop = {
        "sequence": f"(i - 1) % {a_courier} + 1",
        "latitude": f"latitude + {DOORS_APART} * ((i - 1) % {a_courier})",
    }
    async with database.writing() as c:
        for table in (orders, parcels, events, revisions, stops):
            names = [column.name for column in table.columns]
            each = new | (at_stop if table is stops else {})
            its = ", ".join(each.get(name, f'"{name}"') for name in names)
            key = "order_id" if table is orders else "parcel_id"
            seed = f"{prefix}0" if table is orders else f"{prefix}0-1"
            columns = ", ".join(f'"{name}"' for name in names)
            await c.execute(
                text(
                    f"INSERT INTO {table.name} ({columns}) "
                    f"WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {count}) "
                    f"SELECT {its} FROM {table.name}, n WHERE merchant_id = '{MERCHANT}' AND {key} = '{seed}'"
                )
            )
