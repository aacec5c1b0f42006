"""gRPC's header fields: metadata, timeouts, percent-encoded messages.

Source: the gRPC over HTTP/2 protocol description, https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-HTTP2.md.
"""

import binascii
import re
from base64 import b64decode, b64encode
from collections.abc import Iterable
from urllib.parse import unquote_to_bytes

import grpc

from doorstepd.doors.calls.status import Ended

Raw = list[tuple[bytes, bytes]]
Metadata = tuple[tuple[str, str | bytes], ...]

STREAM_ID = b"x-doorstep-stream"
"""Set by our Envoy on each request, over whatever the client sent; names the stream in the list of those that left."""

OWN = frozenset({b"content-type", b"te", b"grpc-timeout", b"grpc-encoding", b"grpc-accept-encoding", STREAM_ID})
"""Fields that the door reads and a servicer never sees."""

_HIDDEN = frozenset(
    {
        b"host",
        b"accept",
        b"content-length",
        b"connection",
        b"transfer-encoding",
        b"x-forwarded-proto",
        b"x-forwarded-for",
        b"x-envoy-external-address",
        b"x-envoy-internal",
        b"grpc-message-type",
        b"x-grpc-web",
    }
)
_UNITS = {b"H": 3600.0, b"M": 60.0, b"S": 1.0, b"m": 1e-3, b"u": 1e-6, b"n": 1e-9}
_TIMEOUT = re.compile(rb"([0-9]{1,8})([HMSmun])")
_KEY = re.compile(r"[0-9a-z_.-]+")
_ASCII_VALUE = re.compile(r"[\x20-\x7e]*")
_UNSAFE = re.compile(rb"[^\x20-\x24\x26-\x7e]")


def timeout_seconds(value: bytes) -> float:
    """`grpc-timeout` in seconds; at most eight digits and a unit."""
    match = _TIMEOUT.fullmatch(value)
    if match is None:
        raise Ended(grpc.StatusCode.INVALID_ARGUMENT, "grpc-timeout: must be at most 8 digits and one of H M S m u n")
    return int(match[1]) * _UNITS[match[2]]


def _decoded(value: bytes) -> bytes:
    padded = value + b"=" * (-len(value) % 4)
    return b64decode(padded, validate=True)


def metadata_of(raw: Raw) -> Metadata:
    """What a servicer sees of the request's fields: text as str, `-bin` as bytes, in the order in which they came."""
    found: list[tuple[str, str | bytes]] = []
    for key, value in raw:
        if key in _HIDDEN:
            continue
        name = key.decode("ascii", "replace")
        if not name.endswith("-bin"):
            found.append((name, value.decode("latin-1")))
            continue
        try:
            found.extend((name, _decoded(part.strip())) for part in value.split(b","))
        except binascii.Error:
            raise Ended(grpc.StatusCode.INVALID_ARGUMENT, f"{name[:100]}: not base64") from None
    return tuple(found)


def raw_of(metadata: Iterable[tuple[str, str | bytes]]) -> Raw:
    """Metadata as header fields.

    Raises ValueError when a key or a value cannot be sent, naming the key only: a value may be personal.
    """
    raw: Raw = []
    for key, value in metadata:
        if not _KEY.fullmatch(key) or (key.startswith("grpc-") and key != "grpc-status-details-bin"):
            raise ValueError(f"metadata key {key!r} cannot be sent")
        if key.endswith("-bin"):
            data = value if isinstance(value, bytes) else value.encode()
            raw.append((key.encode(), b64encode(data).rstrip(b"=")))
            continue
        text = value.decode("latin-1") if isinstance(value, bytes) else value
        if not _ASCII_VALUE.fullmatch(text):
            raise ValueError(
                f"the value of metadata key {key!r} is not printable ASCII; name it {key}-bin to send bytes"
            )
        raw.append((key.encode(), text.encode()))
    return raw


def quoted(message: str) -> bytes:
    """`grpc-message`: UTF-8, percent-encoded outside printable ASCII."""
    return _UNSAFE.sub(lambda found: b"%%%02X" % found[0][0], message.encode("utf-8", "replace"))


def unquoted(value: bytes) -> str:
    """The reverse of `quoted`."""
    return unquote_to_bytes(value).decode("utf-8", "replace")
