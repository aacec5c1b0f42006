"""The envelopes `WatchUpdate` and `FleetUpdate`, written by hand.

A serialised message may be joined from serialised parts, so what many watchers share is serialised once and each frame
costs a few concatenations. The field numbers are the contract's; the tests read every frame with the generated stubs.
"""

from collections.abc import Iterable
from functools import lru_cache

from doorstepd.live.position import Freshness

_TAGS = [bytes((number << 3 | 2,)) for number in range(16)]
_ONE_BYTE = [bytes((number,)) for number in range(128)]
_SHORT = [[bytes((number << 3 | 2, size)) for size in range(128)] for number in range(16)]
"""Tag and length of a field shorter than 128 bytes, as most are."""


def varint(number: int) -> bytes:
    """A number as protobuf writes it."""
    if number < 128:
        return _ONE_BYTE[number]
    out = bytearray()
    while number > 0x7F:
        out.append(number & 0x7F | 0x80)
        number >>= 7
    out.append(number)
    return bytes(out)


def field(number: int, body: bytes) -> bytes:
    """A length-delimited field: a string, or a message already serialised. Numbers up to 15."""
    size = len(body)
    return _SHORT[number][size] + body if size < 128 else _TAGS[number] + varint(size) + body


def timestamp(seconds: float) -> bytes:
    """A `google.protobuf.Timestamp` message, to the microsecond."""
    whole, part = divmod(round(seconds * 1_000_000), 1_000_000)
    return _seconds(whole) + _nanos(part * 1000) if part else _seconds(whole)


@lru_cache(maxsize=256)
def _seconds(whole: int) -> bytes:
    """Thousands of times written within each are a second or two."""
    return b"\x08" + varint(whole)


def _nanos(number: int) -> bytes:
    """Always five bytes, which a reader takes as he takes fewer: it saves the loop."""
    return bytes((0x10, number & 0x7F | 0x80, number >> 7 & 0x7F | 0x80, number >> 14 & 0x7F | 0x80,
                  number >> 21 & 0x7F | 0x80, number >> 28))  # fmt: skip


def duration(seconds: float) -> bytes:
    """A `google.protobuf.Duration` message; not negative."""
    whole, part = divmod(round(seconds * 1000), 1000)
    return (b"\x08" + varint(whole) if whole else b"") + (b"\x10" + varint(part * 1_000_000) if part else b"")


def resume_token(token: str) -> bytes:
    """`WatchUpdate.resume_token`."""
    return field(1, token.encode())


def sent_time(seconds: float) -> bytes:
    """`WatchUpdate.sent_time`."""
    return field(2, timestamp(seconds))


def snapshot(body: bytes) -> bytes:
    """`WatchUpdate.snapshot`."""
    return field(3, body)


def change(body: bytes) -> bytes:
    """`WatchUpdate.change`."""
    return field(4, body)


def position_body(position: bytes | None, state: Freshness, courier_id: str) -> bytes:
    """A `PositionUpdate` but for its approaches, which may be appended."""
    shown = field(1, position) if position is not None else b""
    return shown + b"\x18" + varint(state) + field(4, courier_id.encode())


POSITION, APPROACH = 5, 2
"""`WatchUpdate.position`, and `PositionUpdate.approaches` in it: fields written where they are needed most often."""

HEARTBEAT = field(6, b"")
"""`WatchUpdate.heartbeat`."""

TOKEN_TOO_OLD, TOKEN_MISMATCH, OTHER_EPOCH = 1, 2, 3


def gap(reason: int) -> bytes:
    """`WatchUpdate.gap`."""
    return field(7, b"\x08" + varint(reason))


def link_state(*, degraded: bool) -> bytes:
    """`WatchUpdate.link_state`."""
    return field(8, b"\x08\x01" if degraded else b"")


def go_away(retry_after: float) -> bytes:
    """`WatchUpdate.go_away`."""
    return field(9, field(1, duration(retry_after)))


def fleet_go_away(retry_after: float) -> bytes:
    """`FleetUpdate.go_away`."""
    return field(5, field(1, duration(retry_after)))


def fleet_cell(position_message: bytes) -> bytes:
    """`FleetUpdate.positions`, one of them."""
    return field(1, position_message)


def fleet(cells: bytes, left: Iterable[str], now: float, *, degraded: bool) -> bytes:
    """A whole `FleetUpdate` of cells already joined."""
    gone = [field(2, courier_id.encode()) for courier_id in left]
    return b"".join([cells, *gone, field(3, timestamp(now)), b"\x20\x01" if degraded else b""])
