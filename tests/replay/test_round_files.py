"""Reading rounds: a bad file is named with its line, and nothing else stops a replay."""

import gzip
import json

import pytest

from doorstepd.positions.datum import Datum, from_wgs84
from doorstepd.positions.distance import distance_m
from doorstepd.replay.files import RuleFileError, read_rules
from doorstepd.replay.rounds import RoundError, StopRecord, find_rounds, read_round
from doorstepd.replay.run import Settings, run_round

TIMES = {"receive_time": "2026-04-14T09:12:33.250+08:00", "event_time": "2026-04-14T09:12:32+08:00"}
HEADER = {"type": "header", "scenario": "s", "class": "clean", "radius_m": 1000}
STOP = {"type": "stop", **TIMES, "parcel": "p", "sequence": 1, "lat": 31.2, "lng": 121.5, "datum": "WGS84"}
FIX = {"type": "fix", **TIMES, "courier": "C1", "lat": 31.2, "lng": 121.5, "datum": "WGS84"}
ATTEMPT = {"type": "attempt", **TIMES, "parcel": "p", "attempt": 1, "courier": "C1"}


def written(folder, *rows, name="round.jsonl"):
    path = folder / name
    path.write_text("\n".join(row if isinstance(row, str) else json.dumps(row) for row in rows), encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("rows", "line", "told"),
    [
        ((), 1, "empty"),
        ((FIX,), 1, "header"),
        (({**HEADER, "radius_m": -1},), 1, "radius_m"),
        (({**HEADER, "radius_m": "wide"},), 1, "radius_m"),
        (({"type": "header", "radius_m": 1},), 1, "scenario"),
        ((HEADER, "{broken"), 2, "not JSON"),
        ((HEADER, "[1, 2]"), 2, "object"),
        ((HEADER, STOP, {**FIX, "lat": "north"}), 3, "lat"),
        ((HEADER, {**FIX, "receive_time": "yesterday"}), 2, "yesterday"),
        ((HEADER, {**FIX, "receive_time": "2026-04-14T09:12:33"}), 2, "offset"),
        ((HEADER, {**FIX, "receive_time": 5}), 2, "receive_time"),
        ((HEADER, {k: v for k, v in FIX.items() if k != "courier"}), 2, "courier"),
        ((HEADER, {**STOP, "datum": "NAD27"}), 2, "datum"),
        ((HEADER, {**STOP, "lat": 91.0}), 2, "lat"),
        ((HEADER, {**STOP, "sequence": "first"}), 2, "sequence"),
        ((HEADER, {**ATTEMPT, "attempt": 0}), 2, "attempt"),
        ((HEADER, {**ATTEMPT, "attempt": True}), 2, "attempt"),
    ],
)
def test_a_bad_record_is_named_with_file_and_line(tmp_path, rows, line, told):
    path = written(tmp_path, *rows)
    with pytest.raises(RoundError) as caught:
        read_round(path)
    assert str(caught.value).startswith(f"{path}:{line}: ")
    assert told in str(caught.value)


def test_gzip_that_is_cut_short_is_told(tmp_path):
    whole = gzip.compress("\n".join(json.dumps(row) for row in [HEADER] + [FIX] * 500).encode())
    path = tmp_path / "round.jsonl.gz"
    path.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(RoundError, match="damaged or cut short"):
        read_round(path)


def test_what_is_not_gzip_or_not_text_is_told(tmp_path):
    for name in ("round.jsonl.gz", "round.jsonl"):
        path = tmp_path / name
        path.write_bytes(b"\xff\xfe\x00no")
        with pytest.raises(RoundError):
            read_round(path)


def test_a_file_that_is_not_there_and_an_empty_folder_are_told(tmp_path):
    with pytest.raises(RoundError, match="No such file"):
        read_round(tmp_path / "none.jsonl")
    with pytest.raises(RoundError, match="in this folder"):
        find_rounds([tmp_path])


def test_a_record_of_a_type_yet_unknown_is_passed_over(tmp_path):
    one = read_round(written(tmp_path, HEADER, {"type": "weather", "sky": "blue"}, FIX))
    assert len(one.received) == 1


def test_a_fix_may_hold_any_numbers(tmp_path):
    rows = (HEADER, {**FIX, "lat": float("nan"), "accuracy_m": -1}, {**FIX, "datum": "NAD27"})
    assert len(read_round(written(tmp_path, *rows)).received) == 2


def test_an_address_is_brought_to_wgs84(tmp_path):
    lat, lng = from_wgs84(31.2, 121.5, Datum.BD09)
    one = read_round(written(tmp_path, HEADER, {**STOP, "lat": lat, "lng": lng, "datum": "BD09"}))
    record = one.received[0].record
    assert isinstance(record, StopRecord)
    assert distance_m(record.lat, record.lng, 31.2, 121.5) < 0.01


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("bell: {no_such: 1}", "bell.no_such"),
        ("bell: {fresh_s: soon}", "bell.fresh_s"),
        ("positions: {top_speed_mps: -5}", "positions.top_speed_mps"),
        ("bells: {}", "positions and bell"),
        ("- 1", "positions and bell"),
        ("{", "not YAML"),
    ],
)
def test_a_bad_rule_is_named(tmp_path, text, told):
    path = tmp_path / "rule.yaml"
    path.write_text(text)
    with pytest.raises(RuleFileError, match=told):
        read_rules(path)


def test_a_rule_file_changes_what_it_names(tmp_path):
    path = tmp_path / "rule.yaml"
    path.write_text("bell: {fresh_s: 60}\npositions: {top_speed_mps: 30}")
    positions, bell = read_rules(path)
    assert (positions.top_speed_mps, bell.fresh_s) == (30, 60)
    assert bell.known_s == 60.0


def test_a_repeated_handover_does_not_take_a_parcel_back(tmp_path):
    """Given to C2, given back, and then the first handover is received again: C1 has it and rings."""

    def at(minute, row):
        time = f"2026-04-14T09:{minute:02}:00+08:00"
        return {**row, "receive_time": time, "event_time": row.get("event_time") or time}

    given = {"type": "reassigned", "parcel": "p", "attempt": 1, "from": "C1", "courier": "C2"}
    back = {**given, "from": "C2", "courier": "C1"}
    first = at(2, given)
    again = {**first, "receive_time": "2026-04-14T09:04:00+08:00"}
    bare = {name: value for name, value in FIX.items() if name not in TIMES}
    start = [HEADER, STOP, at(1, {**ATTEMPT, "event_time": None}), first, at(3, back), again]
    one = read_round(written(tmp_path, *start, at(5, bare), at(6, bare)))
    assert [ring.ring.parcel_id for ring in run_round(one, Settings()).rings] == ["p"]
