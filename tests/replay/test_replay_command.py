"""`doorstepd replay` as it is typed."""

import json
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from doorstepd.cli import app

DATA = Path(__file__).parent.parent / "data" / "replay"
ROUND = DATA / "scenarios" / "mixed-08.jsonl.gz"


def run(*arguments):
    return CliRunner(env={"COLUMNS": "200"}).invoke(app, ["replay", *map(str, arguments)])


def rings_in(path):
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def test_it_writes_one_line_a_ring(tmp_path):
    done = run(ROUND, "--rings", tmp_path / "rings.jsonl")
    assert done.exit_code == 0, done.output
    rings = rings_in(tmp_path / "rings.jsonl")
    assert len(rings) > 20
    assert all({"scenario", "parcel", "attempt", "time"} <= set(ring) for ring in rings)
    assert len({(ring["parcel"], ring["attempt"]) for ring in rings}) == len(rings)


def test_two_processes_give_what_one_gives(tmp_path):
    run(DATA / "scenarios", "--rings", tmp_path / "one.jsonl")
    run(DATA / "scenarios", "--rings", tmp_path / "two.jsonl", "--jobs", "2")
    assert rings_in(tmp_path / "one.jsonl") == rings_in(tmp_path / "two.jsonl")


def test_it_prints_scores_where_the_truth_is_given():
    done = run(DATA / "scenarios", "--truth", DATA / "truth")
    assert done.exit_code == 0
    assert "recall" in done.output
    assert "mixed" in done.output


def test_it_explains_a_ring_and_a_silence(tmp_path):
    run(ROUND, "--rings", tmp_path / "rings.jsonl")
    parcels = {f"mixed-08-{n:03}" for n in range(1, 60)}
    rung = {ring["parcel"] for ring in rings_in(tmp_path / "rings.jsonl")}
    assert "Rung" in run(ROUND, "--explain", min(rung)).output
    assert "Not rung" in run(ROUND, "--explain", min(parcels - rung)).output


def test_a_gate_holds_bells_back(tmp_path):
    run(ROUND, "--rings", tmp_path / "plain.jsonl")
    run(ROUND, "--rings", tmp_path / "gated.jsonl", "--gate", "stops:3")
    plain = {(ring["parcel"], ring["attempt"]): ring["time"] for ring in rings_in(tmp_path / "plain.jsonl")}
    gated = {(ring["parcel"], ring["attempt"]): ring["time"] for ring in rings_in(tmp_path / "gated.jsonl")}
    later = [key for key in plain.keys() & gated.keys() if gated[key] > plain[key]]
    assert len(later) > 5


@pytest.mark.parametrize("jobs", [1, 2])
def test_a_bad_file_among_good_ones_is_named_however_many_processes(tmp_path, jobs):
    bad = tmp_path / "bad.jsonl"
    bad.write_text('{"type": "header", "scenario": "s", "radius_m": 1000}\n{"type": "fix"}\n')
    done = run(ROUND, bad, ROUND, "--jobs", jobs)
    assert done.exit_code == 2
    assert "bad.jsonl:2: receive_time: missing" in "".join(done.output.split("\n"))


def test_without_matplotlib_it_says_what_to_install(monkeypatch, tmp_path):
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    done = run(ROUND, "--plot", tmp_path / "round.png")
    assert done.exit_code == 2
    assert "doorstepd[plot]" in done.output


def test_it_draws_a_round(tmp_path):
    pytest.importorskip("matplotlib")
    done = run(ROUND, "--plot", tmp_path / "round.png")
    assert done.exit_code == 0, done.output
    assert (tmp_path / "round.png").read_bytes().startswith(b"\x89PNG")


def test_more_rounds_than_a_picture_holds_are_told(tmp_path):
    pytest.importorskip("matplotlib")
    done = run(DATA / "scenarios", "--plot", tmp_path / "rounds.png")
    assert done.exit_code == 2
    assert "at most 12" in done.output


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("missing.jsonl",), "missing.jsonl"),
        ((ROUND, "--gate", "often"), "stops:8"),
        ((ROUND, "--rule", "missing.yaml"), "missing.yaml"),
        ((ROUND, "--explain", "nobody"), "nobody"),
        ((ROUND, "--truth", "nowhere"), "nowhere"),
        ((ROUND, "--rings", "no/such/folder/rings.jsonl"), "no/such/folder"),
    ],
)
def test_what_cannot_be_done_is_told_and_ends_with_two(arguments, told):
    done = run(*arguments)
    assert done.exit_code == 2
    assert told in done.output
    assert "Traceback" not in done.output
