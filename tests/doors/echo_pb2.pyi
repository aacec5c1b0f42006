from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable
from typing import ClassVar as _ClassVar, Optional as _Optional

DESCRIPTOR: _descriptor.FileDescriptor

class Ask(_message.Message):
    __slots__ = ("act", "text", "payload", "count", "seconds", "key")
    ACT_FIELD_NUMBER: _ClassVar[int]
    TEXT_FIELD_NUMBER: _ClassVar[int]
    PAYLOAD_FIELD_NUMBER: _ClassVar[int]
    COUNT_FIELD_NUMBER: _ClassVar[int]
    SECONDS_FIELD_NUMBER: _ClassVar[int]
    KEY_FIELD_NUMBER: _ClassVar[int]
    act: str
    text: str
    payload: bytes
    count: int
    seconds: float
    key: str
    def __init__(self, act: _Optional[str] = ..., text: _Optional[str] = ..., payload: _Optional[bytes] = ..., count: _Optional[int] = ..., seconds: _Optional[float] = ..., key: _Optional[str] = ...) -> None: ...

class Answer(_message.Message):
    __slots__ = ("text", "payload", "number", "lines")
    TEXT_FIELD_NUMBER: _ClassVar[int]
    PAYLOAD_FIELD_NUMBER: _ClassVar[int]
    NUMBER_FIELD_NUMBER: _ClassVar[int]
    LINES_FIELD_NUMBER: _ClassVar[int]
    text: str
    payload: bytes
    number: int
    lines: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, text: _Optional[str] = ..., payload: _Optional[bytes] = ..., number: _Optional[int] = ..., lines: _Optional[_Iterable[str]] = ...) -> None: ...
