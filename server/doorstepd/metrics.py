"""What is counted. No label holds anything personal, or anything that a caller can make up without end.

With several workers each counts in files of its own in a folder that they share, and `/metrics` of any of them tells
the sums; a gauge says there how it is put together.
"""

from prometheus_client import Counter, Gauge, Histogram


def _of_provider(name: str, about: str) -> Gauge:
    """Whichever worker called the provider last tells how it fares."""
    return Gauge(name, about, ["provider"], multiprocess_mode="mostrecent")


PUSHES = Counter("doorstep_pushes_total", "Carrier pushes by outcome.", ["provider", "outcome"])
EVENTS = Counter("doorstep_events_total", "Tracking events recorded.", ["source"])
UNKNOWN_CODES = Counter(
    "doorstep_unknown_codes_total", "New events with a carrier's code that no table has.", ["provider"]
)
UNDATED_ROWS = Counter(
    "doorstep_undated_rows_total", "Rows of carriers left out for want of a time that can be read.", ["provider"]
)
UNKNOWN_NUMBERS = Counter("doorstep_unknown_numbers_total", "Pushed numbers that no parcel has.", ["provider"])
FIXES = Counter("doorstep_fixes_total", "Courier fixes by what became of them.", ["outcome"])
RINGS = Counter("doorstep_rings_total", "Bells rung, by what decided.", ["cause"])
NOTICES = Counter("doorstep_notices_total", "Notices by channel and outcome.", ["channel", "outcome"])
PUSH_SECONDS = Histogram(
    "doorstep_push_seconds",
    "From receipt of a push to its commit.",
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.3, 1, 5),
)
CARRIER_CALLS = Counter(
    "doorstep_carrier_calls_total", "Questions and subscriptions by outcome.", ["provider", "outcome"]
)
CARRIER_SUCCESS = _of_provider("doorstep_carrier_last_success_seconds", "When the provider last answered.")
CARRIER_FAILURES = _of_provider("doorstep_carrier_failures", "Calls in a row that got no answer.")
CARRIER_BREAKER = _of_provider("doorstep_carrier_breaker", "0 closed, 1 half-open, 2 open.")
CARRIER_SECONDS = _of_provider("doorstep_carrier_seconds", "How long the provider takes, on average of late.")
CALLS = Counter("doorstep_calls_total", "Calls that ended, by gRPC status.", ["method", "code"])
CALL_SECONDS = Histogram(
    "doorstep_call_seconds",
    "From a unary call's arrival to its answer.",
    ["method"],
    buckets=(0.001, 0.005, 0.02, 0.05, 0.1, 0.3, 1, 5),
)
WATCHES = Gauge("doorstep_open_watches", "Streams that are open now.", multiprocess_mode="livesum")
REPORT_STREAMS = Gauge(
    "doorstep_open_report_streams", "Couriers' report streams that are open now.", multiprocess_mode="livesum"
)
REPORT_STREAMS_ENDED = Counter("doorstep_report_streams_ended_total", "Report streams cut short, and why.", ["why"])
LIVE = Counter("doorstep_live_total", "What became of watches and frames.", ["event"])
BUS = Counter("doorstep_bus_total", "What happened between this service and Redis.", ["event"])
