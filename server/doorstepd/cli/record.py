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

    It listens where the server does: DOORSTEP_DATABASE_URL and DOORSTEP_REDIS_URL, or what a service on this machine
    with the same data directory has embedded.
    """
    import asyncio

    from doorstepd import preflight
    from doorstepd.cli.calling import fail
    from doorstepd.doors.app import CannotStart
    from doorstepd.replay.recording import embedded_url

    try:
        settings = preflight.settings(data)
    except CannotStart as error:
        fail(str(error))
    redis_url = settings.redis_url or embedded_url(settings.data)
    if not redis_url:
        fail(f"No service embeds a Valkey in {settings.data}; name its --data, or its Redis by DOORSTEP_REDIS_URL.")
    try:
        asyncio.run(_record(settings, redis_url, merchant, out, minutes * 60.0, radius))
    except OSError as error:
        fail(f"{out}: {error.strerror or 'cannot be written'}")


async def _record(
    settings: "Settings", redis_url: str, merchant: str, out: Path, seconds: float, radius: float
) -> None:
    from doorstepd.broadcast import Broadcast
    from doorstepd.cli.calling import fail
    from doorstepd.database import Database
    from doorstepd.replay.recording import record

    database, bus = Database(settings.effective_database_url), Broadcast(redis_url)
    await bus.start()
    if bus.degraded:
        fail("The service's Redis does not answer; start the service, or mend DOORSTEP_REDIS_URL.")
    try:
        await record(database, bus, merchant, out, seconds, radius)
    finally:
        await bus.stop()
        await database.close()
