"""`doorstepd migrate`."""

from pathlib import Path
from typing import Annotated

import typer


def migrate(
    data: Annotated[Path, typer.Option(help="Where the SQLite file is.")] = Path(".doorstep"),
) -> None:
    """Brings the database to the present tables; safe to repeat. The server does it too when it starts."""
    import asyncio

    from doorstepd.database import Database
    from doorstepd.database.migrate import migrate as bring_up_to_date
    from doorstepd.settings import Settings

    async def run() -> str:
        database = Database(Settings(data=data).effective_database_url)
        try:
            return await bring_up_to_date(database)
        finally:
            await database.close()

    typer.echo(f"the database is at version {asyncio.run(run())}")
