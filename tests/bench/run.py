"""Measures the service beside its peers and prints one table. `python tests/bench/run.py [P1 P3 ...] [--quick|--full]`

Both sides of a comparison run in the same run, the server on one core, load and Valkey on another. Figures of another
run, machine or hour do not compare with these; ratios of one run do.
"""

import argparse
import sys
from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path

import fanout
import fleet
import machine
import reads
import reports
import sides
import uvloop
import webhooks
from load import GENERATOR
from rich.console import Console
from sides import PEER_GO
from table import Results
from windows import QUICK, Effort

from doorstepd.logs import configure

Bench = Callable[[Results, Effort], Awaitable[None]]
BENCHES: dict[str, Bench] = {
    "P1": fanout.p1,
    "P2": fleet.p2,
    "P3": reads.p3,
    "P4": reports.p4,
    "P5": reports.p5,
    "P6": reads.p6,
    "P7": fanout.p7,
    "P8": fanout.p8,
    "W1": webhooks.w1,
}
NOT_BUILT = "the load generator is not built: run `make bench-peers`, which needs Go"


async def main(wanted: list[str], effort: Effort, out: Path) -> int:
    """Runs the benches and writes the result."""
    console = Console()
    console = console if console.is_terminal else Console(width=200)
    if not GENERATOR.exists():
        console.print(NOT_BUILT)
        return 1
    machine.stay_on(machine.LOAD_CORE)
    results = Results(console)
    before = machine.described()
    for name in wanted:
        console.print(f"[bold]{name}[/] {(BENCHES[name].__doc__ or '').strip()}")
        try:
            await BENCHES[name](results, effort)
        except Exception as error:  # the others are measured all the same
            results.missing(f"{name}: {type(error).__name__}: {error}")
    if not PEER_GO.exists():
        results.missing("grpc-go: run `make bench-peers`")
    results.show()
    results.write(out, before)
    console.print(f"written to {out}")
    return 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("names", nargs="*", type=str.upper, metavar="P1", help="which; all without")
    parser.add_argument("--quick", action="store_true", help="short windows: does it run at all?")
    parser.add_argument("--full", action="store_true", help="1,000,000 parcels, 10,000 streams")
    parser.add_argument("--only", default="", help="sides whose name has this in it")
    parser.add_argument("--out", type=Path, default=Path("build/bench.json"), help="the result file")
    given = parser.parse_args()
    unknown = [name for name in given.names if name not in BENCHES]
    if unknown:
        parser.error(f"{', '.join(unknown)} is not one of {', '.join(BENCHES)}")
    return given


if __name__ == "__main__":
    chosen = _arguments()
    configure("warning")
    sides.only = chosen.only
    length = replace(QUICK if chosen.quick else Effort(), full=chosen.full)
    sys.exit(uvloop.run(main(chosen.names or list(BENCHES), length, chosen.out)))
