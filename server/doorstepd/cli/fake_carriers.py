"""`doorstepd fake-carriers`: stand-ins for all providers, for development and tests."""

import asyncio
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from doorstepd.carriers.fake.server import FakeCarriers


def fake_carriers(
    port: Annotated[int, typer.Option(help="Where to listen, on this machine only.")] = 8099,
    journey: Annotated[str, typer.Option(help="What happens to parcels that nobody announced.")] = "normal",
    speed: Annotated[float, typer.Option(min=0.01, help="Minutes of a journey that pass in a real minute.")] = 60.0,
    push_to: Annotated[
        str, typer.Option(help="Where pushes go, such as http://127.0.0.1:8080/webhooks/{provider}/SECRET.")
    ] = "",
    fail: Annotated[
        list[str] | None, typer.Option(help="PROVIDER=MODE: down, slow, html, error_body, empty or limited.")
    ] = None,
) -> None:
    """Speaks every provider's protocol: checks our signatures, plays journeys, pushes, and fails when told to."""
    from doorstepd.carriers.fake.journeys import JOURNEYS
    from doorstepd.carriers.fake.server import FakeCarriers

    if journey not in JOURNEYS:
        raise typer.BadParameter(f"must be one of {', '.join(JOURNEYS)}", param_hint="--journey")
    fakes = FakeCarriers(journey=journey, speed=speed, push_to=push_to)
    _set_modes(fakes, fail or [])
    typer.echo(f"Fake carriers at http://127.0.0.1:{port}/<provider>/ ; keys are the published test keys.")
    asyncio.run(_serve(fakes, port))


def _set_modes(fakes: "FakeCarriers", fail: list[str]) -> None:
    from doorstepd.carriers import PROVIDERS
    from doorstepd.carriers.fake.server import Mode

    for each in fail:
        provider, _, mode = each.partition("=")
        if provider not in PROVIDERS or mode not in list(Mode):
            raise typer.BadParameter(f"{each}: must be PROVIDER=MODE", param_hint="--fail")
        fakes.modes[provider] = Mode(mode)


async def _serve(fakes: "FakeCarriers", port: int) -> None:
    """The web server, and the pushes beside it; both end together."""
    import uvicorn

    server = uvicorn.Server(uvicorn.Config(fakes.app(), host="127.0.0.1", port=port, log_level="warning"))
    pushing = asyncio.create_task(_push_forever(fakes))
    try:
        await server.serve()
    finally:
        pushing.cancel()


async def _push_forever(fakes: "FakeCarriers") -> None:
    import httpx2

    async with httpx2.AsyncClient(timeout=10.0) as http:
        while True:
            await fakes.push_due(http)
            await asyncio.sleep(0.5)
