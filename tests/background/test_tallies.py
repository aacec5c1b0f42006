"""The counts of the hot paths reach the metrics, each once."""

from dataclasses import dataclass, field
from types import SimpleNamespace

from prometheus_client import REGISTRY

from doorstepd.background.tallies import Tallies


@dataclass
class Counts:
    received: int = 0
    gaps: dict[str, int] = field(default_factory=dict)


def told(event: str, of: str = "bus") -> float:
    return REGISTRY.get_sample_value(f"doorstep_{of}_total", {"event": event}) or 0.0


def test_what_grew_is_carried_once_however_often_somebody_asks() -> None:
    hub, bus = SimpleNamespace(counters=Counts(), open_watches=3), SimpleNamespace(counters=Counts())
    tallies = Tallies(hub, bus)  # type: ignore[arg-type]
    before, gaps = told("received"), told("gaps_trimmed", "live")
    bus.counters.received = 5
    hub.counters.gaps["trimmed"] = 2
    tallies.carry()
    tallies.carry()
    assert told("received") == before + 5
    assert told("gaps_trimmed", "live") == gaps + 2
    bus.counters.received = 6
    hub.open_watches = 0
    tallies.carry()
    assert told("received") == before + 6
    assert REGISTRY.get_sample_value("doorstep_open_watches") == 0
