"""What happened to a parcel, on one line; for output that is not a terminal, and for following an order."""

from collections.abc import Sequence

from doorstep.messages import Order, Parcel, WatchUpdate

from doorstepd.demo import words
from doorstepd.demo.blocks import way
from doorstepd.demo.words import Lang, first, told


def update_lines(lang: Lang, order: Order, update: WatchUpdate) -> Sequence[str]:
    """The lines that a message is worth, `order` being the picture after it."""
    match update.WhichOneof("update"):
        case "snapshot":
            return [state_line(lang, parcel) for parcel in order.parcels]
        case "change":
            return [change_line(lang, update)]
        case "position":
            near = {approach.parcel_id for approach in update.position.approaches}
            return [near_line(lang, parcel) for parcel in order.parcels if parcel.parcel_id in near]
    return []


def state_line(lang: Lang, parcel: Parcel) -> str:
    """Status, label, sentence and facts of a parcel on one line."""
    said = [told(lang, parcel.status_text, between=" "), first(lang, parcel.label), told(lang, parcel.sentence)]
    return "  ".join([*said, *words.facts(lang, parcel, words.now())])


def near_line(lang: Lang, parcel: Parcel) -> str:
    """Where the courier is."""
    away = words.distance(parcel)
    drawn = [way(away)] if away is not None else []
    return "  ".join([*drawn, *words.facts(lang, parcel, words.now())])


def change_line(lang: Lang, update: WatchUpdate) -> str:
    """A change: the bell, another reminder, or the parcel as it stands now."""
    change = update.change
    if change.HasField("reminder"):
        mark = "🔔" if change.reminder.reason.HasField("distance_meters") else "✉"
        return f"{mark} {told(lang, change.reminder.text)}"
    return state_line(lang, change.parcel)
