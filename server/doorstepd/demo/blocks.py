"""A parcel as a block of a terminal page: what matters first, then the facts, then the bell or the timeline."""

from collections.abc import Iterable
from datetime import UTC
from typing import Final

from doorstep.messages import Parcel, Reminder, TrackingEvent
from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from doorstepd.demo import words
from doorstepd.demo.words import Lang, first, told

_WAY_CELLS: Final = 20
_WAY_METRES: Final = 1400.0


def parcel_rows(lang: Lang, parcel: Parcel) -> list[RenderableType]:
    """Status and label, the sentence, and the facts that are known."""
    head = Table.grid(expand=True)
    head.add_column(ratio=1)
    head.add_column(justify="right", style="dim", no_wrap=True)
    status = Text(told(lang, parcel.status_text, between=" "), style=words.colour(parcel))
    head.add_row(status.append(f"   {first(lang, parcel.label)}", style="default"), parcel.order_id)
    rows: list[RenderableType] = [head, _set_in(Text(first(lang, parcel.sentence)))]
    if lang is Lang.BOTH:
        rows.append(_set_in(Text(parcel.sentence.en, style="dim")))
    away = words.distance(parcel)
    facts = words.facts(lang, parcel, words.now())
    if facts:
        line = Text(f"{way(away)}  " if away is not None else "", style="cyan")
        rows.append(_set_in(line.append("  ·  ".join(facts), style="default")))
    return rows


def _set_in(text: Text, cells: int = 2) -> RenderableType:
    return Padding(text, (0, 0, 0, cells))


def way(away: float) -> str:
    """The last stretch of the courier's way, drawn: ╌╌╌╌●────⌂."""
    left = min(_WAY_CELLS - 1, int(away / _WAY_METRES * _WAY_CELLS))
    return "╌" * (_WAY_CELLS - 1 - left) + "●" + "─" * left + "⌂"


def bell_rows(lang: Lang, reminder: Reminder) -> RenderableType:
    """When the bell rang, and its words."""
    line = Text(f"🔔 {words.moment(reminder.ring_time):%H:%M:%S}  ", style="bold yellow")
    line.append(first(lang, reminder.text), style="not bold yellow")
    if lang is not Lang.BOTH:
        return _set_in(line)
    return Group(_set_in(line), _set_in(Text(reminder.text.en, style="dim yellow"), 5))


def _status(lang: Lang, parcel: Parcel) -> str:
    return words.told(lang, parcel.status_text, between=" ")


def _label(lang: Lang, parcel: Parcel) -> str:
    return parcel.label.en if lang is Lang.EN else parcel.label.zh


def _sentence(lang: Lang, parcel: Parcel) -> str:
    return parcel.sentence.en if lang is Lang.EN else parcel.sentence.zh


def timeline(lang: Lang, events: Iterable[TrackingEvent]) -> RenderableType:
    """Newest first, in the reader's own zone; the carrier's local time where nobody knows its zone."""
    table = Table.grid(padding=(0, 2), expand=True)
    table.add_column(style="dim", no_wrap=True, width=16)
    table.add_column(ratio=1, overflow="fold")
    for place, event in enumerate(events):
        text = Text(first(lang, event.sentence), style="default" if place == 0 else "dim")
        if lang is Lang.BOTH:
            text.append(f"\n{event.sentence.en}", style="dim")
        for account in event.conflicts:
            text.append(f"\n{account.source}: {told(lang, account.sentence)}", style="yellow")
        table.add_row(event_time(event), text)
    return Padding(table, (0, 0, 0, 2))


def event_time(event: TrackingEvent) -> str:
    """2026-11-22 14:32."""
    utc = event.event_time.ToDatetime(UTC)
    return f"{words.local(utc) if event.time_zone_known else utc:%Y-%m-%d %H:%M}"
