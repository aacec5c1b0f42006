"""How a call ends when the door itself ends it."""

import grpc

from doorstepd.errors import Internal, MalformedMessage, Refusal, SlowReader, Unavailable, Unimplemented


class Ended(Exception):
    """The door ends the call with this status. The text goes to the caller, so it never holds what a handler raised."""

    def __init__(self, code: grpc.StatusCode, details: str) -> None:
        super().__init__(details)
        self.code = code
        self.details = details


class ClientLeft(Exception):
    """Nobody is there to be answered."""


def has_left(error: BaseException) -> bool:
    """Whether an exception of ASGI's `send` says that the caller is gone.

    ASGI asks servers for an OSError; Envoy's module has an exception of its own, which it does not export.
    """
    return isinstance(error, ClientLeft | OSError) or type(error).__name__ == "ClientDisconnectedError"


def refused(refusal: type[Refusal]) -> Ended:
    """The status of a refusal that the door itself meets."""
    return Ended(grpc.StatusCode[refusal.code], " ".join((refusal.__doc__ or "").split()))


def internal() -> Ended:
    """For whatever a handler raised that nobody turned into a status: says nothing of it."""
    return refused(Internal)


def malformed() -> Ended:
    """The bytes are not the method's request type."""
    return refused(MalformedMessage)


def unknown_method() -> Ended:
    """No servicer offers this path."""
    return refused(Unimplemented)


def draining() -> Ended:
    """The process is on its way out; a retry finds another."""
    return refused(Unavailable)


def slow_reader() -> Ended:
    """The reader of a stream stopped reading."""
    return refused(SlowReader)


def too_large(size: int, limit: int) -> Ended:
    """A message of `size` bytes where `limit` is the most; worded as grpcio words it."""
    return Ended(grpc.StatusCode.RESOURCE_EXHAUSTED, f"Received message larger than max ({size} vs. {limit})")


def deadline_passed() -> Ended:
    """The caller's deadline passed on our side."""
    return Ended(grpc.StatusCode.DEADLINE_EXCEEDED, "Deadline Exceeded")
