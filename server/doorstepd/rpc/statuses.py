"""A refusal in the wire's form: `google.rpc.Status` with ErrorInfo, BadRequest and RetryInfo."""

import grpc
from google.protobuf.any_pb2 import Any as AnyMessage
from google.rpc import code_pb2, error_details_pb2, status_pb2

from doorstepd.errors import Refusal

DOMAIN = "doorstep"


def status_of(refusal: Refusal) -> status_pb2.Status:
    """The complete status, for a batch's item or for the trailers."""
    details = [error_details_pb2.ErrorInfo(reason=refusal.reason, domain=DOMAIN, metadata=refusal.facts)]
    if refusal.violations:
        bad = error_details_pb2.BadRequest()
        for violation in refusal.violations:
            bad.field_violations.add(field=violation.field, description=violation.description)
        details.append(bad)
    if refusal.retry_after is not None:
        retry = error_details_pb2.RetryInfo()
        retry.retry_delay.FromMilliseconds(int(refusal.retry_after * 1000))
        details.append(retry)
    status = status_pb2.Status(code=code_pb2.Code.Value(refusal.code), message=refusal.message)
    for detail in details:
        packed = AnyMessage()
        packed.Pack(detail)
        status.details.append(packed)
    return status


def code_of(refusal: Refusal) -> grpc.StatusCode:
    """The gRPC status code."""
    return grpc.StatusCode[refusal.code]


def trailers_of(refusal: Refusal) -> tuple[tuple[str, bytes], ...]:
    """The trailing metadata that carries the details."""
    return (("grpc-status-details-bin", status_of(refusal).SerializeToString()),)
