import datetime

from doorstep.tracking.v1 import courier_pb2 as _courier_pb2
from doorstep.tracking.v1 import live_service_pb2 as _live_service_pb2
from doorstep.tracking.v1 import order_pb2 as _order_pb2
from doorstep.tracking.v1 import parcel_pb2 as _parcel_pb2
from doorstep.tracking.v1 import status_pb2 as _status_pb2
from doorstep.tracking.v1 import stop_pb2 as _stop_pb2
from google.protobuf import timestamp_pb2 as _timestamp_pb2
from google.rpc import status_pb2 as _status_pb2_1
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class NewParcel(_message.Message):
    __slots__ = ("items", "carrier", "tracking_number", "parcel_id")
    ITEMS_FIELD_NUMBER: _ClassVar[int]
    CARRIER_FIELD_NUMBER: _ClassVar[int]
    TRACKING_NUMBER_FIELD_NUMBER: _ClassVar[int]
    PARCEL_ID_FIELD_NUMBER: _ClassVar[int]
    items: _containers.RepeatedCompositeFieldContainer[_parcel_pb2.Item]
    carrier: str
    tracking_number: str
    parcel_id: str
    def __init__(self, items: _Optional[_Iterable[_Union[_parcel_pb2.Item, _Mapping]]] = ..., carrier: _Optional[str] = ..., tracking_number: _Optional[str] = ..., parcel_id: _Optional[str] = ...) -> None: ...

class CreateOrderRequest(_message.Message):
    __slots__ = ("order_id", "customer_id", "recipient", "parcels", "order_time")
    ORDER_ID_FIELD_NUMBER: _ClassVar[int]
    CUSTOMER_ID_FIELD_NUMBER: _ClassVar[int]
    RECIPIENT_FIELD_NUMBER: _ClassVar[int]
    PARCELS_FIELD_NUMBER: _ClassVar[int]
    ORDER_TIME_FIELD_NUMBER: _ClassVar[int]
    order_id: str
    customer_id: str
    recipient: _parcel_pb2.Recipient
    parcels: _containers.RepeatedCompositeFieldContainer[NewParcel]
    order_time: _timestamp_pb2.Timestamp
    def __init__(self, order_id: _Optional[str] = ..., customer_id: _Optional[str] = ..., recipient: _Optional[_Union[_parcel_pb2.Recipient, _Mapping]] = ..., parcels: _Optional[_Iterable[_Union[NewParcel, _Mapping]]] = ..., order_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class BatchCreateOrdersRequest(_message.Message):
    __slots__ = ("orders",)
    ORDERS_FIELD_NUMBER: _ClassVar[int]
    orders: _containers.RepeatedCompositeFieldContainer[CreateOrderRequest]
    def __init__(self, orders: _Optional[_Iterable[_Union[CreateOrderRequest, _Mapping]]] = ...) -> None: ...

class CreateOrderResult(_message.Message):
    __slots__ = ("order_id", "order", "error")
    ORDER_ID_FIELD_NUMBER: _ClassVar[int]
    ORDER_FIELD_NUMBER: _ClassVar[int]
    ERROR_FIELD_NUMBER: _ClassVar[int]
    order_id: str
    order: _order_pb2.Order
    error: _status_pb2_1.Status
    def __init__(self, order_id: _Optional[str] = ..., order: _Optional[_Union[_order_pb2.Order, _Mapping]] = ..., error: _Optional[_Union[_status_pb2_1.Status, _Mapping]] = ...) -> None: ...

class BatchCreateOrdersResponse(_message.Message):
    __slots__ = ("results",)
    RESULTS_FIELD_NUMBER: _ClassVar[int]
    results: _containers.RepeatedCompositeFieldContainer[CreateOrderResult]
    def __init__(self, results: _Optional[_Iterable[_Union[CreateOrderResult, _Mapping]]] = ...) -> None: ...

class SetTrackingRequest(_message.Message):
    __slots__ = ("parcel_id", "carrier", "tracking_number")
    PARCEL_ID_FIELD_NUMBER: _ClassVar[int]
    CARRIER_FIELD_NUMBER: _ClassVar[int]
    TRACKING_NUMBER_FIELD_NUMBER: _ClassVar[int]
    parcel_id: str
    carrier: str
    tracking_number: str
    def __init__(self, parcel_id: _Optional[str] = ..., carrier: _Optional[str] = ..., tracking_number: _Optional[str] = ...) -> None: ...

class NewTrackingEvent(_message.Message):
    __slots__ = ("event_time", "status", "sub_status", "text", "location", "external_id")
    EVENT_TIME_FIELD_NUMBER: _ClassVar[int]
    STATUS_FIELD_NUMBER: _ClassVar[int]
    SUB_STATUS_FIELD_NUMBER: _ClassVar[int]
    TEXT_FIELD_NUMBER: _ClassVar[int]
    LOCATION_FIELD_NUMBER: _ClassVar[int]
    EXTERNAL_ID_FIELD_NUMBER: _ClassVar[int]
    event_time: _timestamp_pb2.Timestamp
    status: _status_pb2.ParcelStatus
    sub_status: _status_pb2.ParcelSubStatus
    text: str
    location: str
    external_id: str
    def __init__(self, event_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., status: _Optional[_Union[_status_pb2.ParcelStatus, str]] = ..., sub_status: _Optional[_Union[_status_pb2.ParcelSubStatus, str]] = ..., text: _Optional[str] = ..., location: _Optional[str] = ..., external_id: _Optional[str] = ...) -> None: ...

class RecordTrackingEventsRequest(_message.Message):
    __slots__ = ("parcel_id", "carrier", "tracking_number", "events")
    PARCEL_ID_FIELD_NUMBER: _ClassVar[int]
    CARRIER_FIELD_NUMBER: _ClassVar[int]
    TRACKING_NUMBER_FIELD_NUMBER: _ClassVar[int]
    EVENTS_FIELD_NUMBER: _ClassVar[int]
    parcel_id: str
    carrier: str
    tracking_number: str
    events: _containers.RepeatedCompositeFieldContainer[NewTrackingEvent]
    def __init__(self, parcel_id: _Optional[str] = ..., carrier: _Optional[str] = ..., tracking_number: _Optional[str] = ..., events: _Optional[_Iterable[_Union[NewTrackingEvent, _Mapping]]] = ...) -> None: ...

class RecordTrackingEventsResponse(_message.Message):
    __slots__ = ("recorded", "duplicates", "revision")
    RECORDED_FIELD_NUMBER: _ClassVar[int]
    DUPLICATES_FIELD_NUMBER: _ClassVar[int]
    REVISION_FIELD_NUMBER: _ClassVar[int]
    recorded: int
    duplicates: int
    revision: int
    def __init__(self, recorded: _Optional[int] = ..., duplicates: _Optional[int] = ..., revision: _Optional[int] = ...) -> None: ...

class AssignStopsRequest(_message.Message):
    __slots__ = ("courier_id", "courier_name", "courier_phone", "stops")
    COURIER_ID_FIELD_NUMBER: _ClassVar[int]
    COURIER_NAME_FIELD_NUMBER: _ClassVar[int]
    COURIER_PHONE_FIELD_NUMBER: _ClassVar[int]
    STOPS_FIELD_NUMBER: _ClassVar[int]
    courier_id: str
    courier_name: str
    courier_phone: str
    stops: _containers.RepeatedCompositeFieldContainer[_stop_pb2.Stop]
    def __init__(self, courier_id: _Optional[str] = ..., courier_name: _Optional[str] = ..., courier_phone: _Optional[str] = ..., stops: _Optional[_Iterable[_Union[_stop_pb2.Stop, _Mapping]]] = ...) -> None: ...

class StopResult(_message.Message):
    __slots__ = ("parcel_id", "attempt", "error")
    PARCEL_ID_FIELD_NUMBER: _ClassVar[int]
    ATTEMPT_FIELD_NUMBER: _ClassVar[int]
    ERROR_FIELD_NUMBER: _ClassVar[int]
    parcel_id: str
    attempt: int
    error: _status_pb2_1.Status
    def __init__(self, parcel_id: _Optional[str] = ..., attempt: _Optional[int] = ..., error: _Optional[_Union[_status_pb2_1.Status, _Mapping]] = ...) -> None: ...

class AssignStopsResponse(_message.Message):
    __slots__ = ("results",)
    RESULTS_FIELD_NUMBER: _ClassVar[int]
    results: _containers.RepeatedCompositeFieldContainer[StopResult]
    def __init__(self, results: _Optional[_Iterable[_Union[StopResult, _Mapping]]] = ...) -> None: ...

class ReportPositionsRequest(_message.Message):
    __slots__ = ("courier_id", "fixes", "batch_id")
    COURIER_ID_FIELD_NUMBER: _ClassVar[int]
    FIXES_FIELD_NUMBER: _ClassVar[int]
    BATCH_ID_FIELD_NUMBER: _ClassVar[int]
    courier_id: str
    fixes: _containers.RepeatedCompositeFieldContainer[_courier_pb2.PositionFix]
    batch_id: int
    def __init__(self, courier_id: _Optional[str] = ..., fixes: _Optional[_Iterable[_Union[_courier_pb2.PositionFix, _Mapping]]] = ..., batch_id: _Optional[int] = ...) -> None: ...

class RejectedFix(_message.Message):
    __slots__ = ("index", "reason")
    INDEX_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    index: int
    reason: _courier_pb2.FixRejection
    def __init__(self, index: _Optional[int] = ..., reason: _Optional[_Union[_courier_pb2.FixRejection, str]] = ...) -> None: ...

class ReportPositionsResponse(_message.Message):
    __slots__ = ("batch_id", "accepted", "rejected", "last_fix_time", "last_sequence", "go_away")
    BATCH_ID_FIELD_NUMBER: _ClassVar[int]
    ACCEPTED_FIELD_NUMBER: _ClassVar[int]
    REJECTED_FIELD_NUMBER: _ClassVar[int]
    LAST_FIX_TIME_FIELD_NUMBER: _ClassVar[int]
    LAST_SEQUENCE_FIELD_NUMBER: _ClassVar[int]
    GO_AWAY_FIELD_NUMBER: _ClassVar[int]
    batch_id: int
    accepted: int
    rejected: _containers.RepeatedCompositeFieldContainer[RejectedFix]
    last_fix_time: _timestamp_pb2.Timestamp
    last_sequence: int
    go_away: _live_service_pb2.GoAway
    def __init__(self, batch_id: _Optional[int] = ..., accepted: _Optional[int] = ..., rejected: _Optional[_Iterable[_Union[RejectedFix, _Mapping]]] = ..., last_fix_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., last_sequence: _Optional[int] = ..., go_away: _Optional[_Union[_live_service_pb2.GoAway, _Mapping]] = ...) -> None: ...

class CompleteStopRequest(_message.Message):
    __slots__ = ("parcel_id", "outcome", "sub_status", "complete_time", "note")
    PARCEL_ID_FIELD_NUMBER: _ClassVar[int]
    OUTCOME_FIELD_NUMBER: _ClassVar[int]
    SUB_STATUS_FIELD_NUMBER: _ClassVar[int]
    COMPLETE_TIME_FIELD_NUMBER: _ClassVar[int]
    NOTE_FIELD_NUMBER: _ClassVar[int]
    parcel_id: str
    outcome: _stop_pb2.StopOutcome
    sub_status: _status_pb2.ParcelSubStatus
    complete_time: _timestamp_pb2.Timestamp
    note: str
    def __init__(self, parcel_id: _Optional[str] = ..., outcome: _Optional[_Union[_stop_pb2.StopOutcome, str]] = ..., sub_status: _Optional[_Union[_status_pb2.ParcelSubStatus, str]] = ..., complete_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., note: _Optional[str] = ...) -> None: ...

class CompleteStopResponse(_message.Message):
    __slots__ = ("status", "revision", "attempt")
    STATUS_FIELD_NUMBER: _ClassVar[int]
    REVISION_FIELD_NUMBER: _ClassVar[int]
    ATTEMPT_FIELD_NUMBER: _ClassVar[int]
    status: _status_pb2.ParcelStatus
    revision: int
    attempt: int
    def __init__(self, status: _Optional[_Union[_status_pb2.ParcelStatus, str]] = ..., revision: _Optional[int] = ..., attempt: _Optional[int] = ...) -> None: ...
