"""The screen: a calm picture that is renewed in place on a terminal, plain lines anywhere else."""

import time
from collections.abc import Sequence
from types import TracebackType
from typing import Final, Protocol, Self

from doorstep.messages import Order, Parcel, Reminder, WatchUpdate
from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.padding import Padding
from rich.rule import Rule
from rich.table import Table
from rich.text import Text

from doorstepd.demo import words
from doorstepd.demo.board import Board, now
from doorstepd.demo.words import Lang

_WAY_CELLS: Final = 20
_WAY_METRES: Final = 1400.0
_LINE_EVERY_S: Final = 2.0


class Shows(Protocol):
    """Where the board is shown, from entering to leaving."""

    def __enter__(self) -> Self: ...
    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...
    def heard(self, order_id: str, update: WatchUpdate) -> None:
        """The board has taken this message."""


def screen(board: Board, console: Console) -> Shows:
    """The one that suits the console."""
    return Picture(board, console) if console.is_terminal else Lines(board, console)


class Picture:
    """On a terminal."""

    def __init__(self, board: Board, console: Console) -> None:
        self._board = board
        self._console = console
        self._live = Live(console=console, refresh_per_second=4, get_renderable=self._render, screen=True)

    def __enter__(self) -> Self:
        self._live.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._live.stop()

    def heard(self, order_id: str, update: WatchUpdate) -> None:
        """Nothing to do: the picture is renewed four times a second."""

    def _render(self) -> RenderableType:
        blocks = [block(self._board, order) for order in self._board.orders()]
        lines = 0
        fitting: list[RenderableType] = []
        for one in blocks:
            height = len(self._console.render_lines(one, pad=False))
            if lines + height > self._console.height - 5:
                break
            fitting.append(one)
            lines += height
        return Padding(Group(_header(self._board), *fitting, Rule(style="dim"), _footer(self._board)), (0, 1))


def _header(board: Board) -> RenderableType:
    row = Table.grid(expand=True)
    row.add_column(ratio=1)
    row.add_column(justify="right")
    elapsed = time.monotonic() - board.tally.opened
    ends = f" / {board.ends_after:.0f} s" if board.ends_after is not None else " s"
    orders, couriers = board.tally.orders, board.tally.couriers
    counted = {
        Lang.ZH: f"今天 {orders} 单，{couriers} 位派件员在路上",
        Lang.EN: f"{orders} orders today, {couriers} couriers on the road",
        Lang.BOTH: f"今天 {orders} 单 orders  ·  {couriers} 位派件员 couriers",
    }[board.lang]
    left = Text.assemble(("doorstep  ", "bold"), (counted, "dim"))
    row.add_row(left, Text(f"{now():%H:%M:%S}   {elapsed:.0f}{ends}", style="dim"))
    return Group(row, Rule(style="dim"))


def _footer(board: Board) -> RenderableType:
    tally = board.tally
    zh = f"轨迹节点 {tally.events}  定位 {tally.fixes}  推送更新 {tally.updates}  到门提醒 {tally.bells}"
    en = f"events {tally.events}  fixes {tally.fixes}  updates {tally.updates}  bells {tally.bells}"
    counts = Text(en if board.lang is Lang.EN else zh, style="dim")
    return Group(counts, *(Text(note, style="dim", no_wrap=True, overflow="ellipsis") for note in board.notes))


def block(board: Board, order: Order) -> RenderableType:
    """One order: what matters first, then the facts, then the bell if it rang."""
    rows: list[RenderableType] = []
    for parcel in order.parcels:
        rows.extend(_parcel(board.lang, parcel))
        bell = board.bell(parcel)
        if bell is not None:
            rows.append(_bell(board.lang, bell))
    return Padding(Group(*rows), (0, 0, 1, 0))


def _parcel(lang: Lang, parcel: Parcel) -> list[RenderableType]:
    head = Table.grid(expand=True)
    head.add_column(ratio=1)
    head.add_column(justify="right", style="dim", no_wrap=True)
    status = Text(_status(lang, parcel), style=words.colour(parcel))
    head.add_row(status.append(f"   {_label(lang, parcel)}", style="default"), parcel.order_id)
    rows: list[RenderableType] = [head, _set_in(Text(_sentence(lang, parcel)))]
    if lang is Lang.BOTH:
        rows.append(_set_in(Text(parcel.sentence.en, style="dim")))
    away = words.distance(parcel)
    told = words.facts(lang, parcel, now())
    if told:
        line = Text(f"{way(away)}  " if away is not None else "", style="cyan")
        rows.append(_set_in(line.append("  ·  ".join(told), style="default")))
    return rows


def _set_in(text: Text, cells: int = 2) -> RenderableType:
    return Padding(text, (0, 0, 0, cells))


def way(away: float) -> str:
    """The last stretch of the courier's way, drawn: ╌╌╌╌●────⌂."""
    left = min(_WAY_CELLS - 1, int(away / _WAY_METRES * _WAY_CELLS))
    return "╌" * (_WAY_CELLS - 1 - left) + "●" + "─" * left + "⌂"


def _bell(lang: Lang, reminder: Reminder) -> RenderableType:
    line = Text(f"🔔 {words.moment(reminder.ring_time):%H:%M:%S}  ", style="bold yellow")
    line.append(reminder.text.en if lang is Lang.EN else reminder.text.zh, style="not bold yellow")
    if lang is not Lang.BOTH:
        return _set_in(line)
    return Group(_set_in(line), _set_in(Text(reminder.text.en, style="dim yellow"), 5))


def _status(lang: Lang, parcel: Parcel) -> str:
    return words.told(lang, parcel.status_text, between=" ")


def _label(lang: Lang, parcel: Parcel) -> str:
    return parcel.label.en if lang is Lang.EN else parcel.label.zh


def _sentence(lang: Lang, parcel: Parcel) -> str:
    return parcel.sentence.en if lang is Lang.EN else parcel.sentence.zh


class Lines:
    """Where there is no terminal: a line for each change, and for a position every other second."""

    def __init__(self, board: Board, console: Console) -> None:
        self._board = board
        self._console = console
        self._told_at: dict[str, float] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def heard(self, order_id: str, update: WatchUpdate) -> None:
        """Says it, unless it is a position so soon after the last one."""
        for line in self._lines(order_id, update):
            self._console.print(f"{now():%H:%M:%S}  {order_id}  {line}", soft_wrap=True, markup=False, highlight=False)

    def _lines(self, order_id: str, update: WatchUpdate) -> Sequence[str]:
        lang, order = self._board.lang, self._board.pictures[order_id].order
        match update.WhichOneof("update"):
            case "snapshot":
                return [state_line(lang, parcel) for parcel in order.parcels]
            case "change":
                return [change_line(lang, update)]
            case "position" if time.monotonic() - self._told_at.get(order_id, 0.0) >= _LINE_EVERY_S:
                self._told_at[order_id] = time.monotonic()
                return [near_line(lang, parcel) for parcel in order.parcels if parcel.HasField("approach")]
        return []


def state_line(lang: Lang, parcel: Parcel) -> str:
    """Status, label, sentence and facts of a parcel on one line."""
    told = [_status(lang, parcel), _label(lang, parcel), words.told(lang, parcel.sentence)]
    return "  ".join([*told, *words.facts(lang, parcel, now())])


def near_line(lang: Lang, parcel: Parcel) -> str:
    """Where the courier is."""
    away = words.distance(parcel)
    drawn = [way(away)] if away is not None else []
    return "  ".join([*drawn, *words.facts(lang, parcel, now())])


def change_line(lang: Lang, update: WatchUpdate) -> str:
    """A change: the bell, another reminder, or the parcel as it stands now."""
    change = update.change
    if change.HasField("reminder"):
        mark = "🔔" if change.reminder.reason.HasField("distance_meters") else "✉"
        return f"{mark} {words.told(lang, change.reminder.text)}"
    return state_line(lang, change.parcel)
