"""`doorstepd track`: an order as its customer reads it."""

from typing import TYPE_CHECKING, Annotated

import typer

from doorstepd.access.callers import Role
from doorstepd.cli import calling

if TYPE_CHECKING:
    from doorstep.messages import Order

    from doorstepd.demo.words import Lang


def track(
    order: Annotated[str, typer.Argument(help="The merchant's ID of the order.")],
    merchant: calling.Merchant = "demo",
    server: calling.Server = calling.SERVER,
    token: calling.Token = None,
    data: calling.Data = calling.DATA,
    lang: calling.Language = "both",
) -> None:
    """Prints an order as its customer reads it: what matters first, then what happened, newest first."""
    shown = calling.language(lang)
    callers = calling.Callers(data, merchant, token)

    async def run() -> None:
        show(await read(server, callers, order), shown)

    calling.ask(server, run())


async def read(server: str, callers: calling.Callers, order_id: str) -> "Order":
    """The order as its own customer sees it. Raises DoorstepError."""
    from doorstep import Client

    async with Client(server, token=callers.token(Role.MERCHANT_OPERATOR), timeout=5.0) as client:
        order = await client.get_order(order_id)
    if callers.given is not None:
        return order
    async with Client(server, token=callers.token(Role.CUSTOMER, order.customer_id), timeout=5.0) as client:
        return await client.get_order(order_id)


def show(order: "Order", lang: "Lang") -> None:
    """Prints it."""
    from rich.console import Console
    from rich.text import Text

    from doorstepd.demo.blocks import parcel_rows, timeline
    from doorstepd.demo.words import told

    console = Console(highlight=False)
    if len(order.parcels) > 1:
        console.print(Text(told(lang, order.sentence), style="bold"), end="\n\n")
    for parcel in order.parcels:
        for row in parcel_rows(lang, parcel):
            console.print(row)
        console.print(timeline(lang, parcel.events))
        console.print()
