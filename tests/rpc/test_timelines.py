"""Timelines are written by hand; what comes out is what generated messages would say, whatever the events are."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

from doorstep.tracking.v1 import parcel_pb2, status_pb2, tracking_event_pb2
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from doorstepd.parcels.events import TrackingEvent, Zone
from doorstepd.parcels.reads import EventRow
from doorstepd.parcels.records import StoredEvent
from doorstepd.parcels.sentences import sentence
from doorstepd.parcels.timeline import merge
from doorstepd.parcels.vocabulary import STATUS_OF, Status, SubStatus
from doorstepd.rpc import timelines

texts = st.text("【杭州市】快件已到达 abc\n&é😀", max_size=30) | st.integers(40, 6000).map(lambda times: "快件" * times)
names = st.none() | st.text("李王张123*- 中心", min_size=1, max_size=12)
# From 1970, and so close together that events of several sources meet.
instants = st.one_of(
    st.datetimes(datetime(1970, 1, 1), datetime(2200, 1, 1)),
    st.integers(0, 3).map(lambda minutes: datetime(2026, 11, 22, 9) + timedelta(minutes=minutes)),
)


@st.composite
def stored_events(draw: st.DrawFn) -> StoredEvent:
    sub_status = draw(st.none() | st.sampled_from(SubStatus))
    zone = draw(st.sampled_from(Zone))
    offset = timezone(timedelta(minutes=draw(st.integers(-720, 840))))
    event = TrackingEvent(
        source=draw(st.sampled_from(["kdniao", "zto", "courier"])),
        time=draw(instants).replace(tzinfo=None if zone is Zone.UNKNOWN else offset),
        text=draw(texts),
        status=STATUS_OF[sub_status] if sub_status else draw(st.none() | st.sampled_from(Status)),
        sub_status=sub_status,
        code=draw(st.none() | st.sampled_from(["204", "301"])),
        location=draw(names),
        places=tuple(draw(st.lists(st.sampled_from(["杭州转运中心", "浦东张江", "MEMPHIS"]), max_size=2))),
        next_place=draw(names),
        courier_name=draw(names),
        courier_phone=draw(st.none() | st.just("138****5678")),
        zone=zone,
        sequence=draw(st.integers(0, 3)),
        recognised=draw(st.booleans()),
    )
    return StoredEvent("P1", f"{event.source}/{event.key}", event, draw(instants).replace(tzinfo=UTC))


timelines_of_one = st.lists(
    stored_events().filter(lambda one: one.event.instant.year >= 1970), max_size=8, unique_by=lambda one: one.event_id
)


on_a_busy_machine = settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.too_slow])


@on_a_busy_machine
@given(timelines_of_one, st.booleans())
def test_a_timeline_is_what_generated_messages_would_say(stored: list[StoredEvent], guest: bool) -> None:
    rows = sorted(map(EventRow.of, stored))
    written = parcel_pb2.Parcel.FromString(timelines.timeline(rows, guest=guest))
    assert list(written.events) == _as_messages(stored, guest)


@on_a_busy_machine
@given(stored_events())
def test_an_event_as_a_row_is_the_same_event(stored: StoredEvent) -> None:
    assert EventRow.of(stored).stored("P1") == stored


@on_a_busy_machine
@given(stored_events())
def test_a_share_link_shows_neither_the_carriers_text_nor_the_couriers_phone(stored: StoredEvent) -> None:
    told = replace(stored, event=replace(stored.event, text="电话", courier_phone="138****5678"))
    shown = timelines.event(EventRow.of(told), guest=True)
    assert not shown.raw_text
    assert "5678" not in shown.sentence.zh + shown.sentence.en


def _as_messages(stored: list[StoredEvent], guest: bool) -> list[tracking_event_pb2.TrackingEvent]:
    of = {(one.event.source, one.event.key): one for one in stored}
    in_order = sorted(stored, key=lambda one: EventRow.of(one))
    rows = merge(one.event for one in in_order)
    shown = []
    for row in reversed(rows):
        message = _message(of[row.event.source, row.event.key], row.sources, guest)
        for rival in row.conflicts:
            told = _message(of[rival.source, rival.key], (), guest)
            message.conflicts.add(
                source=told.source,
                status=told.status,
                sub_status=told.sub_status,
                sentence=told.sentence,
                raw_text=told.raw_text,
            )
        shown.append(message)
    return shown


def _message(stored: StoredEvent, sources: tuple[str, ...], guest: bool) -> tracking_event_pb2.TrackingEvent:
    happened = replace(stored.event, text="", courier_phone=None) if guest else stored.event
    message = tracking_event_pb2.TrackingEvent(
        event_id=stored.event_id,
        time_zone_known=happened.zone is not Zone.UNKNOWN,
        raw_text=happened.text,
        location=happened.location or "",
        source=happened.source,
        sources=sources,
    )
    message.event_time.FromDatetime(happened.instant)
    message.receive_time.FromDatetime(stored.receive_time)
    if happened.status:
        message.status = status_pb2.ParcelStatus.Value(f"PARCEL_STATUS_{happened.status.name}")
    if happened.sub_status:
        message.sub_status = status_pb2.ParcelSubStatus.Value(f"PARCEL_SUB_STATUS_{happened.sub_status.name}")
    told = sentence(happened)
    message.sentence.zh, message.sentence.en = told.zh, told.en
    offset = happened.time.utcoffset()
    if offset is not None:
        message.utc_offset_minutes = int(offset.total_seconds() // 60)
    return message
