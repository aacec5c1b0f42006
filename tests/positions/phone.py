"""A phone for tests: places in metres east and north of a point in Shanghai, times in seconds since noon."""

from doorstepd.positions.datum import Datum
from doorstepd.positions.fix import RawFix

NOON = 1_790_000_000.0
LAT, LNG = 31.2304, 121.4737
PER_LAT, PER_LNG = 110_870.0, 95_350.0


def report(second, east=0.0, north=0.0, *, lag=1.0, clock=0.0, **hints) -> RawFix:
    """What the server receives: sent at `second`, `lag` on the way, by a phone whose clock is `clock` ahead."""
    hints.setdefault("accuracy_m", 5.0)
    place = (LAT + north / PER_LAT, LNG + east / PER_LNG)
    return RawFix(*place, Datum.WGS84, NOON + second + clock, NOON + second + lag, **hints)


def place_of(fix) -> tuple[float, float]:
    """(east, north) metres, rounded."""
    return round((fix.lng - LNG) * PER_LNG, 1), round((fix.lat - LAT) * PER_LAT, 1)


def drive(track, start, end, *, every=10, speed=5.0, **hints):
    """A courier who goes east at an even speed; what became of each report."""
    return [track.take(report(s, east=s * speed, **hints)) for s in range(start, end, every)]
