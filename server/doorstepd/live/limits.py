"""How long and how many: the numbers that a test shortens and a deployment may change."""

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Limits:
    """Times are seconds."""

    heartbeat: float = 15.0
    """Silence after which a stream says that it is alive."""
    stale: float = 30.0
    """Age at which a position is shown as last seen."""
    hidden: float = 120.0
    """Age at which a position is taken off the map."""
    recheck: float = 30.0
    """Between looks at the log, for wakes that were lost without a sign."""
    recheck_degraded: float = 2.0
    """The same while the bus is away."""
    stuck: float = 10.0
    """How long a reader may take for one frame."""
    sweep: float = 0.5
    """Between looks at every watch for heartbeats, expiry and stuck readers."""
    retry: float = 0.5
    """Wait before reading again what could not be read."""
    go_away_spread: float = 10.0
    """Streams that are sent away come back at random within this time."""
    watches_per_principal: int = 200
    openings: int = 16
    """Watches that are opened at the same time. A crowd that returns waits here, in order, and not for the database's
    connections, which others need too and which nobody may wait for long."""
    turn: float = 20.0
    """How long a watch may wait to be opened."""


@dataclass(slots=True)
class Counters:
    """What became of watches and frames, since the process started."""

    opened: int = 0
    resumed: int = 0
    refused: int = 0
    frames: int = 0
    snapshots: int = 0
    changes: int = 0
    positions: int = 0
    conflated: int = 0
    """Positions that a newer one replaced before they were sent."""
    heartbeats: int = 0
    gaps: dict[str, int] = field(default_factory=dict)
    left: int = 0
    """Ended by the reader."""
    slow: int = 0
    expired: int = 0
    sent_away: int = 0
    revoked: int = 0
    """Ended because the reader may no longer see it: the parcel is another courier's, or the token was withdrawn."""
    failed: int = 0
    """Ended by an error of ours."""
    reads: int = 0
    """Reads of the log of one parcel, for all its watchers."""
    catch_ups: int = 0
    """Reads of the log for one watcher that was behind the others."""
    read_failures: int = 0
