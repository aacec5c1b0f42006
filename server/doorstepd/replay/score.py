"""Rings against the truth: recall, false alarms, doubles and timing, attempt by attempt."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any

from doorstepd.replay.rounds import RoundError, read_lines, seconds
from doorstepd.replay.run import Attempt


class Expectation(StrEnum):
    """What an attempt's truth asks for."""

    RING = "ring"
    SILENT = "silent"
    EITHER = "either"


@dataclass(frozen=True, slots=True)
class Truth:
    """One attempt's truth; times in seconds since the epoch, None where there is none."""

    expect: Expectation
    kind: str
    opens: float
    closes: float | None
    earliest: float | None
    latest: float | None
    true_time: float | None
    due: float | None


@dataclass(frozen=True, slots=True)
class Fault:
    """One attempt that went wrong."""

    scenario: str
    attempt: Attempt
    what: str
    kind: str


@dataclass(slots=True)
class Tally:
    """Counts of one class. `errors` and `lags` in seconds."""

    attempts: int = 0
    expected: int = 0
    hit: int = 0
    late: int = 0
    miss: int = 0
    false: int = 0
    double: int = 0
    errors: list[float] = field(default_factory=list)
    lags: list[float] = field(default_factory=list)

    @property
    def recall(self) -> float | None:
        """Per cent of the rings that were due."""
        return 100.0 * self.hit / self.expected if self.expected else None

    @property
    def false_share(self) -> float | None:
        """Per cent of the attempts with a ring where none may be."""
        return 100.0 * self.false / self.attempts if self.attempts else None

    def add(self, other: "Tally") -> None:
        """Count another class in."""
        for name in ("attempts", "expected", "hit", "late", "miss", "false", "double"):
            setattr(self, name, getattr(self, name) + getattr(other, name))
        self.errors += other.errors
        self.lags += other.lags


def quantile(values: list[float], share: float) -> float | None:
    """By linear interpolation between the closest ranks; None of nothing."""
    if not values:
        return None
    ordered, place = sorted(values), share * (len(values) - 1)
    low = int(place)
    high = min(low + 1, len(ordered) - 1)
    return ordered[low] + (ordered[high] - ordered[low]) * (place - low)


def load_truth(folder: Path) -> dict[str, dict[Attempt, Truth]]:
    """{scenario: {(parcel, attempt): truth}} of all truth files under a folder."""
    if not folder.is_dir():
        raise RoundError(folder, 0, "a folder of truth files was expected")
    found = {}
    for path in sorted(folder.rglob("*.jsonl*")):
        rows = read_lines(path)
        _, head = next(rows, (1, {}))
        if head.get("type") == "header" and isinstance(head.get("scenario"), str):
            cases = {}
            for number, row in rows:
                if "expect" not in row:
                    break
                cases.update(_case(path, number, row))
            if cases:
                found[head["scenario"]] = cases
    return found


def score_round(
    scenario: str, cases: dict[Attempt, Truth], rings: Iterable[tuple[Attempt, float]]
) -> tuple[Tally, list[Fault]]:
    """Score one round's rings, given as ((parcel, attempt), seconds)."""
    by_attempt: dict[Attempt, list[float]] = defaultdict(list)
    for attempt, time in rings:
        by_attempt[attempt].append(time)
    tally, faults = Tally(attempts=len(cases)), []
    for attempt, truth in cases.items():
        times = sorted(by_attempt.pop(attempt, ()))
        tally.expected += truth.expect is Expectation.RING
        tally.double += max(0, len(times) - 1)
        faults += [Fault(scenario, attempt, what, truth.kind) for what in _judge(truth, times, tally)]
    for attempt, times in by_attempt.items():
        tally.false += 1
        tally.double += len(times) - 1
        faults.append(Fault(scenario, attempt, "false", "unknown"))
    return tally, faults


def _judge(truth: Truth, times: list[float], tally: Tally) -> list[str]:
    """What is wrong with one attempt's first ring; counts it."""
    expected = truth.expect is Expectation.RING
    if not times:
        tally.miss += expected
        return ["miss"] if expected else []
    if _is_false(truth, times[0]):
        tally.false += 1
        tally.miss += expected
        return ["false"]
    if not expected:
        return []
    assert truth.latest is not None
    assert truth.true_time is not None
    assert truth.due is not None
    if not truth.kind.startswith("jitter"):  # there the true moment hangs on a metre
        tally.errors.append(abs(times[0] - truth.true_time))
        tally.lags.append(times[0] - truth.due)
    if times[0] > truth.latest:
        tally.late += 1
        return ["late"]
    tally.hit += 1
    return []


def _is_false(truth: Truth, time: float) -> bool:
    if time < truth.opens - 0.001 or (truth.closes is not None and time >= truth.closes):
        return True
    if truth.expect is Expectation.SILENT:
        return True
    return truth.expect is Expectation.RING and truth.earliest is not None and time < truth.earliest


def _case(path: Path, number: int, row: dict[str, Any]) -> dict[Attempt, Truth]:
    try:
        times = {name: seconds(row, name) if row.get(name) else None for name in _TIMES}
        opens = seconds(row, "opens")
        truth = Truth(Expectation(row["expect"]), str(row["kind"]), opens, **times)
        if truth.expect is Expectation.RING and None in (truth.earliest, truth.latest, truth.true_time, truth.due):
            raise ValueError("a ring needs earliest, latest, true_time and due")
        return {(str(row["parcel"]), int(row["attempt"])): truth}
    except KeyError as error:
        raise RoundError(path, number, f"{error.args[0]}: missing") from None
    except (TypeError, ValueError) as error:
        raise RoundError(path, number, str(error)) from None


_TIMES = ("closes", "earliest", "latest", "true_time", "due")
