"""`doorstepd demo`."""

import shutil
import tempfile
from pathlib import Path
from typing import Annotated

import typer


def demo(
    seconds: Annotated[float | None, typer.Option(min=1, help="End after so many seconds; else with Ctrl-C.")] = None,
    speed: Annotated[
        float,
        typer.Option(
            min=0.1,
            max=60,
            help="How many times faster than recorded. Scans, and couriers standing still, become faster by all of it; "
            "driving by as much as stays below 54 km/h, as nobody would believe more.",
        ),
    ] = 4.0,
    port: Annotated[int, typer.Option(min=0, max=65535, help="Where the service listens; 0 for any free port.")] = 8470,
    data: Annotated[
        Path | None, typer.Option(help="Keep keys, database and log here; else in a folder that is removed at the end.")
    ] = None,
    door: Annotated[str, typer.Option(help="envoy, nghttp2, grpcio, or auto: the first that can run.")] = "auto",
    lang: Annotated[str, typer.Option(help="zh, en or both.")] = "both",
) -> None:
    """Shows a day of deliveries live: orders, recorded carrier pushes and courier rounds, through the real service."""
    from doorstepd.demo.run import Options, Refused, play
    from doorstepd.demo.words import Lang
    from doorstepd.doors.supervisor import DOORS

    if lang not in list(Lang):
        raise typer.BadParameter("must be zh, en or both", param_hint="--lang")
    if door not in ("auto", *DOORS):
        raise typer.BadParameter(f"must be auto, {' or '.join(DOORS)}", param_hint="--door")
    folder = data or Path(tempfile.mkdtemp(prefix="doorstep-"))
    try:
        play(Options(folder.resolve(), door, port, seconds, speed, Lang(lang)))
    except Refused as reason:
        typer.echo(f"doorstepd: {reason}", err=True)
        if str(folder) not in str(reason):  # else the log in it says why, and stays
            _tidy(data, folder)
        raise typer.Exit(1) from None
    except KeyboardInterrupt:
        _tidy(data, folder)
        raise typer.Exit(130) from None
    _tidy(data, folder)


def _tidy(asked_for: Path | None, folder: Path) -> None:
    if asked_for is None:
        shutil.rmtree(folder, ignore_errors=True)
