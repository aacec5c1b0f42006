"""What customers chose for their bells. Every query carries the merchant."""

from datetime import datetime
from typing import Any

from sqlalchemy import and_, bindparam, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection

from doorstepd.database.prepared import Prepared
from doorstepd.database.tables import customers, orders, parcels, stops
from doorstepd.reminders.preferences import Preferences, read_preferences

_OF_CUSTOMER = (customers.c.merchant_id == orders.c.merchant_id) & (customers.c.customer_id == orders.c.customer_id)
_OF_ORDER = (orders.c.merchant_id == parcels.c.merchant_id) & (orders.c.order_id == parcels.c.order_id)
_OF_PARCEL = (parcels.c.merchant_id == stops.c.merchant_id) & (parcels.c.parcel_id == stops.c.parcel_id)
_ON_ROUND = Prepared(
    select(stops.c.parcel_id, customers.c.settings)
    .select_from(stops.join(parcels, _OF_PARCEL).join(orders, _OF_ORDER).join(customers, _OF_CUSTOMER))
    .where(
        stops.c.merchant_id == bindparam("merchant"),
        stops.c.courier_id == bindparam("courier"),
        stops.c.state == bindparam("state"),
        customers.c.settings != bindparam("nothing"),
    )
)


async def get(c: AsyncConnection, merchant_id: str, customer_id: str) -> Preferences:
    """What the customer chose; nothing, where he is not known."""
    query = select(customers.c.settings).where(
        and_(customers.c.merchant_id == merchant_id, customers.c.customer_id == customer_id)
    )
    return read_preferences((await c.execute(query)).scalar_one_or_none() or {})


async def put(c: AsyncConnection, merchant_id: str, customer_id: str, chosen: Preferences, now: datetime) -> None:
    """What the customer chose, in place of what was. His first order may be yet to come."""
    insert: Any = (postgresql if c.dialect.name == "postgresql" else sqlite).insert
    row = {"merchant_id": merchant_id, "customer_id": customer_id, "settings": chosen.to_settings(), "create_time": now}
    insertion = insert(customers).values(row)
    await c.execute(
        insertion.on_conflict_do_update(
            index_elements=["merchant_id", "customer_id"], set_={"settings": insertion.excluded.settings}
        )
    )


async def radii_on_round(c: AsyncConnection, merchant_id: str, courier_id: str) -> dict[str, float]:
    """For the parcels of the courier's open stops, the radius in metres of each customer who chose one."""
    wanted = {"merchant": merchant_id, "courier": courier_id, "state": "open", "nothing": {}}
    chosen = {row["parcel_id"]: read_preferences(row["settings"]) for row in await _ON_ROUND.fetch(c, wanted)}
    return {name: one.radius_m for name, one in chosen.items() if one.radius_m is not None}
