"""What one reader sees of a courier because of one parcel: the merchant's rules applied to what is known now."""

import time

import structlog
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from doorstepd.database.tables import merchants
from doorstepd.live.ports import Contact, Head
from doorstepd.live.position import Freshness, Outlook, Position
from doorstepd.positions.distance import distance_m
from doorstepd.positions.geocoding import Words
from doorstepd.positions.places import Places
from doorstepd.positions.visibility import (
    ALWAYS,
    COARSE_ACCURACY_M,
    DEFAULT_RULES,
    HIDDEN_S,
    NEVER,
    STALE_S,
    BadRule,
    Facts,
    Rule,
    VisibilityRules,
    cautious_rules,
    parse_rules,
    visible,
)
from doorstepd.rpc.arrivals import Near, arrival_of, way_left

log = structlog.get_logger(__name__)

Known = tuple[bool, int | None, float | None, float | None, bool, bool]
"""Out with this courier; stops ahead; seconds left; metres left; near another's door; resting."""

_CLOSED = VisibilityRules(*[NEVER] * 7)
_REMEMBERED_S = 5.0


class MerchantRules:
    """The visibility rules of merchants: read where there is time to, and remembered for where there is none."""

    def __init__(self) -> None:
        self._known: dict[str, tuple[float, VisibilityRules]] = {}

    async def of(self, c: AsyncConnection, merchant_id: str) -> VisibilityRules:
        """As the merchant set them a few seconds ago at most; what cannot be read is never shown."""
        known, now = self.known(merchant_id), time.monotonic()
        if known is not None:
            return known
        row = (await c.execute(select(merchants.c.settings).where(merchants.c.merchant_id == merchant_id))).first()
        rules = _read(merchant_id, row[0].get("visibility")) if row else DEFAULT_RULES
        self._known[merchant_id] = (now, rules)
        return rules

    def known(self, merchant_id: str) -> VisibilityRules | None:
        """As `of`, where they need not be read again."""
        kept = self._known.get(merchant_id)
        return kept[1] if kept is not None and time.monotonic() - kept[0] < _REMEMBERED_S else None

    def last(self, merchant_id: str) -> VisibilityRules:
        """As they were when last read; nothing is shown to anybody before that."""
        known = self._known.get(merchant_id)
        return known[1] if known else _CLOSED


def near(head: Head, position: Position | None, view: str, now: float | None = None) -> Near:
    """All that may be shown, each field by its own rule. A position that is too old tells nothing."""
    now = now or time.time()
    position = _not_too_old(position, now)
    facts = facts_of(head, position, now)
    mask = visible(head.rules, facts, view)
    stops_ahead = facts.stops_ahead if mask.stops_ahead else None
    if position is None:
        return Near(stops_ahead=stops_ahead, courier_name=mask.courier_name, courier_phone=mask.courier_phone)
    outlook = position.outlook(head.parcel_id)
    shown = position if mask.exact else position.coarsened()
    distance = facts.distance_m if mask.exact else distance_to_door(head, shown)
    named = shown if shown.named == mask.place else shown._replace(named=mask.place)
    return Near(
        position=named if mask.position else None,
        distance_m=distance if mask.distance else None,
        remaining_m=way_left(outlook, position, mask, distance),
        stops_ahead=stops_ahead,
        arrival=arrival_of(outlook, mask, now),
        courier_name=mask.courier_name,
        courier_phone=mask.courier_phone,
        stale=mask.position and position.freshness(now, STALE_S, HIDDEN_S) is Freshness.STALE,
    )


def contact(rules: VisibilityRules, head: Head, position: Position | None, view: str) -> Contact:
    """Whether the courier's name and phone may be shown: as `near` says, for those who ask nothing else of it."""
    facts = Facts(live=False)
    if _asks_facts(rules.courier_name) or _asks_facts(rules.courier_phone):
        now = time.time()
        facts = facts_of(head, _not_too_old(position, now), now)
    mask = visible(rules, facts, view)
    return mask.courier_name, mask.courier_phone


def _asks_facts(rule: Rule) -> bool:
    return rule is not ALWAYS and rule is not NEVER


def _not_too_old(position: Position | None, now: float) -> Position | None:
    too_old = position is not None and position.freshness(now, STALE_S, HIDDEN_S) is Freshness.HIDDEN
    return None if too_old else position


def named(places: Places, position: Position) -> Words | None:
    """The place in words, if it may be told; that of the grid's cell has a memory of its own."""
    if not position.named:
        return None
    return places.name((position.courier_id, position.accuracy_m == COARSE_ACCURACY_M), position.lat, position.lng)


def facts_of(head: Head, position: Position | None, now: float) -> Facts:
    """What rules may ask of a parcel and its courier at `now`, seconds since the epoch."""
    if position is None:
        return Facts(head.live, stops_ahead=head.stops_ahead)
    return Facts(*known_of(head, position, position.outlook(head.parcel_id), now))


def known_of(head: Head, position: Position, outlook: Outlook | None, now: float) -> Known:
    """The same as a plain tuple, in the order of the fields of `Facts`. `outlook` is that of the parcel's stop."""
    door = head.destination
    return (
        head.live and position.courier_id == head.courier_id,
        head.stops_ahead if outlook is None else _stops_ahead(head, outlook),
        max(0.0, outlook.expected - now) if outlook is not None else None,
        distance_m(position.lat, position.lng, door[0], door[1]) if door is not None else None,
        position.near_another(head.parcel_id) if position.doors_near else False,
        position.resting,
    )


def _stops_ahead(head: Head, outlook: Outlook) -> int | None:
    """By the round itself where it says so: the parcel's head is not read again when a stop before it ends."""
    return head.stops_ahead if outlook.stops_ahead is None else outlook.stops_ahead


def distance_to_door(head: Head, position: Position) -> float | None:
    """Metres in a straight line; None where the door is not known."""
    return distance_m(position.lat, position.lng, *head.destination) if head.destination else None


def _read(merchant_id: str, settings: object) -> VisibilityRules:
    if settings is None:
        return DEFAULT_RULES
    try:
        return parse_rules(settings)
    except BadRule as problem:
        log.warning("visibility.unreadable", merchant_id=merchant_id, problem=str(problem))
        return cautious_rules(settings)
