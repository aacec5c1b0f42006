"""What happened on the bus, as plain numbers that only grow."""

from dataclasses import dataclass


@dataclass(slots=True)
class Counters:
    """Counts since the process started."""

    published: int = 0
    """Entries handed to Redis. Not a receipt: nobody can say how many arrived."""
    dropped: int = 0
    """Entries thrown away because Redis was away or too slow; always the oldest."""
    received: int = 0
    links: int = 0
    """Times that a link was proven to work, from publish to receipt."""
    silences: int = 0
    """Links given up because our own heartbeat did not come back."""
    gaps: int = 0
    """Times that something may have been missed."""
    listener_errors: int = 0
    failed_commands: int = 0
    """Commands that Redis answered with an error, or that did not get an answer in time."""
