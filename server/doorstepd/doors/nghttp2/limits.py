"""What a connection may ask of this process."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from ngh2 import Configuration, Setting

_WINDOW = 65_535
_HEADER_BYTES = 32 * 1024


@dataclass(frozen=True)
class Limits:
    """Sizes in bytes, times in seconds. What libnghttp2 bounds by itself (pings, settings, continuations) it bounds."""

    fields: int = 100
    """Header fields of a request. What has more, or more than 32 kB of them, is refused, and its connection goes on."""

    streams: int = 100
    """Open at once on one connection."""
    resets: tuple[int, int] = (500, 33)
    """Streams that may be given up, or be made to fail: at once, and each second after that. Beyond it the connection
    ends."""
    paused: float = 60.0
    """For so long answers may wait for a caller who does not read."""
    connections: int = 50_000
    connection_window: int = 1 << 20
    write_buffer: int = 32 * 1024
    """What the transport holds of answers that the socket does not take; what is more can still be replaced."""
    unsent: int = 16 * 1024
    """What the socket holds of answers that the network does not take."""
    first_request: float = 10.0
    """From the beginning of a connection to its first request."""
    silence: float = 20.0
    """After so long the other end is asked whether it is there,"""
    ping: float = 10.0
    """and has so long to answer."""
    unused: float = 3600.0
    """For so long a connection may have no stream."""

    @classmethod
    def of(cls, *, public: bool) -> "Limits":
        """For callers who are trusted or not; a gateway that carries many people's streams gives up many."""
        return cls() if public else cls(streams=1000, resets=(1_000_000, 1_000_000), connection_window=16 << 20)

    @cached_property
    def configuration(self) -> Configuration:
        """For libnghttp2. A request's bytes are acknowledged as they are read, so that a caller who floods waits."""
        return Configuration(
            auto_window_update=False,
            stream_reset_rate_limit=self.resets,
            glitch_rate_limit=self.resets,
            # Beyond these the whole connection ends, with everybody's streams: so they are far beyond what is refused.
            max_inbound_header_list_size=4 * _HEADER_BYTES,
            max_inbound_header_count=10 * self.fields,
        )

    def too_many(self, fields: Sequence[tuple[bytes, bytes]]) -> bool:
        """Whether a request has more header fields than it may."""
        return len(fields) > self.fields or sum([len(one[0]) + len(one[1]) + 32 for one in fields]) > _HEADER_BYTES

    @cached_property
    def settings(self) -> dict[Setting, int]:
        """What the other end is told."""
        return {
            Setting.MAX_CONCURRENT_STREAMS: self.streams,
            Setting.INITIAL_WINDOW_SIZE: _WINDOW,
            Setting.MAX_HEADER_LIST_SIZE: _HEADER_BYTES,
        }
