import datetime

from doorstep.tracking.v1 import status_pb2 as _status_pb2
from doorstep.tracking.v1 import text_pb2 as _text_pb2
from google.protobuf import timestamp_pb2 as _timestamp_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class TrackingEvent(_message.Message):
    __slots__ = ("event_id", "event_time", "time_zone_known", "utc_offset_minutes", "status", "sub_status", "sentence", "raw_text", "location", "source", "sources", "receive_time", "conflicts")
    EVENT_ID_FIELD_NUMBER: _ClassVar[int]
    EVENT_TIME_FIELD_NUMBER: _ClassVar[int]
    TIME_ZONE_KNOWN_FIELD_NUMBER: _ClassVar[int]
    UTC_OFFSET_MINUTES_FIELD_NUMBER: _ClassVar[int]
    STATUS_FIELD_NUMBER: _ClassVar[int]
    SUB_STATUS_FIELD_NUMBER: _ClassVar[int]
    SENTENCE_FIELD_NUMBER: _ClassVar[int]
    RAW_TEXT_FIELD_NUMBER: _ClassVar[int]
    LOCATION_FIELD_NUMBER: _ClassVar[int]
    SOURCE_FIELD_NUMBER: _ClassVar[int]
    SOURCES_FIELD_NUMBER: _ClassVar[int]
    RECEIVE_TIME_FIELD_NUMBER: _ClassVar[int]
    CONFLICTS_FIELD_NUMBER: _ClassVar[int]
    event_id: str
    event_time: _timestamp_pb2.Timestamp
    time_zone_known: bool
    utc_offset_minutes: int
    status: _status_pb2.ParcelStatus
    sub_status: _status_pb2.ParcelSubStatus
    sentence: _text_pb2.LocalizedText
    raw_text: str
    location: str
    source: str
    sources: _containers.RepeatedScalarFieldContainer[str]
    receive_time: _timestamp_pb2.Timestamp
    conflicts: _containers.RepeatedCompositeFieldContainer[ConflictingAccount]
    def __init__(self, event_id: _Optional[str] = ..., event_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., time_zone_known: _Optional[bool] = ..., utc_offset_minutes: _Optional[int] = ..., status: _Optional[_Union[_status_pb2.ParcelStatus, str]] = ..., sub_status: _Optional[_Union[_status_pb2.ParcelSubStatus, str]] = ..., sentence: _Optional[_Union[_text_pb2.LocalizedText, _Mapping]] = ..., raw_text: _Optional[str] = ..., location: _Optional[str] = ..., source: _Optional[str] = ..., sources: _Optional[_Iterable[str]] = ..., receive_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., conflicts: _Optional[_Iterable[_Union[ConflictingAccount, _Mapping]]] = ...) -> None: ...

class ConflictingAccount(_message.Message):
    __slots__ = ("source", "status", "sub_status", "sentence", "raw_text")
    SOURCE_FIELD_NUMBER: _ClassVar[int]
    STATUS_FIELD_NUMBER: _ClassVar[int]
    SUB_STATUS_FIELD_NUMBER: _ClassVar[int]
    SENTENCE_FIELD_NUMBER: _ClassVar[int]
    RAW_TEXT_FIELD_NUMBER: _ClassVar[int]
    source: str
    status: _status_pb2.ParcelStatus
    sub_status: _status_pb2.ParcelSubStatus
    sentence: _text_pb2.LocalizedText
    raw_text: str
    def __init__(self, source: _Optional[str] = ..., status: _Optional[_Union[_status_pb2.ParcelStatus, str]] = ..., sub_status: _Optional[_Union[_status_pb2.ParcelSubStatus, str]] = ..., sentence: _Optional[_Union[_text_pb2.LocalizedText, _Mapping]] = ..., raw_text: _Optional[str] = ...) -> None: ...
