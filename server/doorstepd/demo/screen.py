"""The screen: a calm picture that is renewed in place on a terminal, plain lines anywhere else."""

import time
from collections.abc import Sequence
from types import TracebackType
from typing import Final, Protocol, Self

from doorstep.messages import Order, WatchUpdate
from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.padding import Padding
from rich.rule import Rule
from rich.table import Table
from rich.text import Text

from doorstepd.demo import words
from doorstepd.demo.blocks import bell_rows, parcel_rows
from doorstepd.demo.board import Board
from doorstepd.demo.lines import update_lines
from doorstepd.demo.words import Lang

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
    row.add_row(left, Text(f"{words.now():%H:%M:%S}   {elapsed:.0f}{ends}", style="dim"))
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
        rows.extend(parcel_rows(board.lang, parcel))
        bell = board.bell(parcel)
        if bell is not None:
            rows.append(bell_rows(board.lang, bell))
    return Padding(Group(*rows), (0, 0, 1, 0))


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
            self._console.print(
                f"{words.now():%H:%M:%S}  {order_id}  {line}", soft_wrap=True, markup=False, highlight=False
            )

    def _lines(self, order_id: str, update: WatchUpdate) -> Sequence[str]:
        if update.HasField("position"):
            if time.monotonic() - self._told_at.get(order_id, 0.0) < _LINE_EVERY_S:
                return []
            self._told_at[order_id] = time.monotonic()
        return update_lines(self._board.lang, self._board.pictures[order_id].order, update)
