"""`doorstepd migrate`."""

from pathlib import Path
from typing import Annotated

import typer


def migrate(
    data: Annotated[Path, typer.Option(envvar="DOORSTEP_DATA", help="Where the SQLite file is.")] = Path(".doorstep"),
) -> None:
    """Brings the database to the present tables; safe to repeat. The server does it too when it starts."""
    import asyncio

    from doorstepd import preflight
    from doorstepd.cli.calling import fail
    from doorstepd.doors.app import CannotStart

    try:
        preflight.folder(data)
        version = asyncio.run(preflight.database(preflight.settings(data)))
    except CannotStart as error:
        fail(str(error))
    typer.echo(f"the database is at version {version}")
