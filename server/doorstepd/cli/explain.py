"""`doorstepd explain`: what a carrier's sentence says, and how a customer would read it."""

import json
import sys
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer


def explain(
    provider: Annotated[str | None, typer.Argument(help="Who wrote the sentence, such as zto.")] = None,
    text: Annotated[str | None, typer.Argument(help="The sentence.")] = None,
    jsonl: Annotated[
        str | None, typer.Option(help="File with one JSON object a line (provider, raw_text); - for standard input.")
    ] = None,
) -> None:
    """Prints one JSON object for each sentence: state, courier, places, and the plain sentence in zh and en."""
    if jsonl is not None and provider is None:
        raise typer.Exit(_explain_lines(jsonl))
    if jsonl is not None or provider is None or text is None:
        raise typer.BadParameter("give PROVIDER and TEXT, or --jsonl FILE", param_hint="TEXT")
    typer.echo(_explained(provider, text))


def _explain_lines(name: str) -> int:
    if name == "-":
        return _answer_all(sys.stdin.buffer)
    try:
        file = Path(name).open("rb")  # noqa: SIM115 (closed below; only the opening may be refused)
    except OSError:
        typer.echo(f"{name}: cannot be read", err=True)
        return 2
    with file:
        return _answer_all(file)


def _answer_all(lines: Iterable[bytes]) -> int:
    """The exit code: 2 when a line could not be answered; the others are answered all the same."""
    answered = [_answer(number, line) for number, line in enumerate(lines, start=1)]
    return 0 if all(answered) else 2


def _answer(number: int, line: bytes) -> bool:
    """Whether the line could be answered; a blank one asks nothing."""
    if not line.strip():
        return True
    try:
        asked = json.loads(line)
    except (ValueError, RecursionError):
        typer.echo(f"line {number}: not JSON", err=True)
        return False
    text = asked.get("raw_text") if isinstance(asked, dict) else None
    if not isinstance(text, str):
        typer.echo(f"line {number}: raw_text: must be given, as text", err=True)
        return False
    provider = asked.get("provider")
    typer.echo(_explained(provider if isinstance(provider, str) else None, text))
    return True


def _explained(provider: str | None, text: str) -> str:
    from doorstepd.carriers.text import read
    from doorstepd.parcels.events import TrackingEvent
    from doorstepd.parcels.sentences import sentence

    reading = read(text, provider)
    event = TrackingEvent(
        source=provider or "unknown",
        time=datetime.fromtimestamp(0, UTC),
        text=text,
        status=reading.status,
        sub_status=reading.sub_status,
        places=reading.places,
        next_place=reading.next_place,
        courier_name=reading.courier_name,
        courier_phone=reading.courier_phone,
        pickup_code=reading.pickup_code,
        recognised=reading.recognised,
    )
    plain = sentence(event)
    answer = {
        "status": reading.status,
        "sub_status": reading.sub_status,
        "courier_name": reading.courier_name,
        "courier_phone": reading.courier_phone,
        "places": list(reading.places),
        "sentence_zh": plain.zh,
        "sentence_en": plain.en,
    }
    # A lone surrogate, which JSON can smuggle in, cannot be printed.
    return json.dumps(answer, ensure_ascii=False).encode("utf-8", "replace").decode()
