"""`doorstepd normalise`: recorded payloads of a carrier, told in our words."""

import json
from collections.abc import Mapping
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any
from urllib.parse import urlencode

import typer

if TYPE_CHECKING:
    from doorstepd.carriers.carrier import TrackResult
    from doorstepd.parcels.events import TrackingEvent


def normalise(
    provider: Annotated[str, typer.Argument(help="Whose payloads these are, such as kdniao.")],
    files: Annotated[list[Path], typer.Argument(help="Replies, pushes, or whole requests as JSON.", metavar="FILES..")],
    credentials: Annotated[
        Path | None, typer.Option(help="JSON object with the provider's keys; by default the published test keys.")
    ] = None,
) -> None:
    """Prints one JSON line for each payload file: what it says of each parcel."""
    from doorstepd.carriers import PROVIDERS
    from doorstepd.carriers.fake import TEST_CREDENTIALS

    if provider not in PROVIDERS:
        raise typer.BadParameter(f"must be one of {', '.join(PROVIDERS)}", param_hint="PROVIDER")
    keys = _read_credentials(credentials) if credentials else TEST_CREDENTIALS[provider]
    # DHL signs nothing: it returns a token of the subscriber's choice, which no published key can stand for.
    checked = credentials is not None or provider != "dhl"
    failed = False
    for file in files:
        try:
            body = file.read_bytes()
        except OSError:
            typer.echo(f"{file}: cannot be read", err=True)
            failed = True
            continue
        results = [_as_json(result) for result in _results(provider, body, keys if checked else None)]
        line = {"file": _label(file, provider), "provider": provider, "results": results}
        typer.echo(json.dumps(line, ensure_ascii=False))
    if failed:
        raise typer.Exit(1)


def _read_credentials(file: Path) -> Mapping[str, str]:
    try:
        return {str(name): str(value) for name, value in json.loads(file.read_text("utf-8")).items()}
    except (OSError, ValueError, AttributeError):
        raise typer.BadParameter("is not a readable JSON object", param_hint="--credentials") from None


def _label(file: Path, provider: str) -> str:
    """`provider/filename` as far as the path shows it."""
    parts = file.absolute().parts
    if provider in parts[:-1]:
        start = len(parts) - 2 - parts[-2::-1].index(provider)
        return "/".join(parts[start:])
    return "/".join(parts[-2:])


def _results(provider: str, body: bytes, credentials: Mapping[str, str] | None) -> tuple["TrackResult", ...]:
    from doorstepd.carriers import carrier
    from doorstepd.carriers.carrier import ErrorKind
    from doorstepd.carriers.results import refused
    from doorstepd.errors import InvalidRequest

    known = carrier(provider)
    request = _recorded_request(body)
    if request is None:
        return known.parse_reply(body)
    push = _push(request)
    if credentials is not None and not known.authentic(push, credentials):
        return (refused(ErrorKind.BAD_SIGNATURE),)
    try:
        return known.parse_push(push)
    except InvalidRequest:
        return (refused(ErrorKind.BAD_REQUEST),)


def _recorded_request(body: bytes) -> dict[str, Any] | None:
    """The whole HTTP request, if that is what the file holds."""
    from doorstepd.carriers.limits import load_json
    from doorstepd.errors import InvalidRequest

    try:
        document = load_json(body)
    except InvalidRequest:
        return None
    whole = isinstance(document, dict) and "method" in document and ("form" in document or "raw_body" in document)
    return document if whole else None


def _push(request: dict[str, Any]) -> Any:
    from doorstepd.carriers.carrier import Push

    headers = {str(name).lower(): str(value) for name, value in (request.get("headers") or {}).items()}
    kind = str(request.get("content_type") or headers.get("content-type", ""))
    body = urlencode(request["form"]) if "form" in request else str(request["raw_body"])
    return Push(body.encode(), kind, headers)


def _as_json(result: "TrackResult") -> dict[str, Any]:
    line: dict[str, Any] = {
        "tracking_number": result.tracking_number,
        "status": result.status,
        "sub_status": result.sub_status,
    }
    if result.status:
        line |= {"attention": result.attention, "terminal": result.terminal}
    line["events"] = [_event_as_json(event) for event in result.events]
    line |= {
        "courier_name": result.courier_name,
        "courier_phone": result.courier_phone,
        "eta": written(result.eta) if result.eta else None,
        "error": {"kind": result.error.kind, "retryable": result.error.retryable} if result.error else None,
        "duplicates_dropped": result.duplicates_dropped or None,
        "note": result.note,
    }
    always = {"tracking_number", "status", "sub_status"}
    return {name: value for name, value in line.items() if value is not None or name in always}


def _event_as_json(event: "TrackingEvent") -> dict[str, Any]:
    return {"time": written(event.time), "status": event.status, "sub_status": event.sub_status}


def written(time: datetime | date) -> str:
    """ISO 8601 to the second, `Z` for UTC, no offset where the zone is unknown."""
    if not isinstance(time, datetime):
        return time.isoformat()
    return time.isoformat(timespec="seconds").replace("+00:00", "Z")
