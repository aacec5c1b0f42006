"""What was measured, and how it is shown: a table for people and a file for machines."""

import json
from dataclasses import asdict, dataclass, field
from pathlib import Path
from statistics import median
from typing import Any

from rich.console import Console
from rich.table import Table


@dataclass(slots=True)
class Row:
    """One side of one benchmark; the lists have one value a window. CPU is the server's, in microseconds an item."""

    bench: str
    work: str
    side: str
    item: str
    cpu_us: list[float] = field(default_factory=list)
    rate: list[float] = field(default_factory=list)
    p50_ms: list[float] = field(default_factory=list)
    p99_ms: list[float] = field(default_factory=list)
    core_share: list[float] = field(default_factory=list)
    note: str = ""
    ours: bool = False
    """The side that the others of the same bench and work are compared with."""


class Results:
    """All rows of a run."""

    def __init__(self, console: Console) -> None:
        self.rows: list[Row] = []
        self.gaps: list[str] = []
        self._console = console

    def add(self, row: Row) -> None:
        """Adds a row, and says it, as a run takes minutes."""
        self.rows.append(row)
        self._console.print(f"  {row.bench} {row.work} · {row.side}: {_spread(row.cpu_us)} µs {row.note}")

    def missing(self, why: str) -> None:
        """Something was not measured."""
        self.gaps.append(why)
        self._console.print(f"  [yellow]{why}[/]")

    def ratio(self, row: Row) -> float | None:
        """CPU of this side by that of ours."""
        ours = next((o for o in self.rows if o.ours and (o.bench, o.work) == (row.bench, row.work)), None)
        if ours is None or not ours.cpu_us or not row.cpu_us:
            return None
        return median(row.cpu_us) / median(ours.cpu_us)

    def show(self) -> None:
        """The table."""
        table = Table(title="CPU is the server's alone; ratios are CPU by that of the first door, > 1 where it wins")
        for name in ("", "work", "side"):
            table.add_column(name)
        for name in ("CPU µs each", "ratio", "per second", "p50 ms", "p99 ms", "core"):
            table.add_column(name, justify="right")
        table.add_column("note")
        last = ""
        for row in self.rows:
            if last and row.bench != last:
                table.add_section()
            last = row.bench
            table.add_row(*self._cells(row))
        self._console.print(table)
        for gap in self.gaps:
            self._console.print(f"not measured: {gap}")

    def _cells(self, row: Row) -> list[str]:
        ratio = self.ratio(row)
        share = f"{median(row.core_share):.0%}" if row.core_share else ""
        return [
            row.bench,
            row.work,
            row.side,
            f"{_spread(row.cpu_us)} /{row.item}" if row.cpu_us else "",
            "" if ratio is None or row.ours else f"{ratio:.2f}",
            f"{median(row.rate):,.0f}" if row.rate else "",
            _spread(row.p50_ms),
            _spread(row.p99_ms),
            share,
            row.note,
        ]

    def write(self, path: Path, machine: dict[str, Any]) -> None:
        """The file."""
        rows = [asdict(row) | {"ratio": self.ratio(row)} for row in self.rows]
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps({"machine": machine, "rows": rows, "not_measured": self.gaps}, indent=1) + "\n")


def _spread(values: list[float]) -> str:
    if not values:
        return ""
    middle, low, high = median(values), min(values), max(values)
    return f"{middle:.3g}" if high - low < 0.02 * middle else f"{middle:.3g} ({low:.3g}-{high:.3g})"
