"""A courier's app says that a stop is done, well or not."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from doorstepd.database import Database
from doorstepd.errors import FailedPrecondition, NotFound, Violation
from doorstepd.intake.assign_stops import COURIER_APP, no_earlier
from doorstepd.intake.ledger import Ledger, Report
from doorstepd.intake.signals import Signals
from doorstepd.parcels import store
from doorstepd.parcels.events import TrackingEvent, Zone
from doorstepd.parcels.records import Parcel
from doorstepd.parcels.vocabulary import Status, SubStatus
from doorstepd.positions import stops


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a stop ended."""

    delivered: bool
    sub_status: SubStatus | None
    time: datetime
    note: str = ""


@dataclass(frozen=True, slots=True)
class Completed:
    """The parcel afterwards, and the attempt that ended."""

    parcel: Parcel
    attempt: int


class StopCompleter:
    """Completes stops."""

    def __init__(self, database: Database, ledger: Ledger, signals: Signals) -> None:
        self._database = database
        self._ledger = ledger
        self._signals = signals

    async def complete(
        self,
        merchant_id: str,
        parcel_id: str,
        outcome: Outcome,
        now: datetime,
        allowed: Callable[[Parcel], bool] = lambda _: True,
    ) -> Completed:
        """The parcel's open stop ends. The same outcome again answers the same.

        Raises NotFound for a parcel that is not there or not the caller's, FailedPrecondition when it has no stop to
        complete or the stop ended otherwise.
        """
        async with self._database.writing() as c:
            parcel = (await store.lock_parcels(c, merchant_id, [parcel_id])).get(parcel_id)
            if parcel is None or not allowed(parcel):
                raise NotFound
            stop = (await stops.of_parcels(c, merchant_id, [parcel_id])).get(parcel_id)
            if stop is None:
                raise FailedPrecondition(Violation("parcel_id", "has not been assigned to a courier"))
            wanted = "delivered" if outcome.delivered else "failed"
            if stop.state == wanted:
                return Completed(parcel, stop.attempt)
            if stop.state != "open":
                raise FailedPrecondition(Violation("parcel_id", "its stop has ended already"))
            ended = outcome.time if parcel.terminal else no_earlier(outcome.time, parcel.status_time)
            report = Report((_event(outcome, ended),), keys={0: f"done.{stop.attempt}.{parcel.revision}"})
            after = (await self._ledger.enter(c, parcel, report, now)).parcel
            await stops.close(c, merchant_id, parcel_id, wanted, stop.ended_at(outcome.time, now))
        self._signals.parcel_changed(merchant_id, after.order_id, parcel_id, after.revision)
        self._signals.stops_changed(merchant_id, stop.courier_id)
        return Completed(after, stop.attempt)


def _event(outcome: Outcome, time: datetime) -> TrackingEvent:
    status = Status.DELIVERED if outcome.delivered else Status.DELIVERY_FAILED
    sub_status = outcome.sub_status if outcome.delivered else outcome.sub_status or SubStatus.ATTEMPT_FAILED
    words = "派件员确认已送达" if outcome.delivered else "派件员报告派送未成功"
    return TrackingEvent(
        source=COURIER_APP,
        time=time,
        text=f"{words}：{outcome.note}" if outcome.note else words,
        status=status,
        sub_status=sub_status,
        zone=Zone.EXPLICIT,
    )
