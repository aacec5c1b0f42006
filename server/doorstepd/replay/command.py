"""The replay command: read, run, write, print."""

from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path

from rich.console import Console

from doorstepd.reminders.reason import Reason, explain
from doorstepd.reminders.stop import PLAIN, parse_gate
from doorstepd.replay.files import RuleFileError, read_rules, write_rings
from doorstepd.replay.plot import CannotPlot, load_library, plot_rounds
from doorstepd.replay.rounds import RoundError, find_rounds, read_round
from doorstepd.replay.run import Result, Settings, run_round
from doorstepd.replay.score import load_truth
from doorstepd.replay.tables import print_leads, print_run, print_scores


class ReplayFailed(Exception):
    """The command cannot be done; the text says why and names what is at fault."""


def replay_files(
    files: list[Path],
    rings: Path | None,
    rule: Path | None,
    parcel: str | None,
    plot: Path | None,
    gate: str,
    truth: Path | None,
    jobs: int,
) -> None:
    """All of `doorstepd replay`; raises ReplayFailed."""
    try:
        settings = _settings(rule, gate)
        if plot:
            load_library()  # missing? better told before the work than after it
        known = load_truth(truth) if truth else None
        results = list(_results(find_rounds(files), settings, jobs))
        if rings:
            write_rings(rings, results)
        if plot:
            plot_rounds(plot, results, parcel)
    except (RoundError, RuleFileError, CannotPlot, ValueError) as error:
        raise ReplayFailed(str(error)) from None
    except OSError as error:
        raise ReplayFailed(f"{error.filename}: {error.strerror}") from None
    console = Console()
    print_run(console, results)
    if known is not None and settings.gate == PLAIN:
        print_scores(console, results, known)
    if known is not None or settings.gate != PLAIN:
        print_leads(console, results)
    if parcel:
        _print_reasons(console, results, parcel)


def _settings(rule: Path | None, gate: str) -> Settings:
    if rule is None:
        return Settings(gate=parse_gate(gate))
    positions, bell = read_rules(rule)
    return Settings(positions, bell, parse_gate(gate))


def _results(paths: list[Path], settings: Settings, jobs: int) -> Iterator[Result]:
    work = partial(_run_file, settings=settings)
    if jobs == 1 or len(paths) == 1:
        yield from map(work, paths)
        return
    with ProcessPoolExecutor(jobs) as pool:
        yield from pool.map(work, paths, chunksize=4)


def _run_file(path: Path, settings: Settings) -> Result:
    return run_round(read_round(path), settings)


def _print_reasons(console: Console, results: list[Result], parcel: str) -> None:
    lines: list[tuple[int, str, Reason]] = []
    for result in results:
        rings = ((one.ring, one.written) for one in result.rings if one.ring.parcel_id == parcel)
        lines += [(ring.attempt, written, ring.reason) for ring, written in rings]
        lines += [(key[1], "-", reason) for key, reason in result.silences.items() if key[0] == parcel]
    if not lines:
        raise ReplayFailed(f"{parcel}: no attempt of such a parcel in these rounds")
    for attempt, written, reason in sorted(lines, key=lambda line: line[:2]):
        zh, en = explain(reason)
        console.print(f"{parcel} attempt {attempt} {written}\n  {zh}\n  {en}", highlight=False)
