"""A timeline as its reader sees it: who told a scan, and who told it otherwise."""

from datetime import UTC, datetime

from doorstep.tracking.v1 import parcel_pb2, status_pb2, tracking_event_pb2

from doorstepd.parcels.events import TrackingEvent, Zone
from doorstepd.parcels.reads import EventRow
from doorstepd.parcels.records import StoredEvent
from doorstepd.parcels.vocabulary import Status
from doorstepd.rpc import timelines

NOON = datetime(2026, 11, 1, 12, tzinfo=UTC)


def row(source: str, text: str, status: Status) -> EventRow:
    return EventRow.of(StoredEvent("1", source, TrackingEvent(source, NOON, text, status, zone=Zone.EXPLICIT), NOON))


def timeline(rows: list[EventRow], *, guest: bool = False) -> list[tracking_event_pb2.TrackingEvent]:
    return list(parcel_pb2.Parcel.FromString(timelines.timeline(rows, guest=guest)).events)


def test_an_account_that_contradicts_is_shown_beside_the_one_believed() -> None:
    (shown,) = timeline(
        [row("zto", "已签收", Status.DELIVERED), row("kdniao", "派送失败，客户拒收", Status.DELIVERY_FAILED)]
    )
    assert (shown.source, list(shown.sources), shown.raw_text) == ("zto", ["zto"], "已签收")
    (other,) = shown.conflicts
    assert (other.source, other.raw_text) == ("kdniao", "派送失败，客户拒收")
    assert other.status == status_pb2.PARCEL_STATUS_DELIVERY_FAILED
    assert other.sentence.zh
    assert other.sentence.en


def test_sources_that_agree_are_one_row_without_a_conflict() -> None:
    (shown,) = timeline([row("zto", "已签收", Status.DELIVERED), row("kdniao", "快件已签收", Status.DELIVERED)])
    assert list(shown.sources) == ["kdniao", "zto"]
    assert not shown.conflicts


def test_a_guest_reads_no_source_s_own_words() -> None:
    told = [row("zto", "已签收", Status.DELIVERED), row("kdniao", "派送失败", Status.DELIVERY_FAILED)]
    (shown,) = timeline(told, guest=True)
    assert shown.raw_text == shown.conflicts[0].raw_text == ""
    assert shown.conflicts[0].sentence.zh
