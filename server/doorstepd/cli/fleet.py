"""`doorstepd fleet`: the couriers on the move."""

import asyncio
from collections.abc import Mapping
from contextlib import nullcontext
from typing import TYPE_CHECKING, Annotated

import typer

from doorstepd.access.callers import Role
from doorstepd.cli import calling

if TYPE_CHECKING:
    from doorstep.messages import CourierPosition
    from doorstep.tracking.v1.geo_pb2 import BoundingBox
    from rich.table import Table


def fleet(
    box: Annotated[str | None, typer.Option(help="South, west, north, east in degrees: 31.1,121.3,31.4,121.7")] = None,
    merchant: calling.Merchant = "demo",
    server: calling.Server = calling.SERVER,
    token: calling.Token = None,
    data: calling.Data = calling.DATA,
    seconds: calling.Seconds = None,
) -> None:
    """Shows the couriers on the move, or those in a part of the map: a table that renews itself."""
    corners = _corners(box) if box is not None else None
    callers = calling.Callers(data, merchant, token)

    async def run() -> None:
        try:
            async with asyncio.timeout(seconds):
                await _show(server, callers, corners)
        except TimeoutError:
            return

    calling.ask(server, run())


def _corners(text: str) -> "BoundingBox":
    from doorstep.messages import DATUM_WGS84, Point
    from doorstep.tracking.v1.geo_pb2 import BoundingBox

    try:
        south, west, north, east = map(float, text.split(","))
    except ValueError:
        raise typer.BadParameter("must be four numbers: south,west,north,east", param_hint="--box") from None
    low = Point(latitude=south, longitude=west, datum=DATUM_WGS84)
    return BoundingBox(low=low, high=Point(latitude=north, longitude=east, datum=DATUM_WGS84))


async def _show(server: str, callers: calling.Callers, box: "BoundingBox | None") -> None:
    from doorstep import Client
    from doorstep.tracking.v1.tracking_service_pb2 import SearchParcelsRequest
    from rich.console import Console
    from rich.live import Live

    console = Console(highlight=False)
    couriers: dict[str, CourierPosition] = {}
    live = Live(console=console, refresh_per_second=4, get_renderable=lambda: _table(couriers), transient=True)
    async with Client(server, token_provider=lambda: callers.token(Role.MERCHANT_OPERATOR), timeout=5.0) as client:
        # Asked before watching, as a watch waits for a server that is not there.
        await client.call(client.tracking.SearchParcels, SearchParcelsRequest(page_size=1))
        try:
            with live if console.is_terminal else nullcontext():
                async for frame in client.watch_fleet(box=box):
                    couriers.update((one.courier_id, one) for one in frame.positions)
                    for courier_id in frame.left_courier_ids:
                        couriers.pop(courier_id, None)
        finally:
            console.print(_table(couriers))


def _table(couriers: "Mapping[str, CourierPosition]") -> "Table":
    from datetime import UTC, datetime

    from rich.table import Table

    table = Table(box=None, pad_edge=False, padding=(0, 3, 0, 0), header_style="dim", caption_style="dim")
    for name in ("courier", "latitude", "longitude", "km/h", "seen"):
        table.add_column(name, justify="left" if name == "courier" else "right")
    now = datetime.now(UTC)
    for courier_id, one in sorted(couriers.items()):
        age = (now - one.receive_time.ToDatetime(UTC)).total_seconds()
        speed = f"{one.speed_mps * 3.6:.0f}" if one.HasField("speed_mps") else "-"
        place = (f"{one.point.latitude:.5f}", f"{one.point.longitude:.5f}")
        table.add_row(courier_id, *place, speed, f"{max(0.0, age):.0f} s ago")
    if not couriers:
        table.caption = "nobody is on the move"
    return table
