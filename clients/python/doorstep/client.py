"""The client: a method for every common call, and watches that go on by themselves."""

from __future__ import annotations

from collections.abc import AsyncIterable, AsyncIterator, Iterable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TypeVar

from doorstep.batches import BatchResult, ask_in_batches
from doorstep.calls import Caller
from doorstep.follow import FollowedOrder
from doorstep.line import Line, OnState, WatchSettings
from doorstep.reporting import PositionReport
from doorstep.tracking.v1 import ingest_service_pb2, live_service_pb2, reminder_service_pb2, tracking_service_pb2
from doorstep.tracking.v1.courier_pb2 import PositionFix
from doorstep.tracking.v1.geo_pb2 import DATUM_UNSPECIFIED, BoundingBox, Datum
from doorstep.tracking.v1.order_pb2 import Order
from doorstep.tracking.v1.parcel_pb2 import Parcel, Recipient
from doorstep.tracking.v1.reminder_pb2 import QuietHours, ReminderPreferences
from doorstep.tracking.v1.status_pb2 import PARCEL_SUB_STATUS_UNSPECIFIED, ParcelStatus, ParcelSubStatus
from doorstep.tracking.v1.stop_pb2 import Stop, StopOutcome
from doorstep.watch import Cursor, Dialler, FleetCursor, FleetWatch, ParcelWatch

_Message = TypeVar("_Message")
_Stream = TypeVar("_Stream", ParcelWatch, FleetWatch, PositionReport)


class Client(Caller):
    """Use it as `async with Client("track.example.com:443", token=...) as client:`; every argument is explained by
    `Caller`. What the server refuses is raised as a DoorstepError.
    """

    # Reading

    async def get_order(self, order_id: str, *, datum: Datum = DATUM_UNSPECIFIED) -> Order:
        """An order with its parcels, and where they are."""
        return await self.call(
            self.tracking.GetOrder, tracking_service_pb2.GetOrderRequest(order_id=order_id, datum=datum)
        )

    async def get_parcel(self, parcel_id: str, *, datum: Datum = DATUM_UNSPECIFIED) -> Parcel:
        """A parcel by the server's ID."""
        return await self.call(
            self.tracking.GetParcel, tracking_service_pb2.GetParcelRequest(parcel_id=parcel_id, datum=datum)
        )

    async def batch_get_orders(
        self, order_ids: Iterable[str], *, datum: Datum = DATUM_UNSPECIFIED
    ) -> list[BatchResult[Order]]:
        """Any number of orders: a result or an error for each, in the order asked for."""

        async def ask(part: Sequence[str]) -> Sequence[tracking_service_pb2.OrderResult]:
            request = tracking_service_pb2.BatchGetOrdersRequest(order_ids=part, datum=datum)
            return (await self.call(self.tracking.BatchGetOrders, request)).results

        return await ask_in_batches(order_ids, ask, lambda answer: answer.order)

    async def batch_get_parcels(
        self, parcel_ids: Iterable[str], *, datum: Datum = DATUM_UNSPECIFIED
    ) -> list[BatchResult[Parcel]]:
        """Any number of parcels: a result or an error for each, in the order asked for."""

        async def ask(part: Sequence[str]) -> Sequence[tracking_service_pb2.ParcelResult]:
            request = tracking_service_pb2.BatchGetParcelsRequest(parcel_ids=part, datum=datum)
            return (await self.call(self.tracking.BatchGetParcels, request)).results

        return await ask_in_batches(parcel_ids, ask, lambda answer: answer.parcel)

    async def search_parcels(
        self,
        *,
        order_ids: Iterable[str] = (),
        created_after: datetime | None = None,
        created_before: datetime | None = None,
        statuses: Iterable[ParcelStatus] = (),
        sub_statuses: Iterable[ParcelSubStatus] = (),
        needs_attention: bool = False,
        tracking_number: str = "",
        page_size: int = 0,
    ) -> AsyncIterator[Parcel]:
        """Every parcel that all the filters fit, newest first, fetched page by page. Times must have a zone."""
        request = tracking_service_pb2.SearchParcelsRequest(
            order_ids=order_ids,
            created_after=_aware("created_after", created_after),
            created_before=_aware("created_before", created_before),
            statuses=statuses,
            sub_statuses=sub_statuses,
            needs_attention=needs_attention,
            tracking_number=tracking_number,
            page_size=page_size,
        )
        while True:
            page = await self.call(self.tracking.SearchParcels, request)
            for parcel in page.parcels:
                yield parcel
            if not page.next_page_token or page.next_page_token == request.page_token:
                return
            request.page_token = page.next_page_token

    async def get_reminder_preferences(self, customer_id: str = "") -> ReminderPreferences:
        """What a customer chose for his bell. With his own token he need not be named."""
        request = reminder_service_pb2.GetReminderPreferencesRequest(customer_id=customer_id)
        return await self.call(self.reminders.GetReminderPreferences, request)

    # Writing; every one of these may be repeated safely.

    async def create_order(
        self,
        order_id: str,
        *,
        customer_id: str,
        recipient: Recipient,
        parcels: Iterable[ingest_service_pb2.NewParcel],
        order_time: datetime | None = None,
    ) -> Order:
        """Registers an order. `recipient` is complete; the answer shows it masked."""
        request = ingest_service_pb2.CreateOrderRequest(
            order_id=order_id,
            customer_id=customer_id,
            recipient=recipient,
            parcels=parcels,
            order_time=_aware("order_time", order_time),
        )
        return await self.call(self.ingest.CreateOrder, request)

    async def record_tracking_events(
        self,
        events: Iterable[ingest_service_pb2.NewTrackingEvent],
        *,
        parcel_id: str = "",
        carrier: str = "",
        tracking_number: str = "",
    ) -> ingest_service_pb2.RecordTrackingEventsResponse:
        """Adds 1 to 500 events to the timeline of a parcel, named by its ID or by carrier and tracking number."""
        request = ingest_service_pb2.RecordTrackingEventsRequest(
            parcel_id=parcel_id, carrier=carrier, tracking_number=tracking_number, events=events
        )
        return await self.call(self.ingest.RecordTrackingEvents, request)

    async def assign_stops(
        self, courier_id: str, stops: Iterable[Stop], *, courier_name: str = "", courier_phone: str = ""
    ) -> list[BatchResult[int]]:
        """Gives a courier a round of 1 to 500 stops. Answers, for each parcel, the delivery attempt now open."""
        request = ingest_service_pb2.AssignStopsRequest(
            courier_id=courier_id, courier_name=courier_name, courier_phone=courier_phone, stops=stops
        )
        wanted = [stop.parcel_id for stop in request.stops]

        async def ask(_: Sequence[str]) -> Sequence[ingest_service_pb2.StopResult]:
            return (await self.call(self.ingest.AssignStops, request)).results

        return await ask_in_batches(wanted, ask, lambda answer: answer.attempt)

    async def complete_stop(
        self,
        parcel_id: str,
        outcome: StopOutcome,
        *,
        sub_status: ParcelSubStatus = PARCEL_SUB_STATUS_UNSPECIFIED,
        complete_time: datetime | None = None,
        note: str = "",
    ) -> ingest_service_pb2.CompleteStopResponse:
        """A stop is done, well or not; now, if `complete_time` is not given."""
        request = ingest_service_pb2.CompleteStopRequest(
            parcel_id=parcel_id,
            outcome=outcome,
            sub_status=sub_status,
            complete_time=_aware("complete_time", complete_time) or datetime.now(UTC),
            note=note,
        )
        return await self.call(self.ingest.CompleteStop, request)

    async def set_reminder_preferences(
        self,
        customer_id: str = "",
        *,
        bell_radius_meters: float | None = None,
        quiet_hours: QuietHours | None = None,
    ) -> ReminderPreferences:
        """Chooses, in place of all that he chose before; None is as the shop has it."""
        request = reminder_service_pb2.SetReminderPreferencesRequest(
            customer_id=customer_id,
            preferences=ReminderPreferences(bell_radius_meters=bell_radius_meters, quiet_hours=quiet_hours),
        )
        return await self.call(self.reminders.SetReminderPreferences, request)

    def report_positions(
        self, fixes: AsyncIterable[PositionFix], *, courier_id: str = "", on_state: OnState | None = None
    ) -> PositionReport:
        """Sends a courier's fixes while the round lasts; iterate the answer for the acknowledgements."""
        return self._kept(PositionReport(self._connection, self._tokens, self._reports, fixes, courier_id, on_state))

    # Watching

    def watch_order(
        self,
        order_id: str,
        resume_token: str = "",
        *,
        datum: Datum = DATUM_UNSPECIFIED,
        on_state: OnState | None = None,
    ) -> ParcelWatch:
        """What happens to an order, from now on or from `resume_token` on, over as many connections as it takes."""
        return self._watch_parcels(
            live_service_pb2.WatchOrderRequest(order_id=order_id, resume_token=resume_token, datum=datum), on_state
        )

    def watch_parcels(
        self,
        *,
        order_ids: Iterable[str] = (),
        parcel_ids: Iterable[str] = (),
        resume_token: str = "",
        datum: Datum = DATUM_UNSPECIFIED,
        on_state: OnState | None = None,
    ) -> ParcelWatch:
        """As `watch_order`, for up to 500 orders or parcels on one stream."""
        request = live_service_pb2.WatchParcelsRequest(
            order_ids=order_ids, parcel_ids=parcel_ids, resume_token=resume_token, datum=datum
        )
        return self._watch_parcels(request, on_state)

    def follow_order(
        self, order_id: str, *, datum: Datum = DATUM_UNSPECIFIED, on_state: OnState | None = None
    ) -> FollowedOrder:
        """The order as it stands, again each time that something changes."""
        watch = self.watch_order(order_id, datum=datum, on_state=on_state)
        return FollowedOrder(watch, lambda: self.get_order(order_id, datum=datum))

    def watch_fleet(
        self,
        *,
        box: BoundingBox | None = None,
        courier_ids: Iterable[str] = (),
        tick: timedelta | None = None,
        datum: Datum = DATUM_UNSPECIFIED,
        on_state: OnState | None = None,
    ) -> FleetWatch:
        """The couriers on a map: each frame has those that moved and those that left. `tick` is 0.2 to 60 s."""
        request = live_service_pb2.WatchFleetRequest(box=box, courier_ids=courier_ids, tick=tick, datum=datum)
        settings = self._watches
        if tick is not None and settings.silence_seconds is not None:
            settings = replace(settings, silence_seconds=settings.silence_seconds + tick.total_seconds())
        return self._kept(FleetWatch(lambda cursor: self._line(cursor, settings, on_state), FleetCursor(request)))

    def _watch_parcels(
        self,
        request: live_service_pb2.WatchOrderRequest | live_service_pb2.WatchParcelsRequest,
        on_state: OnState | None,
    ) -> ParcelWatch:
        return self._kept(ParcelWatch(lambda cursor: self._line(cursor, self._watches, on_state), Cursor(request)))

    def _line(self, cursor: Dialler[_Message], settings: WatchSettings, on_state: OnState | None) -> Line[_Message]:
        return Line(self._connection, self._tokens, settings, cursor.dial, on_state)

    def _kept(self, stream: _Stream) -> _Stream:
        self._open.add(stream)
        return stream


def _aware(name: str, moment: datetime | None) -> datetime | None:
    if moment is not None and moment.tzinfo is None:
        raise ValueError(f"{name}: has no time zone; give one, such as datetime.UTC")
    return moment
