"""The position of a courier as the world may come to see it."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class LivePosition:
    """WGS-84 degrees, metres, metres a second. `sequence` grows with each one of a courier, also across processes."""

    merchant_id: str
    courier_id: str
    latitude: float
    longitude: float
    fix_time: datetime
    receive_time: datetime
    sequence: int
    accuracy_m: float | None = None
    speed_mps: float | None = None
    heading_deg: float | None = None
