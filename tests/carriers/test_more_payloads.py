"""Further payloads as the providers' documents allow them: other times, nulls, single objects, mixed orders."""

import json
from typing import Any

import pytest
from carrier_samples import DATA, parsed

from doorstepd.carriers import carrier
from doorstepd.carriers.carrier import Push, TrackResult
from doorstepd.cli.normalise import _as_json

CASES: list[dict[str, Any]] = [
    json.loads(line) for line in (DATA / "more_payloads.jsonl").read_text("utf-8").splitlines()
]


def told(case: dict[str, Any]) -> tuple[TrackResult, ...]:
    if "push" not in case:
        return parsed(case["provider"], case["document"])
    push = case["push"]
    return carrier(case["provider"]).parse_push(Push(push["body"].encode(), push["content_type"]))


@pytest.mark.parametrize("case", CASES, ids=[f"{case['provider']}: {case['name']}" for case in CASES])
def test_a_payload_says_what_its_provider_documents(case: dict[str, Any]) -> None:
    results = [json.loads(json.dumps(_as_json(result))) for result in told(case)]
    for result in results:
        result.pop("note", None)
    assert results == case["results"]
