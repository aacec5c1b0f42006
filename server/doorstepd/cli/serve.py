"""`doorstepd serve`."""

import os
from pathlib import Path
from typing import Annotated

import typer


def serve(
    door: Annotated[str, typer.Option(help="envoy, nghttp2, grpcio, or auto: the first that can run.")] = "auto",
    host: Annotated[str, typer.Option(help="The address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="gRPC; but for the grpcio door also gRPC-Web and webhooks.")] = 8470,
    http_port: Annotated[int, typer.Option(help="Webhooks and gRPC-Web of the grpcio door.")] = 8471,
    metrics_port: Annotated[
        int, typer.Option(envvar="DOORSTEP_METRICS_PORT", help="A port of its own for /metrics; 0: the HTTP port.")
    ] = 0,
    workers: Annotated[int, typer.Option(min=1, help="Processes that share the port.")] = 1,
    data: Annotated[
        Path, typer.Option(envvar="DOORSTEP_DATA", help="Keys, the SQLite file and the embedded Valkey.")
    ] = Path(".doorstep"),
    certificate: Annotated[str, typer.Option(help="PEM file; with --private-key the port speaks TLS.")] = "",
    private_key: Annotated[str, typer.Option(help="PEM file.")] = "",
    reflection: Annotated[
        bool, typer.Option(envvar="DOORSTEP_REFLECTION", help="Offer gRPC reflection; not on a public listener.")
    ] = False,
    internal: Annotated[bool, typer.Option(help="A listener for trusted callers, with their higher limits.")] = False,
    log_level: Annotated[
        str, typer.Option(envvar="DOORSTEP_LOG_LEVEL", help="debug, info, warning or error.")
    ] = "info",
) -> None:
    """Runs the service. DOORSTEP_DATABASE_URL and DOORSTEP_REDIS_URL name servers of your own."""
    import asyncio

    from doorstepd.doors.app import CannotStart
    from doorstepd.doors.opening import Opening
    from doorstepd.doors.supervisor import DidNotOpen
    from doorstepd.logs import LEVELS, configure
    from doorstepd.serving import NotOneOfTheDoors, chosen_door, serving

    if (log_level := log_level.lower()) not in LEVELS:
        raise typer.BadParameter("must be debug, info, warning or error", param_hint="--log-level")
    configure(log_level)
    os.environ["DOORSTEP_LOG_LEVEL"] = log_level
    os.environ["DOORSTEP_METRICS_PORT"] = str(metrics_port)
    opening = Opening(
        host=host,
        port=port,
        http_port=http_port,
        workers=workers,
        certificate=certificate,
        private_key=private_key,
        public=not internal,
        reflection=reflection,
    )

    async def run() -> None:
        async with serving(chosen_door(door), opening, data) as opened:
            typer.echo(f"doorstepd: gRPC on {opened.target}, HTTP on {opened.http_url}. Ctrl-C ends it.")
            await opened.until_asked()

    try:
        asyncio.run(run())
    except NotOneOfTheDoors as error:
        raise typer.BadParameter(str(error), param_hint="--door") from None
    except (CannotStart, DidNotOpen) as error:
        typer.echo(f"doorstepd: {str(error) or error.__doc__}", err=True)
        raise typer.Exit(1) from None
