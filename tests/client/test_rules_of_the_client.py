"""What the client decides without a network: pauses, tokens, encryption, and the picture of an order."""

from __future__ import annotations

import json
from pathlib import Path

import grpc
import pytest
from doorstep import Backoff, Client, DoorstepError, RetryPolicy, Tls, WatchedOrder
from doorstep.connection import CHANNEL_OPTIONS
from doorstep.continuity import Admission, Continuity
from doorstep.credentials import channel_credentials, is_this_machine
from doorstep.messages import (
    PARCEL_STATUS_DELIVERED,
    PARCEL_STATUS_OUT_FOR_DELIVERY,
    POSITION_STATE_HIDDEN,
    Approach,
    LinkState,
    Order,
    PositionUpdate,
    Reminder,
    TrackingEvent,
    WatchUpdate,
)
from doorstep.retries import Comeback
from doorstep.stubs import SERVICES
from hypothesis import given
from hypothesis import strategies as st
from scripted_server import change, gap, moved, parcel, position, snapshot

BROKEN = DoorstepError(grpc.StatusCode.UNAVAILABLE, "broken")
REFUSED = DoorstepError(grpc.StatusCode.UNAUTHENTICATED, "refused")


@given(st.integers(0, 10_000), st.floats(0, 1, exclude_max=True))
def test_a_pause_lies_between_the_first_and_the_most(attempt: int, chance: float) -> None:
    assert 0.2 <= Backoff().pause(attempt, chance) <= 10.0


def test_pauses_spread_over_the_whole_range_in_the_end() -> None:
    assert Backoff().pause(9, 0.0) == 0.2
    assert Backoff().pause(9, 0.999) > 9.9


def comeback() -> Comeback:
    return Comeback(Backoff(1.0, 100.0, 10.0), settled_seconds=5.0, chance=lambda: 1.0)


def test_pauses_grow_until_a_link_has_settled() -> None:
    decides = comeback()
    assert [decides.pause_after(BROKEN, 0.0, token_renewable=False) for _ in range(3)] == [10.0, 100.0, 100.0]
    decides.link_opened()
    decides.message_arrived(10.0)
    assert decides.pause_after(BROKEN, 14.9, token_renewable=False) == 100.0
    decides.link_opened()
    decides.message_arrived(20.0)
    decides.message_arrived(24.0)
    assert decides.pause_after(BROKEN, 25.0, token_renewable=False) == 10.0


def test_a_link_that_said_nothing_has_not_settled() -> None:
    decides = comeback()
    decides.message_arrived(0.0)
    decides.pause_after(BROKEN, 1.0, token_renewable=False)
    decides.link_opened()
    assert decides.pause_after(BROKEN, 1000.0, token_renewable=False) == 100.0


def test_a_server_may_ask_for_a_longer_pause_and_not_for_a_shorter() -> None:
    patient = DoorstepError(grpc.StatusCode.UNAVAILABLE, "", retry_after=60.0)
    hasty = DoorstepError(grpc.StatusCode.UNAVAILABLE, "", retry_after=0.1)
    assert comeback().pause_after(patient, 0.0, token_renewable=False) == 60.0
    assert comeback().pause_after(hasty, 0.0, token_renewable=False) == 10.0


def test_a_token_may_be_refused_once_between_two_messages() -> None:
    decides = comeback()
    assert decides.pause_after(REFUSED, 0.0, token_renewable=True) == 0.0
    with pytest.raises(DoorstepError):
        decides.pause_after(REFUSED, 0.0, token_renewable=True)
    decides.message_arrived(1.0)
    decides.pause_after(REFUSED, 10.0, token_renewable=True)


def test_the_retry_policy_names_every_single_call_and_no_stream() -> None:
    (config,) = json.loads(RetryPolicy().service_config(SERVICES))["methodConfig"]
    names = {name["method"] for name in config["name"]}
    assert {"GetOrder", "CreateOrder", "CompleteStop", "ListReminders"} <= names
    assert not names & {"WatchOrder", "WatchParcels", "WatchFleet", "ReportPositions"}
    assert config["retryPolicy"]["retryableStatusCodes"] == ["UNAVAILABLE"]
    assert RetryPolicy(attempts=1).service_config(SERVICES) == "{}"


@pytest.mark.parametrize("attempts", [0, 6])
def test_a_number_of_attempts_that_grpc_does_not_do_is_refused(attempts: int) -> None:
    with pytest.raises(ValueError, match="attempts"):
        RetryPolicy(attempts=attempts)


def test_dead_links_and_slow_readers_are_provided_for() -> None:
    options = dict(CHANNEL_OPTIONS)
    assert options["grpc.http2.ping_timeout_ms"] == options["grpc.keepalive_timeout_ms"] == 10_000
    assert (options["grpc.http2.bdp_probe"], options["grpc.http2.lookahead_bytes"]) == (0, 16_384)


@pytest.mark.parametrize("target", ["localhost:1", "127.0.0.1:1", "[::1]:1", "unix:/run/x", "dns:///localhost:1"])
def test_this_machine_is_called_in_plain_text_by_default(target: str) -> None:
    assert is_this_machine(target)
    assert channel_credentials(None, target) is None


@pytest.mark.parametrize("target", ["example.com:443", "10.0.0.1:1", "localhost.example.com:1", "dns://8.8.8.8/a.b:1"])
def test_any_other_machine_is_called_over_tls_by_default(target: str) -> None:
    assert channel_credentials(None, target) is not None
    assert channel_credentials(False, target) is None


def test_certificates_are_read_from_files(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        channel_credentials(tmp_path / "missing.pem", "localhost:1")
    (tmp_path / "ca.pem").write_text("PEM")
    assert channel_credentials(Tls(authority=tmp_path / "ca.pem"), "localhost:1") is not None


def test_a_token_and_a_provider_exclude_each_other() -> None:
    with pytest.raises(ValueError, match="token_provider"):
        Client("localhost:1", token="a", token_provider=lambda: "b")


# What a watch may show


def through(updates: list[WatchUpdate]) -> list[WatchUpdate]:
    """What is shown of messages that a client receives over one link."""
    continuity = Continuity()
    continuity.link_opened()
    return [update for update in updates if continuity.admit(update) is Admission.SHOW]


@given(st.lists(st.tuples(st.sampled_from("ab"), st.integers(1, 9)), max_size=60))
def test_whatever_arrives_the_changes_shown_of_a_parcel_have_no_hole_and_no_repeat(
    arriving: list[tuple[str, int]],
) -> None:
    updates = [snapshot(parcel("a", 1), parcel("b", 1)), *(change(n, parcel_id=name) for name, n in arriving)]
    shown = [update.change for update in through(updates) if update.HasField("change")]
    for name in "ab":
        revisions = [change.revision for change in shown if change.parcel_id == name]
        assert revisions == list(range(2, 2 + len(revisions)))


@given(st.lists(st.tuples(st.sampled_from("cd"), st.integers(1, 9)), max_size=60))
def test_whatever_arrives_the_positions_shown_of_a_courier_grow(arriving: list[tuple[str, int]]) -> None:
    shown = [update.position.position for update in through([position(n, name) for name, n in arriving])]
    for name in "cd":
        sequences = [position.sequence for position in shown if position.courier_id == name]
        assert sequences == sorted(set(sequences))


def test_a_position_that_is_shown_again_as_stale_is_shown() -> None:
    stale = position(5)
    stale.position.state = POSITION_STATE_HIDDEN
    assert len(through([position(5), stale, stale])) == 2


def test_an_old_position_inside_a_change_is_taken_out() -> None:
    late = change(2)
    late.change.parcel.position.CopyFrom(moved(3))
    shown = through([snapshot(parcel()), position(5), late])
    assert not shown[2].change.parcel.HasField("position")


# The picture of an order


def picture(*updates: WatchUpdate) -> WatchedOrder:
    drawn = WatchedOrder()
    for update in updates:
        drawn = drawn.after(update)
    return drawn


def on_the_way(revision: int = 1) -> WatchUpdate:
    return snapshot(parcel(revision=revision, status=PARCEL_STATUS_OUT_FOR_DELIVERY))


def near(meters: float) -> WatchUpdate:
    update = position(5)
    update.position.approaches.append(Approach(parcel_id="p1", distance_meters=meters))
    return update


def test_a_position_moves_the_parcels_of_its_courier_only() -> None:
    other = parcel("p2")
    other.courier.courier_id = "c2"
    drawn = picture(snapshot(parcel(), other), near(900.0))
    assert drawn.order.parcels[0].position.sequence == 5
    assert drawn.order.parcels[0].approach.distance_meters == 900.0
    assert not drawn.order.parcels[1].HasField("position")


def test_a_hidden_position_is_taken_off_the_map() -> None:
    hidden = WatchUpdate(position=PositionUpdate(courier_id="c1", state=POSITION_STATE_HIDDEN))
    (shown,) = picture(on_the_way(), near(900.0), hidden).order.parcels
    assert not shown.HasField("position")
    assert not shown.HasField("approach")


def test_a_change_keeps_the_position_while_the_parcel_is_on_the_way() -> None:
    note = change(2, status=PARCEL_STATUS_OUT_FOR_DELIVERY)
    assert picture(on_the_way(), near(900.0), note).order.parcels[0].position.sequence == 5
    delivered = change(3, status=PARCEL_STATUS_DELIVERED)
    assert not picture(on_the_way(), near(900.0), note, delivered).order.parcels[0].HasField("position")


def test_events_are_kept_newest_first_without_repeats() -> None:
    def event(number: int, seconds: int) -> WatchUpdate:
        update = change(number)
        update.change.event.CopyFrom(TrackingEvent(event_id=f"e{seconds}"))
        update.change.event.event_time.seconds = seconds
        update.change.parcel.events.append(update.change.event)  # a server that repeats the event there changes nothing
        return update

    drawn = picture(snapshot(parcel()), event(2, 20), event(3, 10), event(4, 30), event(5, 20))
    assert [event.event_id for event in drawn.order.parcels[0].events] == ["e30", "e20", "e10"]


def test_the_order_speaks_as_its_only_parcel_does() -> None:
    delivered = change(2, status=PARCEL_STATUS_DELIVERED)
    delivered.change.parcel.sentence.en = "Delivered."
    order = picture(snapshot(parcel()), delivered).order
    assert (order.status, order.sentence.en) == (PARCEL_STATUS_DELIVERED, "Delivered.")


def test_a_parcel_that_was_added_later_takes_its_place() -> None:
    added = change(1, parcel_id="p0")
    added.change.parcel.number = 0
    assert [p.parcel_id for p in picture(snapshot(parcel("p1")), added).order.parcels] == ["p0", "p1"]


def test_reminders_and_pauses_are_in_the_picture() -> None:
    rang = change(2)
    rang.change.reminder.CopyFrom(Reminder(reminder_id="r1"))
    drawn = picture(snapshot(parcel()), rang, WatchUpdate(link_state=LinkState(degraded=True)), gap())
    assert [reminder.reminder_id for reminder in drawn.reminders] == ["r1"]
    assert drawn.positions_paused


def test_an_older_picture_stays_as_it_was() -> None:
    first = picture(snapshot(parcel()))
    before = Order.FromString(first.order.SerializeToString())
    first.after(change(2, status=PARCEL_STATUS_DELIVERED))
    first.after(near(5.0))
    assert first.order == before
