"""What merchants' accounts at providers have used up, shared by all processes."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection

from doorstepd.carriers.pace import Limits
from doorstepd.database.tables import accounts

# A place in the queue that is further away is not taken: whoever waits for it does something else meanwhile.
PATIENCE = timedelta(seconds=2)


@dataclass(frozen=True, slots=True)
class Place:
    """A call's place in the account's queue: taken, `wait` seconds away; or not to be had before `wait` seconds."""

    taken: bool
    wait: float


async def reserve(c: AsyncConnection, merchant_id: str, provider: str, limits: Limits, now: datetime) -> Place:
    """Takes a place for one call, if one is near and the day's calls are not used up."""
    row = await _locked(c, merchant_id, provider, now)
    day = now.astimezone(UTC).toordinal()
    calls = row["calls"] if row["day"] == day else 0
    if limits.calls_per_day is not None and calls >= limits.calls_per_day:
        return Place(False, _rest_of_day(now))
    free = max(now, row["free_time"])
    if free - now > PATIENCE:
        return Place(False, (free - now).total_seconds())
    after = free + timedelta(seconds=limits.seconds_between_calls)
    await c.execute(_its_row(merchant_id, provider).values(day=day, calls=calls + 1, free_time=after))
    return Place(True, (free - now).total_seconds())


async def hold(c: AsyncConnection, merchant_id: str, provider: str, until: datetime) -> None:
    """Lets nobody call before `until`: the provider asked for it."""
    row = await _locked(c, merchant_id, provider, until)
    await c.execute(_its_row(merchant_id, provider).values(free_time=max(until, row["free_time"])))


async def spare(c: AsyncConnection, provider: str, until: datetime) -> None:
    """Lets no account call a provider in trouble before `until`, whichever process found out."""
    earlier = update(accounts).where(accounts.c.provider == provider, accounts.c.free_time < until)
    await c.execute(earlier.values(free_time=until))


async def _locked(c: AsyncConnection, merchant_id: str, provider: str, now: datetime) -> Any:
    insertion: Any = (postgresql if c.dialect.name == "postgresql" else sqlite).insert(accounts)
    new = {"merchant_id": merchant_id, "provider": provider, "day": 0, "calls": 0, "free_time": now}
    await c.execute(insertion.values(new).on_conflict_do_nothing())
    query = select(accounts).where(accounts.c.merchant_id == merchant_id, accounts.c.provider == provider)
    return (await c.execute(query.with_for_update())).mappings().one()


def _its_row(merchant_id: str, provider: str) -> Any:
    return update(accounts).where(accounts.c.merchant_id == merchant_id, accounts.c.provider == provider)


def _rest_of_day(now: datetime) -> float:
    """Seconds until quotas start anew, at midnight UTC."""
    utc = now.astimezone(UTC)
    return 86_400.0 - (utc - utc.replace(hour=0, minute=0, second=0, microsecond=0)).total_seconds()
