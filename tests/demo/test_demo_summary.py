"""What the demo counts."""

import pytest
from doorstep.messages import WatchUpdate
from hypothesis import given
from hypothesis import strategies as st

from doorstepd.demo.summary import Tally, errors_in, percentile


def position(courier_id: str, sequence: int, received: float) -> WatchUpdate:
    update = WatchUpdate()
    update.position.courier_id = courier_id
    update.position.position.courier_id = courier_id
    update.position.position.sequence = sequence
    update.position.position.receive_time.FromNanoseconds(int(received * 1e9))
    return update


def test_a_latency_runs_from_the_device_to_the_watcher() -> None:
    tally = Tally(began=0.0)
    tally.sent("c1", 100.0)
    tally.delivered("w", position("c1", 1, received=100.002), wall=100.010, now=5.0)
    assert tally.latencies == [pytest.approx(0.010)]
    assert tally.first_position == 5.0


def test_the_same_position_shown_again_is_an_update_and_no_second_measure() -> None:
    tally = Tally(began=0.0)
    tally.sent("c1", 100.0)
    for wall in (100.01, 100.9):
        tally.delivered("w", position("c1", 1, received=100.002), wall=wall, now=5.0)
    assert (tally.updates, len(tally.latencies)) == (2, 1)


def test_a_position_from_before_a_watcher_came_is_no_measure() -> None:
    tally = Tally(began=0.0)
    tally.sent("c1", 100.0)
    tally.sent("c1", 101.0)
    tally.delivered("late", position("c1", 1, received=100.002), wall=101.001, now=5.0)
    assert tally.latencies == []


@given(st.lists(st.floats(0, 1e6), min_size=1), st.floats(0, 1))
def test_a_percentile_has_its_share_of_the_values_at_or_below_it(values: list[float], share: float) -> None:
    found = percentile(values, share)
    assert found in values
    assert sum(value <= found for value in values) >= share * len(values) - 1e-6


@pytest.mark.parametrize(
    ("line", "errors"),
    [
        ('{"event": "open", "level": "info"}', 0),
        ('{"event": "link_down", "level": "warning"}', 0),
        ('{"event": "a worker ended", "level": "error"}', 1),
        ("[2026-11-22 21:46:21.818][9337][critical][main] [source/server/server.cc:453] error", 1),
        ("Traceback (most recent call last):", 1),
    ],
)
def test_errors_are_known_whoever_wrote_the_line(line: str, errors: int) -> None:
    assert errors_in(f"first\n{line}\nlast\n") == errors
