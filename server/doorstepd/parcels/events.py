"""A tracking event: one thing that somebody says happened to a parcel."""

import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum

from doorstepd.parcels.vocabulary import Status, SubStatus


class Zone(StrEnum):
    """Where an event's UTC offset came from."""

    EXPLICIT = "explicit"
    ASSUMED = "assumed"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class TrackingEvent:
    """One scan, notice or courier act, already in our words.

    `time` is naive exactly when `zone` is UNKNOWN. `status` None marks an informational row: it stays in the
    timeline and never moves the parcel. `sequence` is the place that the source gave the event among those of the
    same instant. `courier_phone` and `pickup_code` are personal: they are stored sealed and shown masked. `claim` is
    the state that the source told and that is not believed until the source confirms it; see `trust`.
    """

    source: str
    time: datetime
    text: str
    status: Status | None
    sub_status: SubStatus | None = None
    code: str | None = None
    location: str | None = None
    places: tuple[str, ...] = ()
    next_place: str | None = None
    courier_name: str | None = None
    courier_phone: str | None = None
    pickup_code: str | None = None
    zone: Zone = Zone.ASSUMED
    sequence: int = 0
    recognised: bool = True
    claim: tuple[Status, SubStatus | None] | None = None

    @property
    def instant(self) -> datetime:
        """The event's time in UTC; a time without zone is read as UTC, for ordering only."""
        return self.time.replace(tzinfo=UTC) if self.time.tzinfo is None else self.time.astimezone(UTC)

    @property
    def key(self) -> str:
        """Names the event within its source: same instant, text and code give the same key."""
        folded = "\x1f".join((self.instant.isoformat(), "".join(self.text.split()), self.code or ""))
        return hashlib.blake2b(folded.encode(), digest_size=12).hexdigest()
