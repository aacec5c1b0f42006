"""What is particular to centrifuge, the library that Centrifugo is made of: its channels, and how it wraps a message.

Centrifugo itself is not to be had from the Go proxy. The peer runs its library with its Redis broker and the same
unidirectional stream over gRPC; what Centrifugo adds (settings, proxies, namespaces) does not lie on a message's way.
"""

from typing import Any

import sides
from machine import GO

NAME = "centrifuge"
BINARY = GO / "centrifuge"
_CHANNEL = "centrifuge.client."
_DATA = 4 << 3 | 2
"""The tag of `Publication.data`: a field of bytes."""


def peers(redis_url: str) -> list[tuple[str, ...]]:
    """Name and command, if it is built and wanted."""
    return [(NAME, str(BINARY), redis_url)] if BINARY.exists() and sides.only in NAME else []


def pushes(side: str) -> dict[str, Any]:
    """What the plan of a watch must say of this side's messages."""
    return {"Push": side == NAME}


def published(side: str, courier: str, message: bytes) -> tuple[str, bytes]:
    """Channel and payload for a message to the watchers of a courier: centrifuge's, or those of the plain peers."""
    if side != NAME:
        return f"peer:{courier}", message
    return f"{_CHANNEL}{courier}", bytes((_DATA,)) + _length(len(message)) + message


def _length(size: int) -> bytes:
    parts = []
    while size > 0x7F:
        parts.append(size & 0x7F | 0x80)
        size >>= 7
    return bytes((*parts, size))
