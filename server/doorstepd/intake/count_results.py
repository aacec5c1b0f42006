"""What is counted, and told to operators, of a carrier's payload: never its text."""

import re
from collections.abc import Sequence

import structlog

from doorstepd import metrics
from doorstepd.carriers.carrier import TrackResult
from doorstepd.intake.record_events import Recorded

log = structlog.get_logger(__name__)

_ODD = re.compile(r"[^A-Za-z0-9_.-]")
_LONGEST_CODE = 40
_MOST_CODES = 1000

_named: set[tuple[str, str]] = set()


def count_recorded(provider: str, result: TrackResult, recorded: Sequence[Recorded]) -> None:
    """Counts the events that were new, and those of them whose code no table has: repeats say nothing more."""
    metrics.EVENTS.labels(provider).inc(sum(one.recorded for one in recorded))
    unknown = [code for one in recorded for code in one.codes if code in result.unknown_codes]
    if unknown:
        metrics.UNKNOWN_CODES.labels(provider).inc(len(unknown))


def note_oddities(provider: str, result: TrackResult) -> None:
    """Counts rows without a time, which no timeline can hold, and names codes that no table has, each once."""
    if result.undated:
        metrics.UNDATED_ROWS.labels(provider).inc(result.undated)
        log.warning("carrier.undated_rows", provider=provider, rows=result.undated)
    for code in result.unknown_codes:
        named = (provider, _ODD.sub("", code)[:_LONGEST_CODE])
        if named[1] and named not in _named and len(_named) < _MOST_CODES:
            _named.add(named)
            log.warning("carrier.unknown_code", provider=provider, code=named[1])
