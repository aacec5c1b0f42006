"""`doorstepd merchant`: shops, their keys at carriers and the secret paths that carriers push to."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from doorstepd.cli.calling import fail

if TYPE_CHECKING:
    from doorstepd.access.merchants import Merchant, Merchants

app = typer.Typer(no_args_is_help=True, help="Shops: their settings, keys at carriers, and webhook addresses.")

ID = Annotated[str, typer.Argument(help="The merchant's ID, as its tokens name it.")]
Data = Annotated[Path, typer.Option(envvar="DOORSTEP_DATA", help="The server's data directory.")]
Credentials = Annotated[
    Path | None, typer.Option(help='A JSON file, by provider: {"kdniao": {"EBusinessID": "…", "ApiKey": "…"}}.')
]
Chosen = Annotated[
    Path | None, typer.Option(help='A JSON file: {"gate": "eta:30m", "radius_m": 1000, "visibility": {…}}.')
]
DATA = Path(".doorstep")


@app.command()
def create(
    merchant: ID,
    name: Annotated[str, typer.Option(help="As people know it; the ID if not given.")] = "",
    credentials: Credentials = None,
    settings: Chosen = None,
    data: Data = DATA,
) -> None:
    """Adds a merchant and prints, this once, the path that carriers push to. The service may be running."""
    from doorstepd.names import is_id

    if not is_id(merchant):
        raise typer.BadParameter("must be 1 to 64 of A-Z a-z 0-9 . _ : - and begin with a letter or digit")
    keys, chosen = _credentials(credentials) or {}, _settings(settings) or {}

    async def add(merchants: "Merchants") -> None:
        if await merchants.get(merchant) is not None:
            fail(f"There is a merchant {merchant} already; `doorstepd merchant change` changes it.")
        now = datetime.now(UTC)
        made = await merchants.create(merchant, name or merchant, now, settings=chosen, credentials=keys)
        _print_path(made)

    _run(data, add)


@app.command()
def change(
    merchant: ID,
    name: Annotated[str | None, typer.Option(help="As people know it.")] = None,
    credentials: Credentials = None,
    settings: Chosen = None,
    data: Data = DATA,
) -> None:
    """Replaces what is given and keeps the rest. Processes that run know it after a few seconds."""
    keys, chosen = _credentials(credentials), _settings(settings)

    async def alter(merchants: "Merchants") -> None:
        known = await _known(merchants, merchant)
        await merchants.create(
            merchant,
            name or known.name,
            datetime.now(UTC),
            settings=known.settings if chosen is None else chosen,
            credentials=known.credentials if keys is None else keys,
        )
        typer.echo(f"{merchant} is changed")

    _run(data, alter)


@app.command()
def show(merchant: ID, data: Data = DATA) -> None:
    """Prints what a merchant has chosen, and which keys it has given, but no secret."""
    import json

    async def tell(merchants: "Merchants") -> None:
        known = await _known(merchants, merchant)
        typer.echo(f"{known.merchant_id}: {known.name}")
        typer.echo(f"  settings: {json.dumps(known.settings, ensure_ascii=False)}")
        for provider, names in sorted(known.credentials.items()):
            typer.echo(f"  {provider}: {', '.join(sorted(names))}")

    _run(data, tell)


@app.command()
def rotate_secret(merchant: ID, data: Data = DATA) -> None:
    """Gives the webhook another secret and prints, this once, its path. Carriers must be told; the old one ends."""

    async def rotate(merchants: "Merchants") -> None:
        await _known(merchants, merchant)
        _print_path(await merchants.rotate_webhook_secret(merchant))

    _run(data, rotate)


async def _known(merchants: "Merchants", merchant: str) -> "Merchant":
    found = await merchants.get(merchant)
    if found is None:
        fail(f"There is no merchant {merchant}; `doorstepd merchant create {merchant}` makes it.")
    return found


def _print_path(merchant: "Merchant") -> None:
    typer.echo(f"/webhooks/PROVIDER/{merchant.webhook_secret}")
    typer.echo(f"Keep it: who has it can push for {merchant.merchant_id}. It is not shown again.", err=True)


def _run(data: Path, work: Callable[["Merchants"], Awaitable[None]]) -> None:
    from doorstepd import preflight
    from doorstepd.access.merchants import Merchants
    from doorstepd.access.sealing import load_or_create
    from doorstepd.database import Database
    from doorstepd.doors.app import CannotStart

    async def run() -> None:
        settings = preflight.settings(data)
        preflight.folder(data)
        preflight.keys(settings)
        await preflight.database(settings)
        database = Database(settings.effective_database_url)
        try:
            await work(Merchants(database, load_or_create(data / "keys" / "sealing.json")))
        finally:
            await database.close()

    try:
        asyncio.run(run())
    except CannotStart as error:
        fail(str(error))


def _credentials(path: Path | None) -> dict[str, dict[str, str]] | None:
    from doorstepd.access.merchant_files import BadFile, read_credentials
    from doorstepd.carriers.credentials import NAMES

    try:
        return None if path is None else read_credentials(path, NAMES)
    except BadFile as error:
        raise typer.BadParameter(str(error), param_hint="--credentials") from None


def _settings(path: Path | None) -> dict[str, object] | None:
    from doorstepd.access.merchant_files import BadFile, read_settings
    from doorstepd.positions.visibility import parse_rules
    from doorstepd.reminders.quiet import parse_quiet_hours
    from doorstepd.reminders.stop import parse_gate

    parsers = {"gate": parse_gate, "visibility": parse_rules, "quiet_hours": parse_quiet_hours}
    try:
        return None if path is None else read_settings(path, parsers)
    except BadFile as error:
        raise typer.BadParameter(str(error), param_hint="--settings") from None
