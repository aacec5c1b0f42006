"""A few windows of one load on one side, turned into a row."""

from dataclasses import dataclass

from load import Load
from machine import cpu_seconds
from sides import Side
from table import Row


@dataclass(frozen=True, slots=True)
class Effort:
    """How long to measure: `windows` of `seconds` each after `warm` seconds."""

    seconds: float = 6.0
    windows: int = 3
    warm: float = 3.0
    full: bool = False


QUICK = Effort(seconds=2.0, windows=2, warm=1.0)


async def measure(row: Row, side: Side, load: Load, effort: Effort, counted: str = "messages") -> Row:
    """Fills the row; what counts as an item is the field `counted` of the load's result."""
    if effort.warm:  # a window that ends after so many calls would make them all, however short it is
        await load.window(effort.warm)
    for _ in range(effort.windows):
        before = cpu_seconds(side.pids)
        result = await load.window(effort.seconds)
        used = cpu_seconds(side.pids) - before
        items = result[counted]
        if items:
            row.cpu_us.append(used / items * 1e6)
        row.rate.append(items / result["seconds"])
        row.core_share.append(used / result["seconds"])
        row.p50_ms.append(result["ack_p50"] if counted == "items" and result["acks"] else result["p50"])
        row.p99_ms.append(result["ack_p99"] if counted == "items" and result["acks"] else result["p99"])
    return row
