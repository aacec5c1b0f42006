"""The envelopes written by hand are those of the contract."""

from doorstep.tracking.v1 import live_service_pb2 as pb
from google.protobuf.duration_pb2 import Duration
from google.protobuf.timestamp_pb2 import Timestamp
from hypothesis import given
from hypothesis import strategies as st

from doorstepd.live import frames
from doorstepd.live.position import Freshness, Position, pack, unpack

BYTES = st.binary(max_size=400)
FINITE = st.floats(allow_nan=False, allow_infinity=False)


@given(st.floats(0, 4e9))
def test_times_are_read_as_written_to_the_microsecond(seconds: float) -> None:
    expected = Timestamp()
    expected.FromMicroseconds(round(seconds * 1e6))
    assert Timestamp.FromString(frames.timestamp(seconds)) == expected


@given(st.floats(0, 1e6))
def test_durations_are_read_as_written_to_the_millisecond(seconds: float) -> None:
    assert Duration.FromString(frames.duration(seconds)).ToMilliseconds() == round(seconds * 1000)


@given(st.text(max_size=300), st.floats(0, 4e9))
def test_token_and_time_land_in_their_fields(token: str, now: float) -> None:
    update = pb.WatchUpdate.FromString(frames.HEARTBEAT + frames.resume_token(token) + frames.sent_time(now))
    assert update.resume_token == token
    assert update.sent_time.ToMicroseconds() == round(now * 1e6)
    assert update.WhichOneof("update") == "heartbeat"


@given(st.lists(st.text(max_size=50), max_size=20))
def test_snapshots_and_changes_of_any_size_are_embedded_whole(names: list[str]) -> None:
    snapshot = pb.Snapshot()
    for name in names:
        snapshot.parcels.add(parcel_id=name, revision=len(name))
        change = pb.ParcelChange(parcel_id=name, revision=3)
        assert pb.WatchUpdate.FromString(frames.change(change.SerializeToString())).change == change
    assert pb.WatchUpdate.FromString(frames.snapshot(snapshot.SerializeToString())).snapshot == snapshot


@given(st.text(max_size=200), st.sampled_from(Freshness), st.lists(FINITE, max_size=5))
def test_a_position_is_joined_from_its_parts(courier_id: str, state: Freshness, distances: list[float]) -> None:
    shown = pb.PositionUpdate().position
    shown.courier_id, shown.sequence = courier_id, 2**40
    approaches = [pb.PositionUpdate().approaches.add(parcel_id="p", distance_meters=d) for d in distances]
    body = frames.position_body(shown.SerializeToString(), state, courier_id)
    body += b"".join(frames.field(frames.APPROACH, one.SerializeToString()) for one in approaches)
    update = pb.WatchUpdate.FromString(frames.field(frames.POSITION, body)).position
    assert (update.courier_id, update.state, update.position) == (courier_id, state, shown)
    assert list(update.approaches) == approaches


def test_a_hidden_position_has_no_position() -> None:
    body = frames.position_body(None, Freshness.HIDDEN, "c1")
    update = pb.WatchUpdate.FromString(frames.field(frames.POSITION, body)).position
    assert not update.HasField("position")
    assert (update.courier_id, update.state) == ("c1", pb.POSITION_STATE_HIDDEN)


def test_states_and_reasons_have_the_numbers_of_the_contract() -> None:
    assert [int(state) for state in Freshness] == [
        pb.POSITION_STATE_LIVE,
        pb.POSITION_STATE_STALE,
        pb.POSITION_STATE_HIDDEN,
    ]
    assert (frames.TOKEN_TOO_OLD, frames.TOKEN_MISMATCH, frames.OTHER_EPOCH) == (
        pb.GAP_REASON_TOKEN_TOO_OLD,
        pb.GAP_REASON_TOKEN_MISMATCH,
        pb.GAP_REASON_OTHER_EPOCH,
    )
    for reason in (1, 2, 3):
        assert pb.WatchUpdate.FromString(frames.gap(reason)).gap.reason == reason


def test_link_states_and_farewells_are_read_as_written() -> None:
    assert pb.WatchUpdate.FromString(frames.link_state(degraded=True)).link_state.degraded
    calm = pb.WatchUpdate.FromString(frames.link_state(degraded=False))
    assert calm.WhichOneof("update") == "link_state"
    assert not calm.link_state.degraded
    farewell = pb.WatchUpdate.FromString(frames.go_away(7.5))
    assert farewell.go_away.retry_after.ToMilliseconds() == 7500
    assert pb.WatchUpdate.FromString(frames.go_away(0.0)).WhichOneof("update") == "go_away"


@given(st.lists(st.text(max_size=9), max_size=9), st.lists(st.text(max_size=9), max_size=9), st.booleans())
def test_a_fleet_frame_is_joined_from_cells(couriers: list[str], left: list[str], degraded: bool) -> None:
    cells = [
        frames.fleet_cell(pb.FleetUpdate().positions.add(courier_id=courier).SerializeToString())
        for courier in couriers
    ]
    update = pb.FleetUpdate.FromString(frames.fleet(b"".join(cells), left, 12.5, degraded=degraded))
    assert [position.courier_id for position in update.positions] == couriers
    assert list(update.left_courier_ids) == left
    assert update.sent_time.ToMilliseconds() == 12_500
    assert update.degraded is degraded


POSITIONS = st.tuples(
    st.text(max_size=20),
    st.integers(0, 2**63),
    FINITE,
    FINITE,
    FINITE,
    FINITE,
    st.none() | FINITE,
    st.none() | FINITE,
    st.none() | FINITE,
).map(lambda parts: Position(*parts))


@given(POSITIONS)
def test_a_position_survives_the_bus(position: Position) -> None:
    assert unpack(pack(position)) == position


@given(POSITIONS, POSITIONS)
def test_newer_is_a_strict_order_of_two_and_never_both_ways_within_the_silence(a: Position, b: Position) -> None:
    assert not a.newer_than(a)
    assert not (a.newer_than(b) and b.newer_than(a))


@given(POSITIONS, POSITIONS)
def test_positions_and_stored_fixes_agree_on_which_is_newer(a: Position, b: Position) -> None:
    assert a.newer_than(b) == pack(a).newer_than(pack(b))
