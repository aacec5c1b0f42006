"""What follows from expected times: customers are told within the hour, and what was expected is written down."""

import time
from collections.abc import Sequence
from datetime import datetime

from doorstepd.database import Database
from doorstepd.intake.courier_round import DUE_SOON, CourierRound
from doorstepd.intake.ledger import Ledger
from doorstepd.intake.signals import Signals
from doorstepd.parcels import store
from doorstepd.parcels.labels import label
from doorstepd.parcels.records import Parcel, StoredReminder
from doorstepd.parcels.sentences import Sentence
from doorstepd.parcels.vocabulary import Status
from doorstepd.positions import eta_store, stops
from doorstepd.positions.areas import Areas
from doorstepd.positions.eta import Estimate

WITHIN_S = 3600.0
_LEARN_EVERY_S = 600.0
_FORGET_EVERY_S = 3600.0


class Expectations:
    """Of the rounds in this process."""

    def __init__(self, database: Database, ledger: Ledger, signals: Signals) -> None:
        self._database = database
        self._ledger = ledger
        self._signals = signals
        self._areas: dict[str, tuple[float, Areas]] = {}
        self._forgot_at: dict[str, float] = {}

    async def areas(self, merchant_id: str, now: datetime) -> Areas:
        """What was learnt of the merchant's area; a few minutes old at most."""
        known, clock = self._areas.get(merchant_id), time.monotonic()
        if known is not None and clock - known[0] < _LEARN_EVERY_S:
            return known[1]
        async with self._database.reading() as c:
            areas = Areas(await eta_store.legs(c, merchant_id, now))
        self._areas[merchant_id] = (clock, areas)
        return areas

    async def follow(self, it: CourierRound, now: datetime) -> None:
        """Tells whoever's parcel is due within the hour, and writes down what is expected."""
        due = it.take_due(WITHIN_S, now.timestamp())
        if due:
            await self._tell(it, due, now)
        made = it.forecast.to_record(now.timestamp())
        if made:
            await self._record(it, made, now)

    async def _record(self, it: CourierRound, made: dict[str, Estimate], now: datetime) -> None:
        async with self._database.writing() as c:
            await eta_store.record(c, it.merchant_id, it.attempts, made, now)
            if time.monotonic() - self._forgot_at.get(it.merchant_id, 0.0) > _FORGET_EVERY_S:
                self._forgot_at[it.merchant_id] = time.monotonic()
                await eta_store.forget(c, it.merchant_id, now)

    async def _tell(self, it: CourierRound, due: Sequence[str], now: datetime) -> None:
        told: list[Parcel] = []
        async with self._database.writing() as c:
            parcels = await store.lock_parcels(c, it.merchant_id, due)
            held = {one.parcel_id: one for one in await stops.open_of_courier(c, it.merchant_id, it.courier_id)}
            for parcel_id, parcel in parcels.items():
                stop, one = held.get(parcel_id), it.forecast.shown.get(parcel_id)
                if stop is None or one is None or parcel.status is not Status.OUT_FOR_DELIVERY:
                    continue
                if parcel.attempt != stop.attempt:
                    continue
                after = await self._ledger.ring(c, parcel, _reminder(parcel, one, now), now)
                if after is not None:
                    await self._ledger.save(c, after, now)
                    told.append(after)
        for parcel in told:
            self._signals.parcel_changed(parcel.merchant_id, parcel.order_id, parcel.parcel_id, parcel.revision)


def _reminder(parcel: Parcel, one: Estimate, now: datetime) -> StoredReminder:
    words, minutes = _words(parcel), max(1, round((one.expected - now.timestamp()) / 60))
    reason = {
        "cause": DUE_SOON,
        "stops_ahead": one.stops_ahead,
        "eta_s": round(one.expected - now.timestamp()),
        "explanation_zh": f"已提醒：按派件员的路线和速度，预计约 {minutes} 分钟后送达。",
        "explanation_en": f"Rung: by the courier's route and pace the parcel should arrive in about {minutes} min.",
    }
    return StoredReminder(parcel.parcel_id, parcel.attempt, DUE_SOON, now, words.zh, words.en, reason)


def _words(parcel: Parcel) -> Sentence:
    name = label(parcel)
    return Sentence(f"{name.zh}预计 1 小时内送达，请留意派件员的电话。", f"{name.en} should arrive within the hour.")
