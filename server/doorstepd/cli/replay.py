"""`doorstepd replay`: recorded rounds through the rules of the server, with scores where the truth is known."""

from pathlib import Path
from typing import Annotated

import typer

Files = Annotated[list[Path], typer.Argument(help="Rounds (*.jsonl, *.jsonl.gz) or folders of them.")]
Rings = Annotated[Path | None, typer.Option(help="Write one JSON line a ring here.")]
Rule = Annotated[Path | None, typer.Option(help="Thresholds to change, as YAML.")]
Explain = Annotated[str | None, typer.Option(help="Say why this parcel's bell rang or did not.")]
Plot = Annotated[Path | None, typer.Option(help="Draw the rounds here (needs the extra doorstepd[plot]).")]
GateOption = Annotated[str, typer.Option(help="none, stops:N or eta:Nm.")]
TruthDir = Annotated[Path | None, typer.Option("--truth", help="A folder of truth files: print scores.")]
Jobs = Annotated[int, typer.Option(min=1, max=64, help="Processes to share the rounds.")]


def replay(
    files: Files,
    rings: Rings = None,
    rule: Rule = None,
    explain: Explain = None,
    plot: Plot = None,
    gate: GateOption = "none",
    truth: TruthDir = None,
    jobs: Jobs = 1,
) -> None:
    """Runs recorded rounds through the position and bell rules, faster than real time."""
    from doorstepd.replay.command import ReplayFailed, replay_files

    try:
        replay_files(files, rings, rule, explain, plot, gate, truth, jobs)
    except ReplayFailed as failure:
        typer.echo(f"replay: {failure}", err=True)
        raise typer.Exit(2) from None
