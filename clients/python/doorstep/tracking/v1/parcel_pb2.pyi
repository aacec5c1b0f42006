import datetime

from doorstep.tracking.v1 import courier_pb2 as _courier_pb2
from doorstep.tracking.v1 import geo_pb2 as _geo_pb2
from doorstep.tracking.v1 import status_pb2 as _status_pb2
from doorstep.tracking.v1 import text_pb2 as _text_pb2
from doorstep.tracking.v1 import tracking_event_pb2 as _tracking_event_pb2
from google.protobuf import timestamp_pb2 as _timestamp_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class EtaSource(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    ETA_SOURCE_UNSPECIFIED: _ClassVar[EtaSource]
    ETA_SOURCE_CARRIER: _ClassVar[EtaSource]
    ETA_SOURCE_LIVE: _ClassVar[EtaSource]
ETA_SOURCE_UNSPECIFIED: EtaSource
ETA_SOURCE_CARRIER: EtaSource
ETA_SOURCE_LIVE: EtaSource

class Item(_message.Message):
    __slots__ = ("title", "quantity")
    TITLE_FIELD_NUMBER: _ClassVar[int]
    QUANTITY_FIELD_NUMBER: _ClassVar[int]
    title: str
    quantity: int
    def __init__(self, title: _Optional[str] = ..., quantity: _Optional[int] = ...) -> None: ...

class Recipient(_message.Message):
    __slots__ = ("name", "phone", "address", "point")
    NAME_FIELD_NUMBER: _ClassVar[int]
    PHONE_FIELD_NUMBER: _ClassVar[int]
    ADDRESS_FIELD_NUMBER: _ClassVar[int]
    POINT_FIELD_NUMBER: _ClassVar[int]
    name: str
    phone: str
    address: str
    point: _geo_pb2.Point
    def __init__(self, name: _Optional[str] = ..., phone: _Optional[str] = ..., address: _Optional[str] = ..., point: _Optional[_Union[_geo_pb2.Point, _Mapping]] = ...) -> None: ...

class ExpectedDelivery(_message.Message):
    __slots__ = ("expected_time", "source", "earliest_time", "latest_time")
    EXPECTED_TIME_FIELD_NUMBER: _ClassVar[int]
    SOURCE_FIELD_NUMBER: _ClassVar[int]
    EARLIEST_TIME_FIELD_NUMBER: _ClassVar[int]
    LATEST_TIME_FIELD_NUMBER: _ClassVar[int]
    expected_time: _timestamp_pb2.Timestamp
    source: EtaSource
    earliest_time: _timestamp_pb2.Timestamp
    latest_time: _timestamp_pb2.Timestamp
    def __init__(self, expected_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., source: _Optional[_Union[EtaSource, str]] = ..., earliest_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., latest_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class Approach(_message.Message):
    __slots__ = ("parcel_id", "distance_meters", "stops_ahead", "expected_time", "remaining_meters", "earliest_time", "latest_time")
    PARCEL_ID_FIELD_NUMBER: _ClassVar[int]
    DISTANCE_METERS_FIELD_NUMBER: _ClassVar[int]
    STOPS_AHEAD_FIELD_NUMBER: _ClassVar[int]
    EXPECTED_TIME_FIELD_NUMBER: _ClassVar[int]
    REMAINING_METERS_FIELD_NUMBER: _ClassVar[int]
    EARLIEST_TIME_FIELD_NUMBER: _ClassVar[int]
    LATEST_TIME_FIELD_NUMBER: _ClassVar[int]
    parcel_id: str
    distance_meters: float
    stops_ahead: int
    expected_time: _timestamp_pb2.Timestamp
    remaining_meters: float
    earliest_time: _timestamp_pb2.Timestamp
    latest_time: _timestamp_pb2.Timestamp
    def __init__(self, parcel_id: _Optional[str] = ..., distance_meters: _Optional[float] = ..., stops_ahead: _Optional[int] = ..., expected_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., remaining_meters: _Optional[float] = ..., earliest_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., latest_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class Parcel(_message.Message):
    __slots__ = ("parcel_id", "order_id", "number", "label", "items", "carrier", "tracking_number", "status", "sub_status", "status_text", "sentence", "status_time", "needs_attention", "terminal", "expected_delivery", "courier", "attempt", "recipient", "events", "revision", "position", "approach", "create_time", "update_time", "position_stale")
    PARCEL_ID_FIELD_NUMBER: _ClassVar[int]
    ORDER_ID_FIELD_NUMBER: _ClassVar[int]
    NUMBER_FIELD_NUMBER: _ClassVar[int]
    LABEL_FIELD_NUMBER: _ClassVar[int]
    ITEMS_FIELD_NUMBER: _ClassVar[int]
    CARRIER_FIELD_NUMBER: _ClassVar[int]
    TRACKING_NUMBER_FIELD_NUMBER: _ClassVar[int]
    STATUS_FIELD_NUMBER: _ClassVar[int]
    SUB_STATUS_FIELD_NUMBER: _ClassVar[int]
    STATUS_TEXT_FIELD_NUMBER: _ClassVar[int]
    SENTENCE_FIELD_NUMBER: _ClassVar[int]
    STATUS_TIME_FIELD_NUMBER: _ClassVar[int]
    NEEDS_ATTENTION_FIELD_NUMBER: _ClassVar[int]
    TERMINAL_FIELD_NUMBER: _ClassVar[int]
    EXPECTED_DELIVERY_FIELD_NUMBER: _ClassVar[int]
    COURIER_FIELD_NUMBER: _ClassVar[int]
    ATTEMPT_FIELD_NUMBER: _ClassVar[int]
    RECIPIENT_FIELD_NUMBER: _ClassVar[int]
    EVENTS_FIELD_NUMBER: _ClassVar[int]
    REVISION_FIELD_NUMBER: _ClassVar[int]
    POSITION_FIELD_NUMBER: _ClassVar[int]
    APPROACH_FIELD_NUMBER: _ClassVar[int]
    CREATE_TIME_FIELD_NUMBER: _ClassVar[int]
    UPDATE_TIME_FIELD_NUMBER: _ClassVar[int]
    POSITION_STALE_FIELD_NUMBER: _ClassVar[int]
    parcel_id: str
    order_id: str
    number: int
    label: _text_pb2.LocalizedText
    items: _containers.RepeatedCompositeFieldContainer[Item]
    carrier: str
    tracking_number: str
    status: _status_pb2.ParcelStatus
    sub_status: _status_pb2.ParcelSubStatus
    status_text: _text_pb2.LocalizedText
    sentence: _text_pb2.LocalizedText
    status_time: _timestamp_pb2.Timestamp
    needs_attention: bool
    terminal: bool
    expected_delivery: ExpectedDelivery
    courier: _courier_pb2.Courier
    attempt: int
    recipient: Recipient
    events: _containers.RepeatedCompositeFieldContainer[_tracking_event_pb2.TrackingEvent]
    revision: int
    position: _courier_pb2.CourierPosition
    approach: Approach
    create_time: _timestamp_pb2.Timestamp
    update_time: _timestamp_pb2.Timestamp
    position_stale: bool
    def __init__(self, parcel_id: _Optional[str] = ..., order_id: _Optional[str] = ..., number: _Optional[int] = ..., label: _Optional[_Union[_text_pb2.LocalizedText, _Mapping]] = ..., items: _Optional[_Iterable[_Union[Item, _Mapping]]] = ..., carrier: _Optional[str] = ..., tracking_number: _Optional[str] = ..., status: _Optional[_Union[_status_pb2.ParcelStatus, str]] = ..., sub_status: _Optional[_Union[_status_pb2.ParcelSubStatus, str]] = ..., status_text: _Optional[_Union[_text_pb2.LocalizedText, _Mapping]] = ..., sentence: _Optional[_Union[_text_pb2.LocalizedText, _Mapping]] = ..., status_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., needs_attention: _Optional[bool] = ..., terminal: _Optional[bool] = ..., expected_delivery: _Optional[_Union[ExpectedDelivery, _Mapping]] = ..., courier: _Optional[_Union[_courier_pb2.Courier, _Mapping]] = ..., attempt: _Optional[int] = ..., recipient: _Optional[_Union[Recipient, _Mapping]] = ..., events: _Optional[_Iterable[_Union[_tracking_event_pb2.TrackingEvent, _Mapping]]] = ..., revision: _Optional[int] = ..., position: _Optional[_Union[_courier_pb2.CourierPosition, _Mapping]] = ..., approach: _Optional[_Union[Approach, _Mapping]] = ..., create_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., update_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., position_stale: _Optional[bool] = ...) -> None: ...
