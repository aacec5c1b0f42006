"""What carriers say of parcels settles the stops that their couriers still have open."""

from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from doorstepd.intake.books import Book
from doorstepd.intake.courier_round import KIND
from doorstepd.intake.ledger import Report
from doorstepd.parcels.records import Parcel
from doorstepd.parcels.vocabulary import Status
from doorstepd.positions import stops
from doorstepd.positions.stops import StoredStop


@dataclass(frozen=True, slots=True)
class _Turn:
    """A parcel right after a report that may end its stop, and whether its bell rang before, by attempt."""

    after: Parcel
    report: Report
    rung: frozenset[int]
    now: datetime


class StopSettler:
    """Follows the reports of one transaction, and ends the stops at its end."""

    def __init__(self) -> None:
        self._turns: list[_Turn] = []

    def follow(self, book: Book, before: Parcel, report: Report, now: datetime) -> None:
        """Notes what a report made of a parcel."""
        if is_over(book.parcel) or book.parcel.attempt != before.attempt:
            rung = frozenset(attempt for attempt, kind in book.rung if kind == KIND)
            self._turns.append(_Turn(book.parcel, report, rung, now))

    async def write(self, c: AsyncConnection) -> None:
        """Ends the stops, in the order of the reports."""
        by_merchant: dict[str, list[_Turn]] = {}
        for turn in self._turns:
            by_merchant.setdefault(turn.after.merchant_id, []).append(turn)
        for merchant_id, turns in by_merchant.items():
            newest = await stops.of_parcels(c, merchant_id, {turn.after.parcel_id for turn in turns})
            opened = {name: stop for name, stop in newest.items() if stop.state == "open"}
            for turn in turns:
                if turn.after.parcel_id in opened:
                    await _settle(c, turn, opened)


async def _settle(c: AsyncConnection, turn: _Turn, opened: dict[str, StoredStop]) -> None:
    """Ends the open stop. One that opened after the failure that is only told now goes on, as the next attempt."""
    after = turn.after
    stop = opened[after.parcel_id]
    failures = [one.instant for one in turn.report.events if one.status is Status.DELIVERY_FAILED]
    if after.status is Status.OUT_FOR_DELIVERY and all(failed < stop.open_time for failed in failures):
        if stop.attempt not in turn.rung:  # else it would ring a second time
            await stops.renumber(c, after.merchant_id, after.parcel_id, after.attempt)
            opened[after.parcel_id] = replace(stop, attempt=after.attempt)
        return
    state = "delivered" if after.status is Status.DELIVERED else "failed"
    ended = after.status_time if state == "delivered" else max(failures, default=after.status_time)
    await stops.close(c, after.merchant_id, after.parcel_id, state, stop.ended_at(ended or turn.now, turn.now))
    del opened[after.parcel_id]


def is_over(parcel: Parcel) -> bool:
    """Whether no courier is on his way with it any more."""
    return parcel.terminal or parcel.status in (
        Status.DELIVERY_FAILED,
        Status.AVAILABLE_FOR_PICKUP,
        Status.RETURN_TO_SENDER,
    )
