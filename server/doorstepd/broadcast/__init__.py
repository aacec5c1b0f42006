"""The message bus between processes: wakes and positions through Redis or Valkey, and the newest fix of each courier.

Nothing whose loss matters lives here. What is published may be lost, and then whoever listened is told that there was a
gap; what must not be lost is in the database and is read again.
"""

from doorstepd.broadcast.bus import Broadcast
from doorstepd.broadcast.channels import Listener, Subscription
from doorstepd.broadcast.counters import Counters
from doorstepd.broadcast.newest import NewestFix, NewestFixes

__all__ = ["Broadcast", "Counters", "Listener", "NewestFix", "NewestFixes", "Subscription"]
