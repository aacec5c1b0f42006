import datetime

from doorstep.tracking.v1 import courier_pb2 as _courier_pb2
from doorstep.tracking.v1 import geo_pb2 as _geo_pb2
from doorstep.tracking.v1 import order_pb2 as _order_pb2
from doorstep.tracking.v1 import parcel_pb2 as _parcel_pb2
from doorstep.tracking.v1 import reminder_pb2 as _reminder_pb2
from doorstep.tracking.v1 import tracking_event_pb2 as _tracking_event_pb2
from google.protobuf import duration_pb2 as _duration_pb2
from google.protobuf import timestamp_pb2 as _timestamp_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class ChangeKind(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    CHANGE_KIND_UNSPECIFIED: _ClassVar[ChangeKind]
    CHANGE_KIND_CREATED: _ClassVar[ChangeKind]
    CHANGE_KIND_EVENT: _ClassVar[ChangeKind]
    CHANGE_KIND_ASSIGNED: _ClassVar[ChangeKind]
    CHANGE_KIND_REMINDER: _ClassVar[ChangeKind]
    CHANGE_KIND_CARRIER_NOTE: _ClassVar[ChangeKind]
    CHANGE_KIND_TRACKING: _ClassVar[ChangeKind]

class PositionState(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    POSITION_STATE_UNSPECIFIED: _ClassVar[PositionState]
    POSITION_STATE_LIVE: _ClassVar[PositionState]
    POSITION_STATE_STALE: _ClassVar[PositionState]
    POSITION_STATE_HIDDEN: _ClassVar[PositionState]

class GapReason(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    GAP_REASON_UNSPECIFIED: _ClassVar[GapReason]
    GAP_REASON_TOKEN_TOO_OLD: _ClassVar[GapReason]
    GAP_REASON_TOKEN_MISMATCH: _ClassVar[GapReason]
    GAP_REASON_OTHER_EPOCH: _ClassVar[GapReason]
CHANGE_KIND_UNSPECIFIED: ChangeKind
CHANGE_KIND_CREATED: ChangeKind
CHANGE_KIND_EVENT: ChangeKind
CHANGE_KIND_ASSIGNED: ChangeKind
CHANGE_KIND_REMINDER: ChangeKind
CHANGE_KIND_CARRIER_NOTE: ChangeKind
CHANGE_KIND_TRACKING: ChangeKind
POSITION_STATE_UNSPECIFIED: PositionState
POSITION_STATE_LIVE: PositionState
POSITION_STATE_STALE: PositionState
POSITION_STATE_HIDDEN: PositionState
GAP_REASON_UNSPECIFIED: GapReason
GAP_REASON_TOKEN_TOO_OLD: GapReason
GAP_REASON_TOKEN_MISMATCH: GapReason
GAP_REASON_OTHER_EPOCH: GapReason

class WatchOrderRequest(_message.Message):
    __slots__ = ("order_id", "resume_token", "datum")
    ORDER_ID_FIELD_NUMBER: _ClassVar[int]
    RESUME_TOKEN_FIELD_NUMBER: _ClassVar[int]
    DATUM_FIELD_NUMBER: _ClassVar[int]
    order_id: str
    resume_token: str
    datum: _geo_pb2.Datum
    def __init__(self, order_id: _Optional[str] = ..., resume_token: _Optional[str] = ..., datum: _Optional[_Union[_geo_pb2.Datum, str]] = ...) -> None: ...

class WatchParcelsRequest(_message.Message):
    __slots__ = ("order_ids", "parcel_ids", "resume_token", "datum")
    ORDER_IDS_FIELD_NUMBER: _ClassVar[int]
    PARCEL_IDS_FIELD_NUMBER: _ClassVar[int]
    RESUME_TOKEN_FIELD_NUMBER: _ClassVar[int]
    DATUM_FIELD_NUMBER: _ClassVar[int]
    order_ids: _containers.RepeatedScalarFieldContainer[str]
    parcel_ids: _containers.RepeatedScalarFieldContainer[str]
    resume_token: str
    datum: _geo_pb2.Datum
    def __init__(self, order_ids: _Optional[_Iterable[str]] = ..., parcel_ids: _Optional[_Iterable[str]] = ..., resume_token: _Optional[str] = ..., datum: _Optional[_Union[_geo_pb2.Datum, str]] = ...) -> None: ...

class WatchUpdate(_message.Message):
    __slots__ = ("resume_token", "sent_time", "snapshot", "change", "position", "heartbeat", "gap", "link_state", "go_away")
    RESUME_TOKEN_FIELD_NUMBER: _ClassVar[int]
    SENT_TIME_FIELD_NUMBER: _ClassVar[int]
    SNAPSHOT_FIELD_NUMBER: _ClassVar[int]
    CHANGE_FIELD_NUMBER: _ClassVar[int]
    POSITION_FIELD_NUMBER: _ClassVar[int]
    HEARTBEAT_FIELD_NUMBER: _ClassVar[int]
    GAP_FIELD_NUMBER: _ClassVar[int]
    LINK_STATE_FIELD_NUMBER: _ClassVar[int]
    GO_AWAY_FIELD_NUMBER: _ClassVar[int]
    resume_token: str
    sent_time: _timestamp_pb2.Timestamp
    snapshot: Snapshot
    change: ParcelChange
    position: PositionUpdate
    heartbeat: Heartbeat
    gap: Gap
    link_state: LinkState
    go_away: GoAway
    def __init__(self, resume_token: _Optional[str] = ..., sent_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., snapshot: _Optional[_Union[Snapshot, _Mapping]] = ..., change: _Optional[_Union[ParcelChange, _Mapping]] = ..., position: _Optional[_Union[PositionUpdate, _Mapping]] = ..., heartbeat: _Optional[_Union[Heartbeat, _Mapping]] = ..., gap: _Optional[_Union[Gap, _Mapping]] = ..., link_state: _Optional[_Union[LinkState, _Mapping]] = ..., go_away: _Optional[_Union[GoAway, _Mapping]] = ...) -> None: ...

class Snapshot(_message.Message):
    __slots__ = ("orders", "parcels")
    ORDERS_FIELD_NUMBER: _ClassVar[int]
    PARCELS_FIELD_NUMBER: _ClassVar[int]
    orders: _containers.RepeatedCompositeFieldContainer[_order_pb2.Order]
    parcels: _containers.RepeatedCompositeFieldContainer[_parcel_pb2.Parcel]
    def __init__(self, orders: _Optional[_Iterable[_Union[_order_pb2.Order, _Mapping]]] = ..., parcels: _Optional[_Iterable[_Union[_parcel_pb2.Parcel, _Mapping]]] = ...) -> None: ...

class ParcelChange(_message.Message):
    __slots__ = ("parcel_id", "revision", "kind", "parcel", "event", "reminder", "change_time")
    PARCEL_ID_FIELD_NUMBER: _ClassVar[int]
    REVISION_FIELD_NUMBER: _ClassVar[int]
    KIND_FIELD_NUMBER: _ClassVar[int]
    PARCEL_FIELD_NUMBER: _ClassVar[int]
    EVENT_FIELD_NUMBER: _ClassVar[int]
    REMINDER_FIELD_NUMBER: _ClassVar[int]
    CHANGE_TIME_FIELD_NUMBER: _ClassVar[int]
    parcel_id: str
    revision: int
    kind: ChangeKind
    parcel: _parcel_pb2.Parcel
    event: _tracking_event_pb2.TrackingEvent
    reminder: _reminder_pb2.Reminder
    change_time: _timestamp_pb2.Timestamp
    def __init__(self, parcel_id: _Optional[str] = ..., revision: _Optional[int] = ..., kind: _Optional[_Union[ChangeKind, str]] = ..., parcel: _Optional[_Union[_parcel_pb2.Parcel, _Mapping]] = ..., event: _Optional[_Union[_tracking_event_pb2.TrackingEvent, _Mapping]] = ..., reminder: _Optional[_Union[_reminder_pb2.Reminder, _Mapping]] = ..., change_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class PositionUpdate(_message.Message):
    __slots__ = ("position", "approaches", "state", "courier_id")
    POSITION_FIELD_NUMBER: _ClassVar[int]
    APPROACHES_FIELD_NUMBER: _ClassVar[int]
    STATE_FIELD_NUMBER: _ClassVar[int]
    COURIER_ID_FIELD_NUMBER: _ClassVar[int]
    position: _courier_pb2.CourierPosition
    approaches: _containers.RepeatedCompositeFieldContainer[_parcel_pb2.Approach]
    state: PositionState
    courier_id: str
    def __init__(self, position: _Optional[_Union[_courier_pb2.CourierPosition, _Mapping]] = ..., approaches: _Optional[_Iterable[_Union[_parcel_pb2.Approach, _Mapping]]] = ..., state: _Optional[_Union[PositionState, str]] = ..., courier_id: _Optional[str] = ...) -> None: ...

class Heartbeat(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class Gap(_message.Message):
    __slots__ = ("reason",)
    REASON_FIELD_NUMBER: _ClassVar[int]
    reason: GapReason
    def __init__(self, reason: _Optional[_Union[GapReason, str]] = ...) -> None: ...

class LinkState(_message.Message):
    __slots__ = ("degraded",)
    DEGRADED_FIELD_NUMBER: _ClassVar[int]
    degraded: bool
    def __init__(self, degraded: _Optional[bool] = ...) -> None: ...

class GoAway(_message.Message):
    __slots__ = ("retry_after",)
    RETRY_AFTER_FIELD_NUMBER: _ClassVar[int]
    retry_after: _duration_pb2.Duration
    def __init__(self, retry_after: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ...) -> None: ...

class WatchFleetRequest(_message.Message):
    __slots__ = ("box", "courier_ids", "tick", "datum")
    BOX_FIELD_NUMBER: _ClassVar[int]
    COURIER_IDS_FIELD_NUMBER: _ClassVar[int]
    TICK_FIELD_NUMBER: _ClassVar[int]
    DATUM_FIELD_NUMBER: _ClassVar[int]
    box: _geo_pb2.BoundingBox
    courier_ids: _containers.RepeatedScalarFieldContainer[str]
    tick: _duration_pb2.Duration
    datum: _geo_pb2.Datum
    def __init__(self, box: _Optional[_Union[_geo_pb2.BoundingBox, _Mapping]] = ..., courier_ids: _Optional[_Iterable[str]] = ..., tick: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ..., datum: _Optional[_Union[_geo_pb2.Datum, str]] = ...) -> None: ...

class FleetUpdate(_message.Message):
    __slots__ = ("positions", "left_courier_ids", "sent_time", "degraded", "go_away")
    POSITIONS_FIELD_NUMBER: _ClassVar[int]
    LEFT_COURIER_IDS_FIELD_NUMBER: _ClassVar[int]
    SENT_TIME_FIELD_NUMBER: _ClassVar[int]
    DEGRADED_FIELD_NUMBER: _ClassVar[int]
    GO_AWAY_FIELD_NUMBER: _ClassVar[int]
    positions: _containers.RepeatedCompositeFieldContainer[_courier_pb2.CourierPosition]
    left_courier_ids: _containers.RepeatedScalarFieldContainer[str]
    sent_time: _timestamp_pb2.Timestamp
    degraded: bool
    go_away: GoAway
    def __init__(self, positions: _Optional[_Iterable[_Union[_courier_pb2.CourierPosition, _Mapping]]] = ..., left_courier_ids: _Optional[_Iterable[str]] = ..., sent_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., degraded: _Optional[bool] = ..., go_away: _Optional[_Union[GoAway, _Mapping]] = ...) -> None: ...
