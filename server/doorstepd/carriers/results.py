"""From the rows of a payload to a `TrackResult`: what all carriers share once their fields are read."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta, timezone
from functools import lru_cache
from itertools import pairwise
from typing import Any, NamedTuple

from doorstepd.carriers.carrier import CarrierError, ErrorKind, TrackResult
from doorstepd.carriers.precedence import Verdict, decide
from doorstepd.carriers.tables import Entry
from doorstepd.carriers.text import clean, read_cleaned
from doorstepd.carriers.times import Moment, parse
from doorstepd.parcels.events import TrackingEvent
from doorstepd.parcels.fold import Shipment, fold
from doorstepd.parcels.vocabulary import Status, SubStatus, is_terminal, needs_attention

# Longer than any real sentence; a hostile one must not keep the rules busy.
_MAX_SENTENCE = 600
# Aggregators repeat the whole trace in every push, so most sentences have been read a moment ago.
_read = lru_cache(maxsize=8192)(read_cleaned)
PROTOCOL = "protocol sample, no tracking result"
_WITH_COURIER = frozenset(
    {
        Status.INFO_RECEIVED,
        Status.PICKED_UP,
        Status.OUT_FOR_DELIVERY,
        Status.DELIVERY_FAILED,
        Status.AVAILABLE_FOR_PICKUP,
        Status.DELIVERED,
    }
)


class Row(NamedTuple):
    """One row of a payload. `time` is as written; `code` is what we keep, `entry` what it means, if that is known.

    `also` is the rest of the sentence where a carrier splits it, such as a reason; `courier_*` are fields of the
    row, taken only where a courier has the parcel in hand. `fallback` says that the code itself is unknown and that
    `entry` is of the wider code above it.
    """

    time: Any
    sentence: str
    code: str = ""
    entry: Entry | None = None
    also: str = ""
    location: str = ""
    courier_name: str = ""
    courier_phone: str = ""
    fallback: bool = False


@dataclass(frozen=True, slots=True)
class Whole:
    """What a payload says of the shipment as a whole; see `Shipment`."""

    entry: Entry | None = None
    computed: bool = False
    eta: datetime | date | None = None
    courier_name: str = ""
    courier_phone: str = ""
    reported: datetime | None = None


NOTHING = Whole()


def tracked(
    provider: str,
    number: str,
    rows: Sequence[Row],
    *,
    carrier: str | None = None,
    whole: Whole = NOTHING,
    assumed: timezone | None = None,
    newest_first: bool = False,
    note: str | None = None,
) -> TrackResult:
    """The result of a payload about one parcel.

    `assumed` is the UTC offset of a provider that writes none; `newest_first` says which way it lists its rows when
    their times do not show it.
    """
    dated = [(row, moment) for row in rows if (moment := parse(row.time, assumed))]
    if _descending([moment for _, moment in dated], newest_first):
        dated.reverse()
    events = [_event(provider, carrier or provider, row, moment, place) for place, (row, moment) in enumerate(dated)]
    as_of = max((event.instant for event in events), default=None)
    shipment = _shipment(provider, whole, as_of)
    state = fold(events, [shipment], unknown_moves=True)
    return TrackResult(
        tracking_number=number or None,
        carrier=carrier,
        status=state.status,
        sub_status=state.sub_status,
        attention=state.attention,
        terminal=state.terminal,
        events=state.timeline,
        courier_name=state.courier_name,
        courier_phone=state.courier_phone,
        eta=whole.eta,
        duplicates_dropped=len(events) - len(state.timeline),
        undated=len(rows) - len(dated),
        unknown_codes=tuple(sorted({row.code for row in rows if row.code and (row.entry is None or row.fallback)})),
        shipment=shipment,
        note=note,
    )


def nothing_yet(
    number: str = "",
    *,
    carrier: str | None = None,
    sub_status: SubStatus = SubStatus.NO_INFO_YET,
    error: CarrierError | None = None,
) -> TrackResult:
    """The provider answered that there is nothing to tell so far."""
    return TrackResult(number or None, carrier, Status.PENDING, sub_status, error=error)


def stated(number: str, status: Status, sub_status: SubStatus, note: str, shipment: Shipment) -> TrackResult:
    """A state without any event, such as a watch that the provider gave up."""
    return TrackResult(
        number or None,
        status=status,
        sub_status=sub_status,
        attention=needs_attention(status, sub_status),
        terminal=is_terminal(status, sub_status),
        shipment=shipment,
        note=note,
    )


def refused(
    kind: ErrorKind, number: str = "", *, retryable: bool | None = None, carrier: str | None = None
) -> TrackResult:
    """The provider gave no answer; what is retryable by nature need not be said."""
    by_nature = kind in (ErrorKind.UNAVAILABLE, ErrorKind.RATE_LIMITED)
    return TrackResult(number or None, carrier, error=CarrierError(kind, by_nature if retryable is None else retryable))


def remark(note: str = PROTOCOL, number: str = "", *, carrier: str | None = None) -> TrackResult:
    """A message of the protocol that says nothing about a parcel's state."""
    return TrackResult(number or None, carrier, note=note)


def _event(provider: str, carrier: str, row: Row, moment: Moment, place: int) -> TrackingEvent:
    sentence = clean(row.sentence[:_MAX_SENTENCE])
    also = clean(row.also[:_MAX_SENTENCE]) if row.also else ""
    full = f"{sentence} - {also}" if also and also not in sentence else sentence
    reading = _read(full, carrier)
    entry = _widened(row.entry) if row.fallback and row.entry else row.entry
    verdict = decide(row.code, entry, full, reading)
    name, phone = _courier(row, verdict, reading.courier_name, reading.courier_phone)
    return TrackingEvent(
        source=provider,
        time=moment.time,
        text=full,
        status=verdict.status,
        sub_status=verdict.sub_status,
        code=row.code or None,
        location=row.location or None,
        places=tuple(reading.places),
        next_place=reading.next_place,
        courier_name=name,
        courier_phone=phone,
        pickup_code=reading.pickup_code,
        zone=moment.zone,
        sequence=place,
        recognised=verdict.recognised,
    )


def _widened(entry: Entry) -> Entry:
    """A wider code, standing in for one that we do not know, lets the sentence say what exactly moves or is wrong."""
    return replace(entry, coarse=entry.coarse or entry.status in (Status.IN_TRANSIT, Status.EXCEPTION))


def _courier(row: Row, verdict: Verdict, name: str | None, phone: str | None) -> tuple[str | None, str | None]:
    """The sentence's courier, completed from the row's own fields if they name the same person or the only one."""
    if verdict.status not in _WITH_COURIER or not (row.courier_name or row.courier_phone):
        return name, phone
    if name and row.courier_name and name != row.courier_name:
        return name, phone
    return name or row.courier_name or None, phone or row.courier_phone or None


def _shipment(provider: str, whole: Whole, as_of: datetime | None) -> Shipment:
    return Shipment(
        source=provider,
        status=whole.entry.status if whole.entry else None,
        sub_status=whole.entry.sub_status if whole.entry else None,
        as_of=as_of,
        computed=whole.computed,
        expected=whole.eta,
        courier_name=whole.courier_name or None,
        courier_phone=whole.courier_phone or None,
        reported=whole.reported,
    )


def _descending(moments: Sequence[Moment], by_default: bool) -> bool:
    """Whether the rows run from new to old, by majority: single rows can be out of place."""
    times = [moment.time.replace(tzinfo=None) for moment in moments]
    balance = sum((later > earlier) - (later < earlier) for earlier, later in pairwise(times))
    return balance < 0 or (balance == 0 and by_default)


def offset(hours: float) -> timezone:
    """A fixed UTC offset."""
    return timezone(timedelta(hours=hours))
