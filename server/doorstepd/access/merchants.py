"""Merchants: what each has chosen, the secret in its webhook's path, and its keys at carriers (sealed)."""

import json
import secrets
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import RowMapping, insert, select, update

from doorstepd.access.sealing import Sealer
from doorstepd.database import Database
from doorstepd.database.tables import merchants

_FIELD = "merchants.credentials"
_REMEMBERED_S = 5.0


@dataclass(frozen=True, slots=True)
class Merchant:
    """One tenant. `credentials`: by provider, under the names that the provider uses; never shown or logged."""

    merchant_id: str
    name: str
    settings: Mapping[str, Any]
    webhook_secret: str
    credentials: Mapping[str, Mapping[str, str]] = field(default_factory=dict, repr=False)


class Merchants:
    """Reads merchants, remembering each for a few seconds: a change takes that long to be seen everywhere."""

    def __init__(self, database: Database, sealer: Sealer) -> None:
        self._database = database
        self._sealer = sealer
        self._remembered: dict[tuple[str, str], tuple[float, Merchant | None]] = {}

    async def get(self, merchant_id: str) -> Merchant | None:
        """By ID."""
        return await self._find("merchant_id", merchant_id)

    async def by_webhook_secret(self, secret: str) -> Merchant | None:
        """Whose webhook a push came to."""
        return await self._find("webhook_secret", secret)

    async def every(self) -> list[Merchant]:
        """All of them, as they are now."""
        async with self._database.reading() as c:
            return [self._merchant(row) for row in (await c.execute(select(merchants))).mappings()]

    async def create(
        self,
        merchant_id: str,
        name: str,
        now: datetime,
        *,
        settings: Mapping[str, Any] | None = None,
        credentials: Mapping[str, Mapping[str, str]] | None = None,
    ) -> Merchant:
        """A new merchant with a webhook secret of its own, or the known one with these settings and credentials."""
        known = await self.get(merchant_id)
        columns = {
            "name": name,
            "settings": dict(settings or {}),
            "credentials": self._sealer.seal(merchant_id, _FIELD, json.dumps(dict(credentials or {}))),
        }
        async with self._database.writing() as c:
            if known is None:
                secret = secrets.token_urlsafe(24)
                row = columns | {"merchant_id": merchant_id, "webhook_secret": secret, "create_time": now}
                await c.execute(insert(merchants), row)
            else:
                await c.execute(update(merchants).where(merchants.c.merchant_id == merchant_id).values(columns))
        self._remembered.clear()
        created = await self.get(merchant_id)
        assert created is not None
        return created

    async def rotate_webhook_secret(self, merchant_id: str) -> Merchant:
        """The known merchant with another secret in its webhook's path. The old path ends within a few seconds."""
        secret = secrets.token_urlsafe(24)
        async with self._database.writing() as c:
            values = {"webhook_secret": secret}
            await c.execute(update(merchants).where(merchants.c.merchant_id == merchant_id).values(values))
        self._remembered.clear()
        rotated = await self.get(merchant_id)
        assert rotated is not None
        return rotated

    async def _find(self, column: str, value: str) -> Merchant | None:
        now = time.monotonic()
        remembered = self._remembered.get((column, value))
        if remembered is not None and now - remembered[0] < _REMEMBERED_S:
            return remembered[1]
        async with self._database.reading() as c:
            row = (await c.execute(select(merchants).where(merchants.c[column] == value))).mappings().first()
        found = self._merchant(row) if row else None
        if len(self._remembered) > 10_000:
            self._remembered.clear()
        self._remembered[column, value] = (now, found)
        return found

    def _merchant(self, row: RowMapping) -> Merchant:
        sealed = row["credentials"]
        opened = self._sealer.open(row["merchant_id"], _FIELD, sealed) if sealed else "{}"
        return Merchant(row["merchant_id"], row["name"], row["settings"], row["webhook_secret"], json.loads(opened))
