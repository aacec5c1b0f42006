"""`doorstepd carriers`: which providers there are, what each offers and allows, and how it fares."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from doorstepd.carriers.pace import Limits

_BREAKERS = {0: "closed", 1: "half-open", 2: "open"}


def carriers(
    server: Annotated[
        str, typer.Option(help="The HTTP address of a running service, such as http://127.0.0.1:8471: shows the state.")
    ] = "",
) -> None:
    """Lists the providers: what each speaks, its limits, and with --server how it fares there.

    The state is of the process that answers: breaker closed means that the provider is asked as usual, open that it is
    spared for a while after several failures in a row.
    """
    from rich.console import Console
    from rich.table import Table

    from doorstepd.carriers import PROVIDERS
    from doorstepd.carriers.pace import limits

    states = _states(server) if server else None
    table = Table(
        "provider", "speaks", "limits", *(("last success", "failures", "breaker", "latency") if server else ())
    )
    for provider in PROVIDERS:
        state = _cells(states.get(provider, State()), datetime.now(UTC)) if states is not None else ()
        table.add_row(provider, ", ".join(_speaks(provider)), _allowed(limits(provider)), *state)
    Console().print(table)


@dataclass(frozen=True, slots=True)
class State:
    """How a provider fares in one process; None where it was not called yet."""

    last_success: float | None = None
    failures: int | None = None
    breaker: int | None = None
    seconds: float | None = None


def states_in(metrics: str) -> Mapping[str, State]:
    """By provider, from the text of /metrics. Raises ValueError for what is no such text."""
    from prometheus_client.parser import text_string_to_metric_families

    found: dict[str, dict[str, float]] = {}
    for family in text_string_to_metric_families(metrics):
        for sample in family.samples:
            if "provider" in sample.labels:
                found.setdefault(sample.labels["provider"], {})[sample.name] = sample.value
    return {provider: _state(values) for provider, values in found.items()}


def _state(values: Mapping[str, float]) -> State:
    failures, breaker = values.get("doorstep_carrier_failures"), values.get("doorstep_carrier_breaker")
    return State(
        values.get("doorstep_carrier_last_success_seconds"),
        None if failures is None else int(failures),
        None if breaker is None else int(breaker),
        values.get("doorstep_carrier_seconds"),
    )


def _states(server: str) -> Mapping[str, State]:
    import httpx2

    try:
        answer = httpx2.get(f"{server.rstrip('/')}/metrics", timeout=5.0)
        answer.raise_for_status()
        return states_in(answer.text)
    except (httpx2.HTTPError, httpx2.InvalidURL, ValueError):
        raise typer.BadParameter(f"no metrics at {server}/metrics", param_hint="--server") from None


def _speaks(provider: str) -> list[str]:
    from doorstepd.carriers import carrier
    from doorstepd.carriers.carrier import Wanted
    from doorstepd.carriers.fake import TEST_CREDENTIALS
    from doorstepd.carriers.pace import limits

    keys, now = TEST_CREDENTIALS[provider], datetime.now(UTC)
    subscribes = carrier(provider).subscribe_request([Wanted("0")], keys, now) is not None
    return ["query", *(["push"] if limits(provider).pushes else []), *(["subscribe"] if subscribes else [])]


def _allowed(its: "Limits") -> str:
    said = [f"{its.parcels_per_call} a call", f"{its.seconds_between_calls:g} s apart"]
    said.append(f"same parcel {its.seconds_between_same_parcel / 60:g} min")
    if its.calls_per_day is not None:
        said.append(f"{its.calls_per_day} a day")
    if its.subscriptions_per_month is not None:
        said.append(f"{its.subscriptions_per_month} subscriptions of a number a month")
    return "; ".join(said)


def _cells(state: State, now: datetime) -> tuple[str, ...]:
    seen = f"{max(0, int(now.timestamp() - state.last_success))} s ago" if state.last_success else "never"
    failures = "-" if state.failures is None else str(state.failures)
    breaker = "-" if state.breaker is None else _BREAKERS.get(state.breaker, "-")
    return seen, failures, breaker, "-" if state.seconds is None else f"{state.seconds * 1000:.0f} ms"
