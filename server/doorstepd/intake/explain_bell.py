"""Why a bell rang or did not: from what was kept when it was decided, or from the courier's state while it is open."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from doorstepd.database import Database
from doorstepd.intake import round_state
from doorstepd.intake.courier_round import KIND, Feed
from doorstepd.parcels.records import Parcel, StoredReminder
from doorstepd.positions import stops
from doorstepd.positions.stops import StoredStop
from doorstepd.reminders import reason_store
from doorstepd.reminders import store as reminder_store
from doorstepd.reminders.reason import Cause, Reason, Sentence, explain
from doorstepd.reminders.stop import stop_from_list

NOT_OUT = Sentence(
    "未提醒：这次派送还没有交给派件员，或没有派送点的位置。",
    "Not rung: in this attempt the parcel has not been given to a courier yet.",
)
NOT_KNOWN = Sentence(
    "未提醒：这次派送没有响过“派件员临近”提醒，可能尚未进入提醒范围，或没有可用的定位。",
    "Not rung: in this attempt the courier has not come near, or has sent no usable position.",
)


@dataclass(frozen=True, slots=True)
class Explained:
    """What the bell of an attempt did. `reason` is None where only the words are known."""

    attempt: int
    rang: bool
    words: Sentence
    reason: Reason | None = None
    ring_time: datetime | None = None


class BellExplainer:
    """Answers a desk agent."""

    def __init__(self, database: Database, feed: Feed) -> None:
        self._database = database
        self._feed = feed

    async def explain(self, parcel: Parcel, attempt: int, now: datetime) -> Explained:
        """Of this attempt; of the latest that a courier had when 0."""
        async with self._database.reading() as c:
            stop = await _stop(c, parcel, attempt)
            attempt = attempt or (stop.attempt if stop else parcel.attempt)
            decided = await reason_store.get(c, parcel.merchant_id, parcel.parcel_id, attempt)
            rung = None if decided and decided.rang else await _rung(c, parcel, attempt)
        if decided is not None and (decided.rang or stop is None or stop.state != "open"):
            when = decided.time if decided.rang else None
            return Explained(attempt, decided.rang, explain(decided.reason), decided.reason, when)
        if rung is not None:
            return _told(rung)
        if stop is None:
            return Explained(attempt, False, NOT_OUT)
        # While the stop is open, what was decided is why it stayed silent with the courier who had it before.
        reason = await self._so_far(parcel.merchant_id, stop, now) or (decided.reason if decided else None)
        return Explained(attempt, False, explain(reason) if reason else NOT_KNOWN, reason)

    async def _so_far(self, merchant_id: str, stop: StoredStop, now: datetime) -> Reason | None:
        """From the courier's own state, if it still has the stop; it is written down every few seconds."""
        state = await self._feed.kept(merchant_id, stop.courier_id)
        if state is None:
            return None
        try:
            kept = round_state.read(state)
            held = {(one.parcel_id, one.attempt) for one in (stop_from_list(row[0]) for row in kept.stops)}
        except Exception:  # of another version, or no state at all
            return None
        if (stop.parcel_id, stop.attempt) not in held:
            return None
        reason = kept.bell.why(stop.parcel_id, now.timestamp())
        return reason if reason and reason.cause is not Cause.RANG_ALREADY else None


async def _stop(c: AsyncConnection, parcel: Parcel, attempt: int) -> StoredStop | None:
    if not attempt:
        return (await stops.of_parcels(c, parcel.merchant_id, [parcel.parcel_id])).get(parcel.parcel_id)
    key = (parcel.parcel_id, attempt)
    return (await stops.states(c, parcel.merchant_id, [key])).get(key)


async def _rung(c: AsyncConnection, parcel: Parcel, attempt: int) -> StoredReminder | None:
    found = await reminder_store.of_parcels(c, parcel.merchant_id, [parcel.parcel_id])
    return next((one for one, _ in found if one.kind == KIND and one.attempt == attempt), None)


def _told(rung: StoredReminder) -> Explained:
    """The reminder tells it by itself: its words outlive the numbers."""
    why = rung.reason
    words = Sentence(why.get("explanation_zh", rung.text_zh), why.get("explanation_en", rung.text_en))
    return Explained(rung.attempt, True, words, None, rung.ring_time)
