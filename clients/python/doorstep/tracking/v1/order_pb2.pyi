import datetime

from doorstep.tracking.v1 import parcel_pb2 as _parcel_pb2
from doorstep.tracking.v1 import status_pb2 as _status_pb2
from doorstep.tracking.v1 import text_pb2 as _text_pb2
from google.protobuf import timestamp_pb2 as _timestamp_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class Order(_message.Message):
    __slots__ = ("order_id", "customer_id", "parcels", "status", "sentence", "order_time", "create_time")
    ORDER_ID_FIELD_NUMBER: _ClassVar[int]
    CUSTOMER_ID_FIELD_NUMBER: _ClassVar[int]
    PARCELS_FIELD_NUMBER: _ClassVar[int]
    STATUS_FIELD_NUMBER: _ClassVar[int]
    SENTENCE_FIELD_NUMBER: _ClassVar[int]
    ORDER_TIME_FIELD_NUMBER: _ClassVar[int]
    CREATE_TIME_FIELD_NUMBER: _ClassVar[int]
    order_id: str
    customer_id: str
    parcels: _containers.RepeatedCompositeFieldContainer[_parcel_pb2.Parcel]
    status: _status_pb2.ParcelStatus
    sentence: _text_pb2.LocalizedText
    order_time: _timestamp_pb2.Timestamp
    create_time: _timestamp_pb2.Timestamp
    def __init__(self, order_id: _Optional[str] = ..., customer_id: _Optional[str] = ..., parcels: _Optional[_Iterable[_Union[_parcel_pb2.Parcel, _Mapping]]] = ..., status: _Optional[_Union[_status_pb2.ParcelStatus, str]] = ..., sentence: _Optional[_Union[_text_pb2.LocalizedText, _Mapping]] = ..., order_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., create_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...
