"""What a replay reads besides rounds, and what it writes."""

import json
from dataclasses import fields
from pathlib import Path
from typing import Any, TypeVar

import yaml

from doorstepd.positions.rules import PositionRules
from doorstepd.reminders.rules import BellRules
from doorstepd.replay.run import Result

_Rules = TypeVar("_Rules", PositionRules, BellRules)


class RuleFileError(Exception):
    """A rule file that cannot be used; the text names the file and the entry."""


def read_rules(path: Path) -> tuple[PositionRules, BellRules]:
    """Thresholds from YAML (or JSON): `positions:` and `bell:`, each a few names with numbers."""
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8")) or {}
    except OSError as error:
        raise RuleFileError(f"{path}: {error.strerror}") from None
    except (yaml.YAMLError, UnicodeDecodeError):
        raise RuleFileError(f"{path}: not YAML") from None
    if not isinstance(content, dict) or set(content) - {"positions", "bell"}:
        raise RuleFileError(f"{path}: expected the entries positions and bell and no others")
    positions = _rules(path, "positions", content.get("positions") or {}, PositionRules)
    return positions, _rules(path, "bell", content.get("bell") or {}, BellRules)


def write_rings(path: Path, results: list[Result]) -> None:
    """One JSON line a ring: scenario, parcel, attempt, time, and the reason."""
    with path.open("w", encoding="utf-8") as out:
        for result in results:
            for one in result.rings:
                ring = one.ring
                line = {"scenario": result.round.header.scenario, "parcel": ring.parcel_id, "attempt": ring.attempt}
                line |= {"time": one.written, "reason": ring.reason.to_dict()}
                out.write(json.dumps(line, ensure_ascii=False) + "\n")


def _rules(path: Path, section: str, entries: Any, kind: type[_Rules]) -> _Rules:
    if not isinstance(entries, dict):
        raise RuleFileError(f"{path}: {section}: names with numbers were expected")
    known = {field.name: field.type for field in fields(kind)}
    for name, value in entries.items():
        if name not in known:
            raise RuleFileError(f"{path}: {section}.{name}: no such rule; there are {', '.join(known)}")
        if type(value) not in (int, float) or not 0.0 <= value < float("inf"):
            raise RuleFileError(f"{path}: {section}.{name}: a number from 0 was expected")
    return kind(**entries)
