"""What is particular to Centrifugo, and to centrifuge, the library that it is made of: channels, and how they wrap.

Both push what is published: the message is inside. The library runs with its Redis broker and a unidirectional stream
over gRPC that is ours; Centrifugo is the whole server (`centrifugo.py`).
"""

from base64 import b64encode
from typing import Any

import centrifugo
import sides
from machine import GO

LIBRARY = "centrifuge"
BINARY = GO / "centrifuge"
_CHANNELS = {LIBRARY: "centrifuge.client.", centrifugo.NAME: centrifugo.CHANNEL}
_DATA = 4 << 3 | 2
"""The tag of `Publication.data`: a field of bytes."""


def peers(redis_url: str) -> list[tuple[str, ...]]:
    """Name and command of those that are built and wanted."""
    library = [(LIBRARY, str(BINARY), redis_url)] if BINARY.exists() and sides.only in LIBRARY else []
    return [*library, *centrifugo.peers(redis_url)]


def asked(side: str, plan: dict[str, Any]) -> dict[str, Any]:
    """The plan of a watch as this side wants to be asked."""
    plan = plan | {"Push": side in _CHANNELS}
    if side != centrifugo.NAME:
        return plan
    streams = [
        one | {"Request": b64encode(centrifugo.request(one["Courier"])).decode(), "Token": ""}
        for one in plan["Streams"]
    ]
    return plan | {"Method": centrifugo.METHOD, "Streams": streams}


def published(side: str, courier: str, message: bytes) -> tuple[str, bytes]:
    """Channel and payload for a message to the watchers of a courier: theirs, or those of the plain peers."""
    if side not in _CHANNELS:
        return f"peer:{courier}", message
    return f"{_CHANNELS[side]}{courier}", bytes((_DATA,)) + _length(len(message)) + message


def _subscribing(stream: dict[str, str]) -> dict[str, str]:
    request = centrifugo.request(stream["Courier"])
    return stream | {"Request": b64encode(request).decode(), "Token": ""}


def _length(size: int) -> bytes:
    parts = []
    while size > 0x7F:
        parts.append(size & 0x7F | 0x80)
        size >>= 7
    return bytes((*parts, size))
