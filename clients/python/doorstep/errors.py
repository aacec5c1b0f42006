"""What a call can fail with: the server's `google.rpc.Status` as one typed exception."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TypeVar

import grpc
from google.protobuf.any_pb2 import Any as AnyMessage
from google.protobuf.message import DecodeError, Message
from google.rpc.error_details_pb2 import BadRequest, ErrorInfo, RetryInfo
from google.rpc.status_pb2 import Status

STATUS_DETAILS_KEY = "grpc-status-details-bin"
_CODES = {code.value[0]: code for code in grpc.StatusCode}
_Detail = TypeVar("_Detail", bound=Message)


@dataclass(frozen=True, slots=True)
class FieldViolation:
    """One bad field of a request: its path as in the proto (`events[3].event_time`), and what is wrong with it."""

    field: str
    description: str


class DoorstepError(Exception):
    """A call failed.

    `code` is the gRPC status; `reason` the name of an `ErrorReason` without its prefix (`TOKEN_EXPIRED`), or empty
    when the failure did not come from doorstep; `violations` name every bad field; `retry_after` is in seconds, None
    when the server did not say. Two reasons are the client's own: `LINK_SILENT` and `STREAM_ENDED`.
    """

    def __init__(
        self,
        code: grpc.StatusCode,
        message: str,
        *,
        reason: str = "",
        violations: Iterable[FieldViolation] = (),
        retry_after: float | None = None,
    ) -> None:
        self.code = code
        self.message = message
        self.reason = reason
        self.violations = tuple(violations)
        self.retry_after = retry_after
        super().__init__(f"{code.name}: {message}" if message else code.name)


class NotFound(DoorstepError):
    """There is no such thing, or it is somebody else's."""


class InvalidRequest(DoorstepError):
    """A field cannot be accepted; `violations` says which."""


class Unauthenticated(DoorstepError):
    """The token is missing, wrong or expired, and a new one was refused as well."""


class PermissionDenied(DoorstepError):
    """The caller's role may not do this."""


_CLASSES: dict[grpc.StatusCode, type[DoorstepError]] = {
    grpc.StatusCode.NOT_FOUND: NotFound,
    grpc.StatusCode.INVALID_ARGUMENT: InvalidRequest,
    grpc.StatusCode.UNAUTHENTICATED: Unauthenticated,
    grpc.StatusCode.PERMISSION_DENIED: PermissionDenied,
}


def error_of_status(status: Status) -> DoorstepError:
    """The exception for a status, such as the one in an item of a batch answer. It is returned, not raised."""
    code = _CODES.get(status.code, grpc.StatusCode.UNKNOWN)
    info = _detail(status.details, ErrorInfo)
    retry = _detail(status.details, RetryInfo)
    bad = _detail(status.details, BadRequest)
    return _CLASSES.get(code, DoorstepError)(
        code,
        status.message,
        reason=info.reason.removeprefix("ERROR_REASON_") if info else "",
        violations=[FieldViolation(v.field, v.description) for v in bad.field_violations] if bad else (),
        retry_after=max(0.0, retry.retry_delay.ToMilliseconds() / 1000) if retry else None,
    )


def error_of_call(failure: grpc.aio.AioRpcError) -> DoorstepError:
    """The exception for a failed call; without readable details it has the code and the message only."""
    status = _attached_status(failure) or Status()
    status.code = failure.code().value[0]
    status.message = failure.details() or status.message
    return error_of_status(status)


def _attached_status(failure: grpc.aio.AioRpcError) -> Status | None:
    for key, value in failure.trailing_metadata() or ():
        if key == STATUS_DETAILS_KEY:
            try:
                return Status.FromString(value if isinstance(value, bytes) else value.encode())
            except DecodeError:
                return None
    return None


def _detail(details: Iterable[AnyMessage], kind: type[_Detail]) -> _Detail | None:
    for packed in details:
        if packed.TypeName() == kind.DESCRIPTOR.full_name:
            detail = kind()
            try:
                packed.Unpack(detail)
            except DecodeError:
                return None
            return detail
    return None
