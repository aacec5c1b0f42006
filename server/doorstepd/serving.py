"""Runs the service on one machine: what it embeds, then the door."""

import asyncio
import contextlib
import os
import signal
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import cast

import structlog

from doorstepd import preflight
from doorstepd.broadcast.embedded import EmbeddedValkey, NoEmbeddedValkey
from doorstepd.doors import envoy, nghttp2, scrape
from doorstepd.doors.app import CannotStart
from doorstepd.doors.opening import Opening
from doorstepd.doors.supervisor import DOORS, DoorName, OpenDoor

log = structlog.get_logger(__name__)


_WHY_NOT: dict[DoorName, Callable[[], str | None]] = {
    "envoy": envoy.available,
    "nghttp2": nghttp2.available,
    "grpcio": lambda: None,
}


class NotOneOfTheDoors(ValueError):
    """There are three doors: envoy, nghttp2 and grpcio; auto takes the first of them that can run."""

    def __str__(self) -> str:
        return " ".join((self.__doc__ or "").split())


class Opened:
    """A door that is open."""

    def __init__(self, door: OpenDoor) -> None:
        self._door = door

    @property
    def target(self) -> str:
        """Where gRPC is served."""
        return self._door.target

    @property
    def http_url(self) -> str:
        """Where webhooks and gRPC-Web are served."""
        return self._door.http_url

    async def until_asked(self) -> None:
        """Waits for SIGTERM or SIGINT."""
        asked = asyncio.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().add_signal_handler(number, asked.set)
        await asked.wait()


def chosen_door(name: str) -> DoorName:
    """The door of this name; for auto the first that can run. One line in the log says why another serves instead."""
    if name not in ("auto", *DOORS):
        raise NotOneOfTheDoors
    wanted = DOORS if name == "auto" else DOORS[DOORS.index(cast("DoorName", name)) :]
    reasons: dict[str, str] = {}
    for door in wanted:
        reason = _WHY_NOT[door]()
        if reason is None:
            break
        reasons[door] = reason
    for missing, reason in reasons.items():
        log.warning(f"the {door} door serves instead of {missing}", reason=reason)
    return door


@contextlib.asynccontextmanager
async def serving(door: DoorName, opening: Opening, data: Path) -> AsyncIterator[Opened]:
    """The service, open; drained and ended on leaving.

    Raises CannotStart, whose text is for the operator, and DidNotOpen.
    """
    await _look_first(door, opening, data)
    async with contextlib.AsyncExitStack() as stack:
        if not os.environ.get("DOORSTEP_REDIS_URL"):
            os.environ["DOORSTEP_REDIS_URL"] = await _embedded(stack, data)
            stack.callback(os.environ.pop, "DOORSTEP_REDIS_URL", None)
        stack.enter_context(scrape.shared(opening.host, preflight.settings().metrics_port, opening.workers))
        opened = OpenDoor(door, opening)
        await stack.enter_async_context(opened)
        yield Opened(opened)


async def _look_first(door: DoorName, opening: Opening, data: Path) -> None:
    """Whatever can be wrong on this machine, before a process is started."""
    os.environ["DOORSTEP_DATA"] = str(preflight.folder(data))
    settings = preflight.settings()
    for line in preflight.misspelt():
        log.warning(line)
    preflight.port(opening.host, opening.port, "--port")
    if door == "grpcio":
        preflight.port(opening.host, opening.http_port, "--http-port")
    if settings.metrics_port:
        preflight.port(opening.host, settings.metrics_port, "--metrics-port")
    preflight.certificate(opening)
    preflight.keys(settings)
    preflight.carriers(settings)
    preflight.geocoder(settings)
    await preflight.database(settings)
    if settings.redis_url and (warning := await preflight.redis(settings)):
        log.warning(warning)


async def _embedded(stack: contextlib.AsyncExitStack, data: Path) -> str:
    """Starts a Valkey that ends with `stack`; answers its address."""
    try:
        return (await stack.enter_async_context(EmbeddedValkey(data))).url
    except NoEmbeddedValkey as error:
        raise CannotStart(" ".join((error.__doc__ or "").split())) from None
