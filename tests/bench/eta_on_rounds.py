"""How far off expected times are on recorded rounds, beside guesses by speed alone.

    python tests/bench/eta_on_rounds.py FILES_OR_FOLDERS...

Each quarter of a minute, for each of the courier's next stops, what is expected is written down; when a stop is signed
for, each of its guesses is judged. What is learnt of an area is learnt from the other rounds in the same city.
"""

import sys
from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median

from doorstepd.positions.distance import distance_m
from doorstepd.positions.eta import Ahead, estimate, in_order, settle
from doorstepd.positions.fix import Fix
from doorstepd.positions.legs import Habits, Leg, learn
from doorstepd.positions.pace import Pace
from doorstepd.positions.track import Track
from doorstepd.reminders.bell import Outcome
from doorstepd.replay.rounds import (
    AttemptRecord,
    CloseRecord,
    FixRecord,
    HandoverRecord,
    Round,
    StopRecord,
    find_rounds,
    read_lines,
    read_round,
)

EVERY_S = 15.0
LONGEST_S = 3600.0
HORIZONS = ((0, 300), (300, 900), (900, 1800), (1800, 3600))


@dataclass
class Courier:
    """One courier's side of a round."""

    track: Track = field(default_factory=Track)
    pace: Pace = field(default_factory=Pace)
    open: dict[str, Ahead] = field(default_factory=dict)
    fix: Fix | None = None
    last: float = 0.0
    stands: bool = False
    shown: dict = field(default_factory=dict)


def replay(one: Round, habits: Habits):
    """(legs driven, guesses judged: (horizon, settled, raw, straight, way, within the range))."""
    couriers: dict[str, Courier] = defaultdict(Courier)
    places, holder = {}, {}
    guesses, legs, judged = defaultdict(list), [], []
    for received in one.received:
        record, now = received.record, received.time
        match record:
            case StopRecord():
                places[record.parcel] = Ahead(record.parcel, record.lat, record.lng, record.sequence)
            case AttemptRecord(parcel, attempt, courier) if (parcel, attempt) not in holder and parcel in places:
                holder[parcel, attempt] = courier
                couriers[courier].open[parcel] = places[parcel]
            case HandoverRecord(parcel, attempt, _, taker) if holder.get((parcel, attempt)):
                couriers[holder[parcel, attempt]].open.pop(parcel, None)
                holder[parcel, attempt] = taker
                couriers[taker].open[parcel] = places[parcel]
            case CloseRecord(parcel, attempt, outcome) if holder.get((parcel, attempt)):
                it = couriers[holder[parcel, attempt]]
                holder[parcel, attempt] = None
                place = it.open.pop(parcel, None)
                if place is not None and outcome is Outcome.DELIVERED:
                    time = min(received.event_time, now)
                    leg = it.pace.served(place.lat, place.lng, time, habits)
                    legs += [leg] if leg else []
                    judged += [
                        (time - made, *(x - time for x in guess), low <= time <= high)
                        for made, low, high, *guess in guesses.pop(parcel, [])
                        if made < time
                    ]
            case FixRecord(courier, raw):
                it = couriers[courier]
                taken = it.track.take(raw)
                if taken.moves_dot and taken.trusted:
                    it.fix = taken.trusted[-1]
                    it.stands = it.pace.stands.see(it.fix.lat, it.fix.lng, it.fix.fix_time)
                    guess(it, now, habits, guesses)
            case _:
                pass
    return legs, judged


def guess(it: Courier, now: float, habits: Habits, guesses) -> None:
    if now - it.last < EVERY_S or it.fix is None:
        return
    since, it.last = now - it.last, now
    stops = in_order(it.open.values(), it.fix.lat, it.fix.lng)
    raw = estimate(stops, it.fix.lat, it.fix.lng, now, habits, it.pace.today(habits), it.stands)
    it.shown = {name: settle(it.shown.get(name), new, since, now) for name, new in raw.items()}
    for stop in stops:
        shown, new = it.shown[stop.parcel_id], raw[stop.parcel_id]
        straight = now + distance_m(it.fix.lat, it.fix.lng, stop.lat, stop.lng) / 4.0
        way = now + new.metres / 4.0
        told = (now, shown.earliest, shown.latest, shown.expected, new.expected, straight, way)
        guesses[stop.parcel_id].append(told)


def city(path: Path) -> tuple[str, frozenset[str]]:
    _, header = next(read_lines(path))
    return str(header.get("city", "")), frozenset(map(str, header.get("traces", ())))


def main(paths: list[Path]) -> None:
    files = find_rounds(paths)
    rounds = {path: read_round(path) for path in files}
    cities = {path: city(path) for path in files}
    driven: dict[Path, list[Leg]] = {path: replay(one, Habits())[0] for path, one in rounds.items()}
    rows = []
    for path, one in rounds.items():
        rows += replay(one, learn(leg for other in others(path, cities) for leg in driven[other]))[1]
    rows = [row for row in rows if row[0] <= LONGEST_S]
    print(f"{len(files)} rounds, {len(rows):,} guesses up to an hour ahead; minutes off, median / 90 of 100")
    names = ("expected", "not smoothed", "straight at 4 m/s", "way at 4 m/s")
    print(f"{'ahead':>10} {'guesses':>9}  " + "  ".join(f"{name:>18}" for name in names) + "   in range")
    for low, high in (*HORIZONS, (0, LONGEST_S)):
        some = [row for row in rows if low <= row[0] < high]
        if some:
            print(line(low, high, some))


def others(path: Path, cities: dict) -> list[Path]:
    """Rounds in the same city on other traces."""
    name, traces = cities[path]
    return [other for other, (its, driven) in cities.items() if its == name and not traces & driven]


def line(low: float, high: float, rows: list) -> str:
    cells = []
    for column in range(1, 5):
        errors = sorted(abs(row[column]) for row in rows)
        cells.append(f"{median(errors) / 60:8.1f} / {errors[int(0.9 * len(errors))] / 60:6.1f}")
    inside = sum(row[-1] for row in rows) / len(rows)
    shown = "  ".join(f"{cell:>18}" for cell in cells)
    return f"{low // 60:>4}-{high // 60:>3.0f} m {len(rows):>10,}  {shown}   {inside:7.0%}"


if __name__ == "__main__":
    main([Path(name) for name in sys.argv[1:]])
