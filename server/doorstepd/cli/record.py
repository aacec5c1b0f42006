"""`doorstepd record`: a running service's rounds as a file that `doorstepd replay` reads."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from doorstepd.settings import Settings

MerchantName = Annotated[str, typer.Argument(help="Whose couriers.")]
Out = Annotated[Path, typer.Argument(help="The file to write: ROUND.jsonl or ROUND.jsonl.gz.")]
Minutes = Annotated[float, typer.Option(min=0.01, max=1440.0, help="For how long.")]
Radius = Annotated[float, typer.Option(min=50.0, max=50_000.0, help="The bell's radius, for the file's header.")]
Data = Annotated[Path, typer.Option(envvar="DOORSTEP_DATA", help="The server's data directory.")]


def record(
    merchant: MerchantName, out: Out, minutes: Minutes = 60.0, radius: Radius = 1000.0, data: Data = Path(".doorstep")
) -> None:
    """Record positions and stops, without names, phones, addresses or real IDs; the points of doors are in it.

    It listens where the server does: DOORSTEP_DATABASE_URL and DOORSTEP_REDIS_URL.
    """
    import asyncio

    from doorstepd import preflight
    from doorstepd.cli.calling import fail
    from doorstepd.doors.app import CannotStart

    try:
        settings = preflight.settings(data)
    except CannotStart as error:
        fail(str(error))
    if not settings.redis_url:
        fail("DOORSTEP_REDIS_URL must name the Redis that the server uses; the one that it starts itself is its own.")
    try:
        asyncio.run(_record(settings, merchant, out, minutes * 60.0, radius))
    except OSError as error:
        fail(f"{out}: {error.strerror or 'cannot be written'}")


async def _record(settings: "Settings", merchant: str, out: Path, seconds: float, radius: float) -> None:
    from doorstepd.broadcast import Broadcast
    from doorstepd.cli.calling import fail
    from doorstepd.database import Database
    from doorstepd.replay.recording import record

    database, bus = Database(settings.effective_database_url), Broadcast(settings.redis_url)
    await bus.start()
    if bus.degraded:
        fail("DOORSTEP_REDIS_URL does not answer; start it, or mend the address.")
    try:
        await record(database, bus, merchant, out, seconds, radius)
    finally:
        await bus.stop()
        await database.close()
