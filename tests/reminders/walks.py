"""A courier for tests: fixes in metres east and north of a door in Shanghai, times in seconds since noon."""

from doorstepd.positions.datum import Datum
from doorstepd.positions.fix import Fix, RawFix
from doorstepd.positions.track import Taken
from doorstepd.reminders.stop import PLAIN, OpenStop

NOON = 1_790_000_000.0
LAT, LNG = 31.2304, 121.4737
PER_LAT, PER_LNG = 110_870.0, 95_350.0


def stop(parcel_id="P1", attempt=1, east=0.0, north=0.0, radius_m=1000.0, sequence=None, gate=PLAIN) -> OpenStop:
    """A door so many metres from the first one."""
    return OpenStop(parcel_id, attempt, LAT + north / PER_LAT, LNG + east / PER_LNG, radius_m, sequence, gate)


def seen(second, east, north=0.0, *, age=1.0, accuracy=5.0) -> Taken:
    """A trusted fix received at `second`."""
    time = NOON + second
    raw = RawFix(LAT + north / PER_LAT, LNG + east / PER_LNG, Datum.WGS84, time - age, time, accuracy)
    fix = Fix(raw.lat, raw.lng, time - age, time, accuracy, None, None, raw)
    return Taken(fix, None, (fix,), age <= 120.0)


def walk(bell, *steps, start=0, every=10):
    """Fixes at these metres east, one each `every` seconds; the seconds at which bells rang."""
    rings = []
    for n, east in enumerate(steps):
        second = start + n * every
        rings += bell.take(seen(second, east), NOON + second)
    return [(ring.parcel_id, ring.attempt, ring.time - NOON) for ring in rings]
