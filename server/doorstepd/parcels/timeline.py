"""One timeline from several sources: the same scan told by carrier, aggregator and courier app is one row."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from doorstepd.parcels.events import TrackingEvent, Zone
from doorstepd.parcels.fold import in_order
from doorstepd.parcels.vocabulary import Status, SubStatus

# Clocks of a carrier, its aggregators and the courier's phone differ by minutes at most.
_SAME_WITHIN = timedelta(minutes=10)
_VAGUE = frozenset({None, SubStatus.OTHER, SubStatus.ATTEMPT_FAILED, SubStatus.LOCKER_OR_STATION, SubStatus.UNMAPPED})


@dataclass(frozen=True, slots=True)
class TimelineRow:
    """One thing that happened: the event that tells most of it, who told it, and who told it otherwise."""

    event: TrackingEvent
    sources: tuple[str, ...]
    conflicts: tuple[TrackingEvent, ...] = ()


@dataclass(slots=True)
class _Cluster:
    """Events of different sources that are the same scan."""

    events: list[TrackingEvent] = field(default_factory=list)
    sources: set[str] = field(default_factory=set)

    def add(self, events: Iterable[TrackingEvent]) -> None:
        for event in events:
            self.events.append(event)
            self.sources.add(event.source)


def merge(events: Iterable[TrackingEvent]) -> tuple[TimelineRow, ...]:
    """The rows, oldest first, whatever the order in which the events came.

    A source tells a scan once, so two events of one source are never the same row.
    """
    timeline = in_order(events)
    clusters: list[_Cluster] = []
    one_source = len({event.source for event in timeline}) == 1
    any_zoneless = any(event.zone is Zone.UNKNOWN for event in timeline)
    for event in timeline:
        home = None if one_source else _home(event, clusters, any_zoneless)
        if home is None:
            home = _Cluster()
            clusters.append(home)
        home.add([event])
    if not one_source:
        clusters = _contradicted(clusters)
    return tuple(_row(cluster) for cluster in clusters)


def _home(event: TrackingEvent, clusters: list[_Cluster], any_zoneless: bool) -> _Cluster | None:
    """The nearest cluster in time that this event belongs to."""
    best: tuple[timedelta, _Cluster] | None = None
    for cluster in reversed(clusters):
        gap = _gap(event, cluster.events[0])
        if gap > _SAME_WITHIN:
            if any_zoneless:
                continue
            break
        if event.source in cluster.sources or (best and gap >= best[0]):
            continue
        if all(_same_act(event, other, gap) for other in cluster.events):
            best = (gap, cluster)
    return best[1] if best else None


def _gap(one: TrackingEvent, other: TrackingEvent) -> timedelta:
    """By instant; by the clock on the wall where one of them does not know its zone."""
    if one.zone is Zone.UNKNOWN or other.zone is Zone.UNKNOWN:
        return abs(_wall(one) - _wall(other))
    return abs(one.instant - other.instant)


def _wall(event: TrackingEvent) -> datetime:
    return event.time.replace(tzinfo=None)


def _same_act(one: TrackingEvent, other: TrackingEvent, gap: timedelta) -> bool:
    if "".join(one.text.split()) == "".join(other.text.split()):
        return True
    if one.status is None or one.status is not other.status or not _agree(one.sub_status, other.sub_status):
        return False
    return not gap or not _elsewhere(one, other)


def _agree(one: SubStatus | None, other: SubStatus | None) -> bool:
    return one is other or one in _VAGUE or other in _VAGUE


def _elsewhere(one: TrackingEvent, other: TrackingEvent) -> bool:
    """Whether both name places and none in common."""
    return bool(one.places and other.places) and not set(one.places) & set(other.places)


def _contradicted(clusters: list[_Cluster]) -> list[_Cluster]:
    """Join what different sources tell differently of the very same instant: one scan, in conflict."""
    kept: list[_Cluster] = []
    for cluster in clusters:
        event = cluster.events[0]
        rival = next((other for other in reversed(kept[-3:]) if _rivals(other, cluster, event)), None)
        if rival:
            rival.add(cluster.events)
        else:
            kept.append(cluster)
    return kept


def _rivals(other: _Cluster, cluster: _Cluster, event: TrackingEvent) -> bool:
    first = other.events[0]
    return (
        first.instant == event.instant
        and not other.sources & cluster.sources
        and event.status is not None
        and first.status is not None
    )


def _row(cluster: _Cluster) -> TimelineRow:
    if len(cluster.events) == 1:
        only = cluster.events[0]
        return TimelineRow(only, (only.source,))
    believed = _believed(cluster.events)
    agreeing = [event for event in cluster.events if event.status is believed or event.status is None]
    others = tuple(event for event in cluster.events if event.status is not believed and event.status is not None)
    return TimelineRow(max(agreeing, key=_telling), tuple(sorted({event.source for event in agreeing})), others)


def _believed(events: list[TrackingEvent]) -> Status | None:
    """The status that the parcel is given where sources contradict each other: delivered, or the last one told."""
    told = [event.status for event in events if event.status is not None]
    return Status.DELIVERED if Status.DELIVERED in told else told[-1] if told else None


def _telling(event: TrackingEvent) -> tuple[bool, bool, bool, bool, int, str]:
    return (
        event.recognised,
        event.status is not None,
        event.sub_status not in _VAGUE,
        event.zone is not Zone.UNKNOWN,
        len(event.text),
        event.source,
    )
