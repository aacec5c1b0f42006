"""Couriers report where they are: the dot moves, and the bell rings once."""

import contextlib
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from datetime import UTC, datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from doorstepd.database import Database
from doorstepd.intake.courier_round import KIND, Batch, BellPolicy, CourierRound, Feed, may_still_ring
from doorstepd.intake.expect import Expectations
from doorstepd.intake.ledger import Ledger
from doorstepd.intake.signals import Signals
from doorstepd.parcels import store
from doorstepd.parcels.records import Parcel, StoredReminder
from doorstepd.positions import stops
from doorstepd.positions.fix import RawFix
from doorstepd.reminders import reason_store
from doorstepd.reminders.bell import Ring
from doorstepd.reminders.reason import explain
from doorstepd.reminders.reason_store import Decided
from doorstepd.reminders.texts import courier_near

_KEEP_EVERY_S = 2.0
_RECONCILE_EVERY_S = 60.0
_FORGET_EVERY_S = 3600.0

PolicyOf = Callable[[str], Awaitable[BellPolicy]]


class PositionDesk:
    """The rounds that have a stream in this process."""

    def __init__(self, database: Database, ledger: Ledger, signals: Signals, feed: Feed, policy_of: PolicyOf) -> None:
        self._database = database
        self._ledger = ledger
        self._signals = signals
        self._feed = feed
        self._policy_of = policy_of
        self._rounds: dict[tuple[str, str], CourierRound] = {}
        self._kept_at: dict[tuple[str, str], float] = {}
        self._reconciled_at: dict[tuple[str, str], float] = {}
        self._forgot_at: dict[str, float] = {}
        self._expectations = Expectations(database, ledger, signals)

    @contextlib.asynccontextmanager
    async def round(self, merchant_id: str, courier_id: str) -> AsyncIterator[CourierRound]:
        """The courier's round, shared by his streams in this process, for as long as one is open."""
        key = (merchant_id, courier_id)
        it = self._rounds.get(key)
        if it is None:
            it = self._rounds[key] = CourierRound(merchant_id, courier_id, await self._policy_of(merchant_id))
            async with it.lock:
                await self._restore(it)
        it.streams += 1
        try:
            yield it
        finally:
            it.streams -= 1
            if it.streams == 0:
                self._feed.keep(merchant_id, courier_id, it.state())
                for kept in (self._rounds, self._kept_at, self._reconciled_at):
                    kept.pop(key, None)

    async def report(self, it: CourierRound, fixes: Sequence[RawFix]) -> Batch:
        """Takes the fixes; what rings is in the database when this returns."""
        async with it.lock:
            now = datetime.now(UTC)
            before = it.newest
            rings = await self._refresh(it, now)
            batch = it.take_fixes(fixes, now)
            if it.newest is not None and it.newest is not before:
                self._feed.moved(it.merchant_id, it.newest)
            batch.rings = rings + batch.rings
            await self._ring(it, batch.rings, now)
            await self._tell_silences(it, now)
            await self._expectations.follow(it, now)
            self._keep(it)
            return batch

    async def stops_changed(self, merchant_id: str, courier_id: str) -> None:
        """The courier's open stops are other than before; one that opened near him rings now."""
        it = self._rounds.get((merchant_id, courier_id))
        if it is None:
            return
        it.stale = True
        async with it.lock:
            now = datetime.now(UTC)
            await self._ring(it, await self._refresh(it, now), now)
            await self._tell_silences(it, now)

    async def _refresh(self, it: CourierRound, now: datetime) -> list[Ring]:
        key = (it.merchant_id, it.courier_id)
        due = time.monotonic() - self._reconciled_at.get(key, 0.0) > _RECONCILE_EVERY_S
        if not (it.stale or due):
            return []
        self._reconciled_at[key] = time.monotonic()
        it.forecast.areas = await self._expectations.areas(it.merchant_id, now)
        return await it.take_stops(self._database, now)

    async def _restore(self, it: CourierRound) -> None:
        state = await self._feed.kept(it.merchant_id, it.courier_id)
        if state is not None:
            with contextlib.suppress(ValueError, KeyError, TypeError):  # of another version: begin anew
                it.restore(state)

    def _keep(self, it: CourierRound) -> None:
        key, now = (it.merchant_id, it.courier_id), time.monotonic()
        if now - self._kept_at.get(key, 0.0) >= _KEEP_EVERY_S:
            self._kept_at[key] = now
            self._feed.keep(it.merchant_id, it.courier_id, it.state())

    async def _ring(self, it: CourierRound, rings: Sequence[Ring], now: datetime) -> None:
        if not rings:
            return
        async with self._database.writing() as c:
            parcels = await store.lock_parcels(c, it.merchant_id, {ring.parcel_id for ring in rings})
            held = {one.parcel_id: one for one in await stops.open_of_courier(c, it.merchant_id, it.courier_id)}
            rung = []
            for ring in rings:
                parcel = parcels.get(ring.parcel_id)
                if parcel is None or ring.parcel_id not in held:
                    continue
                if not may_still_ring(parcel.status, parcel.attempt, ring):
                    continue
                rung += await self._ring_one(c, parcel, ring, now)
        for parcel in rung:
            self._signals.parcel_changed(parcel.merchant_id, parcel.order_id, parcel.parcel_id, parcel.revision)

    async def _tell_silences(self, it: CourierRound, now: datetime) -> None:
        """Keeps why the bells of attempts that are over did not ring."""
        if not it.silences:
            return
        async with self._database.writing() as c:
            await reason_store.put(c, it.merchant_id, it.silences)
            if time.monotonic() - self._forgot_at.get(it.merchant_id, 0.0) > _FORGET_EVERY_S:
                self._forgot_at[it.merchant_id] = time.monotonic()
                await reason_store.forget(c, it.merchant_id, now)
        it.silences.clear()

    async def _ring_one(self, c: AsyncConnection, parcel: Parcel, ring: Ring, now: datetime) -> list[Parcel]:
        words = courier_near(parcel, ring.reason.distance_m)
        why = explain(ring.reason)
        reason = ring.reason.to_dict() | {"explanation_zh": why.zh, "explanation_en": why.en}
        reminder = StoredReminder(parcel.parcel_id, ring.attempt, KIND, now, words.zh, words.en, reason)
        after = await self._ledger.ring(c, parcel, reminder, now)
        if after is None:
            return []
        await self._ledger.save(c, after, now)
        await reason_store.put(c, parcel.merchant_id, [Decided(parcel.parcel_id, ring.attempt, ring.reason, now)])
        return [after]
