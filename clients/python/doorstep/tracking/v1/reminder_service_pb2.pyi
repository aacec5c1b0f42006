import datetime

from doorstep.tracking.v1 import reminder_pb2 as _reminder_pb2
from doorstep.tracking.v1 import text_pb2 as _text_pb2
from google.protobuf import timestamp_pb2 as _timestamp_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class ListRemindersRequest(_message.Message):
    __slots__ = ("parcel_id", "order_id")
    PARCEL_ID_FIELD_NUMBER: _ClassVar[int]
    ORDER_ID_FIELD_NUMBER: _ClassVar[int]
    parcel_id: str
    order_id: str
    def __init__(self, parcel_id: _Optional[str] = ..., order_id: _Optional[str] = ...) -> None: ...

class ListRemindersResponse(_message.Message):
    __slots__ = ("reminders",)
    REMINDERS_FIELD_NUMBER: _ClassVar[int]
    reminders: _containers.RepeatedCompositeFieldContainer[_reminder_pb2.Reminder]
    def __init__(self, reminders: _Optional[_Iterable[_Union[_reminder_pb2.Reminder, _Mapping]]] = ...) -> None: ...

class ExplainReminderRequest(_message.Message):
    __slots__ = ("parcel_id", "attempt")
    PARCEL_ID_FIELD_NUMBER: _ClassVar[int]
    ATTEMPT_FIELD_NUMBER: _ClassVar[int]
    parcel_id: str
    attempt: int
    def __init__(self, parcel_id: _Optional[str] = ..., attempt: _Optional[int] = ...) -> None: ...

class ExplainReminderResponse(_message.Message):
    __slots__ = ("rang", "ring_time", "reason", "explanation", "attempt")
    RANG_FIELD_NUMBER: _ClassVar[int]
    RING_TIME_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    EXPLANATION_FIELD_NUMBER: _ClassVar[int]
    ATTEMPT_FIELD_NUMBER: _ClassVar[int]
    rang: bool
    ring_time: _timestamp_pb2.Timestamp
    reason: _reminder_pb2.ReminderReason
    explanation: _text_pb2.LocalizedText
    attempt: int
    def __init__(self, rang: _Optional[bool] = ..., ring_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., reason: _Optional[_Union[_reminder_pb2.ReminderReason, _Mapping]] = ..., explanation: _Optional[_Union[_text_pb2.LocalizedText, _Mapping]] = ..., attempt: _Optional[int] = ...) -> None: ...

class GetReminderPreferencesRequest(_message.Message):
    __slots__ = ("customer_id",)
    CUSTOMER_ID_FIELD_NUMBER: _ClassVar[int]
    customer_id: str
    def __init__(self, customer_id: _Optional[str] = ...) -> None: ...

class SetReminderPreferencesRequest(_message.Message):
    __slots__ = ("customer_id", "preferences")
    CUSTOMER_ID_FIELD_NUMBER: _ClassVar[int]
    PREFERENCES_FIELD_NUMBER: _ClassVar[int]
    customer_id: str
    preferences: _reminder_pb2.ReminderPreferences
    def __init__(self, customer_id: _Optional[str] = ..., preferences: _Optional[_Union[_reminder_pb2.ReminderPreferences, _Mapping]] = ...) -> None: ...
