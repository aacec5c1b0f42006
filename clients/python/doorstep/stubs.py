"""The generated stubs with the types that the generator leaves out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import grpc.aio
from doorstep.tracking.v1 import ingest_service_pb2 as ingest
from doorstep.tracking.v1 import live_service_pb2 as live
from doorstep.tracking.v1 import reminder_service_pb2 as reminders
from doorstep.tracking.v1 import tracking_service_pb2 as tracking
from doorstep.tracking.v1.ingest_service_pb2_grpc import IngestServiceStub
from doorstep.tracking.v1.live_service_pb2_grpc import LiveServiceStub
from doorstep.tracking.v1.reminder_service_pb2_grpc import ReminderServiceStub
from doorstep.tracking.v1.tracking_service_pb2_grpc import TrackingServiceStub

if TYPE_CHECKING:
    from doorstep.tracking.v1.order_pb2 import Order
    from doorstep.tracking.v1.parcel_pb2 import Parcel
    from doorstep.tracking.v1.reminder_pb2 import ReminderPreferences
    from grpc.aio import StreamStreamMultiCallable, UnaryStreamMultiCallable, UnaryUnaryMultiCallable

SERVICES = tuple(
    service for module in (tracking, live, ingest, reminders) for service in module.DESCRIPTOR.services_by_name.values()
)


class TrackingStub(Protocol):
    GetOrder: UnaryUnaryMultiCallable[tracking.GetOrderRequest, Order]
    ListOrders: UnaryUnaryMultiCallable[tracking.ListOrdersRequest, tracking.ListOrdersResponse]
    BatchGetOrders: UnaryUnaryMultiCallable[tracking.BatchGetOrdersRequest, tracking.BatchGetOrdersResponse]
    GetParcel: UnaryUnaryMultiCallable[tracking.GetParcelRequest, Parcel]
    BatchGetParcels: UnaryUnaryMultiCallable[tracking.BatchGetParcelsRequest, tracking.BatchGetParcelsResponse]
    SearchParcels: UnaryUnaryMultiCallable[tracking.SearchParcelsRequest, tracking.SearchParcelsResponse]


class LiveStub(Protocol):
    WatchOrder: UnaryStreamMultiCallable[live.WatchOrderRequest, live.WatchUpdate]
    WatchParcels: UnaryStreamMultiCallable[live.WatchParcelsRequest, live.WatchUpdate]
    WatchFleet: UnaryStreamMultiCallable[live.WatchFleetRequest, live.FleetUpdate]


class IngestStub(Protocol):
    CreateOrder: UnaryUnaryMultiCallable[ingest.CreateOrderRequest, Order]
    BatchCreateOrders: UnaryUnaryMultiCallable[ingest.BatchCreateOrdersRequest, ingest.BatchCreateOrdersResponse]
    RecordTrackingEvents: UnaryUnaryMultiCallable[
        ingest.RecordTrackingEventsRequest, ingest.RecordTrackingEventsResponse
    ]
    AssignStops: UnaryUnaryMultiCallable[ingest.AssignStopsRequest, ingest.AssignStopsResponse]
    ReportPositions: StreamStreamMultiCallable[ingest.ReportPositionsRequest, ingest.ReportPositionsResponse]
    CompleteStop: UnaryUnaryMultiCallable[ingest.CompleteStopRequest, ingest.CompleteStopResponse]


class ReminderStub(Protocol):
    ListReminders: UnaryUnaryMultiCallable[reminders.ListRemindersRequest, reminders.ListRemindersResponse]
    ExplainReminder: UnaryUnaryMultiCallable[reminders.ExplainReminderRequest, reminders.ExplainReminderResponse]
    GetReminderPreferences: UnaryUnaryMultiCallable[reminders.GetReminderPreferencesRequest, ReminderPreferences]
    SetReminderPreferences: UnaryUnaryMultiCallable[reminders.SetReminderPreferencesRequest, ReminderPreferences]


@dataclass(frozen=True, slots=True)
class Stubs:
    """Every service over one channel."""

    channel: grpc.aio.Channel
    tracking: TrackingStub
    live: LiveStub
    ingest: IngestStub
    reminders: ReminderStub

    @classmethod
    def over(cls, channel: grpc.aio.Channel) -> Stubs:
        return cls(
            channel=channel,
            tracking=TrackingServiceStub(channel),
            live=LiveServiceStub(channel),
            ingest=IngestServiceStub(channel),
            reminders=ReminderServiceStub(channel),
        )
