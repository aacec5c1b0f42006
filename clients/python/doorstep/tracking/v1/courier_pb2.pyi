import datetime

from doorstep.tracking.v1 import geo_pb2 as _geo_pb2
from doorstep.tracking.v1 import text_pb2 as _text_pb2
from google.protobuf import timestamp_pb2 as _timestamp_pb2
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class FixRejection(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    FIX_REJECTION_UNSPECIFIED: _ClassVar[FixRejection]
    FIX_REJECTION_INVALID_POINT: _ClassVar[FixRejection]
    FIX_REJECTION_UNTYPED_DATUM: _ClassVar[FixRejection]
    FIX_REJECTION_INVALID_VALUE: _ClassVar[FixRejection]
    FIX_REJECTION_FROM_THE_FUTURE: _ClassVar[FixRejection]
    FIX_REJECTION_INVALID_TIME: _ClassVar[FixRejection]
    FIX_REJECTION_OUT_OF_ORDER: _ClassVar[FixRejection]
    FIX_REJECTION_DUPLICATE: _ClassVar[FixRejection]
    FIX_REJECTION_IMPLAUSIBLE: _ClassVar[FixRejection]
    FIX_REJECTION_TOO_OLD: _ClassVar[FixRejection]
    FIX_REJECTION_UNCONFIRMED: _ClassVar[FixRejection]
    FIX_REJECTION_UNCERTAIN: _ClassVar[FixRejection]
FIX_REJECTION_UNSPECIFIED: FixRejection
FIX_REJECTION_INVALID_POINT: FixRejection
FIX_REJECTION_UNTYPED_DATUM: FixRejection
FIX_REJECTION_INVALID_VALUE: FixRejection
FIX_REJECTION_FROM_THE_FUTURE: FixRejection
FIX_REJECTION_INVALID_TIME: FixRejection
FIX_REJECTION_OUT_OF_ORDER: FixRejection
FIX_REJECTION_DUPLICATE: FixRejection
FIX_REJECTION_IMPLAUSIBLE: FixRejection
FIX_REJECTION_TOO_OLD: FixRejection
FIX_REJECTION_UNCONFIRMED: FixRejection
FIX_REJECTION_UNCERTAIN: FixRejection

class Courier(_message.Message):
    __slots__ = ("courier_id", "display_name", "masked_phone")
    COURIER_ID_FIELD_NUMBER: _ClassVar[int]
    DISPLAY_NAME_FIELD_NUMBER: _ClassVar[int]
    MASKED_PHONE_FIELD_NUMBER: _ClassVar[int]
    courier_id: str
    display_name: str
    masked_phone: str
    def __init__(self, courier_id: _Optional[str] = ..., display_name: _Optional[str] = ..., masked_phone: _Optional[str] = ...) -> None: ...

class CourierPosition(_message.Message):
    __slots__ = ("courier_id", "point", "fix_time", "sequence", "accuracy_meters", "speed_mps", "heading_degrees", "receive_time", "place")
    COURIER_ID_FIELD_NUMBER: _ClassVar[int]
    POINT_FIELD_NUMBER: _ClassVar[int]
    FIX_TIME_FIELD_NUMBER: _ClassVar[int]
    SEQUENCE_FIELD_NUMBER: _ClassVar[int]
    ACCURACY_METERS_FIELD_NUMBER: _ClassVar[int]
    SPEED_MPS_FIELD_NUMBER: _ClassVar[int]
    HEADING_DEGREES_FIELD_NUMBER: _ClassVar[int]
    RECEIVE_TIME_FIELD_NUMBER: _ClassVar[int]
    PLACE_FIELD_NUMBER: _ClassVar[int]
    courier_id: str
    point: _geo_pb2.Point
    fix_time: _timestamp_pb2.Timestamp
    sequence: int
    accuracy_meters: float
    speed_mps: float
    heading_degrees: float
    receive_time: _timestamp_pb2.Timestamp
    place: _text_pb2.LocalizedText
    def __init__(self, courier_id: _Optional[str] = ..., point: _Optional[_Union[_geo_pb2.Point, _Mapping]] = ..., fix_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., sequence: _Optional[int] = ..., accuracy_meters: _Optional[float] = ..., speed_mps: _Optional[float] = ..., heading_degrees: _Optional[float] = ..., receive_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., place: _Optional[_Union[_text_pb2.LocalizedText, _Mapping]] = ...) -> None: ...

class PositionFix(_message.Message):
    __slots__ = ("point", "fix_time", "accuracy_meters", "speed_mps", "heading_degrees")
    POINT_FIELD_NUMBER: _ClassVar[int]
    FIX_TIME_FIELD_NUMBER: _ClassVar[int]
    ACCURACY_METERS_FIELD_NUMBER: _ClassVar[int]
    SPEED_MPS_FIELD_NUMBER: _ClassVar[int]
    HEADING_DEGREES_FIELD_NUMBER: _ClassVar[int]
    point: _geo_pb2.Point
    fix_time: _timestamp_pb2.Timestamp
    accuracy_meters: float
    speed_mps: float
    heading_degrees: float
    def __init__(self, point: _Optional[_Union[_geo_pb2.Point, _Mapping]] = ..., fix_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., accuracy_meters: _Optional[float] = ..., speed_mps: _Optional[float] = ..., heading_degrees: _Optional[float] = ...) -> None: ...
