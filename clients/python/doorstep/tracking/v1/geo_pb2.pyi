from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class Datum(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    DATUM_UNSPECIFIED: _ClassVar[Datum]
    DATUM_WGS84: _ClassVar[Datum]
    DATUM_GCJ02: _ClassVar[Datum]
    DATUM_BD09: _ClassVar[Datum]
DATUM_UNSPECIFIED: Datum
DATUM_WGS84: Datum
DATUM_GCJ02: Datum
DATUM_BD09: Datum

class Point(_message.Message):
    __slots__ = ("latitude", "longitude", "datum")
    LATITUDE_FIELD_NUMBER: _ClassVar[int]
    LONGITUDE_FIELD_NUMBER: _ClassVar[int]
    DATUM_FIELD_NUMBER: _ClassVar[int]
    latitude: float
    longitude: float
    datum: Datum
    def __init__(self, latitude: _Optional[float] = ..., longitude: _Optional[float] = ..., datum: _Optional[_Union[Datum, str]] = ...) -> None: ...

class BoundingBox(_message.Message):
    __slots__ = ("low", "high")
    LOW_FIELD_NUMBER: _ClassVar[int]
    HIGH_FIELD_NUMBER: _ClassVar[int]
    low: Point
    high: Point
    def __init__(self, low: _Optional[_Union[Point, _Mapping]] = ..., high: _Optional[_Union[Point, _Mapping]] = ...) -> None: ...
