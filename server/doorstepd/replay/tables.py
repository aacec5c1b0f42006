"""The tables that a replay prints."""

from rich.console import Console
from rich.table import Table

from doorstepd.replay.leads import Leads, lead_times
from doorstepd.replay.run import Attempt, Result
from doorstepd.replay.score import Tally, Truth, quantile, score_round


def print_run(console: Console, results: list[Result]) -> None:
    """What was run and how fast."""
    fixes, rings = sum(r.fixes for r in results), sum(len(r.rings) for r in results)
    spent = sum(r.seconds for r in results)
    lasted = sum(r.round.received[-1].time - r.round.received[0].time for r in results if r.round.received)
    table = _table("rounds", "fixes", "rings", "hours recorded", "CPU s in the rules", "fixes a CPU s")
    speed = f"{fixes / spent:,.0f}" if spent else "-"
    table.add_row(f"{len(results):,}", f"{fixes:,}", f"{rings:,}", f"{lasted / 3600:.1f}", f"{spent:.2f}", speed)
    console.print(table)
    set_aside = sum((r.rejections for r in results), start=type(results[0].rejections)()) if results else {}
    if set_aside:
        told = ", ".join(f"{reason.value} {count:,}" for reason, count in sorted(set_aside.items()))
        console.print(f"fixes refused or set aside: {told}", highlight=False)


def print_scores(console: Console, results: list[Result], truth: dict[str, dict[Attempt, Truth]]) -> None:
    """Recall and false alarms by class."""
    classes: dict[str, Tally] = {}
    total = Tally()
    for result in results:
        header = result.round.header
        if header.scenario in truth:
            rings = [((one.ring.parcel_id, one.ring.attempt), one.ring.time) for one in result.rings]
            tally, _ = score_round(header.scenario, truth[header.scenario], rings)
            classes.setdefault(header.kind, Tally()).add(tally)
            total.add(tally)
    table = _table(
        "class",
        "attempts",
        "expected",
        "recall %",
        "late",
        "miss",
        "false",
        "false %",
        "doubles",
        "error s",
        "p95",
        "lag s",
        "p95",
    )
    for name, tally in sorted(classes.items()):
        _add_tally(table, name, tally)
    table.add_section()
    _add_tally(table, "all", total)
    console.print(table)


def print_leads(console: Console, results: list[Result]) -> None:
    """How long before the door the bells rang, by class, where a well-timed ring was possible."""
    classes: dict[str, Leads] = {}
    total = Leads()
    for result in results:
        leads = lead_times(result)
        classes.setdefault(result.round.header.kind, Leads()).add(leads)
        total.add(leads)
    table = _table("class", "possible", "rang", "5-30 min %", "earlier %", "later %", "median min")
    for name, leads in sorted(classes.items()):
        _add_leads(table, name, leads)
    table.add_section()
    _add_leads(table, "all", total)
    console.print(table)


def _add_leads(table: Table, name: str, leads: Leads) -> None:
    rang = len(leads.leads_s)
    shares = [100.0 * part / rang if rang else None for part in (leads.well_timed, leads.too_early, leads.too_late)]
    middle = quantile(leads.leads_s, 0.5)
    median = _number(None if middle is None else middle / 60.0, 1)
    table.add_row(name, f"{leads.possible:,}", f"{rang:,}", *(_number(share, 1) for share in shares), median)


def _add_tally(table: Table, name: str, tally: Tally) -> None:
    counts = (tally.late, tally.miss, tally.false)
    times = (quantile(values, share) for values in (tally.errors, tally.lags) for share in (0.5, 0.95))
    table.add_row(
        name,
        f"{tally.attempts:,}",
        f"{tally.expected:,}",
        _number(tally.recall, 2),
        *map(str, counts),
        _number(tally.false_share, 2),
        str(tally.double),
        *(_number(value, 1) for value in times),
    )


def _number(value: float | None, places: int) -> str:
    return "-" if value is None else f"{value:.{places}f}"


def _table(first: str, *others: str) -> Table:
    table = Table(box=None, pad_edge=False)
    table.add_column(first)
    for name in others:
        table.add_column(name, justify="right")
    return table
