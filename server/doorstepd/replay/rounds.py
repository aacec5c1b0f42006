"""Reading recorded rounds: JSON lines, the first one a header, then what a server received in the order of receipt."""

import gzip
import json
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from doorstepd.positions.datum import Datum, to_wgs84
from doorstepd.positions.fix import RawFix
from doorstepd.reminders.bell import Outcome


class RoundError(Exception):
    """A file that cannot be replayed; the text names the file and the line."""

    def __init__(self, path: Path, line: int, problem: str) -> None:
        super().__init__(path, line, problem)  # all three, so that it can come back from another process

    def __str__(self) -> str:
        path, line, problem = self.args
        return f"{path}:{line}: {problem}"


@dataclass(frozen=True, slots=True)
class Header:
    """What the round is. `report_interval_s` is only described, no rule uses it."""

    scenario: str
    kind: str
    radius_m: float
    report_interval_s: float
    source: str
    licence: str


@dataclass(frozen=True, slots=True)
class StopRecord:
    """A recipient's address, in WGS-84."""

    parcel: str
    sequence: int | None
    lat: float
    lng: float


@dataclass(frozen=True, slots=True)
class FixRecord:
    """A report of a courier's phone."""

    courier: str
    raw: RawFix


@dataclass(frozen=True, slots=True)
class AttemptRecord:
    """Out for delivery."""

    parcel: str
    attempt: int
    courier: str


@dataclass(frozen=True, slots=True)
class CloseRecord:
    """Delivered or failed."""

    parcel: str
    attempt: int
    outcome: Outcome


@dataclass(frozen=True, slots=True)
class HandoverRecord:
    """An open attempt passes to another courier."""

    parcel: str
    attempt: int
    giver: str
    taker: str


Record = StopRecord | FixRecord | AttemptRecord | CloseRecord | HandoverRecord


@dataclass(frozen=True, slots=True)
class Received:
    """One record: its times in seconds since the epoch, and the time of receipt as it was written."""

    time: float
    event_time: float
    written: str
    record: Record


@dataclass(frozen=True, slots=True)
class Round:
    """One file."""

    path: Path
    header: Header
    received: tuple[Received, ...]


def find_rounds(paths: list[Path]) -> list[Path]:
    """The files named, and those under the folders named."""
    found: list[Path] = []
    for path in paths:
        if path.is_dir():
            inside = sorted(p for p in path.rglob("*") if p.name.endswith((".jsonl", ".jsonl.gz")))
            if not inside:
                raise RoundError(path, 0, "no *.jsonl or *.jsonl.gz in this folder")
            found += inside
        else:
            found.append(path)
    return found


def read_round(path: Path) -> Round:
    """Read one round; RoundError names the line at fault. Records of a type not known here are passed over."""
    rows = read_lines(path)
    try:
        number, first = next(rows)
    except StopIteration:
        raise RoundError(path, 1, "the file is empty, a header was expected") from None
    if first.get("type") != "header":
        raise RoundError(path, number, "the first line must be the header")
    header = _read(path, number, first, _header)
    received = (_read(path, number, row, _received) for number, row in rows if row.get("type") in _RECORDS)
    return Round(path, header, tuple(received))


def read_lines(path: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    """The JSON objects of a plain or gzipped file with their line numbers."""
    opener: Callable[..., Any] = gzip.open if path.name.endswith(".gz") else open
    number = 0
    try:
        with opener(path, "rt", encoding="utf-8") as lines:
            for number, line in enumerate(lines, 1):
                if line.strip():
                    row = json.loads(line)
                    if not isinstance(row, dict):
                        raise RoundError(path, number, "a JSON object was expected")
                    yield number, row
    except json.JSONDecodeError as error:
        raise RoundError(path, number, f"not JSON: {error.msg} at column {error.colno}") from None
    except UnicodeDecodeError:
        raise RoundError(path, number + 1, "not UTF-8") from None
    except (EOFError, gzip.BadGzipFile, zlib.error):
        raise RoundError(path, number + 1, "the gzip data is damaged or cut short") from None
    except OSError as error:
        raise RoundError(path, number, error.strerror or "cannot be read") from None


def seconds(row: dict[str, Any], name: str) -> float:
    """An RFC 3339 time with offset as seconds since the epoch."""
    time = datetime.fromisoformat(_text(row, name))
    if time.utcoffset() is None:
        raise ValueError(f"{name}: a time with an offset was expected")
    return time.timestamp()


def _read(path: Path, number: int, row: dict[str, Any], how: Callable[[dict[str, Any]], Any]) -> Any:
    try:
        return how(row)
    except KeyError as error:
        raise RoundError(path, number, f"{error.args[0]}: missing") from None
    except (TypeError, ValueError, OverflowError) as error:
        raise RoundError(path, number, str(error)) from None


def _header(row: dict[str, Any]) -> Header:
    radius = _number(row, "radius_m")
    if not 0.0 < radius <= 100_000.0:
        raise ValueError("radius_m: between 0 and 100,000 was expected")
    interval = _maybe(row, "report_interval_s") or 0.0
    source, licence = str(row.get("source", "")), str(row.get("licence", ""))
    return Header(_text(row, "scenario"), str(row.get("class", "")), radius, interval, source, licence)


def _received(row: dict[str, Any]) -> Received:
    time = seconds(row, "receive_time")
    event_time = seconds(row, "event_time") if row.get("event_time") else time
    return Received(time, event_time, row["receive_time"], _RECORDS[row["type"]](row, time, event_time))


def _stop(row: dict[str, Any], _time: float, _event_time: float) -> Record:
    lat, lng = _number(row, "lat"), _number(row, "lng")
    if not (-90.0 <= lat <= 90.0 and -180.0 <= lng <= 180.0):
        raise ValueError("lat, lng: outside the Earth")
    datum = _datum(row)
    if datum is None:
        raise ValueError("datum: WGS84, GCJ02 or BD09 was expected")
    sequence = row.get("sequence")
    if sequence is not None and type(sequence) is not int:
        raise ValueError("sequence: a whole number was expected")
    return StopRecord(_text(row, "parcel"), sequence, *to_wgs84(lat, lng, datum))


def _fix(row: dict[str, Any], time: float, event_time: float) -> Record:
    hints = (_maybe(row, "accuracy_m"), _maybe(row, "speed_mps"), _maybe(row, "heading_deg"))
    raw = RawFix(_number(row, "lat"), _number(row, "lng"), _datum(row), event_time, time, *hints)
    return FixRecord(_text(row, "courier"), raw)


def _attempt(row: dict[str, Any], _time: float, _event_time: float) -> Record:
    return AttemptRecord(_text(row, "parcel"), _count(row), _text(row, "courier"))


def _close(row: dict[str, Any], _time: float, _event_time: float) -> Record:
    return CloseRecord(_text(row, "parcel"), _count(row), Outcome(row["type"]))


def _handover(row: dict[str, Any], _time: float, _event_time: float) -> Record:
    return HandoverRecord(_text(row, "parcel"), _count(row), _text(row, "from"), _text(row, "courier"))


_RECORDS: dict[Any, Callable[[dict[str, Any], float, float], Record]] = {
    "stop": _stop,
    "fix": _fix,
    "attempt": _attempt,
    "delivered": _close,
    "failed": _close,
    "reassigned": _handover,
}


def _datum(row: dict[str, Any]) -> Datum | None:
    datum = row.get("datum")
    return Datum(datum) if datum in set(Datum) else None


def _text(row: dict[str, Any], name: str) -> str:
    if not isinstance(row[name], str):
        raise TypeError(f"{name}: a text was expected")
    return str(row[name])


def _number(row: dict[str, Any], name: str) -> float:
    if type(row[name]) not in (int, float):
        raise TypeError(f"{name}: a number was expected")
    return float(row[name])


def _maybe(row: dict[str, Any], name: str) -> float | None:
    return None if row.get(name) is None else _number(row, name)


def _count(row: dict[str, Any]) -> int:
    if type(row["attempt"]) is not int or row["attempt"] < 1:
        raise ValueError("attempt: a whole number from 1 was expected")
    return int(row["attempt"])
