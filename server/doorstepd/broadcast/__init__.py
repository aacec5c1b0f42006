"""The message bus between processes: wakes and positions through Redis or Valkey, and the newest fix of each courier.

Nothing whose loss matters lives here. What is published may be lost, and then whoever listened is told that there was a
gap; what must not be lost is in the database and is read again.
"""

from doorstepd.broadcast.bus import Broadcast
from doorstepd.broadcast.channels import Listener, Subscription
from doorstepd.broadcast.counters import Counters
from doorstepd.broadcast.link import Pulse
from doorstepd.broadcast.newest import (
    SHARDS,
    STARTS_ANEW,
    NewestFix,
    NewestFixes,
    courier_of,
    positions_channel,
    read_entry,
    shard_of,
)

__all__ = [
    "SHARDS",
    "STARTS_ANEW",
    "Broadcast",
    "Counters",
    "Listener",
    "NewestFix",
    "NewestFixes",
    "Pulse",
    "Subscription",
    "courier_of",
    "positions_channel",
    "read_entry",
    "shard_of",
]
