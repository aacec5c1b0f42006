import datetime

from doorstep.tracking.v1 import geo_pb2 as _geo_pb2
from doorstep.tracking.v1 import order_pb2 as _order_pb2
from doorstep.tracking.v1 import parcel_pb2 as _parcel_pb2
from doorstep.tracking.v1 import status_pb2 as _status_pb2
from google.protobuf import timestamp_pb2 as _timestamp_pb2
from google.rpc import status_pb2 as _status_pb2_1
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class GetOrderRequest(_message.Message):
    __slots__ = ("order_id", "datum")
    ORDER_ID_FIELD_NUMBER: _ClassVar[int]
    DATUM_FIELD_NUMBER: _ClassVar[int]
    order_id: str
    datum: _geo_pb2.Datum
    def __init__(self, order_id: _Optional[str] = ..., datum: _Optional[_Union[_geo_pb2.Datum, str]] = ...) -> None: ...

class ListOrdersRequest(_message.Message):
    __slots__ = ("customer_id", "page_size", "page_token")
    CUSTOMER_ID_FIELD_NUMBER: _ClassVar[int]
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    customer_id: str
    page_size: int
    page_token: str
    def __init__(self, customer_id: _Optional[str] = ..., page_size: _Optional[int] = ..., page_token: _Optional[str] = ...) -> None: ...

class ListOrdersResponse(_message.Message):
    __slots__ = ("orders", "next_page_token")
    ORDERS_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    orders: _containers.RepeatedCompositeFieldContainer[_order_pb2.Order]
    next_page_token: str
    def __init__(self, orders: _Optional[_Iterable[_Union[_order_pb2.Order, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...

class BatchGetOrdersRequest(_message.Message):
    __slots__ = ("order_ids", "datum")
    ORDER_IDS_FIELD_NUMBER: _ClassVar[int]
    DATUM_FIELD_NUMBER: _ClassVar[int]
    order_ids: _containers.RepeatedScalarFieldContainer[str]
    datum: _geo_pb2.Datum
    def __init__(self, order_ids: _Optional[_Iterable[str]] = ..., datum: _Optional[_Union[_geo_pb2.Datum, str]] = ...) -> None: ...

class OrderResult(_message.Message):
    __slots__ = ("order_id", "order", "error")
    ORDER_ID_FIELD_NUMBER: _ClassVar[int]
    ORDER_FIELD_NUMBER: _ClassVar[int]
    ERROR_FIELD_NUMBER: _ClassVar[int]
    order_id: str
    order: _order_pb2.Order
    error: _status_pb2_1.Status
    def __init__(self, order_id: _Optional[str] = ..., order: _Optional[_Union[_order_pb2.Order, _Mapping]] = ..., error: _Optional[_Union[_status_pb2_1.Status, _Mapping]] = ...) -> None: ...

class BatchGetOrdersResponse(_message.Message):
    __slots__ = ("results",)
    RESULTS_FIELD_NUMBER: _ClassVar[int]
    results: _containers.RepeatedCompositeFieldContainer[OrderResult]
    def __init__(self, results: _Optional[_Iterable[_Union[OrderResult, _Mapping]]] = ...) -> None: ...

class GetParcelRequest(_message.Message):
    __slots__ = ("parcel_id", "datum")
    PARCEL_ID_FIELD_NUMBER: _ClassVar[int]
    DATUM_FIELD_NUMBER: _ClassVar[int]
    parcel_id: str
    datum: _geo_pb2.Datum
    def __init__(self, parcel_id: _Optional[str] = ..., datum: _Optional[_Union[_geo_pb2.Datum, str]] = ...) -> None: ...

class BatchGetParcelsRequest(_message.Message):
    __slots__ = ("parcel_ids", "datum")
    PARCEL_IDS_FIELD_NUMBER: _ClassVar[int]
    DATUM_FIELD_NUMBER: _ClassVar[int]
    parcel_ids: _containers.RepeatedScalarFieldContainer[str]
    datum: _geo_pb2.Datum
    def __init__(self, parcel_ids: _Optional[_Iterable[str]] = ..., datum: _Optional[_Union[_geo_pb2.Datum, str]] = ...) -> None: ...

class ParcelResult(_message.Message):
    __slots__ = ("parcel_id", "parcel", "error")
    PARCEL_ID_FIELD_NUMBER: _ClassVar[int]
    PARCEL_FIELD_NUMBER: _ClassVar[int]
    ERROR_FIELD_NUMBER: _ClassVar[int]
    parcel_id: str
    parcel: _parcel_pb2.Parcel
    error: _status_pb2_1.Status
    def __init__(self, parcel_id: _Optional[str] = ..., parcel: _Optional[_Union[_parcel_pb2.Parcel, _Mapping]] = ..., error: _Optional[_Union[_status_pb2_1.Status, _Mapping]] = ...) -> None: ...

class BatchGetParcelsResponse(_message.Message):
    __slots__ = ("results",)
    RESULTS_FIELD_NUMBER: _ClassVar[int]
    results: _containers.RepeatedCompositeFieldContainer[ParcelResult]
    def __init__(self, results: _Optional[_Iterable[_Union[ParcelResult, _Mapping]]] = ...) -> None: ...

class SearchParcelsRequest(_message.Message):
    __slots__ = ("order_ids", "created_after", "created_before", "statuses", "sub_statuses", "needs_attention", "tracking_number", "page_size", "page_token")
    ORDER_IDS_FIELD_NUMBER: _ClassVar[int]
    CREATED_AFTER_FIELD_NUMBER: _ClassVar[int]
    CREATED_BEFORE_FIELD_NUMBER: _ClassVar[int]
    STATUSES_FIELD_NUMBER: _ClassVar[int]
    SUB_STATUSES_FIELD_NUMBER: _ClassVar[int]
    NEEDS_ATTENTION_FIELD_NUMBER: _ClassVar[int]
    TRACKING_NUMBER_FIELD_NUMBER: _ClassVar[int]
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    order_ids: _containers.RepeatedScalarFieldContainer[str]
    created_after: _timestamp_pb2.Timestamp
    created_before: _timestamp_pb2.Timestamp
    statuses: _containers.RepeatedScalarFieldContainer[_status_pb2.ParcelStatus]
    sub_statuses: _containers.RepeatedScalarFieldContainer[_status_pb2.ParcelSubStatus]
    needs_attention: bool
    tracking_number: str
    page_size: int
    page_token: str
    def __init__(self, order_ids: _Optional[_Iterable[str]] = ..., created_after: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., created_before: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., statuses: _Optional[_Iterable[_Union[_status_pb2.ParcelStatus, str]]] = ..., sub_statuses: _Optional[_Iterable[_Union[_status_pb2.ParcelSubStatus, str]]] = ..., needs_attention: _Optional[bool] = ..., tracking_number: _Optional[str] = ..., page_size: _Optional[int] = ..., page_token: _Optional[str] = ...) -> None: ...

class SearchParcelsResponse(_message.Message):
    __slots__ = ("parcels", "next_page_token")
    PARCELS_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    parcels: _containers.RepeatedCompositeFieldContainer[_parcel_pb2.Parcel]
    next_page_token: str
    def __init__(self, parcels: _Optional[_Iterable[_Union[_parcel_pb2.Parcel, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...
