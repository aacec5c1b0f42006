"""What expected times are learnt from: the legs that a merchant's couriers drove of late."""

import asyncio
import time
from datetime import datetime

from doorstepd.database import Database
from doorstepd.positions import eta_store
from doorstepd.positions.areas import Areas

_LEARN_EVERY_S = 600.0


class LearntAreas:
    """Of each merchant with couriers here."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._known: dict[str, tuple[float, Areas]] = {}
        self._turn = asyncio.Lock()

    async def of(self, merchant_id: str, now: datetime) -> Areas:
        """A few minutes old at most. Read once, however many rounds begin at the same time."""
        if (areas := self._fresh(merchant_id)) is None:
            async with self._turn:
                if (areas := self._fresh(merchant_id)) is None:
                    areas = await self._read(merchant_id, now)
        return areas

    def _fresh(self, merchant_id: str) -> Areas | None:
        read_at, areas = self._known.get(merchant_id, (0.0, None))
        return areas if time.monotonic() - read_at < _LEARN_EVERY_S else None

    async def _read(self, merchant_id: str, now: datetime) -> Areas:
        async with self._database.reading() as c:
            areas = Areas(await eta_store.legs(c, merchant_id, now))
        self._known[merchant_id] = (time.monotonic(), areas)
        return areas
