"""Plays the day: starts the service, loads the orders, then pushes, rounds and watchers side by side until it ends."""

import asyncio
import contextlib
import os
import signal
import sys
import time
from collections.abc import AsyncIterator, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import structlog
from rich.console import Console

from doorstepd import preflight
from doorstepd.demo.board import Board
from doorstepd.demo.cast import Cast
from doorstepd.demo.day import Day, Planner
from doorstepd.demo.pushes import API_KEY, BUSINESS_ID, journeys
from doorstepd.demo.rounds import NAMES, load, timetable
from doorstepd.demo.screen import screen
from doorstepd.demo.stage import Stage
from doorstepd.demo.summary import Tally, errors_in
from doorstepd.demo.words import Lang, say, show_times_in
from doorstepd.logs import configure, describe_failure

log = structlog.get_logger(__name__)

MERCHANT = "demo"


@dataclass(frozen=True, slots=True)
class Options:
    """What the command line says. `seconds` None: until Ctrl-C."""

    data: Path
    door: str = "auto"
    port: int = 8470
    seconds: float | None = None
    speed: float = 4.0
    lang: Lang = Lang.BOTH


class Refused(Exception):
    """Why the demo does not start or go on, as a sentence for the terminal."""


def play(options: Options) -> None:
    """Runs the demo on this terminal. Raises Refused."""
    tally = Tally(time.monotonic())
    with _log_in(options.data) as (path, console):
        console.print(say(options.lang, "正在启动服务……", "Starting the service …"), style="dim")
        asyncio.run(_play(options, tally, console))
        _tell(console, options.lang, tally, errors_in(path.read_text(encoding="utf-8", errors="replace")))


def _tell(console: Console, lang: Lang, tally: Tally, errors: int) -> None:
    console.print(say(lang, "演示结束。", "The demo is over."), style="bold")
    for en, zh, value in tally.lines(errors):
        name = en if lang is Lang.EN else f"{en} {zh}"
        console.print(f"  {name}: {value}", soft_wrap=True)


def _agree_on_the_time(lang: Lang, console: Console) -> None:
    """The service's zone, else a terminal elsewhere shows 15:00 beside 预计今晚送达."""
    zone = preflight.settings().zone
    show_times_in(zone)
    console.print(say(lang, f"时间：{zone}", f"Times are those of {zone}"), style="dim")


async def _play(options: Options, tally: Tally, console: Console) -> None:
    from doorstepd.doors.app import CannotStart
    from doorstepd.doors.supervisor import DidNotOpen

    ended = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, ended.set)
    try:
        _agree_on_the_time(options.lang, console)
        async with _service(options) as stage:
            await _perform(options, stage, tally, console, ended)
    except CannotStart as reason:
        raise Refused(str(reason)) from None
    except DidNotOpen:
        raise Refused(f"The service did not start; {options.data / 'doorstepd.log'} says why.") from None
    except Exception as error:
        log.error("the demo broke off", **describe_failure(error))
        raise Refused(f"The demo broke off; {options.data / 'doorstepd.log'} says why.") from None


async def _perform(options: Options, stage: Stage, tally: Tally, console: Console, ended: asyncio.Event) -> None:
    day = _planned(options.speed)
    shown = [orders[0] for orders in day.watched]
    board = Board(tally, options.lang, shown, options.seconds, _notes(options, shown[0]))
    tally.orders, tally.parcels, tally.couriers = len(day.orders), len(day.consignments), len(day.rounds)
    cast = Cast(stage, day, board, screen(board, console), options.speed)
    async with cast:
        log.info("demo.open")
        await cast.prepare()
        log.info("demo.prepared")
        tally.opened = time.monotonic()
        with cast.shows:
            async with asyncio.TaskGroup() as group:
                playing = group.create_task(cast.play())
                await _until(ended, playing, options.seconds)
                playing.cancel()
                tally.ended = time.monotonic()


async def _until(ended: asyncio.Event, playing: asyncio.Task[None], seconds: float | None) -> None:
    """Ctrl-C, the time given, or a failure of what plays; the end of the rounds alone is none."""
    asked = asyncio.create_task(ended.wait())
    try:
        await asyncio.wait({asked, playing}, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
    finally:
        asked.cancel()


def _planned(speed: float) -> Day:
    now = datetime.now(UTC)
    rounds = [load(name) for name in NAMES]
    at_doors = [[timetable(one.moments, speed)[door.done] for door in one.doors] for one in rounds]
    return Planner(f"{now:%H%M%S}", journeys(), now).day(rounds, at_doors)


@contextlib.asynccontextmanager
async def _service(options: Options) -> AsyncIterator[Stage]:
    """The service with the demo's merchant in it."""
    from doorstepd.access.tokens import Issuer, load_or_create_keys
    from doorstepd.doors.opening import Opening
    from doorstepd.serving import chosen_door, serving
    from doorstepd.settings import Settings

    opening = Opening(port=options.port, grace=2.0)
    async with serving(chosen_door(options.door), opening, options.data) as opened:
        settings = Settings()
        secret = await _merchant(settings.effective_database_url, options.data)
        issuer = Issuer(load_or_create_keys(options.data / "keys"), settings.issuer, settings.audience)
        yield Stage(opened.target, f"{opened.http_url}/webhooks/kdniao/{secret}", MERCHANT, issuer)


async def _merchant(database_url: str, data: Path) -> str:
    """Creates the merchant; answers the secret in its webhook's path."""
    from doorstepd.access.merchants import Merchants
    from doorstepd.access.sealing import load_or_create
    from doorstepd.database import Database

    database = Database(database_url)
    try:
        merchants = Merchants(database, load_or_create(data / "keys" / "sealing.json"))
        credentials = {"kdniao": {"EBusinessID": BUSINESS_ID, "ApiKey": API_KEY}}
        return (await merchants.create(MERCHANT, "Demo", datetime.now(UTC), credentials=credentials)).webhook_secret
    finally:
        await database.close()


def _notes(options: Options, order_id: str) -> list[str]:
    server = f" --server 127.0.0.1:{options.port}" if options.port else ""
    return [f"doorstepd watch {order_id}{server} --data {options.data}"]


@contextlib.contextmanager
def _log_in(data: Path) -> Iterator[tuple[Path, Console]]:
    """Everything that this process and those it starts say on its two streams goes to a file in `data`.

    The console that is answered alone still writes to where standard output was.
    """
    try:
        data.mkdir(parents=True, exist_ok=True)
        path = data / "doorstepd.log"
        file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_APPEND, 0o600)
    except OSError:
        raise Refused(f"The folder {data} cannot be written to; choose another with --data.") from None
    kept = {number: os.dup(number) for number in (1, 2)}
    try:
        _point({1: file, 2: file})
        configure(os.environ.get("DOORSTEP_LOG_LEVEL", "info"))
        with open(kept[1], "w", encoding="utf-8", closefd=False) as terminal:
            yield path, Console(file=terminal, highlight=False)
    finally:
        _point(kept)
        for number in (file, *kept.values()):
            os.close(number)


def _point(streams: Mapping[int, int]) -> None:
    """Lets each stream lead to a file that is open."""
    sys.stdout.flush()
    sys.stderr.flush()
    for number, file in streams.items():
        os.dup2(file, number)
