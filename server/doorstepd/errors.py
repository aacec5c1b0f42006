"""Every refusal that a caller can meet.

A refusal's docstring is its message, so each says what happened and what to do. `code` is the gRPC status name and
`reason` the value of the public `ErrorReason` enum; a door turns both into the wire's form. Nothing here may carry
personal data, text of an exception, or the name of a class.
"""

from dataclasses import dataclass
from typing import ClassVar


@dataclass(frozen=True, slots=True)
class Violation:
    """One bad field: its path as in the proto (`events[3].time`), and what is wrong and how to mend it."""

    field: str
    description: str


class Refusal(Exception):
    """The request was refused."""

    code: ClassVar[str] = "UNKNOWN"
    reason: ClassVar[str] = "ERROR_REASON_UNSPECIFIED"

    def __init__(self, *violations: Violation, retry_after: float | None = None, **facts: str) -> None:
        self.violations = violations
        self.retry_after = retry_after
        self.facts = facts
        super().__init__(self.message)

    @property
    def message(self) -> str:
        """The docstring, and the first bad field where there is one."""
        text = " ".join((type(self).__doc__ or "").split())
        if not self.violations:
            return text
        first = self.violations[0]
        return f"{text} {first.field}: {first.description}"


class InvalidRequest(Refusal):
    """The request has a field that cannot be accepted; mend it and send it again."""

    code = "INVALID_ARGUMENT"
    reason = "INVALID_FIELD"


class MalformedMessage(Refusal):
    """The message is not valid protobuf of this method's request type; regenerate the client from the protos."""

    code = "INVALID_ARGUMENT"
    reason = "MALFORMED_MESSAGE"


class TooMany(Refusal):
    """The request asks for more items than one call may; split it."""

    code = "INVALID_ARGUMENT"
    reason = "TOO_MANY_ITEMS"


class NotFound(Refusal):
    """There is no such thing, or it is not yours to see; check the ID and the caller's token."""

    code = "NOT_FOUND"
    reason = "NOT_FOUND"


class AlreadyExists(Refusal):
    """Something else already has this ID; use another, or send the same content to repeat a call safely."""

    code = "ALREADY_EXISTS"
    reason = "ALREADY_EXISTS"


class FailedPrecondition(Refusal):
    """The thing is not in a state in which this can be done; read it again first."""

    code = "FAILED_PRECONDITION"
    reason = "WRONG_STATE"


class Unauthenticated(Refusal):
    """The call carries no valid token; send `authorization: Bearer <token>` with one that has not expired."""

    code = "UNAUTHENTICATED"
    reason = "INVALID_TOKEN"


class TokenExpired(Refusal):
    """The token has expired; get a new one and call again, with the resume token if this was a watch."""

    code = "UNAUTHENTICATED"
    reason = "TOKEN_EXPIRED"


class PermissionDenied(Refusal):
    """The caller's role may not call this method; ask an administrator of the merchant."""

    code = "PERMISSION_DENIED"
    reason = "ROLE_NOT_ALLOWED"


class ResourceExhausted(Refusal):
    """The caller has too much open or asks too fast; wait and try again."""

    code = "RESOURCE_EXHAUSTED"
    reason = "LIMIT_REACHED"


class Superseded(Refusal):
    """The stream was ended because newer ones of the same courier took its place; report on the newest one alone."""

    code = "RESOURCE_EXHAUSTED"
    reason = "LIMIT_REACHED"


class SlowReader(Refusal):
    """The stream was ended because its reader did not keep up; open it again with the last resume token."""

    code = "RESOURCE_EXHAUSTED"
    reason = "SLOW_READER"


class Unavailable(Refusal):
    """The service cannot answer just now; nothing was done, try again shortly."""

    code = "UNAVAILABLE"
    reason = "TRY_AGAIN"


class DeadlineTooShort(Refusal):
    """The deadline passed before the work was done; nothing was left half done."""

    code = "DEADLINE_EXCEEDED"
    reason = "DEADLINE"


class Unimplemented(Refusal):
    """This server does not offer the method."""

    code = "UNIMPLEMENTED"
    reason = "NOT_OFFERED"


class Internal(Refusal):
    """Something went wrong on our side; the error is logged, try again and name the request ID if it persists."""

    code = "INTERNAL"
    reason = "INTERNAL"
