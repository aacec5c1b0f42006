"""`doorstepd watch`: follows an order live."""

import asyncio
from typing import TYPE_CHECKING, Annotated

import typer

from doorstepd.access.callers import Role
from doorstepd.cli import calling
from doorstepd.cli.track import read

if TYPE_CHECKING:
    from doorstep import StateChange

    from doorstepd.demo.words import Lang


def watch(
    order: Annotated[str, typer.Argument(help="The merchant's ID of the order.")],
    merchant: calling.Merchant = "demo",
    server: calling.Server = calling.SERVER,
    token: calling.Token = None,
    data: calling.Data = calling.DATA,
    lang: calling.Language = "both",
    seconds: calling.Seconds = None,
) -> None:
    """Follows an order live, a line for everything that happens; goes on by itself when the link breaks."""
    shown = calling.language(lang)
    callers = calling.Callers(data, merchant, token)

    async def run() -> None:
        try:
            async with asyncio.timeout(seconds):
                await _follow(server, callers, order, shown)
        except TimeoutError:
            return

    calling.ask(server, run())


async def _follow(server: str, callers: calling.Callers, order_id: str, lang: "Lang") -> None:
    from doorstep import Client, WatchedOrder

    from doorstepd.demo.lines import update_lines

    # Read once before watching, as a watch waits for a server that is not there.
    customer_id = (await read(server, callers, order_id)).customer_id
    picture = WatchedOrder()
    async with Client(server, token_provider=lambda: callers.token(Role.CUSTOMER, customer_id)) as client:
        async for update in client.watch_order(order_id, on_state=_tell):
            picture = picture.after(update)
            for line in update_lines(lang, picture.order, update):
                _print(line)


def _tell(change: "StateChange") -> None:
    from doorstep import WatchState

    if change.state is WatchState.RECONNECTING:
        _print(f"… the link is down, again in {change.pause_seconds:.1f} s")


def _print(line: str) -> None:
    from doorstepd.demo.words import now

    typer.echo(f"{now():%H:%M:%S}  {line}")
