"""A picture of rounds: the trace, the fixes that were set aside, the stops with their circles, and the rings."""

from bisect import bisect_right
from math import ceil, cos, radians
from pathlib import Path
from typing import Any

from doorstepd.positions.fix import Fix
from doorstepd.positions.track import Track
from doorstepd.replay.rounds import FixRecord, StopRecord
from doorstepd.replay.run import Result

MOST_ROUNDS = 12
_COLUMNS = 3


class CannotPlot(Exception):
    """There can be no picture; the text says what to do."""


def load_library() -> Any:
    """matplotlib's `pyplot`, drawing to files; CannotPlot says what to install."""
    try:
        import matplotlib
    except ImportError:
        raise CannotPlot("a picture needs matplotlib: pip install 'doorstepd[plot]'") from None
    matplotlib.use("Agg")
    from matplotlib import pyplot

    return pyplot


def plot_rounds(path: Path, results: list[Result], parcel: str | None = None) -> None:
    """Draw the rounds into one file; only this parcel's stop if one is named."""
    if len(results) > MOST_ROUNDS:
        raise CannotPlot(f"{len(results)} rounds do not fit into one picture; give at most {MOST_ROUNDS}")
    pyplot = load_library()
    columns = min(_COLUMNS, len(results))
    rows = ceil(len(results) / columns)
    figure, axes = pyplot.subplots(rows, columns, figsize=(7 * columns, 7 * rows), squeeze=False)
    for axis in list(axes.flat)[len(results) :]:
        axis.axis("off")
    for axis, result in zip(axes.flat, results, strict=False):
        _draw(axis, result, parcel)
    figure.tight_layout()
    figure.savefig(path, dpi=110)
    pyplot.close(figure)


def _draw(axis: Any, result: Result, parcel: str | None) -> None:
    paths, aside = _paths(result)
    known = sorted((fix for fixes in paths.values() for fix in fixes), key=lambda fix: fix.receive_time)
    for courier, fixes in paths.items():
        axis.plot([fix.lng for fix in fixes], [fix.lat for fix in fixes], "-", linewidth=0.8, label=courier)
    axis.plot(
        [fix.lng for fix in aside], [fix.lat for fix in aside], "x", color="grey", markersize=4, label="set aside"
    )
    _draw_stops(axis, result, parcel)
    _draw_rings(axis, result, known, parcel)
    axis.set_title(result.round.header.scenario)
    axis.set_aspect(1.0 / max(0.01, cos(radians(_middle(result)))))
    axis.legend(fontsize="small")


def _draw_stops(axis: Any, result: Result, parcel: str | None) -> None:
    from matplotlib.patches import Ellipse

    rung = {one.ring.parcel_id for one in result.rings}
    radius = result.round.header.radius_m
    for stop in _stops(result):
        if parcel is None or stop.parcel == parcel:
            color = "tab:green" if stop.parcel in rung else "tab:red"
            axis.plot([stop.lng], [stop.lat], ".", color=color, markersize=4)
            height = 2.0 * radius / 110_900.0
            width = height / max(0.01, cos(radians(stop.lat)))
            outline = Ellipse((stop.lng, stop.lat), width, height, fill=False, color=color, alpha=0.25, linewidth=0.5)
            axis.add_patch(outline)


def _draw_rings(axis: Any, result: Result, known: list[Fix], parcel: str | None) -> None:
    times = [one.ring.time for one in result.rings if parcel is None or one.ring.parcel_id == parcel]
    before = [bisect_right(known, time, key=lambda fix: fix.receive_time) for time in times]
    places = [known[index - 1] for index in before if index]
    lngs, lats = [fix.lng for fix in places], [fix.lat for fix in places]
    axis.plot(lngs, lats, "*", color="tab:orange", markersize=9, label="rings")


def _paths(result: Result) -> tuple[dict[str, list[Fix]], list[Fix]]:
    tracks: dict[str, Track] = {}
    paths: dict[str, list[Fix]] = {}
    aside: list[Fix] = []
    for received in result.round.received:
        if isinstance(received.record, FixRecord):
            courier = received.record.courier
            taken = tracks.setdefault(courier, Track()).take(received.record.raw)
            paths.setdefault(courier, []).extend(taken.trusted)
            if taken.fix and taken.rejection and not taken.witness:
                aside.append(taken.fix)
    return paths, aside


def _stops(result: Result) -> list[StopRecord]:
    return [one.record for one in result.round.received if isinstance(one.record, StopRecord)]


def _middle(result: Result) -> float:
    stops = _stops(result)
    return sum(stop.lat for stop in stops) / len(stops) if stops else 0.0
