import datetime

from doorstep.tracking.v1 import text_pb2 as _text_pb2
from google.protobuf import timestamp_pb2 as _timestamp_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class ReminderKind(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    REMINDER_KIND_UNSPECIFIED: _ClassVar[ReminderKind]
    REMINDER_KIND_OUT_FOR_DELIVERY: _ClassVar[ReminderKind]
    REMINDER_KIND_COURIER_NEAR: _ClassVar[ReminderKind]
    REMINDER_KIND_DUE_SOON: _ClassVar[ReminderKind]
    REMINDER_KIND_DELIVERED: _ClassVar[ReminderKind]
    REMINDER_KIND_DELIVERY_FAILED: _ClassVar[ReminderKind]
    REMINDER_KIND_STALLED: _ClassVar[ReminderKind]
    REMINDER_KIND_READY_FOR_PICKUP: _ClassVar[ReminderKind]
    REMINDER_KIND_CUSTOMS_ACTION: _ClassVar[ReminderKind]

class NoticeState(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    NOTICE_STATE_UNSPECIFIED: _ClassVar[NoticeState]
    NOTICE_STATE_QUEUED: _ClassVar[NoticeState]
    NOTICE_STATE_SENT: _ClassVar[NoticeState]
    NOTICE_STATE_DROPPED: _ClassVar[NoticeState]
    NOTICE_STATE_DEAD: _ClassVar[NoticeState]

class QuietBell(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    QUIET_BELL_UNSPECIFIED: _ClassVar[QuietBell]
    QUIET_BELL_DROPPED: _ClassVar[QuietBell]
    QUIET_BELL_SILENT: _ClassVar[QuietBell]
REMINDER_KIND_UNSPECIFIED: ReminderKind
REMINDER_KIND_OUT_FOR_DELIVERY: ReminderKind
REMINDER_KIND_COURIER_NEAR: ReminderKind
REMINDER_KIND_DUE_SOON: ReminderKind
REMINDER_KIND_DELIVERED: ReminderKind
REMINDER_KIND_DELIVERY_FAILED: ReminderKind
REMINDER_KIND_STALLED: ReminderKind
REMINDER_KIND_READY_FOR_PICKUP: ReminderKind
REMINDER_KIND_CUSTOMS_ACTION: ReminderKind
NOTICE_STATE_UNSPECIFIED: NoticeState
NOTICE_STATE_QUEUED: NoticeState
NOTICE_STATE_SENT: NoticeState
NOTICE_STATE_DROPPED: NoticeState
NOTICE_STATE_DEAD: NoticeState
QUIET_BELL_UNSPECIFIED: QuietBell
QUIET_BELL_DROPPED: QuietBell
QUIET_BELL_SILENT: QuietBell

class ReminderReason(_message.Message):
    __slots__ = ("distance_meters", "accuracy_meters", "radius_meters", "stops_ahead", "rule_version", "explanation")
    DISTANCE_METERS_FIELD_NUMBER: _ClassVar[int]
    ACCURACY_METERS_FIELD_NUMBER: _ClassVar[int]
    RADIUS_METERS_FIELD_NUMBER: _ClassVar[int]
    STOPS_AHEAD_FIELD_NUMBER: _ClassVar[int]
    RULE_VERSION_FIELD_NUMBER: _ClassVar[int]
    EXPLANATION_FIELD_NUMBER: _ClassVar[int]
    distance_meters: float
    accuracy_meters: float
    radius_meters: float
    stops_ahead: int
    rule_version: str
    explanation: _text_pb2.LocalizedText
    def __init__(self, distance_meters: _Optional[float] = ..., accuracy_meters: _Optional[float] = ..., radius_meters: _Optional[float] = ..., stops_ahead: _Optional[int] = ..., rule_version: _Optional[str] = ..., explanation: _Optional[_Union[_text_pb2.LocalizedText, _Mapping]] = ...) -> None: ...

class Reminder(_message.Message):
    __slots__ = ("reminder_id", "parcel_id", "attempt", "kind", "ring_time", "text", "reason", "notices")
    REMINDER_ID_FIELD_NUMBER: _ClassVar[int]
    PARCEL_ID_FIELD_NUMBER: _ClassVar[int]
    ATTEMPT_FIELD_NUMBER: _ClassVar[int]
    KIND_FIELD_NUMBER: _ClassVar[int]
    RING_TIME_FIELD_NUMBER: _ClassVar[int]
    TEXT_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    NOTICES_FIELD_NUMBER: _ClassVar[int]
    reminder_id: str
    parcel_id: str
    attempt: int
    kind: ReminderKind
    ring_time: _timestamp_pb2.Timestamp
    text: _text_pb2.LocalizedText
    reason: ReminderReason
    notices: _containers.RepeatedCompositeFieldContainer[Notice]
    def __init__(self, reminder_id: _Optional[str] = ..., parcel_id: _Optional[str] = ..., attempt: _Optional[int] = ..., kind: _Optional[_Union[ReminderKind, str]] = ..., ring_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., text: _Optional[_Union[_text_pb2.LocalizedText, _Mapping]] = ..., reason: _Optional[_Union[ReminderReason, _Mapping]] = ..., notices: _Optional[_Iterable[_Union[Notice, _Mapping]]] = ...) -> None: ...

class Notice(_message.Message):
    __slots__ = ("channel", "state", "send_time", "drop_reason")
    CHANNEL_FIELD_NUMBER: _ClassVar[int]
    STATE_FIELD_NUMBER: _ClassVar[int]
    SEND_TIME_FIELD_NUMBER: _ClassVar[int]
    DROP_REASON_FIELD_NUMBER: _ClassVar[int]
    channel: str
    state: NoticeState
    send_time: _timestamp_pb2.Timestamp
    drop_reason: str
    def __init__(self, channel: _Optional[str] = ..., state: _Optional[_Union[NoticeState, str]] = ..., send_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., drop_reason: _Optional[str] = ...) -> None: ...

class ReminderPreferences(_message.Message):
    __slots__ = ("bell_radius_meters", "quiet_hours")
    BELL_RADIUS_METERS_FIELD_NUMBER: _ClassVar[int]
    QUIET_HOURS_FIELD_NUMBER: _ClassVar[int]
    bell_radius_meters: float
    quiet_hours: QuietHours
    def __init__(self, bell_radius_meters: _Optional[float] = ..., quiet_hours: _Optional[_Union[QuietHours, _Mapping]] = ...) -> None: ...

class QuietHours(_message.Message):
    __slots__ = ("start", "end", "zone", "bell")
    START_FIELD_NUMBER: _ClassVar[int]
    END_FIELD_NUMBER: _ClassVar[int]
    ZONE_FIELD_NUMBER: _ClassVar[int]
    BELL_FIELD_NUMBER: _ClassVar[int]
    start: str
    end: str
    zone: str
    bell: QuietBell
    def __init__(self, start: _Optional[str] = ..., end: _Optional[str] = ..., zone: _Optional[str] = ..., bell: _Optional[_Union[QuietBell, str]] = ...) -> None: ...
