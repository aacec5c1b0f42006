"""Recorded rounds with their truth: what the rules must reach on them, and never fall below."""

from pathlib import Path

import pytest

from doorstepd.positions.fix import Rejection
from doorstepd.reminders.stop import DEFAULT_GATE, parse_gate
from doorstepd.replay.leads import Leads, lead_times
from doorstepd.replay.rounds import find_rounds, read_round
from doorstepd.replay.run import Settings, run_round
from doorstepd.replay.score import Tally, load_truth, score_round

DATA = Path(__file__).parent.parent / "data" / "replay"
ROUNDS = find_rounds([DATA / "scenarios"])
TRUTH = load_truth(DATA / "truth")


def scored(path):
    result = run_round(read_round(path), Settings())
    name = result.round.header.scenario
    rings = [((one.ring.parcel_id, one.ring.attempt), one.ring.time) for one in result.rings]
    return result, score_round(name, TRUTH[name], rings)


@pytest.mark.parametrize("path", ROUNDS, ids=lambda path: path.name.removesuffix(".jsonl.gz"))
def test_every_attempt_of_a_recorded_round_rings_when_it_is_due_and_no_other(path):
    _, (tally, faults) = scored(path)
    assert (tally.hit, faults) == (tally.expected, [])
    assert tally.double == 0


def test_there_are_enough_rounds_to_mean_something():
    total = Tally()
    for path in ROUNDS:
        total.add(scored(path)[1][0])
    assert total.attempts > 800
    assert total.expected > 500


def test_repeats_are_seen_as_repeats():
    result, _ = scored(DATA / "scenarios" / "duplicates-05.jsonl.gz")
    assert result.rejections[Rejection.DUPLICATE] > 50


def test_every_attempt_that_stayed_silent_has_a_reason():
    for path in ROUNDS:
        result, _ = scored(path)
        rung = {(one.ring.parcel_id, one.ring.attempt) for one in result.rings}
        assert set(TRUTH[result.round.header.scenario]) <= rung | set(result.silences)


def test_the_gate_brings_bells_nearer_to_the_door():
    plain = gated = 0
    for path in ROUNDS:
        one = read_round(path)
        plain += lead_times(run_round(one, Settings())).too_early
        gated += lead_times(run_round(one, Settings(gate=parse_gate("stops:8")))).too_early
    assert gated < plain / 2


def test_the_default_gate_tells_nearly_nine_of_ten_in_good_time():
    leads = Leads()
    for path in ROUNDS:
        leads.add(lead_times(run_round(read_round(path), Settings(gate=DEFAULT_GATE))))
    assert leads.well_timed >= 0.86 * len(leads.leads_s)
    assert leads.too_early <= 0.05 * len(leads.leads_s)
    assert leads.silent <= 0.03 * leads.possible
