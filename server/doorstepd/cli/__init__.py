"""The `doorstepd` command: one file a subcommand, each importing what it needs only when it runs."""

import typer

from doorstepd.cli import (
    carriers,
    demo,
    explain,
    fake_carriers,
    fleet,
    merchant,
    migrate,
    normalise,
    record,
    replay,
    serve,
    token,
    track,
    watch,
)

_HELP = "Parcel tracking for online shops. `doorstepd demo` shows it at work; `doorstepd serve` runs it."

app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False, help=_HELP)
app.command()(serve.serve)
app.command()(demo.demo)
app.command()(track.track)
app.command()(watch.watch)
app.command()(fleet.fleet)
app.command()(migrate.migrate)
app.command()(fake_carriers.fake_carriers)
app.command()(normalise.normalise)
app.command()(explain.explain)
app.command()(carriers.carriers)
app.command()(replay.replay)
app.command()(record.record)
app.command()(token.token)
app.add_typer(merchant.app, name="merchant")


def main() -> None:
    """The console script's entry point."""
    app()
