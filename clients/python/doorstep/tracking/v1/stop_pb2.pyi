from doorstep.tracking.v1 import geo_pb2 as _geo_pb2
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class StopOutcome(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    STOP_OUTCOME_UNSPECIFIED: _ClassVar[StopOutcome]
    STOP_OUTCOME_DELIVERED: _ClassVar[StopOutcome]
    STOP_OUTCOME_FAILED: _ClassVar[StopOutcome]
STOP_OUTCOME_UNSPECIFIED: StopOutcome
STOP_OUTCOME_DELIVERED: StopOutcome
STOP_OUTCOME_FAILED: StopOutcome

class Stop(_message.Message):
    __slots__ = ("parcel_id", "sequence", "point")
    PARCEL_ID_FIELD_NUMBER: _ClassVar[int]
    SEQUENCE_FIELD_NUMBER: _ClassVar[int]
    POINT_FIELD_NUMBER: _ClassVar[int]
    parcel_id: str
    sequence: int
    point: _geo_pb2.Point
    def __init__(self, parcel_id: _Optional[str] = ..., sequence: _Optional[int] = ..., point: _Optional[_Union[_geo_pb2.Point, _Mapping]] = ...) -> None: ...
