"""Every labelled sentence is read as labelled: samples, and further ones written before the rules were tuned."""

import json
from pathlib import Path
from typing import Any

import pytest

from doorstepd.carriers.text import read
from doorstepd.parcels.vocabulary import SUB_STATUSES, SubStatus

DATA = Path(__file__).parent.parent / "data"


def rows(name: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (DATA / name).read_text(encoding="utf-8").splitlines()]


# Labelled only where a sentence says them.
ALSO = ("pickup_code", "next_place", "attempt")
LABELLED = rows("trace_sentences.jsonl") + rows("more_sentences.jsonl")


@pytest.mark.parametrize("row", LABELLED, ids=[f"{n}" for n in range(len(LABELLED))])
def test_a_labelled_sentence_is_read_as_labelled(row: dict[str, Any]) -> None:
    reading = read(row["raw_text"], row["provider"])
    said = {
        "expected_status": reading.status,
        "expected_sub_status": reading.sub_status,
        "courier_name": reading.courier_name,
        "courier_phone": reading.courier_phone,
        "places": list(reading.places),
    } | {key: getattr(reading, key) for key in ALSO if key in row}
    assert said == {key: row[key] for key in said}


def test_every_sub_status_is_labelled_at_least_once() -> None:
    labelled = {row["expected_sub_status"] for row in LABELLED}
    assert {sub.value for sub in SubStatus} - labelled == set()
    assert len(SUB_STATUSES) == 70
