"""From the events of a parcel to its state: pure, and blind to the order and the repetition of what arrived.

The rules: the latest event that carries a status decides; what a source says of the shipment as a whole decides only
when it is an alarm which that source worked out by itself, or when the latest event was not understood; a delivery is
undone only by a return or by the carrier's explicit correction.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from doorstepd.parcels.events import TrackingEvent
from doorstepd.parcels.vocabulary import Status, SubStatus, is_terminal, needs_attention
from doorstepd.parcels.zones import instants

_ECHO_WITHIN = timedelta(minutes=10)
_LONG_AGO = datetime.min.replace(tzinfo=UTC)
_RANK = {status: place for place, status in enumerate(Status)}
_AT_THE_DOOR = frozenset(
    {Status.OUT_FOR_DELIVERY, Status.DELIVERY_FAILED, Status.AVAILABLE_FOR_PICKUP, Status.DELIVERED}
)
_BEFORE_TRANSIT = frozenset({Status.PENDING, Status.INFO_RECEIVED, Status.PICKED_UP})
_PICKUP_TROUBLE = frozenset({SubStatus.PICKUP_FAILED, SubStatus.PICKUP_OVERDUE})
_CORRECTION = re.compile(
    r"误签收|签收有误|签收更正|更正签收|取消签收|撤销签收|delivered in error|delivery scan corrected", re.I
)


@dataclass(frozen=True, slots=True)
class Shipment:
    """What one source says about the shipment as a whole, beside its events.

    `as_of` is the instant of the newest event that came with it; anything newer outdates the status. `computed` marks
    an alarm that the source worked out by itself (nothing moved, not collected in time); it wins over the latest
    event. Otherwise the status counts only where the latest event was not understood. `reported` is when the source
    said it, if it tells.
    """

    source: str
    status: Status | None = None
    sub_status: SubStatus | None = None
    as_of: datetime | None = None
    computed: bool = False
    expected: datetime | date | None = None
    courier_name: str | None = None
    courier_phone: str | None = None
    reported: datetime | None = None


@dataclass(frozen=True, slots=True)
class ParcelState:
    """Where a parcel stands.

    `status_time` is the time of the event that the status rests on, None when no event gave it; `latest` is the newest
    event of any kind. `attempt` counts deliveries tried or being tried, from 1. `timeline` is oldest first, each
    event once per source.
    """

    status: Status
    sub_status: SubStatus | None
    status_time: datetime | None
    latest: TrackingEvent | None
    attention: bool
    terminal: bool
    courier_name: str | None
    courier_phone: str | None
    expected: datetime | date | None
    attempt: int
    timeline: tuple[TrackingEvent, ...]


def fold(
    events: Iterable[TrackingEvent], shipments: Iterable[Shipment] = (), *, unknown_moves: bool = False
) -> ParcelState:
    """The state that these events, in any order and however often repeated, amount to.

    An event that was not understood leaves a known state as it is, unless `unknown_moves`.
    """
    timeline = in_order(events)
    current = _shipments_of_now(shipments)
    deciding, delivered = _deciding(timeline, unknown_moves)
    status, sub_status = _judged(deciding, delivered, _last_with_status(timeline), current)
    name, phone = _courier(timeline, current, status, sub_status)
    return ParcelState(
        status=status,
        sub_status=sub_status,
        status_time=deciding.time if deciding else None,
        latest=timeline[-1] if timeline else None,
        attention=needs_attention(status, sub_status),
        terminal=is_terminal(status, sub_status),
        courier_name=name,
        courier_phone=phone,
        expected=next((shipment.expected for shipment in current if shipment.expected), None),
        attempt=_attempt(timeline),
        timeline=timeline,
    )


def in_order(events: Iterable[TrackingEvent]) -> tuple[TrackingEvent, ...]:
    """Oldest first, each event once per source; those of one instant in the order that their source gave them."""
    given = list(events)
    seen: set[tuple[str, datetime, str, str]] = set()
    kept: list[TrackingEvent] = []
    decorated = [
        (
            (instant, event.sequence, _RANK[event.status] if event.status else 0),
            (event.source, instant, "".join(event.text.split()), event.code or ""),
            (event.courier_name or "", event.courier_phone or "", event.location or ""),
            number,
            event,
        )
        for number, (event, instant) in enumerate(zip(given, instants(given), strict=True))
    ]
    for _, identity, _, _, event in sorted(decorated):
        if identity not in seen:
            seen.add(identity)
            kept.append(event)
    return tuple(kept)


def _deciding(timeline: tuple[TrackingEvent, ...], unknown_moves: bool) -> tuple[TrackingEvent | None, bool]:
    """The event that the state rests on, and whether the parcel has been delivered, even if it is on its way back."""
    current: TrackingEvent | None = None
    delivered = False
    for event in timeline:
        if event.status is None:
            continue
        if current is None or _moves(event, current, delivered, unknown_moves):
            current = event
            delivered = event.status is Status.DELIVERED or (delivered and event.status is Status.RETURN_TO_SENDER)
    return current, delivered


def _moves(event: TrackingEvent, current: TrackingEvent, delivered: bool, unknown_moves: bool) -> bool:
    if delivered and not _undoes_delivery(event, current):
        return False
    if event.status is Status.UNKNOWN:
        return unknown_moves or current.status is Status.UNKNOWN
    return not _vaguer_echo(event, current)


def _undoes_delivery(event: TrackingEvent, current: TrackingEvent) -> bool:
    if event.status is Status.RETURN_TO_SENDER:
        return True
    if event.status is Status.DELIVERED:
        return current.status is Status.DELIVERED
    return _CORRECTION.search(event.text) is not None


def _vaguer_echo(event: TrackingEvent, current: TrackingEvent) -> bool:
    """Whether this is what we already know, told once more by another source and with less detail."""
    return (
        event.sub_status is None
        and event.status is current.status
        and event.source != current.source
        and event.instant - current.instant <= _ECHO_WITHIN
    )


def _last_with_status(timeline: tuple[TrackingEvent, ...]) -> TrackingEvent | None:
    return next((event for event in reversed(timeline) if event.status is not None), None)


def _shipments_of_now(shipments: Iterable[Shipment]) -> list[Shipment]:
    """The newest word of each source, newest source first."""
    newest: dict[str, Shipment] = {}
    for shipment in sorted(shipments, key=_age):
        newest[shipment.source] = shipment
    return sorted(newest.values(), key=_age, reverse=True)


def _age(shipment: Shipment) -> tuple[datetime, datetime, bool, int, str, str]:
    return (
        shipment.as_of or _LONG_AGO,
        shipment.reported or _LONG_AGO,
        shipment.computed,
        _RANK[shipment.status] if shipment.status else -1,
        shipment.sub_status or "",
        shipment.source,
    )


def _judged(
    deciding: TrackingEvent | None, delivered: bool, last: TrackingEvent | None, shipments: list[Shipment]
) -> tuple[Status, SubStatus | None]:
    """The state of the deciding event, unless a source's word on the whole shipment outweighs it."""
    status, sub_status = (deciding.status, deciding.sub_status) if deciding else (None, None)
    if status and (delivered or is_terminal(status, sub_status)):
        return status, sub_status
    overruled = last is None or last.status is Status.UNKNOWN
    for shipment in shipments:
        if shipment.status and (shipment.computed or overruled) and _up_to_date(shipment, last):
            return shipment.status, shipment.sub_status
    return (status, sub_status) if status else (Status.PENDING, SubStatus.NO_INFO_YET)


def _up_to_date(shipment: Shipment, last: TrackingEvent | None) -> bool:
    return last is None or (shipment.as_of is not None and shipment.as_of >= last.instant)


def _courier(
    timeline: tuple[TrackingEvent, ...], shipments: list[Shipment], status: Status, sub_status: SubStatus | None
) -> tuple[str | None, str | None]:
    """Who has the parcel in hand: the delivering courier, or the collecting one while nothing has moved yet."""
    collecting = status in _BEFORE_TRANSIT or sub_status in _PICKUP_TROUBLE
    wanted = _BEFORE_TRANSIT | {Status.EXCEPTION} if collecting else _AT_THE_DOOR
    told: list[tuple[str | None, str | None]] = [(each.courier_name, each.courier_phone) for each in shipments]
    told += [(event.courier_name, event.courier_phone) for event in reversed(timeline) if event.status in wanted]
    name = next((name for name, _ in told if name), None)
    phones = [(whose, phone) for whose, phone in told if phone]
    own = next((phone for whose, phone in phones if whose == name), None)
    return name, own or (phones[0][1] if phones else None)


def _attempt(timeline: tuple[TrackingEvent, ...]) -> int:
    """1, and one more for each failed attempt; failures told twice before the next try are one."""
    attempt, failed = 1, False
    for event in timeline:
        if event.status is Status.DELIVERY_FAILED and not failed:
            attempt, failed = attempt + 1, True
        elif event.status in (Status.OUT_FOR_DELIVERY, Status.AVAILABLE_FOR_PICKUP):
            failed = False
    return attempt
