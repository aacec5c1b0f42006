"""The carriers' own codes and what they mean to us, as data: one JSON file a carrier, with the source of its codes.

An entry says `confidence: medium` where the code is not confirmed (a sentence then decides), `coarse` where the
carrier files many things under one code (a sentence may then move even the status), and `use_text` where the code
says only that something happened. A null status marks an informational row.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from doorstepd.parcels.vocabulary import Status, SubStatus


@dataclass(frozen=True, slots=True)
class Entry:
    """What one code of a carrier means."""

    status: Status | None
    sub_status: SubStatus | None
    meaning: str
    sure: bool = True
    coarse: bool = False
    use_text: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    """One code list of a carrier; codes are found whatever the case of their letters."""

    entries: Mapping[str, Entry]
    by_folded: Mapping[str, Entry]
    by_meaning: Mapping[str, Entry]

    def get(self, code: str) -> Entry | None:
        """The entry of a code, None when it is unknown or empty."""
        return self.entries.get(code) or self.by_folded.get(code.casefold())


@cache
def table(provider: str, name: str) -> Table:
    """A code list, read once."""
    rows = _load(provider)["tables"][name]
    entries = {code: _entry(row) for code, row in rows.items()}
    return Table(
        entries,
        {code.casefold(): entry for code, entry in entries.items()},
        {entry.meaning: entry for entry in reversed(entries.values())},
    )


@cache
def _companies() -> dict[tuple[str, str], str]:
    return {
        (aggregator, code.casefold()): ours
        for ours, codes in _load("companies").items()
        for aggregator, theirs in codes.items()
        for code in theirs
    }


def our_carrier(aggregator: str, code: str) -> str | None:
    """Our name of the carrier that an aggregator calls `code`; its own code in lower case where we have no name."""
    return _companies().get((aggregator, code.casefold()), code.lower()) if code else None


def their_carrier(aggregator: str, ours: str) -> str:
    """What an aggregator calls a carrier; our own name where no other is known."""
    codes = _load("companies").get(ours, {}).get(aggregator)
    return str(codes[0]) if codes else ours


@cache
def _load(name: str) -> Any:
    return json.loads((files(__package__) / f"{name}.json").read_text("utf-8"))


def _entry(row: Mapping[str, object]) -> Entry:
    return Entry(
        status=Status(str(row["status"])) if row["status"] else None,
        sub_status=SubStatus(str(row["sub_status"])) if row["sub_status"] else None,
        meaning=str(row["meaning"]),
        sure=row.get("confidence", "high") == "high",
        coarse=bool(row.get("coarse")),
        use_text=bool(row.get("use_text")),
    )
