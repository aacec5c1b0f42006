"""What is watched here: streams that begin with a snapshot, then send every status change and the newest position.

Pub/sub only wakes. Statuses are read from the numbered log, from where each watcher stands, so that a lost message, a
slow reader and a returning one are the same code. Positions are the newest or nothing. Nothing is queued for a reader.
"""

from doorstepd.live.fleet import FleetWatch
from doorstepd.live.hub import Hub
from doorstepd.live.limits import Limits
from doorstepd.live.moves import Box
from doorstepd.live.ports import Head, Line, Log, Renderer, Targets, Viewer
from doorstepd.live.position import Position
from doorstepd.live.publish import Publisher
from doorstepd.live.watch import Watch

__all__ = [
    "Box",
    "FleetWatch",
    "Head",
    "Hub",
    "Limits",
    "Line",
    "Log",
    "Position",
    "Publisher",
    "Renderer",
    "Targets",
    "Viewer",
    "Watch",
]
