"""The recorded payloads and what they mean."""

import json
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from doorstepd.carriers import PROVIDERS, carrier
from doorstepd.carriers.carrier import Push, TrackResult
from doorstepd.carriers.fake import TEST_CREDENTIALS

DATA = Path(__file__).parents[1] / "data" / "carriers"
EXPECTED: dict[str, list[dict[str, Any]]] = {
    line["file"]: line["results"] for line in map(json.loads, (DATA / "expected.jsonl").read_text("utf-8").splitlines())
}
VECTORS: list[dict[str, Any]] = json.loads((DATA / "signing_vectors.json").read_text("utf-8"))
REPLIES = [name for name in EXPECTED if name.endswith(".json") and "_http" not in name]
REQUESTS = [name for name in EXPECTED if "_http" in name]


def body(name: str) -> bytes:
    """The bytes of a sample."""
    return (DATA / name).read_bytes()


def push(name: str) -> Push:
    """A sample that holds a whole request, as the webhook would get it."""
    request = json.loads(body(name))
    headers = {key.lower(): value for key, value in request.get("headers", {}).items()}
    raw = urlencode(request["form"]) if "form" in request else request["raw_body"]
    return Push(raw.encode(), request.get("content_type") or headers.get("content-type", ""), headers)


def parsed(provider: str, document: Any) -> tuple[TrackResult, ...]:
    """What we make of a document."""
    return carrier(provider).parse_reply(json.dumps(document, ensure_ascii=False).encode())


def provider_of(name: str) -> str:
    """The provider of a sample."""
    provider = name.partition("/")[0]
    assert provider in PROVIDERS
    return provider


def credentials(name: str) -> dict[str, str]:
    """The test keys of a sample's provider."""
    return dict(TEST_CREDENTIALS[provider_of(name)])
